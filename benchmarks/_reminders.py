"""What `reminders.py` does beside its servers: `_reminders.py PUMPS ROUNDS`. The last line is one JSON object."""

import json
import os
import statistics
import sys
from time import perf_counter

import django

django.setup()

import psycopg  # noqa: E402
from _fleet import fill  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.mail import EmailMultiAlternatives, get_connection  # noqa: E402

from alerts import digests  # noqa: E402
from alerts.models import Alert  # noqa: E402
from alerts.rules import Kind  # noqa: E402
from alerts.sweep import sweep  # noqa: E402
from itb import clock  # noqa: E402
from itb.accounts.models import Clinic, Membership, User  # noqa: E402
from itb.accounts.permissions import Role  # noqa: E402
from itb.accounts.services import start_membership  # noqa: E402
from itb.outbox.claims import Row  # noqa: E402
from itb.outbox.delivery import drain  # noqa: E402
from itb.outbox.message import message  # noqa: E402
from itb.outbox.models import Letter  # noqa: E402
from itb.outbox.services import Owed, enqueue  # noqa: E402
from itb.walls import inside  # noqa: E402

TICKS, DUE, READERS = 100, 1_000, 400
COME = """
UPDATE refills_projection SET review_at = now(), alarm_at = now() - interval '1 day',
    danger_at = now() - interval '1 day', earliest_empty_at = now() - interval '1 day', refill_by = current_date - 10
WHERE pump_id IN (SELECT pump_id FROM refills_projection WHERE clinic_id = %s ORDER BY pump_id DESC LIMIT %s)
"""
SETTLED = "DELETE FROM alerts_alert; UPDATE refills_projection SET review_at = now() + interval '20 hours'"


def main() -> None:
    """Build, measure, print."""
    pumps, rounds = int(sys.argv[1]), int(sys.argv[2])
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"], autocommit=True) as owner:
        small, big = clinic("Small", ["a", "b"]), clinic("Big", ["c", "d"])
        build(owner, small, pumps // 10)
        build(owner, big, pumps - pumps // 10)
        idle()
        owner.execute("VACUUM ANALYZE")  # as PostgreSQL does by itself within its minute
        figures: dict[str, object] = {"tick_ms": round(tick() * 1000, 2)}
        print(f"idle tick {figures['tick_ms']} ms at {pumps} pumps")
        if rounds:
            figures["findings_per_second"] = round(findings(owner, big))
    print(json.dumps(figures | (letters(rounds) if rounds else {})))


def letters(rounds: int) -> dict[str, object]:
    """How quickly they leave, beside Django's own connection."""
    wide = clinic("Wide", [f"r{number}" for number in range(READERS)])
    pairs = [(drained(wide, number), handed(wide)) for number in range(rounds)]
    ratios = [ours / theirs for ours, theirs in pairs]
    print("letters a second, ours and Django's connection:", *(f"{a:.0f}/{b:.0f}" for a, b in pairs))
    return {
        "drain_ratio": round(statistics.median(ratios), 2),
        "drain_ratio_range": [round(min(ratios), 2), round(max(ratios), 2)],
        "letters_per_second": round(statistics.median(a for a, _ in pairs)),
    }


def clinic(name: str, people: list[str]) -> Clinic:
    """A clinic with so many nurses."""
    made = Clinic.objects.create(name=name, zone="Europe/London", phone="1", demands_second_factor=False)
    users = User.objects.bulk_create(
        [User(email=f"{each}@{made.pk}.example", name=each, password="!") for each in people]
    )
    with inside(made.pk) as at:
        for user in users:
            start_membership(user=user, clinic=made, role=Role.NURSE, by=None, at=at)
    return made


def build(owner: psycopg.Connection, here: Clinic, pumps: int) -> None:
    """So many pumps, all forecast, none due."""
    person = User.objects.filter(memberships__clinic=here).values_list("pk", flat=True)[0]
    with owner.cursor() as cursor:
        fill(cursor, clinic=here.pk, person=person, pumps=pumps)
        cursor.execute("VACUUM ANALYZE")


def idle() -> None:
    """Until nothing is due any more: the clinic's digests have left, and what they have left behind is done."""
    while sweep() + digests.owe() + drain():
        pass


def tick() -> float:
    """Seconds of a tick that finds nothing to do: the median."""
    taken = []
    for _ in range(TICKS):
        began = perf_counter()
        assert sweep() + digests.owe() + drain() == 0
        taken.append(perf_counter() - began)
    return statistics.median(taken)


def findings(owner: psycopg.Connection, here: Clinic) -> float:
    """Alerts opened a second, with their events and letters, by one worker: the median of three."""
    rates = []
    for _ in range(3):
        owner.execute("ALTER TABLE alerts_alertevent DISABLE TRIGGER USER")
        owner.execute("DELETE FROM alerts_alertevent")
        owner.execute("ALTER TABLE alerts_alertevent ENABLE TRIGGER USER")
        owner.execute(SETTLED)
        owner.execute(COME, [here.pk, DUE])
        began = perf_counter()
        looked_at = sweep()
        taken = perf_counter() - began
        with inside(here.pk):
            opened = Alert.objects.filter(kind=Kind.EMERGENCY.value).count()
            assert (looked_at, opened) == (DUE, DUE), (looked_at, opened)
            assert Letter.objects.filter(template="alerts/critical").count() >= 2 * DUE
        rates.append(DUE / taken)
    return statistics.median(rates)


def drained(here: Clinic, number: int) -> float:
    """Letters a second that leave: one to each of many people."""
    while drain():
        pass
    with inside(here.pk) as at:
        enqueue(
            Owed(
                key=f"bench:{number}",
                recipients=Membership.objects.filter(clinic=here),
                topic=f"bench:{number}",
                template="alerts/critical",
                is_critical=True,
                at=at,
            )
        )
    began = perf_counter()
    assert drain() == READERS
    return READERS / (perf_counter() - began)


def handed(here: Clinic) -> float:
    """Messages of the same words a second, by Django's own connection, opened once."""
    with inside(here.pk):
        people = list(Membership.objects.filter(clinic=here).select_related("user"))
    began = perf_counter()
    with get_connection("django.core.mail.backends.smtp.EmailBackend") as server:
        for each in people:
            mail = message(row_of(each), count=1)
            parts = {
                part.get_content_type(): part.get_content() for part in mail.walk() if not part.is_multipart()
            }
            letter = EmailMultiAlternatives(
                mail["Subject"], parts["text/plain"], settings.DEFAULT_FROM_EMAIL, [each.user.email]
            )
            letter.attach_alternative(parts["text/html"], "text/html")
            assert server.send_messages([letter]) == 1
    return READERS / (perf_counter() - began)


def row_of(member: Membership) -> Row:
    """What a letter to `member` is made of."""
    return Row(
        id=1,
        attempt=1,
        first=1,
        key="bench",
        template="alerts/critical",
        is_critical=True,
        pace=Letter.Pace.AT_ONCE,
        is_repeat=False,
        address=member.user.email,
        clinic_id=member.clinic_id,
        recipient_id=member.pk,
        person_id=member.user_id,
        nonce="",
        words="{}",
    )


if __name__ == "__main__":
    assert clock.now()
    main()

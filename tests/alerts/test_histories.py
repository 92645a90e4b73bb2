"""R3: whatever people do and however time passes, nobody is unmonitored; and whoever is, is seen at once.

`ITB_HISTORIES` says how many random histories are lived through. Time passes by moving every instant that is stored.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as some

from alerts import services
from alerts.absences import Away, end_absence, enter_absence
from alerts.models import Absence, Alert
from alerts.moves import MoveRefusedError
from alerts.rules import Kind, Tier
from alerts.sweep import sweep
from alerts.unmonitored import WHY, faults
from itb import clock
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission, Role
from itb.outbox.models import Letter
from itb.people.guard import RefusedError
from itb.people.parts import end_part
from itb.walls import inside
from patients.departures import DepartureClosedError, ask_to_leave, confirm_departure, decline_departure
from patients.departures import Leaving as Left
from patients.models import Pump
from patients.services import hand_over_patient
from refills.models import Appointment, Projection
from refills.services import TooLateError, book_visit
from tests.alerts.test_sweep import swept
from tests.alerts.test_views import opened
from tests.cast import Cast, join
from tests.owner import owner_cursor

HISTORIES = int(os.environ.get("ITB_HISTORIES", "40"))
SEED = os.environ.get("ITB_SEED", "1")
SHARES = range(max(HISTORIES // 500, 1))  # so that many are lived through by more than one process
REFUSALS = (
    services.AlertClosedError, services.TooLongError, services.NotYoursToResolveError, MoveRefusedError,
    PermissionDenied, RefusedError, DepartureClosedError, TooLateError, IntegrityError,
)  # fmt: skip
"""What a service says no with: then nothing has changed."""


@dataclass(slots=True)
class Clinic:
    """A clinic in which things happen. Numbers pick whom and what, so that a history can be told again."""

    cast: Cast

    def alert(self, number: int) -> Alert | None:
        return pick(list(Alert.objects.open().order_by("pk")), number)

    def pump(self, number: int) -> Pump | None:
        return pick(list(Pump.objects.visible_to(self.cast.nurse).active().order_by("pk")), number)

    def person(self, number: int) -> Membership:
        able = Membership.objects.visible_to(self.cast.nurse).who_may(Permission.ACKNOWLEDGE)
        found = pick(list(able.select_related("user", "clinic").order_by("pk")), number)
        assert found, "two stay, whatever happens"
        return found

    def acknowledge(self, one: int, other: int) -> None:
        if alert := self.alert(one):
            next_on = clock.now().date() + timedelta(days=other % 3)
            services.acknowledge_alert(
                alert=alert, note="Mine", next_on=next_on, by=self.person(other), at=clock.now()
            )

    def snooze(self, one: int, other: int) -> None:
        if alert := self.alert(one):
            until = clock.now() + timedelta(hours=1 + other * 7)
            services.snooze_alert(
                alert=alert, until=until, note="Later", by=self.person(other), at=clock.now()
            )

    def pass_on(self, one: int, other: int) -> None:
        if alert := self.alert(one):
            services.pass_alert(
                alert=alert, to=self.person(other), note="You", by=self.person(one), at=clock.now()
            )

    def resolve(self, one: int, other: int) -> None:
        if alert := self.alert(one):
            services.resolve_alert(alert=alert, note="Settled", by=self.person(other), at=clock.now())

    def refill(self, one: int, other: int) -> None:
        if pump := self.pump(one):
            self.cast.at = clock.now()
            withdrawn = "39" if other % 2 else None
            self.cast.refill(pump, days_ago=0, withdrawn_ml=withdrawn, by=self.cast.nurse)

    def book(self, one: int, other: int) -> None:
        if (pump := self.pump(one)) and not pump.appointments.filter(state=Appointment.State.BOOKED).exists():
            on = clock.now().date() + timedelta(days=other % 20)
            book_visit(pump=pump, on=on, by=self.cast.nurse, at=clock.now())

    def register(self, one: int, other: int) -> None:
        self.cast.at = clock.now()
        if one % 2:
            self.cast.bare_pump()
        else:
            self.cast.running_pump(filled_days_ago=150 + other)

    def go_away(self, one: int, other: int) -> None:
        today = clock.now().date()
        cover = self.person(one + other) if other % 3 else None
        away = Away(
            self.person(one), today + timedelta(days=other % 2), today + timedelta(days=other % 5 + 1), cover
        )
        enter_absence(away=away, by=self.person(other), at=clock.now())

    def come_back(self, one: int, other: int) -> None:
        if absence := pick(list(Absence.objects.standing().order_by("pk")), one):
            end_absence(absence=absence, by=self.person(other), at=clock.now())

    def leave(self, one: int, other: int) -> None:
        leaver, successor = self.person(one), self.person(one + other) if other % 2 else None
        if leaver in (self.cast.nurse, successor):
            return
        end_part(member=leaver, successor=successor, by=self.cast.administrator, at=clock.now())

    def join(self, one: int, other: int) -> None:
        name = f"joiner{Membership.objects.count()}"
        join(self.cast.clinic, name, Role.PRESCRIBER if one % 2 else Role.NURSE, clock.now())

    def depart(self, one: int, other: int) -> None:
        if pump := self.pump(one):
            leaving = Left(kind="death", on=clock.now().date(), reason="The ward telephoned.")
            departure = ask_to_leave(pump=pump, leaving=leaving, by=self.cast.nurse, at=clock.now())
            if other % 2:
                confirm_departure(departure=departure, by=self.person(1), at=clock.now())
            else:
                decline_departure(departure=departure, by=self.cast.nurse, at=clock.now())

    def transfer(self, one: int, other: int) -> None:
        if pump := self.pump(one):
            there = self.cast.stranger.clinic
            hand_over_patient(patient=pump.patient, to=there, by=self.cast.nurse, at=clock.now())

    def answer_for(self, one: int, other: int) -> None:
        if pump := self.pump(one):
            pump.patient.clinician = self.person(other)
            pump.patient.save(update_fields=["clinician"])

    def hours(self, one: int, other: int) -> None:
        pass_time(timedelta(minutes=20 + 11 * other))

    def days(self, one: int, other: int) -> None:
        pass_time(timedelta(days=1 + one % 9))


def pick(found: list[Any], number: int) -> Any:
    return found[number % len(found)] if found else None


def pass_time(ago: timedelta) -> None:
    """Every instant that is stored lies so much further back; the next look comes when it must."""
    back = {"days": ago.days} if ago.days else {}
    Projection.objects.filter(danger_at__isnull=False).update(
        **{name: F(name) - ago for name in ("danger_at", "alarm_at", "earliest_empty_at", "empty_at")},
        **({"refill_by": F("refill_by") - timedelta(days=back["days"])} if back else {}),
    )
    Projection.objects.update(review_at=F("review_at") - ago)
    Alert.objects.update(
        **{
            name: F(name) - ago
            for name in ("opened_at", "waits_since", "acknowledged_at", "acknowledged_until")
        }
    )
    Letter.objects.update(created_at=F("created_at") - ago, due_at=F("due_at") - ago)
    for absence in Absence.objects.order_by("first_on"):
        absence.first_on, absence.last_on = absence.first_on - ago, absence.last_on - ago
        absence.added_at -= ago
        absence.save(update_fields=["first_on", "last_on", "added_at"])


ACTS = [
    name
    for name in vars(Clinic)
    if callable(getattr(Clinic, name)) and name not in {"alert", "pump", "person"}
]
ACTS = [name for name in ACTS if not name.startswith("_")]
STEPS = some.lists(
    some.tuples(some.sampled_from(ACTS), some.integers(0, 30), some.integers(0, 30)), min_size=1, max_size=10
)


@pytest.fixture
def clinic(cast: Cast) -> Clinic:
    """Four who are told, and pumps far from empty, near, empty and not filled yet."""
    join(cast.clinic, "third", Role.NURSE, cast.at)
    join(cast.clinic, "fourth", Role.PRESCRIBER, cast.at)
    with inside(cast.stranger.clinic_id):
        join(cast.stranger.clinic, "second", Role.NURSE, cast.at)
    for days in (30, 150, 189):
        cast.running_pump(filled_days_ago=days)
    cast.bare_pump()
    return Clinic(cast)


@contextmanager
def forgotten() -> Iterator[None]:
    """What happens inside has never been."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def wrong(clinic: Clinic) -> list[str]:
    found = [fault.why for fault in faults()]
    with inside(clinic.cast.stranger.clinic_id):
        return found + [fault.why for fault in faults()]


@pytest.mark.parametrize("share", SHARES)
def test_whatever_happens_nobody_is_unmonitored(
    share: int, clinic: Clinic, record_property: Callable[[str, object], None]
) -> None:
    done: Counter[str] = Counter()

    @seed(f"{SEED} {share}")
    @given(steps=STEPS)
    @settings(
        max_examples=HISTORIES // len(SHARES),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=True,
    )
    def live(steps: list[tuple[str, int, int]]) -> None:
        with forgotten():
            for name, one, other in [("hours", 0, 0), *steps]:
                with suppress(*REFUSALS), transaction.atomic():
                    getattr(clinic, name)(one, other)
                    done[name] += 1
                sweep()
                assert wrong(clinic) == [], (name, one, other)

    live()
    record_property("R3: acts in random histories, none of which left anybody unmonitored", done.total())
    assert len(done) > len(ACTS) / 2, f"too much was refused to show anything: {done}"


def held(cast: Cast, alert: Alert) -> Alert:
    return services.acknowledge_alert(alert=alert, note="Mine", by=cast.prescriber, at=clock.now())


SEEDED: dict[str, Callable[[Cast, Pump, Alert], object]] = {
    "not_looked_at": lambda cast, pump, alert: Projection.objects.filter(pump=pump).update(
        review_at=clock.now() + timedelta(days=30)
    ),
    "danger_without_alert": lambda cast, pump, alert: Alert.objects.filter(pk=alert.pk).update(
        state=Alert.State.CLOSED, closed_at=clock.now()
    ),
    "alert_of_a_departed": lambda cast, pump, alert: (
        cast.left(pump),
        opened(pump, Kind.SIGNATURE, Tier.DUE, 1),
    ),
    "owner_gone": lambda cast, pump, alert: (
        held(cast, alert),
        Membership.objects.filter(pk=cast.prescriber.pk).update(ended_at=clock.now()),
    ),
    "owner_away": lambda cast, pump, alert: (
        held(cast, alert),
        cast.absence(member=cast.prescriber),
        Alert.objects.filter(pk=alert.pk).update(
            state=Alert.State.ACKNOWLEDGED,
            acknowledged_by=cast.prescriber.user,
            acknowledged_at=cast.at - timedelta(hours=1),
        ),
    ),
    "owner_past_the_end": lambda cast, pump, alert: (
        held(cast, alert),
        Alert.objects.update(acknowledged_until=clock.now() - timedelta(hours=1)),
    ),
    "rests_too_long": lambda cast, pump, alert: (
        rested(cast),
        Projection.objects.filter(pump__alerts__state="snoozed").update(earliest_empty_at=clock.now()),
    ),
    "untold": lambda cast, pump, alert: Letter.objects.update(state=Letter.State.SUPERSEDED),
    "hop_overdue": lambda cast, pump, alert: Alert.objects.update(
        waits_since=clock.now() - timedelta(hours=2)
    ),
    "too_few_told": lambda cast, pump, alert: Membership.objects.filter(pk=cast.nurse.pk).update(
        ended_at=clock.now()
    ),
    "nobody_there": lambda cast, pump, alert: (
        Membership.objects.filter(pk=cast.administrator.pk).update(ended_at=clock.now()),
        cast.absence(member=cast.prescriber),
        cast.absence(member=cast.nurse),
    ),
}


def rested(cast: Cast) -> None:
    """Another pump's alert rests for some days."""
    calm = opened(cast.running_pump(), Kind.DISCREPANCY, Tier.DUE, 1, occasion="x")
    sweep_later(calm)
    until = clock.now() + timedelta(days=3)
    services.snooze_alert(alert=calm, until=until, note="Away", by=cast.nurse, at=clock.now())
    sweep_later(calm)


def sweep_later(alert: Alert) -> None:
    Projection.objects.filter(pump=alert.pump_id).update(review_at=clock.now() + timedelta(hours=20))


@pytest.mark.parametrize("why", SEEDED)
def test_a_seeded_fault_is_seen_at_once(cast: Cast, pump: Pump, why: str) -> None:
    alert = swept(pump)
    assert faults() == []
    SEEDED[why](cast, pump, alert)
    assert why in {fault.why for fault in faults()}


@pytest.mark.django_db(transaction=True)
def test_a_pump_without_its_row_is_seen_at_once(cast: Cast) -> None:
    pump = cast.running_pump()
    sweep()
    assert faults() == []
    with owner_cursor() as cursor:  # as somebody would who owns the tables, past every trigger
        cursor.execute("ALTER TABLE refills_projection DISABLE TRIGGER USER")
        cursor.execute("UPDATE refills_projection SET is_watched = false WHERE pump_id = %s", [pump.pk])
        cursor.execute("ALTER TABLE refills_projection ENABLE TRIGGER USER")
    assert [fault.why for fault in faults()] == ["no_row"]


def test_every_kind_of_fault_is_seeded_and_has_its_sentence(cast: Cast, pump: Pump) -> None:
    assert SEEDED.keys() | {"no_row"} == WHY.keys()
    with connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'alerts_unmonitored'")
        (source,) = cursor.fetchone()
    assert all(f"'{why}'" in source for why in WHY)


def test_another_clinics_faults_are_not_ours(cast: Cast, pump: Pump) -> None:
    swept(pump)
    Letter.objects.update(state=Letter.State.SUPERSEDED)
    assert faults()
    with inside(cast.stranger.clinic_id):
        assert faults() == []

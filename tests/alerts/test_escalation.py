"""When more people are told, and which letters wait: pure moments, and what the sweep does at them."""

from datetime import UTC, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as some

from alerts.absences import change_escalation, name_lead
from alerts.escalation import TOLD, WAITS, Day, Escalation, Reach, hops, leaves_at
from alerts.models import Alert, AlertEvent
from alerts.rules import Kind, Tier
from alerts.services import acknowledge_alert
from alerts.sweep import sweep
from itb import clock
from itb.outbox.models import Letter
from patients.models import Patient, Pump
from refills.models import Projection
from tests.alerts.test_sweep import look_again, swept
from tests.cast import Cast

LONDON = ZoneInfo("Europe/London")
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
NIGHT = datetime(2026, 11, 24, 22, tzinfo=UTC)
RULES = Escalation()
DAY = Day(7, LONDON)
ZONES = some.sampled_from(
    [
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
        "Africa/Casablanca",
    ]
).map(ZoneInfo)
MOMENTS = some.datetimes(datetime(2024, 1, 1), datetime(2035, 12, 31), timezones=some.just(UTC))


def moments(tier: Tier, since: datetime, rules: Escalation = RULES) -> list[datetime]:
    return [hop.at for hop in islice(hops(tier, since, rules, DAY), 4)]


def test_a_critical_one_asks_a_second_person_then_everyone_then_everyone_each_morning() -> None:
    found = list(islice(hops(Tier.CRITICAL, NIGHT, RULES, DAY), 4))
    assert [hop.reach for hop in found] == [Reach.SECOND, Reach.ALL, Reach.ALL, Reach.ALL]
    morning = datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert [hop.at for hop in found] == [
        NIGHT + timedelta(minutes=30), NIGHT + timedelta(minutes=60), morning, morning + timedelta(days=1),
    ]  # fmt: skip


def test_an_urgent_one_asks_a_second_person_after_hours_and_everyone_the_next_morning() -> None:
    assert moments(Tier.URGENT, NOON) == [
        NOON + timedelta(hours=4), datetime(2026, 11, 25, 9, tzinfo=UTC),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("since", "second", "everyone"),
    [
        (datetime(2026, 11, 24, 0, tzinfo=UTC), datetime(2026, 11, 24, 11), datetime(2026, 11, 24, 15)),
        (datetime(2026, 11, 24, 9, tzinfo=UTC), datetime(2026, 11, 24, 13), datetime(2026, 11, 25, 7)),
        (datetime(2026, 11, 24, 16, tzinfo=UTC), datetime(2026, 11, 25, 9), datetime(2026, 11, 25, 13)),
        (NIGHT, datetime(2026, 11, 25, 11), datetime(2026, 11, 25, 15)),
    ],
)
def test_what_nobody_took_while_the_clinic_slept_goes_to_no_second_person_before_the_day(
    since: datetime, second: datetime, everyone: datetime
) -> None:
    assert moments(Tier.URGENT, since) == [second.replace(tzinfo=UTC), everyone.replace(tzinfo=UTC)]


@given(at=MOMENTS, zone=ZONES, hours=some.integers(1, 24))
def test_the_hops_of_an_urgent_one_come_by_day_and_within_two_of_them(
    at: datetime, zone: ZoneInfo, hours: int
) -> None:
    rules, day = Escalation(urgent_second_hours=hours), Day(7, zone)
    for hop in hops(Tier.URGENT, at, rules, day):
        by_day = 7 <= (hop.at - timedelta(microseconds=1)).astimezone(zone).hour < 18
        assert by_day or hop.at == day.morning_of(hop.at.astimezone(zone).date())
        assert hop.at - at <= timedelta(hours=26 if hours == 4 else 60)


def test_a_due_one_comes_with_the_digest_and_reaches_everyone_days_after_it_and_a_routine_one_nobody() -> (
    None
):
    assert moments(Tier.DUE, NOON) == [datetime(2026, 11, 27, 7, tzinfo=UTC)]
    assert moments(Tier.DUE, NOON - timedelta(hours=6)) == [datetime(2026, 11, 26, 7, tzinfo=UTC)]
    assert moments(Tier.ROUTINE, NOON) == []


@pytest.mark.parametrize(
    ("tier", "urgent", "at_night", "by_day"),
    [(Tier.ROUTINE, TOLD, True, True), (Tier.DUE, TOLD, True, True), (Tier.URGENT, TOLD, False, False),
     (Tier.URGENT, WAITS, True, False), (Tier.CRITICAL, WAITS, False, False)],
)  # fmt: skip
def test_what_can_wait_waits_for_the_morning_and_a_critical_one_never(
    tier: Tier, urgent: str, at_night: bool, by_day: bool
) -> None:
    rules, morning = Escalation(urgent_at_night=urgent), datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert leaves_at(tier, NIGHT, rules, DAY) == (morning if at_night else NIGHT)
    assert leaves_at(tier, NOON, rules, DAY) == (morning if by_day else NOON)


def test_the_morning_is_the_clinics_on_the_day_the_clocks_change_too() -> None:
    for year, month, day, offset in ((2026, 3, 29, 1), (2026, 10, 25, 0)):
        before = datetime(year, month, day - 1, 22, tzinfo=UTC)
        assert DAY.morning_after(before) == datetime(year, month, day, 7 - offset, tzinfo=UTC)


@given(tier=some.sampled_from(Tier), at=MOMENTS, zone=ZONES)
def test_no_letter_leaves_before_it_is_owed_nor_waits_for_over_a_day(
    tier: Tier, at: datetime, zone: ZoneInfo
) -> None:
    found = leaves_at(tier, at, RULES, Day(7, zone))
    assert at <= found < at + timedelta(hours=26)
    assert tier < Tier.URGENT or found == at


@given(tier=some.sampled_from(Tier), at=MOMENTS, zone=ZONES)
def test_each_hop_comes_after_the_one_before(tier: Tier, at: datetime, zone: ZoneInfo) -> None:
    found = [hop.at for hop in islice(hops(tier, at, RULES, Day(7, zone)), 5)]
    assert all(earlier < later for earlier, later in zip([at, *found], found, strict=False))


def waited(alert: Alert, **ago: float) -> None:
    """Nobody has had it for so long; the sweep looks."""
    Alert.objects.filter(pk=alert.pk).update(waits_since=clock.now() - timedelta(**ago))
    look_again(alert.pump)


def hop_rows(alert: Alert) -> list[int | None]:
    found = alert.events.filter(verb=AlertEvent.Verb.ESCALATED)
    return list(found.order_by("id").values_list("step", flat=True))


def told_of(alert: Alert) -> list[str]:
    found = Letter.objects.filter(topic=f"alert:{alert.pk}").order_by("id")
    return [str(letter.recipient.user) for letter in found if letter.recipient]


def owned(cast: Cast, pump: Pump) -> None:
    """The pump's patient is the prescriber's."""
    Patient.objects.filter(pk=pump.patient_id).update(clinician=cast.prescriber)


def test_a_critical_alert_that_nobody_takes_goes_from_hop_to_hop_and_each_hop_is_a_row(
    cast: Cast, pump: Pump
) -> None:
    owned(cast, pump)
    name_lead(member=cast.administrator, by=cast.administrator, at=cast.at)
    alert = swept(pump)
    assert sorted(told_of(alert)) == ["Nurse", "Prescriber"], "two at once"
    waited(alert, minutes=29)
    assert hop_rows(alert) == []
    waited(alert, minutes=30)
    assert (hop_rows(alert), told_of(alert)[2:]) == ([1], ["Administrator"])
    waited(alert, minutes=60)
    assert hop_rows(alert) == [1, 2]
    assert sorted(told_of(alert)[3:]) == ["Administrator", "Nurse", "Prescriber"]
    look_again(pump)
    assert hop_rows(alert) == [1, 2], "looked at again, nobody is told again"


def test_the_sweep_comes_back_at_the_next_hop(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    since = Alert.objects.get(pk=alert.pk).waits_since
    assert since is not None
    assert Projection.objects.get(pump=pump).review_at == since + timedelta(minutes=30)


def test_a_worker_that_slept_over_a_hop_tells_everyone_once(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    waited(alert, minutes=70)
    assert hop_rows(alert) == [2]


def test_a_taken_alert_goes_no_further_and_one_that_opens_again_begins_anew(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=clock.now())
    look_again(pump)
    Alert.objects.filter(pk=alert.pk).update(acknowledged_until=clock.now())
    look_again(pump)
    assert hop_rows(alert) == []
    waited(alert, minutes=31)
    alert.refresh_from_db()
    assert (hop_rows(alert), alert.round, alert.hop) == ([1], 2, 1)


def test_no_hop_is_made_twice_whoever_writes_it(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    hop = {"alert": alert, "at": cast.at, "verb": "escalated", "tier": alert.tier, "round": 1, "step": 1}
    AlertEvent.objects.create(**hop)
    with pytest.raises(IntegrityError), transaction.atomic():
        AlertEvent.objects.create(**hop)


def test_a_critical_alert_of_400_days_is_still_told_of_each_morning(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    waited(alert, days=400)
    alert.refresh_from_db()
    assert alert.hop in (401, 402, 403)  # two in its first hour, and a morning more or less
    assert Projection.objects.get(pump=pump).review_at > clock.now()
    assert Alert.objects.open().filter(pk=alert.pk).exists()


def test_other_timers_hold_at_once_for_what_is_open(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    waited(alert, minutes=10)
    assert hop_rows(alert) == []
    timers = Escalation(critical_second_minutes=5, critical_all_minutes=200)
    change_escalation(escalation=timers, because="A small team", by=cast.administrator, at=clock.now())
    sweep()
    assert hop_rows(alert) == [1]


def paces(alert: Alert) -> set[str]:
    return set(Letter.objects.filter(topic=f"alert:{alert.pk}").values_list("pace", flat=True))


def urgent(cast: Cast) -> Alert:
    pump = cast.running_pump(filled_days_ago=160)
    Projection.objects.update(refill_by=clock.now().date() + timedelta(days=4))
    look_again(pump)
    return Alert.objects.get(pump=pump, tier=Tier.URGENT)


@pytest.mark.parametrize(("at_night", "pace"), [(TOLD, "budget"), (WAITS, "digest")])
def test_an_urgent_letter_at_night_leaves_or_waits_as_the_clinic_says(
    cast: Cast, at_night: str, pace: str
) -> None:
    it_is_two_at_night(cast)
    timers = Escalation(urgent_at_night=at_night)
    change_escalation(escalation=timers, because="Agreed", by=cast.administrator, at=clock.now())
    assert paces(urgent(cast)) == {pace}


def test_a_due_letter_comes_with_the_digest_and_what_goes_to_others_before_it(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=160)
    sweep()
    alert = Alert.objects.get(pump=pump)
    assert (alert.kind, alert.tier, paces(alert)) == (Kind.REFILL_DUE.value, Tier.DUE, {"digest"})
    waited(alert, days=4)
    assert (hop_rows(alert), paces(alert)) == ([1], {"digest", "budget"})


def it_is_two_at_night(cast: Cast) -> None:
    """The clinic moves to where it is."""
    ahead = (2 - clock.now().hour + 11) % 24 - 11
    cast.clinic.zone = f"Etc/GMT{-ahead:+d}"
    cast.clinic.save()

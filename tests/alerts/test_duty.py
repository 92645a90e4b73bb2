"""Who is told: the own clinician first, covers for the absent, the lead where nobody is left, and never nobody."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from alerts.absences import end_absence, name_lead
from alerts.duty import Roster, leads_of, roster_of, told
from alerts.models import Absence, Alert, AlertEvent
from alerts.rules import Kind, Tier
from alerts.services import acknowledge_alert, acknowledged_until
from alerts.sweep import sweep
from alerts.unmonitored import faults
from itb import clock
from itb.accounts.models import Membership, User
from itb.accounts.permissions import Role
from itb.accounts.services import end_membership
from itb.audit.models import AuditEvent
from itb.outbox.models import Bounce, Letter
from itb.people.parts import end_part
from patients.models import Patient, Pump
from tests.alerts.test_escalation import told_of
from tests.alerts.test_views import opened
from tests.cast import Cast, join

Verb = AlertEvent.Verb


def names(alert: Alert, verb: Verb = Verb.OPENED, step: int | None = None) -> list[str]:
    """Who is told of such an event now."""
    event = AlertEvent(alert=alert, at=clock.now(), verb=verb, tier=alert.tier, step=step)
    fresh = Alert.objects.select_related("pump__patient__clinic").get(pk=alert.pk)
    return sorted(str(member.user) for member in told(fresh, event, clock.now()))


def answers_for(member: Membership | None, pump: Pump) -> None:
    Patient.objects.filter(pk=pump.patient_id).update(clinician=member)


@pytest.fixture
def due(pump: Pump) -> Alert:
    return opened(pump, Kind.REFILL_DUE, Tier.DUE, 30)


@pytest.fixture
def critical(pump: Pump) -> Alert:
    return opened(pump, Kind.WITHDRAWAL_RISK, Tier.CRITICAL, 30)


def test_without_an_own_clinician_everyone_on_duty_is_told(cast: Cast, due: Alert) -> None:
    assert names(due) == ["Nurse", "Prescriber"]


def test_the_own_clinician_hears_first_and_alone_of_what_is_not_critical(
    cast: Cast, pump: Pump, due: Alert
) -> None:
    answers_for(cast.prescriber, pump)
    assert names(due) == ["Prescriber"]


def test_a_critical_one_reaches_two_at_once(cast: Cast, pump: Pump, critical: Alert) -> None:
    join(cast.clinic, "third", Role.NURSE, cast.at)
    answers_for(cast.prescriber, pump)
    assert names(critical) == ["Prescriber", "Third"], "the own clinician, and who comes after them"


def test_where_one_person_is_left_the_lead_hears_of_a_critical_one_too(cast: Cast, critical: Alert) -> None:
    cast.absence(member=cast.prescriber)
    assert names(critical) == ["Administrator", "Nurse"]
    name_lead(member=cast.coordinator, by=cast.administrator, at=cast.at)
    assert names(critical) == ["Coordinator", "Nurse"]


def test_the_cover_is_told_in_the_absent_ones_stead(cast: Cast, pump: Pump, due: Alert) -> None:
    answers_for(cast.prescriber, pump)
    cast.absence(member=cast.prescriber, cover=cast.nurse)
    assert names(due) == ["Nurse"]


def test_a_cover_who_is_away_too_is_covered_in_turn_and_a_circle_ends(
    cast: Cast, pump: Pump, due: Alert
) -> None:
    third = join(cast.clinic, "third", Role.NURSE, cast.at)
    answers_for(cast.prescriber, pump)
    cast.absence(member=cast.prescriber, cover=cast.nurse)
    first = cast.absence(member=cast.nurse, cover=third)
    assert names(due) == ["Third"]
    end_absence(absence=first, by=cast.nurse, at=cast.at)
    cast.absence(member=cast.nurse, cover=cast.prescriber)
    assert names(due) == ["Third"], "two who cover each other cover nothing: who is on duty is told"


def test_nobody_left_means_the_lead(cast: Cast, due: Alert) -> None:
    for member in (cast.nurse, cast.prescriber):
        cast.absence(member=member)
    assert names(due) == ["Administrator"]
    name_lead(member=cast.coordinator, by=cast.administrator, at=cast.at)
    assert names(due) == ["Coordinator"]
    end_membership(member=cast.coordinator, by=cast.administrator.user, at=cast.at)
    assert names(due) == ["Administrator"], "a lead who has left is none"


def test_an_absence_counts_on_its_own_days_and_until_it_is_ended(cast: Cast, due: Alert) -> None:
    later = cast.absence(member=cast.prescriber, first=1, last=3)
    assert names(due) == ["Nurse", "Prescriber"]
    assert [each.pk for each in roster_of(cast.clinic, cast.at + timedelta(days=2)).on_duty] == [
        cast.nurse.pk
    ]
    end_absence(absence=later, by=cast.nurse, at=cast.at)
    assert len(roster_of(cast.clinic, cast.at + timedelta(days=2)).on_duty) == 2


def test_an_own_clinician_who_left_hides_nothing(cast: Cast, pump: Pump, due: Alert) -> None:
    third = join(cast.clinic, "third", Role.PRESCRIBER, cast.at)
    answers_for(third, pump)
    end_membership(member=third, by=cast.administrator.user, at=cast.at)
    assert names(due) == ["Nurse", "Prescriber"]


def test_the_last_hop_reaches_everyone_on_duty_and_the_lead(cast: Cast, critical: Alert) -> None:
    assert names(critical, Verb.ESCALATED, step=2) == ["Administrator", "Nurse", "Prescriber"]


def test_whoever_had_it_hears_that_time_is_up(cast: Cast, pump: Pump, due: Alert) -> None:
    answers_for(cast.prescriber, pump)
    acknowledge_alert(alert=due, note="Mine", by=cast.nurse, at=clock.now())
    assert names(due, Verb.EXPIRED) == ["Nurse", "Prescriber"]


def test_what_the_absent_one_has_in_hand_goes_to_the_cover_or_opens_again(
    cast: Cast, pump: Pump, due: Alert
) -> None:
    other = opened(pump, Kind.DISCREPANCY, Tier.DUE, 30)
    acknowledge_alert(alert=due, note="Mine", by=cast.prescriber, at=clock.now())
    acknowledge_alert(alert=other, note="Mine", by=cast.nurse, at=clock.now())
    cast.absence(member=cast.prescriber, cover=cast.nurse)
    due.refresh_from_db()
    assert (due.state, due.acknowledged_by) == (Alert.State.ACKNOWLEDGED, cast.nurse.user)
    cast.absence(member=cast.nurse)
    for alert in (due, other):
        alert.refresh_from_db()
        assert alert.state == Alert.State.OPEN


def test_what_is_in_hand_ends_when_its_owner_goes(cast: Cast, due: Alert) -> None:
    kept = acknowledge_alert(alert=due, note="Mine", by=cast.prescriber, at=clock.now())
    cast.absence(member=cast.prescriber, first=1, last=3)
    ends = due.acknowledged_until
    due.refresh_from_db()
    assert due.acknowledged_until is not None
    assert kept.acknowledged_until is not None
    assert due.acknowledged_until < kept.acknowledged_until, ends
    assert acknowledged_until(due, clock.now(), cast.prescriber) <= max(
        due.acknowledged_until, clock.now() + timedelta(hours=4)
    )


def test_the_same_absence_said_twice_is_one_and_two_at_a_time_are_refused(cast: Cast) -> None:
    first, again = cast.absence(cover=cast.nurse), cast.absence(cover=cast.nurse)
    assert first == again
    assert AuditEvent.objects.filter(verb="absence.entered").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        cast.absence(first=3, last=9)


def test_the_lead_is_named_once_and_is_one_of_the_clinic(cast: Cast) -> None:
    assert leads_of(cast.clinic, cast.at) == [cast.administrator]
    for _ in range(2):
        name_lead(member=cast.prescriber, by=cast.administrator, at=cast.at)
    assert leads_of(cast.clinic, cast.at) == [cast.prescriber]
    assert AuditEvent.objects.filter(verb="lead.named").count() == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Absence.objects.create(
            clinic=cast.clinic, member=cast.stranger, first_on=cast.at.date(), last_on=cast.at.date(),
            added_at=cast.at, added_by=cast.nurse.user,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("days", "told"), [(160, ["Nurse", "Prescriber"]), (189, ["Administrator", "Nurse", "Prescriber"])]
)
def test_whom_letters_do_not_reach_is_told_and_counts_for_nobody(
    cast: Cast, days: float, told: list[str]
) -> None:
    """A due alert has another person beside them, a critical one two who can be reached."""
    pump = cast.running_pump(filled_days_ago=days)
    answers_for(cast.prescriber, pump)
    Bounce.objects.create(
        clinic=cast.clinic, recipient=cast.prescriber, address=cast.prescriber.user.email, found_at=cast.at,
        trouble="It came back (5.1.1)",
    )  # fmt: skip
    sweep()
    assert sorted(told_of(Alert.objects.get(pump=pump))) == told


def test_a_lead_who_is_away_answers_only_where_nobody_else_does(cast: Cast) -> None:
    name_lead(member=cast.prescriber, by=cast.administrator, at=cast.at)
    cast.absence(member=cast.prescriber)
    assert leads_of(cast.clinic, cast.at) == [cast.administrator]
    assert leads_of(cast.clinic, cast.ago(-8)) == [cast.prescriber]
    cast.absence(member=cast.administrator)
    assert leads_of(cast.clinic, cast.at) == [cast.prescriber]


def test_what_only_the_one_who_leaves_was_told_of_is_told_to_others(cast: Cast) -> None:
    third = join(cast.clinic, "third", Role.PRESCRIBER, cast.at)
    pump = cast.running_pump(filled_days_ago=160)
    answers_for(third, pump)
    sweep()
    alert = Alert.objects.get(pump=pump)
    Letter.objects.update(state=Letter.State.SENT)
    assert told_of(alert) == ["Third"]
    end_part(member=third, successor=None, by=cast.administrator, at=clock.now())
    assert sorted(told_of(alert)) == ["Nurse", "Prescriber", "Third"]
    assert faults() == []


PEOPLE = {
    number: Membership(pk=number, user=User(pk=number, name=str(number)), role=Role.NURSE)
    for number in range(6)
}


@given(
    away=some.dictionaries(some.integers(0, 5), some.none() | some.integers(0, 7)),
    asked=some.none() | some.integers(0, 7),
)
@settings(suppress_health_check=[HealthCheck.too_slow])
def test_whoever_stands_in_is_there(away: dict[int, int | None], asked: int | None) -> None:
    roster = Roster(PEOPLE, away)
    found = roster.stand_in(asked)
    assert found is None or found in roster.on_duty
    assert sorted(each.pk for each in roster.after(found)) == sorted(each.pk for each in roster.on_duty)
    if asked in PEOPLE and asked not in away:
        assert found == PEOPLE[asked]

"""What the sweep finds about visits, and beside the reservoir: by whatever hand it came to be so."""

from collections.abc import Iterable
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alerts import ledger
from alerts.around import Surroundings
from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.rules import Kind, Tier, look
from alerts.services import acknowledge_alert, resolve_alert
from alerts.sweep import POLICIES, sweep
from itb import clock
from itb.accounts.models import Membership
from itb.accounts.permissions import Role
from itb.outbox.models import Letter
from patients.models import Contact, Patient, Pump
from patients.services import record_replacement
from refills import services
from refills.models import Appointment, Interrogation, Procedure, Projection
from refills.procedure import Visit
from tests.alerts.test_sweep import kinds, look_again, swept
from tests.cast import Cast


def booked(cast: Cast, pump: Pump, *, days: int) -> Appointment:
    """A visit so many days ahead, or past, in a forecast that has come near."""
    refill_by = clock.now().date() + timedelta(days=10)
    Projection.objects.filter(pump=pump).update(refill_by=refill_by)
    on = cast.at.astimezone(cast.clinic.tz).date() + timedelta(days=days)
    return Appointment.objects.create(
        pump=pump, clinic=cast.clinic, on=on, booked_at=cast.ago(9), booked_by=cast.nurse.user
    )


def test_a_visit_that_nobody_confirmed_is_an_alert_until_someone_does(cast: Cast, pump: Pump) -> None:
    visit = booked(cast, pump, days=4)
    sweep()
    assert kinds(pump) == {Kind.REFILL_DUE.value}
    assert services.confirm_visit(visit=visit, by=cast.nurse, at=clock.now())
    sweep()
    assert kinds(pump) == set()


def test_a_visit_on_another_day_has_to_be_confirmed_anew(cast: Cast, pump: Pump) -> None:
    services.confirm_visit(visit=booked(cast, pump, days=4), by=None, at=cast.at)
    assert Projection.objects.get(pump=pump).visit_is_confirmed
    services.book_visit(pump=pump, on=cast.open_day(2), by=cast.nurse, at=clock.now())
    assert not Projection.objects.get(pump=pump).visit_is_confirmed


def test_who_agreed_on_the_telephone_has_confirmed_the_visit(cast: Cast, pump: Pump) -> None:
    visit = booked(cast, pump, days=4)
    cast.contact(pump, outcome="no_answer")
    assert not Projection.objects.get(pump=pump).visit_is_confirmed
    cast.contact(pump, outcome="agreed")
    visit.refresh_from_db()
    assert (visit.confirmed_at, visit.confirmed_by_id) == (cast.at, cast.nurse.user_id)


def test_a_visit_that_has_ended_is_confirmed_by_nobody(cast: Cast, pump: Pump) -> None:
    visit = booked(cast, pump, days=-1)
    services.close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
    assert not services.confirm_visit(visit=visit, by=cast.nurse, at=cast.at)


def test_a_visit_whose_day_has_passed_is_an_alert_before_anybody_says_a_word(cast: Cast, pump: Pump) -> None:
    booked(cast, pump, days=-1)
    sweep()
    assert kinds(pump) == {Kind.MISSED.value}


def test_a_missed_visit_is_an_alert_until_another_is_booked(cast: Cast, pump: Pump) -> None:
    booked(cast, pump, days=-1)
    services.close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=clock.now())
    sweep()
    assert kinds(pump) == {Kind.MISSED.value}
    visit = services.book_visit(pump=pump, on=cast.open_day(2), by=cast.nurse, at=clock.now())
    services.confirm_visit(visit=visit, by=cast.nurse, at=clock.now())
    sweep()
    assert kinds(pump) == set()


def test_a_missed_visit_is_mended_by_a_refill_and_missed_again_when_that_is_struck_out(
    cast: Cast, pump: Pump
) -> None:
    booked(cast, pump, days=-2)
    services.close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
    row = Projection.objects.filter(pump=pump)
    assert row.get().missed_on is not None
    refill = cast.refill(pump, days_ago=1, withdrawn_ml="34")
    assert row.get().missed_on is None
    cast.correction(refill)
    assert row.get().missed_on is not None


def test_a_visit_a_contact_and_a_refusal_have_the_pump_looked_at_whatever_hand_wrote_them(
    cast: Cast, pump: Pump
) -> None:
    def is_due() -> bool:
        found = Projection.objects.get(pump=pump).review_at <= clock.now()
        Projection.objects.update(review_at=clock.now() + timedelta(hours=20))
        return found

    is_due()
    assert not is_due()
    booked(cast, pump, days=4)
    assert is_due()
    Appointment.objects.update(confirmed_at=cast.at)
    assert is_due()
    Contact.objects.update(ended_at=cast.at)
    assert is_due()
    Patient.objects.update(refusal="Wants no call.", refused_on=cast.at.date())
    assert is_due()
    cast.authorisation(pump, days=400)
    assert is_due()
    cast.order(pump)
    assert is_due()


def test_a_patient_whom_nobody_can_call_is_an_alert_until_a_number_or_a_refusal_is_there(
    cast: Cast, pump: Pump
) -> None:
    Contact.objects.update(phone="")
    sweep()
    assert kinds(pump) == {Kind.UNREACHABLE.value}
    Patient.objects.update(refusal="Wants no call.", refused_on=cast.at.date())
    sweep()
    assert kinds(pump) == set()


def test_a_clinic_in_which_nobody_is_told_makes_each_of_its_pumps_critical(cast: Cast, pump: Pump) -> None:
    Membership.objects.filter(clinic=cast.clinic, role__in=[Role.NURSE, Role.PRESCRIBER]).update(
        ended_at=cast.at
    )
    sweep()
    assert Alert.objects.get(pump=pump).tier == Tier.CRITICAL


def test_a_replacement_that_is_near_is_an_alert(cast: Cast, pump: Pump) -> None:
    today = cast.at.astimezone(cast.clinic.tz).date()
    sweep()
    record_replacement(pump=pump, on=today + timedelta(days=90), by=cast.nurse, at=cast.at)
    assert Projection.objects.get(pump=pump).danger_at is not None, "it says nothing of what is in the pump"
    sweep()
    alert = Alert.objects.get(pump=pump)
    assert (alert.kind, alert.tier) == (Kind.REPLACEMENT.value, Tier.URGENT)


def alarmed(cast: Cast, pump: Pump, moment: str, *alarms: str) -> None:
    """A refill of yesterday before or after which the log told of these."""
    visit = Visit(
        Procedure(expires_on=cast.ago(-400).date()),
        [Interrogation(moment=moment, alarms=list(alarms))],
        [],
        None,
    )
    cast.refill(pump, days_ago=1, visit=visit, withdrawn_ml="34.2")


def test_an_alarm_of_the_log_is_an_alert_until_someone_settles_it(cast: Cast, pump: Pump) -> None:
    alarmed(cast, pump, "before", "low_reservoir", "motor_stall")
    sweep()
    alert = Alert.objects.get(pump=pump, kind=Kind.ALARM.value)
    assert alert.sentence == "At the last refill the pump's log told of: motor stall."
    resolve_alert(alert=alert, note="The maker has looked at it.", by=cast.nurse, at=clock.now())
    look_again(pump)
    assert kinds(pump) == set()


def test_what_a_refill_settles_itself_is_no_alert_and_after_it_it_is_one(cast: Cast, pump: Pump) -> None:
    alarmed(cast, pump, "before", "low_reservoir", "empty_reservoir")
    sweep()
    assert kinds(pump) == set()
    other = cast.running_pump()
    alarmed(cast, other, "after", "low_reservoir")
    sweep()
    assert kinds(other) == {Kind.ALARM.value}


def test_drug_is_an_alert_from_its_last_day_on_where_the_clinic_keeps_its_orders(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=168)
    sweep()
    assert Kind.ORDER.value not in kinds(pump), "this clinic orders elsewhere"
    cast.order(cast.running_pump())
    look_again(pump)
    assert Kind.ORDER.value in kinds(pump)
    cast.order(pump)
    sweep()
    assert Kind.ORDER.value not in kinds(pump)


def test_an_authorisation_that_ends_before_the_refill_is_an_alert_until_a_new_one_is_there(
    cast: Cast, pump: Pump
) -> None:
    cast.authorisation(pump, days=31)
    sweep()
    assert kinds(pump) == set()
    cast.authorisation(pump, days=30, reference="A-8")
    sweep()
    assert kinds(pump) == {Kind.AUTHORISATION.value}
    cast.authorisation(pump, days=400, reference="A-9")
    sweep()
    assert kinds(pump) == set()


def refuse(letters: Iterable[Letter], state: str = Letter.State.DEAD) -> None:
    """The server says no for good; nothing else is told of it."""
    Letter.objects.filter(pk__in=[each.pk for each in letters]).update(state=state)


def undelivered(pump: Pump) -> Alert | None:
    return Alert.objects.open().filter(pump=pump, kind=Kind.UNDELIVERED.value).first()


@pytest.mark.parametrize("state", [Letter.State.DEAD, Letter.State.BOUNCED])
def test_a_refused_letter_is_an_alert_with_the_next_sweep_and_ends_when_someone_has_the_matter(
    state: str, cast: Cast, pump: Pump
) -> None:
    alert = swept(pump)
    assert sweep() == 0, "nothing is due"
    refuse(Letter.objects.filter(recipient=cast.nurse), state)
    sweep()
    found = undelivered(pump)
    assert found is not None
    assert found.tier == Tier.URGENT
    refuse(Letter.objects.all(), state)
    look_again(pump)
    found.refresh_from_db()
    assert found.tier == Tier.CRITICAL, "it reached nobody"
    acknowledge_alert(alert=alert, note="Calling.", by=cast.nurse, at=clock.now())
    sweep()
    assert undelivered(pump) is None


def test_a_refused_letter_after_which_another_went_to_the_same_person_is_no_news(
    cast: Cast, pump: Pump
) -> None:
    alert = swept(pump)
    refuse(Letter.objects.all())
    for letter in Letter.objects.all():
        letter.pk, letter.key, letter.state = None, f"{letter.key}:later", Letter.State.SENT
        letter.save()
    Projection.objects.update(review_at=clock.now() + timedelta(hours=20))
    assert sweep() == 0
    look_again(pump)
    assert kinds(pump) == {alert.kind}


def test_what_is_around_fifty_pumps_costs_as_many_queries_as_around_five(cast: Cast) -> None:
    pumps = [cast.running_pump() for _ in range(12)]
    cast.order(pumps[0])
    cast.authorisation(pumps[1], days=3)
    alarmed(cast, pumps[2], "after", "motor_stall")
    sweep()
    few, many = (asked(pumps[:number], cast) for number in (3, 12))
    assert few == many
    assert many <= 12


def asked(pumps: list[Pump], cast: Cast) -> int:
    """How many queries it takes to know all that the rules may depend on, and to apply them."""
    related = [f"pump__patient__clinic__{policy}" for policy in POLICIES]
    with CaptureQueriesContext(connection) as queries:
        rows = list(Projection.objects.filter(pump__in=pumps).select_related(*related))
        alerts = [
            each for found in ledger.open_alerts([pump.pk for pump in pumps]).values() for each in found
        ]
        clinic = rows[0].pump.patient.clinic
        beside = Surroundings.of(clinic, [row.pump for row in rows], alerts, cast.at)
        for row in rows:
            look(known_of(row, around=beside.around(row)), cast.at)
    return len(queries)


def test_the_band_that_a_pump_has_learned_is_told_by_its_row(cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=120)
    assert not Projection.objects.get(pump=pump).band_is_learned
    for days in (90, 60, 30):
        cast.refill(pump, days_ago=days, withdrawn_ml="34")
    row = Projection.objects.get(pump=pump)
    assert row.band_is_learned == (row.forecast["delivery_ratio"]["source"] == "learned")
    assert row.band_is_learned

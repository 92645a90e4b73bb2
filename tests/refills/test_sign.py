"""A second signature: who owes one, what counts until then, and how it ends."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.rules import Kind
from alerts.sweep import sweep
from itb.audit.models import AuditEvent
from itb.infusion.forecast import Forecast
from patients.models import Patient, Pump
from refills import services
from refills.models import Adjustment, PendingProgramme, Programme, Projection, Refill
from refills.projection import forecast_of
from refills.services import NotToSignError, decline_programme, sign_programme
from refills.signing import demands
from tests.cast import Cast, join, posted
from tests.pages import FormPage, clinic_time

WHY = "Agreed on the ward round."


def row(pump: Pump) -> Projection:
    return Projection.objects.get(pump=pump)


def codes(pump: Pump) -> set[str]:
    return {finding["code"] for finding in row(pump).findings}


def address(pending: PendingProgramme) -> str:
    return reverse("refills:sign", args=[pending.pk])


def new(cast: Cast, pump: Pump, dose: str, concentration: str = "2000") -> Programme:
    return Programme(
        pump=pump,
        at=cast.ago(0.5),
        mode=Programme.Mode.CONTINUOUS,
        dose_mcg_per_day=Decimal(dose),
        concentration_mcg_per_ml=Decimal(concentration),
    )


@pytest.mark.parametrize(
    ("dose", "concentration", "words"),
    [
        ("400", "2000", ""),
        ("560", "2000", ""),
        ("561", "2000", "from 400 to 561 mcg/day, +40.2 %, past the label’s step of 40 %"),
        ("320", "2000", ""),
        ("319", "2000", "−20.2 %, past the label’s step of 20 %"),
        ("801", "2000", "more than double or less than half"),
        ("400", "500", "concentration changes from 2000 to 500 mcg/mL"),
    ],
)
def test_what_goes_past_the_labels_step_or_changes_the_concentration_is_signed(
    cast: Cast, pump: Pump, dose: str, concentration: str, words: str
) -> None:
    found = " ".join(demands(pump, new(cast, pump, dose, concentration), cast.at.date()))
    assert words in found
    assert bool(words) == bool(found)


def test_the_step_is_that_of_origin_and_phase(cast: Cast) -> None:
    cerebral = cast.running_pump(origin=Patient.Origin.CEREBRAL)
    assert demands(cerebral, new(cast, cerebral, "484"), cast.at.date())
    spinal = cast.running_pump()
    assert not demands(spinal, new(cast, spinal, "540"), cast.at.date())
    Pump.objects.filter(pk=spinal.pk).update(implanted_on=cast.ago(59).date())
    assert "step of 30 %" in demands(spinal, new(cast, spinal, "540"), cast.at.date())[0]


@pytest.mark.parametrize(
    ("policy", "dose", "concentration", "is_owed"),
    [
        ({"signature": "always"}, "400", "2000", True),
        ({"signature": "never"}, "600", "500", False),
        ({"signature": "never"}, "801", "2000", True),
        ({"signature_pct": 10}, "440", "2000", False),
        ({"signature_pct": 10}, "441", "2000", True),
    ],
)
def test_the_clinic_says_when_a_second_person_signs_but_past_double_one_always_does(  # noqa: PLR0917
    cast: Cast, pump: Pump, policy: dict[str, Any], dose: str, concentration: str, is_owed: bool
) -> None:
    cast.programming(**policy)
    fresh = Pump.objects.get(pk=pump.pk)
    assert bool(demands(fresh, new(cast, fresh, dose, concentration), cast.at.date())) == is_owed


def test_a_first_programme_changes_nothing_and_stands_at_once(cast: Cast) -> None:
    bare = cast.bare_pump()
    assert isinstance(cast.programme(bare, days_ago=1, dose="900"), Programme)
    assert not PendingProgramme.objects.exists()


def test_until_it_is_signed_the_earlier_of_each_moment_counts(cast: Cast, pump: Pump) -> None:
    before = row(pump)
    faster = cast.pending(pump, dose="900")
    waits = row(pump)
    assert pump.programmes.count() == 1
    for name in ("alarm_at", "empty_at", "earliest_empty_at", "refill_by", "danger_at"):
        assert getattr(waits, name) < getattr(before, name), name
    assert codes(pump) >= {"unsigned_programme", "pending_signature"}
    sign_programme(pending=faster, by=cast.prescriber, at=cast.at)
    signed = row(pump)
    assert (signed.alarm_at, signed.refill_by) == (waits.alarm_at, waits.refill_by)
    assert not codes(pump) & {"unsigned_programme", "pending_signature"}


def test_a_slower_one_moves_no_date_later_before_it_is_signed(cast: Cast, pump: Pump) -> None:
    before = row(pump)
    slower = cast.pending(pump, dose="150")
    assert (row(pump).alarm_at, row(pump).refill_by) == (before.alarm_at, before.refill_by)
    sign_programme(pending=slower, by=cast.prescriber, at=cast.at)
    after = row(pump).alarm_at
    assert after is not None
    assert before.alarm_at is not None
    assert after > before.alarm_at


def test_signed_it_is_a_fact_from_the_instant_at_which_the_pump_was_told(cast: Cast, pump: Pump) -> None:
    pending = cast.pending(pump, days_ago=2)
    programme = sign_programme(pending=pending, by=cast.prescriber, at=cast.at)
    assert (programme.at, programme.recorded_by) == (pending.at, cast.nurse.user)
    pending.refresh_from_db()
    assert (pending.state, pending.closed_by, pending.programme) == (
        "signed",
        cast.prescriber.user,
        programme,
    )
    assert AuditEvent.objects.filter(verb="programme.signed", by_id=cast.prescriber.user_id).exists()


def test_its_bridge_waits_with_it_and_is_kept_with_it(cast: Cast, pump: Pump) -> None:
    programme = new(cast, pump, "400", "1000")
    bridge = Adjustment(
        pump=pump, at=programme.at, kind="bridge", volume_ml=Decimal("0.3"), hours=Decimal(36)
    )
    pending = services.start_programme(
        programme=programme, bridge=bridge, posted=posted(pump), by=cast.nurse, at=cast.at
    )
    assert isinstance(pending, PendingProgramme)
    assert [fact["kind"] for fact in row(pump).scenario["unsigned"]] == ["programme", "bridge"]
    assert not pump.adjustments.exists()
    sign_programme(pending=pending, by=cast.prescriber, at=cast.at)
    assert pump.adjustments.get().hours == 36


def test_nobody_is_their_own_second_in_the_service_on_the_page_or_in_the_database(
    client: Client, cast: Cast, pump: Pump
) -> None:
    pending = cast.pending(pump, by=cast.prescriber)
    with pytest.raises(NotToSignError):
        sign_programme(pending=pending, by=cast.prescriber, at=cast.at)
    page = FormPage(client, cast.prescriber, address(pending))
    assert "You recorded this one" in page.answer.content.decode()
    assert 'value="sign"' not in page.answer.content.decode()
    assert page.press({}, action="sign").status_code == 409
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE refills_pendingprogramme SET state = 'signed', closed_at = now(), closed_by_id = recorded_by_id,"
            " programme_id = (SELECT min(id) FROM refills_programme)"
        )
    assert pump.programmes.count() == 1


def test_what_was_told_can_be_changed_by_nobody(cast: Cast, pump: Pump) -> None:
    cast.pending(pump)
    for change in (
        "dose_mcg_per_day = 61",
        "at = at - interval '1 day'",
        "recorded_by_id = recorded_by_id + 1",
    ):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE refills_pendingprogramme SET {change}")


def test_one_that_was_declined_is_not_opened_again(cast: Cast, pump: Pump) -> None:
    pending = cast.pending(pump)
    decline_programme(pending=pending, note="No.", was_told=True, by=cast.prescriber, at=cast.at)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE refills_pendingprogramme SET state = 'open', closed_at = NULL, closed_by_id = NULL, note = ''"
        )
    with pytest.raises(NotToSignError):
        sign_programme(pending=pending, by=cast.prescriber, at=cast.at)


def test_declined_as_a_slip_in_writing_it_counts_no_more(cast: Cast, pump: Pump) -> None:
    before = row(pump)
    pending = cast.pending(pump)
    decline_programme(
        pending=pending, note="Typed 900 for 400.", was_told=False, by=cast.prescriber, at=cast.at
    )
    assert (row(pump).alarm_at, row(pump).refill_by) == (before.alarm_at, before.refill_by)
    assert not codes(pump) & {"unsigned_programme", "declined_programme"}


def test_declined_while_it_runs_it_counts_until_the_fill_after_the_next_programme(
    cast: Cast, pump: Pump
) -> None:
    pending = cast.pending(pump, days_ago=3)
    decline_programme(pending=pending, note="Too much.", was_told=True, by=cast.prescriber, at=cast.at)
    assert codes(pump) >= {"unsigned_programme", "declined_programme"}
    cast.programme(pump, days_ago=2, dose="400")
    assert "unsigned_programme" in codes(pump)
    assert "declined_programme" not in codes(pump)
    cast.refill(pump, days_ago=1, withdrawn_ml=Decimal(33))
    assert "unsigned_programme" not in codes(pump)


def test_a_later_programme_takes_its_place_and_is_not_told_apart_from_one_that_ran(
    cast: Cast, pump: Pump
) -> None:
    first = cast.pending(pump, days_ago=3)
    second = cast.pending(pump, days_ago=1, dose="1000")
    first.refresh_from_db()
    assert (first.state, second.state) == ("replaced", "open")
    assert len(row(pump).scenario["unsigned"]) == 2
    with pytest.raises(NotToSignError):
        sign_programme(pending=first, by=cast.prescriber, at=cast.at)


def test_a_programme_is_kept_with_the_refill_of_its_visit_in_one_transaction(cast: Cast, pump: Pump) -> None:
    refill = Refill(
        pump=pump,
        at=cast.ago(0.6),
        withdrawn_ml=Decimal(33),
        filled_ml=Decimal(40),
        concentration_mcg_per_ml=Decimal(2000),
        product="lioresal-2000-20",
        lot="L9",
    )
    form = posted(pump)
    for _ in range(2):
        services.record_refill(
            refill=refill,
            next_visit_on=None,
            programme=new(cast, pump, "440"),
            posted=form,
            by=cast.nurse,
            at=cast.at,
        )
    assert (pump.refills.count(), pump.programmes.count()) == (2, 2)
    assert row(pump).facts_version == Pump.objects.get(pk=pump.pk).facts_version


def test_the_form_says_that_a_second_person_signs_and_the_same_post_twice_waits_once(
    client: Client, cast: Cast, pump: Pump
) -> None:
    page = FormPage(client, cast.nurse, reverse("refills:start", args=[pump.pk]))
    typed = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "900", "reason": WHY,
    }  # fmt: skip
    seen, ticks = page.look(typed), page.ticks()
    assert "A second person signs this" in page.answer.content.decode()
    carried = dict(page.hidden)
    for _ in range(2):
        page.hidden = carried
        assert page.press(typed, seen=seen, **ticks).status_code == 302
    assert pump.pending_programmes.count() == 1
    page.hidden = carried
    assert (
        "kept before with other figures"
        in page.press({**typed, "dose_mcg_per_day": "901"}, seen=seen).content.decode()
    )


def test_a_form_that_was_open_meanwhile_hears_of_it(client: Client, cast: Cast, pump: Pump) -> None:
    page = FormPage(client, cast.nurse, reverse("refills:start", args=[pump.pk]))
    typed = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "440",
    }  # fmt: skip
    seen = page.look(typed)
    cast.pending(pump)
    page.agrees = False
    assert page.press(typed, seen=seen).status_code == 409


def test_the_second_person_sees_old_beside_new_and_why_and_signs(
    client: Client, cast: Cast, pump: Pump
) -> None:
    pending = cast.pending(pump)
    page = FormPage(client, cast.prescriber, address(pending))
    lines = {line.name: line for line in page.answer.context["lines"]}
    assert (lines["Dose"].old, lines["Dose"].new) == ("400", "900")
    assert lines["Refill by"].old
    assert lines["Refill by"].new
    body = page.answer.content.decode()
    assert "more than double or less than half" in body
    assert "Spasms at night" in body
    assert page.press({}, action="sign")["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    assert pump.programmes.latest("at").dose_mcg_per_day == 900
    assert "Nothing is left to decide here" in page.open().content.decode()
    assert page.press({}, action="sign").status_code == 409


def test_to_decline_takes_a_reason_and_whether_the_pump_runs_it(
    client: Client, cast: Cast, pump: Pump
) -> None:
    page = FormPage(client, cast.prescriber, address(cast.pending(pump)))
    form = page.press({}, action="decline").context["form"]
    assert form.errors.keys() == {"note", "was_told"}
    assert "Choose to sign it or to decline it" in page.press({}).content.decode()
    page.press({"note": "Not agreed.", "was_told": "yes"}, action="decline")
    assert pump.pending_programmes.get().note == "Not agreed."
    body = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "was declined" in body
    assert "Record the programme that the pump runs now" in body


def test_only_who_may_sign_reaches_the_page_and_another_clinic_finds_none(
    client: Client, cast: Cast, pump: Pump
) -> None:
    pending = cast.pending(pump)
    there = join(cast.stranger.clinic, "theirs", cast.prescriber.role, cast.at)
    members: list[Any] = [(cast.nurse, 403), (cast.administrator, 403), (there, 404)]
    for member, status in members:
        client.force_login(member.user)
        assert client.get(address(pending)).status_code == status


def test_it_stands_on_the_chart_on_the_worklist_and_in_the_list_of_all(
    client: Client, cast: Cast, pump: Pump
) -> None:
    cast.pending(pump)
    client.force_login(cast.prescriber.user)
    chart = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "waits for a second signature" in chart
    worklist = client.get(reverse("dashboard:worklist"))
    assert "waits for a second signature" in worklist.content.decode()
    tally = next(each for each in worklist.context["tallies"] if each.name == "unsigned")
    assert tally.count == 1
    listed = client.get(reverse("refills:list_unsigned")).content.decode()
    assert "Look and sign" in listed
    client.force_login(cast.stranger.user)
    assert "No programme waits" in client.get(reverse("refills:list_unsigned")).content.decode()


def test_it_is_work_for_someone_until_it_is_decided_and_letters_wait_an_hour(cast: Cast, pump: Pump) -> None:
    pending = cast.pending(pump)
    sweep()
    alert = Alert.objects.open().get(pump=pump, kind=Kind.SIGNATURE.value)
    sign_programme(pending=pending, by=cast.prescriber, at=cast.at)
    Projection.objects.filter(pump=pump).update(review_at=cast.at - timedelta(minutes=1))
    sweep()
    alert.refresh_from_db()
    assert alert.state == Alert.State.CLOSED


def test_without_a_forecast_in_any_reading_there_is_none(cast: Cast) -> None:
    cast.programming(signature="always")
    bare = cast.bare_pump()
    bare = Pump.objects.get(pk=bare.pk)
    services.start_programme(programme=new(cast, bare, "400"), posted=posted(bare), by=cast.nurse, at=cast.at)
    cast.refill(bare, days_ago=0.4)
    assert row(bare).error == "no_programme"
    assert not isinstance(forecast_of(bare, cast.at), Forecast)
    assert "pending_signature" in codes(bare)


def start_page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("refills:start", args=[pump.pk]))


def test_a_change_is_a_change_from_what_the_pump_was_told_last_signed_or_not(
    client: Client, cast: Cast, pump: Pump
) -> None:
    """400 is signed and 900 runs: down to 440 is half of what flows."""
    cast.pending(pump, dose="900")
    page = start_page(client, cast, pump)
    typed = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "440", "reason": "",
    }  # fmt: skip
    assert "less than half of the old dose" in page.errors(typed)["reason"]
    page.press({**typed, "reason": WHY})
    assert "from 900 to 440 mcg/day" in page.answer.content.decode()
    assert page.answer.context["form"].old.dose_mcg_per_day == 900


def test_one_that_was_declined_while_it_runs_is_the_old_one_and_a_slip_in_writing_is_not(
    client: Client, cast: Cast, pump: Pump
) -> None:
    for dose, was_told in (("900", True), ("1100", False)):
        pending = cast.pending(pump, dose=dose, days_ago=1 if was_told else 0.5)
        decline_programme(
            pending=pending, note="Not agreed.", was_told=was_told, by=cast.prescriber, at=cast.at
        )
    assert start_page(client, cast, pump).answer.context["form"].old.dose_mcg_per_day == 900


def test_back_from_a_concentration_that_nobody_has_signed_takes_a_bridge(
    client: Client, cast: Cast, pump: Pump
) -> None:
    services.start_programme(
        programme=new(cast, pump, "400", "1000"), posted=posted(pump), by=cast.nurse, at=cast.at
    )
    page = start_page(client, cast, pump)
    typed = {
        "at": clinic_time(cast.nurse), "mode": "continuous", "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "400", "reason": WHY,
    }  # fmt: skip
    assert "bridge" in page.errors(typed)
    assert "bridge" not in page.errors({**typed, "concentration_mcg_per_ml": "1000"})


def test_nobody_goes_far_step_by_step_over_programmes_that_nobody_has_signed(cast: Cast, pump: Pump) -> None:
    services.start_programme(programme=new(cast, pump, "600"), posted=posted(pump), by=cast.nurse, at=cast.at)
    later = new(cast, pump, "620")
    later.at = cast.ago(0.1)
    assert "from 400 to 620 mcg/day" in " ".join(demands(pump, later, cast.at.date()))

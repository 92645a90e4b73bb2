"""The visit around a refill: what was checked, read and seen, and what it leaves to be looked into."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.models import Alert
from alerts.rules import Kind, Tier
from alerts.sweep import sweep
from itb import clock
from itb.accounts.services import end_membership
from itb.people.handover import hand_over
from patients.models import Pump
from refills.followups import close_followup
from refills.models import ChecklistStep, Followup, Interrogation, Procedure, Projection, Refill
from refills.plans import plan_of
from refills.procedure_policy import ProcedureRules
from refills.services import change_procedure
from tests.cast import Cast
from tests.pages import FormPage, clinic_time
from tests.refills.visit import day_from_now, followed_up, nothing_amiss, working_day

Typed = dict[str, str]


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("refills:record", args=[pump.pk]))


@pytest.fixture
def typed(cast: Cast, pump: Pump) -> Typed:
    return {
        **nothing_amiss(),
        "at": clinic_time(cast.nurse),
        "serial_ending": pump.serial[-4:],
        "withdrawn_ml": "34",
        "emptied": "yes",
        "product": "lioresal-2000-20",
        "concentration_mcg_per_ml": "2000",
        "lot": "LOT-9",
        "filled_ml": "40",
    }


def last(pump: Pump) -> Refill:
    return pump.refills.latest("at")


def open_alert(pump: Pump) -> Alert:
    sweep()
    return Alert.objects.open().get(pump=pump, kind=Kind.DISCREPANCY.value)


def test_the_whole_visit_is_kept_with_its_refill(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    more: dict[str, str | list[str]] = {
        "felt": "some", "symptoms": ["itch", "fever"], "symptoms_note": "At night.", "allergies": "Latex",
        "new_drugs": "None", "alarmed": "some", "alarms": ["motor_stall"], "before_volume_ml": "34.2",
        "before_alarm_on": day_from_now(150), "replacement_on": day_from_now(900),
        "checker": str(cast.prescriber.user_id), "waste_ml": "34", "witness": str(cast.coordinator.user_id),
        "observed_min": "30",
    }  # fmt: skip
    assert page.keep({**typed, **more}).status_code == 302  # type: ignore[dict-item]  # several answers
    refill = last(pump)
    procedure = refill.procedure
    assert procedure.symptoms_in_words == ["Itching without a rash", "Fever"]
    assert (procedure.symptoms_note, procedure.allergies, procedure.observed_min) == (
        "At night.",
        "Latex",
        30,
    )
    assert (procedure.checker, procedure.witness) == (cast.prescriber.user, cast.coordinator.user)
    before, after = refill.interrogations.order_by("-moment")
    assert (before.volume_ml, before.alarms_in_words) == (Decimal("34.2"), ["Motor stall"])
    assert (after.volume_ml, after.dose_mcg_per_day, after.concentration_mcg_per_ml) == (40, 400, 2000)
    steps = refill.steps.all()
    assert {step.step for step in steps if step.is_done} == set(ChecklistStep.Step.values)
    assert {(step.ticked_by, step.ticked_at) for step in steps} == {(cast.nurse.user, refill.recorded_at)}
    assert not Followup.objects.exists()


def test_what_was_kept_stands_on_the_sheet_that_follows(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    answer = page.keep({**typed, "allergies": "Latex", "checker": str(cast.prescriber.user_id)})
    body = page.client.get(answer["Location"]).content.decode()
    for words in ("LOT-9", "Latex", "Nurse and Prescriber", "Written down by Nurse", "400", "Refill by"):
        assert words in body


def test_a_part_that_cannot_be_kept_keeps_nothing(
    page: FormPage, typed: Typed, pump: Pump, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = page.look(typed)

    def breaks(*_: object, **__: object) -> None:
        raise IntegrityError

    monkeypatch.setattr(Interrogation, "save", breaks)
    page.press(typed, seen=seen)
    assert pump.refills.count() == 1
    assert not Procedure.objects.exists()


@pytest.mark.parametrize("step", ChecklistStep.CRITICAL)
def test_a_critical_step_that_is_not_ticked_needs_a_reason(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump, step: str
) -> None:
    undone = {name: value for name, value in typed.items() if name != f"step_{step}"}
    assert "why it was not" in page.errors(undone)[f"step_{step}"]
    reasoned = {**undone, "undone_reason": "The programmer broke down.", **followed_up(cast.nurse.user_id)}
    page.keep(reasoned)
    kept = last(pump).steps.get(step=step)
    assert (kept.is_done, kept.reason) == (False, "The programmer broke down.")


@pytest.mark.parametrize("step", [ChecklistStep.Step.TAUGHT, ChecklistStep.Step.GIVEN])
def test_another_step_may_be_left(page: FormPage, typed: Typed, pump: Pump, step: str) -> None:
    page.keep({name: value for name, value in typed.items() if name != f"step_{step}"})
    assert not last(pump).steps.get(step=step).is_done


def test_a_pump_that_nobody_saw_running_is_somebodys_work(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    dark = {name: value for name, value in typed.items() if name not in ("step_running", "held_ml")}
    dark["undone_reason"] = "The programmer broke down."
    assert page.errors(dark).keys() == {"owner", "next_step", "due_on"}
    page.keep({**dark, **followed_up(cast.prescriber.user_id)})
    assert "not confirmed running" in open_alert(pump).sentence


def test_when_the_signs_were_gone_over_last_stands_at_its_step(
    page: FormPage, typed: Typed, cast: Cast
) -> None:
    assert "Not yet recorded here." in page.answer.content.decode()
    page.keep(typed)
    assert "Last on" in page.open().content.decode()
    ahead = page.answer.context["form"]
    ahead.now = cast.at + timedelta(days=400)
    assert "over a year ago" in ahead._last_taught()


def test_expired_drug_is_refused_by_the_form(page: FormPage, typed: Typed) -> None:
    words = page.errors({**typed, "expires_on": day_from_now(-1)})["expires_on"]
    assert "expired on" in words
    assert "expires_on" not in page.errors({**typed, "expires_on": day_from_now(0)})


def test_expired_drug_is_refused_by_the_database(cast: Cast, pump: Pump) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        Procedure.objects.create(refill=last(pump), expires_on=cast.ago(31).date())
    assert refused.value.__cause__.diag.constraint_name == "procedure_drug_not_expired"  # type: ignore[union-attr]


def test_nobody_is_their_own_second_person(page: FormPage, typed: Typed, cast: Cast, pump: Pump) -> None:
    assert page.errors({**typed, "checker": str(cast.nurse.user_id)})["checker"]
    with pytest.raises(IntegrityError) as refused, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refills_procedure (refill_id, symptoms, symptoms_note, allergies, new_drugs, expires_on,"
            " checker_id, pocket_fill_suspected, alarm_explanation) VALUES (%s, '[]', '', '', '', %s, %s, false, '')",
            [last(pump).pk, date(2099, 1, 1), cast.nurse.user_id],
        )
    assert refused.value.__cause__.diag.constraint_name == "procedure_checked_by_another"  # type: ignore[union-attr]


def test_a_second_person_is_of_this_clinic(page: FormPage, typed: Typed, cast: Cast) -> None:
    assert page.errors({**typed, "checker": str(cast.stranger.user_id)})["checker"]


def test_a_clinic_may_demand_a_second_person(page: FormPage, typed: Typed, cast: Cast) -> None:
    change_procedure(rules=ProcedureRules(demands_checker=True), by=cast.administrator, at=cast.at)
    assert page.errors(typed)["checker"]
    assert "checker" not in page.errors({**typed, "checker": str(cast.prescriber.user_id)})


@pytest.mark.parametrize(
    ("name", "value"), [("shown_dose", "410"), ("shown_concentration", "1000"), ("shown_dose", "40")]
)
def test_what_the_programmer_shows_must_be_what_is_recorded(
    page: FormPage, typed: Typed, name: str, value: str
) -> None:
    assert "is recorded as running" in page.errors({**typed, name: value})[name]


def test_a_figure_that_the_programmer_rounds_is_the_same(client: Client, cast: Cast, typed: Typed) -> None:
    pump = cast.running_pump(dose="400.123")
    page = FormPage(client, cast.nurse, reverse("refills:record", args=[pump.pk]))
    own = {**typed, "serial_ending": pump.serial[-4:]}
    assert "shown_dose" not in page.errors({**own, "shown_dose": "400.1"})
    assert page.errors({**own, "shown_dose": "400.2"})["shown_dose"]


def test_a_running_pump_was_read(page: FormPage, typed: Typed) -> None:
    unread = {**typed, "held_ml": "", "shown_dose": "", "shown_concentration": ""}
    assert page.errors(unread).keys() == {"held_ml", "shown_dose", "shown_concentration"}


def test_two_alarm_dates_that_differ_need_a_word_and_the_earlier_rules(
    page: FormPage, typed: Typed, pump: Pump
) -> None:
    form = page.press(typed).context["form"]
    ours = form.outlook.after.alarm_at.date()
    near = {**typed, "printed_alarm_on": (ours - timedelta(days=1)).isoformat()}
    assert "alarm_explanation" not in page.errors(near)
    far = {**typed, "printed_alarm_on": (ours - timedelta(days=40)).isoformat()}
    assert "The earlier one rules." in page.errors(far)["alarm_explanation"]
    page.keep({**far, "alarm_explanation": "The programmer counts a bolus a day."})
    assert last(pump).procedure.alarm_explanation == "The programmer counts a bolus a day."
    assert Projection.objects.get(pump=pump).binding == "printed"


@pytest.mark.parametrize(("holds", "limit_ml"), [("40", 2), ("20", 1)])
def test_a_pocket_fill_is_suspected_past_the_catalogues_gap(
    page: FormPage, typed: Typed, pump: Pump, holds: str, limit_ml: int
) -> None:
    Pump.objects.filter(pk=pump.pk).update(reservoir_ml=holds)
    filled = {**typed, "filled_ml": holds, "withdrawn_ml": "14"}
    for gap, suspected in ((Decimal(limit_ml), False), (limit_ml + Decimal("0.01"), True)):
        form = page.press({**filled, "held_ml": str(Decimal(holds) - gap)}).context["form"]
        assert form.suspects_pocket_fill is suspected
        assert ("A pocket fill is suspected" in page.answer.content.decode()) is suspected


def test_a_suspected_pocket_fill_says_what_to_do_with_its_source(page: FormPage, typed: Typed) -> None:
    body = page.press({**typed, "pocket_signs": "on"}).content.decode()
    assert "aspirate what you can from the pump and from the pocket" in body
    assert "Maino 2017" in body
    assert "owner" in page.answer.context["form"].errors


def test_a_discrepancy_is_kept_only_with_owner_next_step_and_day(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    amiss = {**typed, "withdrawn_ml": "37", "explanation": "Drew slowly."}
    assert page.errors(amiss).keys() == {"owner", "next_step", "due_on"}
    page.keep({**amiss, **followed_up(cast.prescriber.user_id)})
    followup = last(pump).followup
    assert (followup.about, followup.owner) == (Followup.About.RESIDUAL, cast.prescriber.user)


def test_the_first_of_a_trend_is_none_and_the_third_is(page: FormPage, typed: Typed, cast: Cast) -> None:
    pump = cast.running_pump(filled_days_ago=180)
    for days in (120, 60):
        expected = Decimal(28)  # 60 days of 0.2 mL: within the accuracy each time
        cast.refill(pump, days_ago=days, withdrawn_ml=expected - Decimal("1.6"), expected_ml=expected)
    page.address = reverse("refills:record", args=[pump.pk])
    page.open()
    own = {**typed, "serial_ending": pump.serial[-4:]}
    assert not page.press({**own, "withdrawn_ml": "26.6"}).context["form"].trend_ml
    assert not page.press({**own, "withdrawn_ml": "29.6"}).context["form"].trend_ml
    body = page.press({**own, "withdrawn_ml": "26.4"}).content.decode()
    assert "3 residuals in a row to one side" in body
    assert page.answer.context["form"].about == Followup.About.TREND
    change_procedure(rules=ProcedureRules(trend_count=4), by=cast.administrator, at=cast.at)
    assert not page.press({**own, "withdrawn_ml": "26.4"}).context["form"].trend_ml


def test_anything_else_may_be_left_to_somebody_but_not_by_half(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    assert page.errors({**typed, "next_step": "Call the ward."}).keys() == {"owner", "due_on"}
    page.keep({**typed, **followed_up(cast.coordinator.user_id)})
    assert last(pump).followup.about == Followup.About.OTHER


def test_the_alert_names_the_owner_and_lives_until_someone_writes_the_result(cast: Cast, pump: Pump) -> None:
    left = cast.followup(pump)
    alert = open_alert(pump)
    assert "Nurse has it" in alert.sentence
    assert (alert.occasion, alert.tier) == ("", Tier.DUE)
    close_followup(followup=left, result="The pocket was dry.", by=cast.prescriber, at=cast.at)
    sweep()
    assert not Alert.objects.open().filter(pump=pump, kind=Kind.DISCREPANCY.value).exists()


def test_a_later_refill_closes_no_follow_up(cast: Cast, pump: Pump) -> None:
    cast.followup(pump)
    cast.refill(pump, days_ago=0.5, withdrawn_ml=Decimal("39.9"))
    assert open_alert(pump)


def test_a_residual_that_was_followed_up_to_its_end_opens_no_alert_again(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    amiss = {**typed, "withdrawn_ml": "37", "explanation": "Odd."}
    page.keep({**amiss, **followed_up(cast.nurse.user_id)})
    close_followup(followup=last(pump).followup, result="The syringe.", by=cast.nurse, at=cast.at)
    sweep()
    assert not Alert.objects.open().filter(pump=pump, kind=Kind.DISCREPANCY.value).exists()


def test_past_its_day_a_follow_up_is_urgent(cast: Cast, pump: Pump) -> None:
    left = cast.followup(pump)
    Followup.objects.filter(pk=left.pk).update(due_on=cast.ago(2).date())
    Projection.objects.filter(pump=pump).update(facts_version=None)
    assert open_alert(pump).tier == Tier.URGENT


def test_it_is_closed_on_its_page_once_and_the_chart_lists_it_until_then(
    client: Client, cast: Cast, pump: Pump
) -> None:
    left = cast.followup(pump)
    chart = reverse("dashboard:chart", args=[pump.patient_id])
    page = FormPage(client, cast.coordinator, reverse("refills:close_followup", args=[left.pk]))
    assert "Have the pocket looked at." in client.get(chart).content.decode()
    assert page.errors({"result": ""})["result"]
    assert page.press({"result": "Dry."}).status_code == 302
    assert page.press({"result": "Dry."}).status_code == 302, "the same press, twice"
    answer = page.press({"result": "Wet."})
    assert answer.status_code == 409
    assert "Wet." in answer.content.decode()
    left.refresh_from_db()
    assert (left.result, left.closed_by) == ("Dry.", cast.coordinator.user)
    assert "Have the pocket looked at." not in client.get(chart).content.decode()


def test_who_leaves_hands_it_over(cast: Cast, pump: Pump) -> None:
    left = cast.followup(pump)
    hand_over(leaving=cast.nurse, successor=cast.prescriber, role=None, by=cast.administrator, at=cast.at)
    left.refresh_from_db()
    assert left.owner == cast.prescriber.user
    assert "Prescriber has it" in open_alert(pump).sentence


def test_nobody_who_has_left_can_be_given_it(page: FormPage, typed: Typed, cast: Cast) -> None:
    end_membership(member=cast.prescriber, by=cast.administrator, at=cast.at)
    assert page.errors({**typed, **followed_up(cast.prescriber.user_id)})["owner"]


def test_the_latest_safe_day_is_booked_with_one_tick(page: FormPage, typed: Typed, pump: Pump) -> None:
    form = page.press({**typed, "books_latest": "on"}).context["form"]
    assert form.latest_safe == plan_of(pump, form.refill_by, clock.now()).latest_on
    page.keep({**typed, "books_latest": "on"})
    assert pump.appointments.get(state="booked").on == form.latest_safe
    assert Projection.objects.get(pump=pump).refill_by == form.refill_by


def test_two_answers_about_the_next_visit_are_one_too_many(page: FormPage, typed: Typed, cast: Cast) -> None:
    both = {**typed, "books_latest": "on", "next_visit_on": cast.open_day(20).isoformat()}
    assert "leave one" in page.errors(both)["books_latest"]


def test_a_day_on_which_the_clinic_is_closed_is_no_next_visit(page: FormPage, typed: Typed) -> None:
    monday_to_friday = date.fromisoformat(working_day(20))
    saturday = monday_to_friday + timedelta(days=5 - monday_to_friday.weekday())
    words = page.errors({**typed, "next_visit_on": saturday.isoformat()})["next_visit_on"]
    assert "closed" in words


def test_several_answers_come_back_after_a_page_that_was_damaged(page: FormPage, typed: Typed) -> None:
    several: dict[str, object] = {**typed, "felt": "some", "symptoms": ["itch", "fever"], "key": "damaged"}
    form = page.press(several).context["form"]  # type: ignore[arg-type]  # several answers
    assert form["symptoms"].value() == ["itch", "fever"]


@pytest.mark.parametrize(("drawn", "is_owed"), [("38", True), ("34.5", False), ("10", False)])
def test_more_than_was_expected_is_out_of_limits_even_where_some_was_left_in(
    page: FormPage, typed: Typed, drawn: str, is_owed: bool
) -> None:
    """34 mL are expected: what came out beyond it was not delivered, whatever stayed behind."""
    page.press({**typed, "withdrawn_ml": drawn, "emptied": "no", "filled_ml": "20", "held_ml": "20"})
    form = page.answer.context["form"]
    assert ({"explanation", "owner", "next_step", "due_on"} <= form.errors.keys()) is is_owed
    assert ("Out of limits" in page.answer.content.decode()) is is_owed


@pytest.mark.parametrize(("symptom", "is_owed"), [("breathing", True), ("pocket", True), ("itch", False)])
def test_a_grave_sign_is_somebodys_work_with_a_next_step_and_a_day(
    page: FormPage, typed: Typed, symptom: str, is_owed: bool
) -> None:
    noticed: dict[str, str | list[str]] = {"felt": "some", "symptoms": [symptom]}
    errors = page.errors({**typed, **noticed})  # type: ignore[dict-item]  # several answers
    assert ({"owner", "next_step", "due_on"} <= errors.keys()) is is_owed


def test_by_when_the_pump_must_be_replaced_is_what_its_newest_interrogation_says(
    page: FormPage, typed: Typed, pump: Pump
) -> None:
    page.keep({**typed, "replacement_on": day_from_now(80)})
    pump.refresh_from_db()
    assert pump.replacement_on == date.fromisoformat(day_from_now(80))
    sweep()
    assert Alert.objects.open().filter(pump=pump, kind=Kind.REPLACEMENT.value, tier=Tier.URGENT).exists()


def test_a_concentration_that_is_not_sold_is_ticked(page: FormPage, typed: Typed) -> None:
    page.press({**typed, "concentration_mcg_per_ml": "1900", "explanation": "Diluted by the pharmacy."})
    assert "those that are sold are" in page.answer.content.decode()


def test_the_read_back_is_held_against_what_the_pump_was_told_last_signed_or_not(
    page: FormPage, typed: Typed, cast: Cast, pump: Pump
) -> None:
    cast.pending(pump, dose="900")
    page.open()
    assert "shown_dose" in page.errors(typed)
    assert "shown_dose" not in page.errors({**typed, "shown_dose": "900"})

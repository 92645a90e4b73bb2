"""Starting a programme: typed, seen beside the old one, kept."""

from datetime import date
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Patient, Pump
from refills.comparison import step_notes, step_of
from refills.models import Programme
from tests.cast import PASSWORD, Cast
from tests.pages import TIMES_AMISS, TYPED_AMISS, FormPage, clinic_time


def address(pump: Pump) -> str:
    return reverse("refills:start", args=[pump.pk])


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, address(pump))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {
        "at": clinic_time(cast.nurse),
        "mode": "continuous",
        "concentration_mcg_per_ml": "2000",
        "dose_mcg_per_day": "440",
        "reason": "",
        "printed_alarm_on": "",
    }


def kept(pump: Pump) -> int:
    """How many programmes stand beside the one that the pump began with."""
    return pump.programmes.count() - 1


def test_the_new_programme_stands_beside_the_old_one_and_nothing_is_kept_yet(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    form = page.press(typed).context["form"]
    lines = {line.name: line for line in form.lines}
    assert (lines["Dose"].old, lines["Dose"].new, lines["Dose"].change) == ("400", "440", "+10.0 %")
    assert (lines["Concentration"].old, lines["Concentration"].change) == ("2000", "same")
    assert (lines["By the hour"].old, lines["By the hour"].new) == ("16.67", "18.33")
    assert (lines["Flow"].old, lines["Flow"].new) == ("0.2", "0.22")
    assert lines["Alarm"].change.endswith("days earlier")
    assert not lines["Dose"].is_beyond
    assert "Keep programme, 440 mcg/day" in page.answer.content.decode()
    assert kept(pump) == 0


def test_it_is_kept_after_the_look(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    assert page.keep(typed)["Location"] == reverse("dashboard:chart", args=[pump.patient_id])
    programme = pump.programmes.latest("at")
    assert (programme.mode, programme.dose_mcg_per_day) == (Programme.Mode.CONTINUOUS, 440)


@pytest.mark.parametrize("dose", ["801", "199"])
def test_more_than_double_or_less_than_half_needs_a_reason(
    page: FormPage, typed: dict[str, str], dose: str, pump: Pump
) -> None:
    steep = {**typed, "dose_mcg_per_day": dose}
    assert "more than double or less than half" in page.errors(steep)["reason"]
    page.keep({**steep, "reason": "Agreed with the prescriber by telephone."})
    assert pump.pending_programmes.get().reason == "Agreed with the prescriber by telephone."
    assert kept(pump) == 0


def test_a_dose_of_nothing_is_no_programme_but_a_stopped_pump(page: FormPage, typed: dict[str, str]) -> None:
    nothing = {**typed, "dose_mcg_per_day": "0", "reason": "Holiday"}
    assert "withdrawal follows" in page.errors(nothing)["dose_mcg_per_day"]


@pytest.mark.parametrize("dose", ["560", "320"])
def test_the_labels_step_itself_needs_none(page: FormPage, typed: dict[str, str], dose: str) -> None:
    assert page.look({**typed, "dose_mcg_per_day": dose})


@pytest.mark.parametrize("dose", ["561", "319"])
def test_past_the_labels_step_a_reason_is_owed_and_stands_in_the_record(
    page: FormPage, typed: dict[str, str], dose: str, pump: Pump
) -> None:
    beyond = {**typed, "dose_mcg_per_day": dose}
    assert "past the label’s step" in page.errors(beyond)["reason"]
    page.keep({**beyond, "reason": "Spasms by day"})
    assert pump.pending_programmes.get().reason == "Spasms by day"


def test_what_is_dangerous_is_ticked_one_by_one_and_nothing_beforehand(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    steep = {**typed, "dose_mcg_per_day": "500"}
    seen = page.look(steep)
    assert [is_ticked for _, is_ticked in page.answer.context["form"].boxes] == [False]
    assert "Nothing was kept: tick each of these first" in page.press(steep, seen=seen).content.decode()
    assert kept(pump) == 0
    ticks = page.ticks()
    other = {**steep, "dose_mcg_per_day": "510"}
    assert not page.press(other, **ticks).context["form"].is_confirmed
    assert page.press(steep, seen=seen, **ticks).status_code == 302
    assert kept(pump) == 1


@pytest.mark.parametrize(
    ("dose", "words"),
    [
        ("4000", "4000 mcg/day. Did you mean 400 (a digit’s place)?"),
        ("0.4", "0.4 mcg/day. Did you mean 400 (mg for mcg)?"),
        ("16.67", "16.67 mcg/day. Did you mean 400.08 (by the hour for by the day)?"),
    ],
)
def test_a_slip_shows_both_readings(page: FormPage, typed: dict[str, str], dose: str, words: str) -> None:
    body = page.press({**typed, "dose_mcg_per_day": dose, "reason": "r"}).content.decode()
    assert words in body


def test_a_thousandfold_is_refused_whatever_the_reason(page: FormPage, typed: dict[str, str]) -> None:
    for dose in ("0.4", "4"):
        errors = page.errors({**typed, "dose_mcg_per_day": dose, "reason": "r"})
        assert "nothing changes so far at once" in errors["dose_mcg_per_day"]
    assert (
        "look at the unit"
        in page.errors({**typed, "concentration_mcg_per_ml": "2"})["concentration_mcg_per_ml"]
    )


def test_a_concentration_that_nobody_sells_is_ticked(page: FormPage, typed: dict[str, str]) -> None:
    strong = {**typed, "concentration_mcg_per_ml": "3000", "bridge": "none", "reason": "r"}
    page.press(strong)
    codes = [each.code for each in page.answer.context["form"].hazards]
    assert codes == ["strength", "concentration", "mismatch"]
    assert "Above 2000 mcg/mL it is compounded" in page.answer.content.decode()


def test_another_concentration_than_the_reservoir_holds_is_said_and_needs_a_reason(
    page: FormPage, typed: dict[str, str]
) -> None:
    assert "The reservoir was filled with 2000 mcg/mL." in page.answer.content.decode()
    other = {**typed, "concentration_mcg_per_ml": "500", "bridge": "none"}
    assert "holds another concentration" in page.errors(other)["reason"]
    assert "The reservoir holds another concentration than the pump is told" in page.answer.content.decode()
    assert page.look({**other, "reason": "The next fill is 500 mcg/mL, in an hour."})


def test_a_change_beyond_the_labels_step_is_marked(page: FormPage, typed: dict[str, str]) -> None:
    form = page.press({**typed, "dose_mcg_per_day": "600"}).context["form"]
    assert form.lines[0].is_beyond
    assert "beyond the step" in page.answer.content.decode()


def test_the_steps_are_those_of_the_patients_age_and_origin_and_say_what_is_unconfirmed() -> None:
    today = date(2026, 11, 24)
    adult = Patient(origin="cerebral", birth_date=date(2008, 11, 24))
    child = Patient(origin="spinal", birth_date=date(2008, 11, 25))
    assert step_of(adult, "maintenance", today).increase_high_pct.value == 20
    assert step_of(child, "titration", today).increase_high_pct.value == 15
    assert "an adult, cerebral origin: per refill up 5 to 20 % (unconfirmed)" in step_notes(adult, today)
    assert "a child (under 18)" in step_notes(child, today)


def test_what_the_pump_cannot_deliver_is_refused(page: FormPage, typed: dict[str, str]) -> None:
    slow = page.errors({**typed, "dose_mcg_per_day": "90", "reason": "r"})
    assert slow["dose_mcg_per_day"] == "This is 0.0450 mL/day; this pump delivers no less than 0.048 mL/day."
    weak = {**typed, "concentration_mcg_per_ml": "100", "dose_mcg_per_day": "2500", "reason": "r"}
    assert "no more than 24 mL/day" in page.errors(weak)["dose_mcg_per_day"]


@pytest.mark.parametrize("name", ["concentration_mcg_per_ml", "dose_mcg_per_day"])
@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
def test_a_slip_in_a_quantity_is_said_at_its_field_and_stays(
    page: FormPage, typed: dict[str, str], name: str, slip: str, pump: Pump
) -> None:
    assert page.errors({**typed, name: slip})[name]
    assert page.answer.context["form"][name].value() == slip
    assert kept(pump) == 0


@pytest.mark.parametrize(
    ("name", "most"), [("concentration_mcg_per_ml", "4000.1"), ("dose_mcg_per_day", "5000.1")]
)
def test_a_figure_that_cannot_be_right_is_refused(
    page: FormPage, typed: dict[str, str], name: str, most: str
) -> None:
    assert "more than can be right here" in page.errors({**typed, name: most})[name]


@pytest.mark.parametrize("slip", TIMES_AMISS.values(), ids=TIMES_AMISS.keys())
def test_a_slip_in_the_time_is_said_at_its_field(page: FormPage, typed: dict[str, str], slip: str) -> None:
    assert page.errors({**typed, "at": slip})["at"]


def test_a_programme_before_the_last_one_is_refused(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    early = {**typed, "at": clinic_time(cast.nurse, days=31)}
    assert "this one must be later" in page.errors(early)["at"]


def test_one_written_down_late_is_called_so(page: FormPage, typed: dict[str, str], cast: Cast) -> None:
    page.press({**typed, "at": clinic_time(cast.nurse, days=2)})
    assert "Recorded late" in page.answer.content.decode()


def test_the_same_post_twice_is_one_programme(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    seen = page.look(typed)
    carried = dict(page.hidden)
    page.press(typed, seen=seen)
    page.hidden = carried
    assert page.press(typed, seen=seen).status_code == 302
    assert kept(pump) == 1


def test_facts_that_moved_are_said_and_what_was_typed_stays(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    seen = page.look(typed)
    cast.refill(pump, days_ago=0.5, withdrawn_ml=Decimal(34))
    answer = page.press(typed, seen=seen)
    assert answer.status_code == 409
    assert answer.context["form"]["dose_mcg_per_day"].value() == "440"
    assert kept(pump) == 0
    assert page.keep(typed).status_code == 302


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.client.logout()
    left = page.press(typed)
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    assert page.open().context["form"]["dose_mcg_per_day"].value() == "440"
    assert kept(pump) == 0


def test_a_first_programme_has_nothing_beside_it_and_no_dates_before_the_first_fill(
    client: Client, cast: Cast, typed: dict[str, str]
) -> None:
    bare = cast.bare_pump()
    page = FormPage(client, cast.nurse, address(bare))
    lines = {line.name: line for line in page.press(typed).context["form"].lines}
    assert (lines["Dose"].old, lines["Dose"].new, lines["Refill by"].new) == ("", "440", "")
    assert page.keep(typed).status_code == 302


def test_long_text_and_damaged_hidden_fields_are_answered_in_words(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    assert "too long" in page.errors({**typed, "reason": "r" * 50_000})["reason"]
    assert "Part of this page was lost" in page.press(typed, key="x", facts_version="\x00").content.decode()
    assert kept(pump) == 0


def test_the_stranger_finds_no_pump_and_the_coordinator_starts_none(
    client: Client, cast: Cast, pump: Pump, typed: dict[str, str]
) -> None:
    for member, status in ((cast.stranger, 404), (cast.coordinator, 403), (cast.auditor, 403)):
        client.force_login(member.user)
        assert client.get(address(pump)).status_code == status
        assert client.post(address(pump), typed).status_code == status


@pytest.mark.parametrize(
    ("dose", "days", "asked"),
    [("157.3", 900, []), ("70", 900, ["first-dose"]), ("900", 900, ["first-dose"]), ("200", 9, [])],
)
def test_a_first_dose_is_held_against_those_that_are_usual(
    page: FormPage, cast: Cast, dose: str, days: int, asked: list[str]
) -> None:
    bare = cast.bare_pump()
    Pump.objects.filter(pk=bare.pk).update(implanted_on=cast.ago(days).date(), min_flow_ml_per_day=None)
    first = FormPage(page.client, cast.nurse, address(bare))
    typed = {"mode": "continuous", "concentration_mcg_per_ml": "500", "at": clinic_time(cast.nurse)}
    first.look({**typed, "dose_mcg_per_day": dose})
    assert [each.code for each in first.answer.context["form"].hazards] == asked

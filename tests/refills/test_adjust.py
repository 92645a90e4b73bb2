"""Recording anything else: a bolus, a prime, a draw, a stop, a resume; typed, seen, kept once or not at all."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from refills.models import Adjustment, Projection
from tests.cast import PASSWORD, Cast
from tests.pages import TIMES_AMISS, TYPED_AMISS, FormPage, clinic_time

EACH = {
    "bolus": {"kind": "bolus", "amount_mcg": "50"},
    "prime": {"kind": "prime", "prime_ml": "0.316"},
    "withdraw": {"kind": "withdraw", "drawn_ml": "1.5"},
    "stop": {"kind": "stop", "reason": "MRI"},
}
FIELDS = {"bolus": "amount_mcg", "prime": "prime_ml", "withdraw": "drawn_ml"}


def address(pump: Pump) -> str:
    return reverse("refills:adjust", args=[pump.pk])


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, address(pump))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {"at": clinic_time(cast.nurse, hours=2), "reason": ""}


@pytest.mark.parametrize("kind", EACH)
def test_each_kind_is_seen_with_what_follows_before_it_is_kept(
    page: FormPage, typed: dict[str, str], pump: Pump, kind: str
) -> None:
    seen = page.look({**typed, **EACH[kind]})
    found = {line.name: line for line in page.answer.context["form"].lines}
    assert found["In the reservoir"].old
    assert found["In the reservoir"].new
    assert found["Alarm"].new == "never" if kind == "stop" else found["Alarm"].new
    assert not pump.adjustments.exists()
    assert page.press({**typed, **EACH[kind]}, seen=seen).status_code == 302
    adjustment = pump.adjustments.get()
    assert (adjustment.kind, adjustment.reason) == (kind, EACH[kind].get("reason", ""))
    assert Projection.objects.get(pump=pump).scenario["facts"][-1]["kind"] == kind


def test_a_stop_and_a_resume_follow_each_other_only_in_turn(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    early = {**typed, "at": clinic_time(cast.nurse, hours=5)}
    assert "running at this time" in page.errors({**early, "kind": "resume"})["kind"]
    assert page.errors({**early, "kind": "stop"})["reason"] == "Write why the pump was stopped."
    page.keep({**early, **EACH["stop"]})
    page.open()
    assert "stopped already" in page.errors({**typed, **EACH["stop"]})["kind"]
    for kind in ("bolus", "prime"):
        assert "nothing could flow" in page.errors({**typed, **EACH[kind]})["kind"]
    assert page.look({**typed, **EACH["withdraw"]}), "a needle draws from a stopped pump too"
    page.keep({**typed, "kind": "resume"})
    assert [each.kind for each in pump.adjustments.order_by("at")] == ["stop", "resume"]
    assert Projection.objects.get(pump=pump).alarm_at is not None


def test_the_chart_says_first_that_the_pump_is_stopped_and_what_to_do(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep({**typed, **EACH["stop"]})
    body = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    work = body.split('<ul class="work">')[1]
    first = work.split("</li>")[0]
    assert "The pump is stopped since" in first
    assert "“MRI”" in first
    assert address(pump) in first
    assert "The pump is stopped since" in page.open().content.decode()


def test_what_is_recorded_stands_on_the_chart_and_in_the_scenario(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep({**typed, **EACH["prime"]})
    chart = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "Priming bolus</strong>: 0.316 mL" in chart
    assert chart.count(address(pump)) == 2, "in the actions and beside the records"
    scenario = page.client.get(reverse("dashboard:scenario", args=[pump.pk])).json()
    assert scenario["facts"][-1]["volume_ml"] == "0.316"


def test_an_opposite_of_the_same_minute_is_refused_in_words(page: FormPage, typed: dict[str, str]) -> None:
    page.keep({**typed, **EACH["stop"]})
    page.open()
    assert "opposite" in page.errors({**typed, "kind": "resume"})["at"]


@pytest.mark.parametrize("kind", EACH)
def test_a_second_one_of_the_same_minute_is_refused_at_the_field(
    page: FormPage, typed: dict[str, str], kind: str, pump: Pump
) -> None:
    page.keep({**typed, **EACH[kind]})
    page.open()
    assert "This very minute has one recorded already" in page.errors({**typed, **EACH[kind]})["at"]
    assert pump.adjustments.count() == 1


def test_a_stop_before_a_bolus_that_is_recorded_contradicts_it(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.keep({**typed, **EACH["bolus"]})
    page.open()
    page.press({**typed, **EACH["stop"], "at": clinic_time(cast.nurse, days=1)})
    assert "contradicts what is recorded" in page.answer.content.decode()
    assert pump.adjustments.count() == 1


def test_before_any_programme_nothing_is_given(client: Client, cast: Cast, typed: dict[str, str]) -> None:
    page = FormPage(client, cast.nurse, address(cast.bare_pump()))
    for kind in ("bolus", "prime"):
        assert "record the programme first" in page.errors({**typed, **EACH[kind]})["kind"]
    assert page.keep({**typed, **EACH["stop"]}).status_code == 302


def test_a_prime_is_worked_out_from_the_line(page: FormPage, typed: dict[str, str]) -> None:
    assert page.answer.context["form"]["tubing_ml"].value() == "0.140"
    page.press({**typed, "kind": "prime", "prime_ml": "0.3", "tubing_ml": "0.140", "catheter_ml": "0.176"})
    body = page.answer.content.decode()
    assert "0.14 mL + 0.176 mL = 0.316 mL" in body
    assert "0.3 mL is typed, the line holds 0.316 mL" in body
    empty = page.errors({**typed, "kind": "prime", "prime_ml": "0.3", "tubing_ml": "0", "catheter_ml": "0"})
    assert "hold nothing" in empty["catheter_ml"]


def test_a_bolus_above_a_days_dose_needs_a_reason(page: FormPage, typed: dict[str, str]) -> None:
    assert (
        "dose of a whole day (400 mcg)"
        in page.errors({**typed, "kind": "bolus", "amount_mcg": "401"})["reason"]
    )
    assert page.look({**typed, "kind": "bolus", "amount_mcg": "400"})


def test_drawing_more_than_is_left_needs_a_reason_and_more_than_the_pump_holds_is_refused(
    page: FormPage, typed: dict[str, str]
) -> None:
    assert "were left" in page.errors({**typed, "kind": "withdraw", "drawn_ml": "39"})["reason"]
    assert page.look({**typed, "kind": "withdraw", "drawn_ml": "39", "reason": "Measured twice."})
    errors = page.errors({**typed, "kind": "withdraw", "drawn_ml": "40.5"})
    assert errors["drawn_ml"] == "40.5 mL is more than this pump holds (40 mL)."


@pytest.mark.parametrize(("kind", "name"), FIELDS.items())
@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
def test_a_slip_in_a_quantity_is_said_at_its_field_and_stays(
    page: FormPage, typed: dict[str, str], kind: str, name: str, slip: str
) -> None:
    assert page.errors({**typed, "kind": kind, name: slip})[name]
    assert page.answer.context["form"][name].value() == slip
    assert not Adjustment.objects.exists()


@pytest.mark.parametrize(("kind", "name"), FIELDS.items())
def test_nothing_or_zero_is_refused(page: FormPage, typed: dict[str, str], kind: str, name: str) -> None:
    for amount in ("", "0"):
        assert page.errors({**typed, "kind": kind, name: amount})[name]


@pytest.mark.parametrize("slip", TIMES_AMISS.values(), ids=TIMES_AMISS.keys())
def test_a_slip_in_the_time_is_said_at_its_field(page: FormPage, typed: dict[str, str], slip: str) -> None:
    assert page.errors({**typed, **EACH["bolus"], "at": slip})["at"]


def test_a_time_ahead_and_one_before_the_implant_are_refused(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    ahead = {**typed, **EACH["bolus"], "at": clinic_time(cast.nurse, minutes=-10)}
    assert "future" in page.errors(ahead)["at"]
    assert "implanted on" in page.errors({**ahead, "at": "2019-12-31T12:00"})["at"]


@pytest.mark.parametrize("kind", ["", "bridge", "sip", "\x00", "k" * 100_000])
def test_a_kind_that_is_none_of_those_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], kind: str, pump: Pump
) -> None:
    assert page.errors({**typed, "kind": kind, "amount_mcg": "50"})["kind"]
    assert not pump.adjustments.exists()


def test_the_fields_of_another_kind_are_neither_read_nor_in_the_way(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep({**typed, **EACH["bolus"], "drawn_ml": "nonsense", "prime_ml": "-1"})
    adjustment = pump.adjustments.get()
    assert (adjustment.amount_mcg, adjustment.volume_ml) == (Decimal(50), None)


@pytest.mark.parametrize("kind", EACH)
def test_the_same_post_twice_is_one_and_another_figure_is_told_apart(
    page: FormPage, typed: dict[str, str], kind: str, pump: Pump
) -> None:
    seen = page.look({**typed, **EACH[kind]})
    carried = dict(page.hidden)
    for _ in range(2):
        page.hidden = carried
        assert page.press({**typed, **EACH[kind]}, seen=seen).status_code == 302
    assert pump.adjustments.count() == 1
    other = {FIELDS[kind]: "1.25"} if kind in FIELDS else {"reason": "Another"}
    page.hidden = carried
    again = page.press({**typed, **EACH[kind], **other}, seen=seen)
    assert "kept before with other figures" in again.content.decode()
    assert pump.adjustments.count() == 1


def test_facts_that_moved_are_said_and_what_was_typed_stays(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    seen = page.look({**typed, **EACH["bolus"]})
    cast.programme(pump, days_ago=1, dose="420")
    answer = page.press({**typed, **EACH["bolus"]}, seen=seen)
    assert answer.status_code == 409
    assert answer.context["form"]["amount_mcg"].value() == "50"
    assert not pump.adjustments.exists()
    assert page.keep({**typed, **EACH["bolus"]}).status_code == 302


def test_a_field_changed_after_the_look_needs_a_new_look_and_a_glance_keeps_nothing(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look({**typed, **EACH["bolus"]})
    page.glance({**typed, **EACH["bolus"]}, seen=seen)
    page.press({**typed, **EACH["bolus"], "amount_mcg": "55"}, seen=seen)
    assert not pump.adjustments.exists()


def test_one_written_down_late_is_called_so(page: FormPage, typed: dict[str, str], cast: Cast) -> None:
    page.press({**typed, **EACH["bolus"], "at": clinic_time(cast.nurse, days=2)})
    assert "Recorded late" in page.answer.content.decode()


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.client.logout()
    left = page.press({**typed, **EACH["prime"]})
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    form = page.open().context["form"]
    assert (form.chosen, form["prime_ml"].value()) == ("prime", "0.316")
    assert not pump.adjustments.exists()


@pytest.mark.parametrize("name", ["key", "facts_version"])
@pytest.mark.parametrize("damage", ["", "tampered", "9" * 5000, "\x00"])
def test_a_damaged_hidden_field_is_a_sentence(
    page: FormPage, typed: dict[str, str], name: str, damage: str, pump: Pump
) -> None:
    answer = page.press({**typed, **EACH["bolus"]}, **{name: damage})
    assert "Part of this page was lost" in answer.content.decode()
    assert page.keep({**typed, **EACH["bolus"]}).status_code == 302


def test_an_empty_post_and_a_long_text_are_answered_in_words(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    assert "Fill this in." in page.client.post(address(pump), {}).content.decode()
    assert "too long" in page.errors({**typed, **EACH["stop"], "reason": "r" * 50_000})["reason"]


def test_the_coordinator_and_the_auditor_may_not(client: Client, cast: Cast, pump: Pump) -> None:
    for member, status in ((cast.stranger, 404), (cast.coordinator, 403), (cast.auditor, 403)):
        client.force_login(member.user)
        assert client.post(address(pump), EACH["stop"]).status_code == status


def test_a_prime_of_the_present_moves_the_alarm_earlier(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    before = Projection.objects.get(pump=pump).alarm_at
    page.keep({**typed, **EACH["withdraw"]})
    after = Projection.objects.get(pump=pump).alarm_at
    assert before is not None
    assert after is not None
    assert timedelta(days=7.4) < before - after < timedelta(days=7.6)  # 1.5 mL at 0.2 mL a day

"""Recording a refill: typed, seen beside what was expected, kept once or not at all."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.accounts.models import Clinic
from itb.infusion.catalogue import catalogue
from patients.models import Pump
from refills.models import Appointment, ChecklistStep, Refill
from refills.planning_services import arrange_home
from tests.cast import PASSWORD, Cast
from tests.pages import TIMES_AMISS, TYPED_AMISS, FormPage, clinic_time
from tests.refills.visit import followed_up, nothing_amiss

WITHIN = "34"  # 40 mL less 30 days of 0.2 mL


def address(pump: Pump) -> str:
    return reverse("refills:record", args=[pump.pk])


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, address(pump))


@pytest.fixture
def typed(cast: Cast, pump: Pump) -> dict[str, str]:
    return {
        **nothing_amiss(),
        "at": clinic_time(cast.nurse),
        "serial_ending": pump.serial[-4:],
        "withdrawn_ml": WITHIN,
        "emptied": "yes",
        "product": "lioresal-2000-20",
        "concentration_mcg_per_ml": "2000",
        "lot": "LOT-9",
        "filled_ml": "40",
        "explanation": "",
        "printed_alarm_on": "",
        "next_visit_on": "",
    }


def kept(pump: Pump) -> int:
    """How many refills stand beside the one that the pump began with."""
    return pump.refills.count() - 1


def test_a_refill_is_seen_before_it_is_kept(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    seen = page.look(typed)
    assert kept(pump) == 0
    page.press(typed, seen=seen)
    refill = pump.refills.latest("at")
    assert page.answer["Location"] == reverse("refills:sheet", args=[refill.pk])
    assert (refill.withdrawn_ml, refill.filled_ml, refill.emptied) == (34, 40, True)
    assert refill.expected_ml is not None
    assert abs(refill.expected_ml - 34) < Decimal("0.01")


def test_the_button_says_by_when_the_next_refill_is_due(page: FormPage, typed: dict[str, str]) -> None:
    body = page.press(typed).content.decode()
    after = page.answer.context["form"].outlook.after.refill_by
    assert f"Keep refill, next by {after:%a} {after.day} {after:%b}" in body


def test_the_expected_residual_stands_there_before_anything_is_typed(page: FormPage) -> None:
    summary = page.answer.content.decode().split('id="summary"')[1]
    assert "Expected" in summary
    assert "34" in summary
    assert ">Check<" in summary


def test_the_summary_grows_with_what_is_typed(page: FormPage, typed: dict[str, str]) -> None:
    form = page.glance({"at": typed["at"], "withdrawn_ml": "33.5"}).context["form"]
    assert abs(form.outlook.difference_ml + Decimal("0.5")) < Decimal("0.01")
    assert not form.is_dated
    assert {field.name for field in form.missing} == {
        "serial_ending",
        "product",
        "concentration_mcg_per_ml",
        "lot",
        "emptied",
        "filled_ml",
        "expires_on",
        "felt",
        *(f"step_{step}" for step in ChecklistStep.CRITICAL),
    }


def test_a_glance_keeps_nothing_whatever_it_carries(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look(typed)
    answer = page.glance(typed, seen=seen)
    assert (answer.status_code, kept(pump)) == (200, 0)


def test_a_field_changed_after_the_look_needs_a_new_look(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look(typed)
    page.press({**typed, "filled_ml": "20"}, seen=seen)
    assert kept(pump) == 0
    assert page.answer.context["form"].fingerprint() != seen


def test_a_residual_out_of_limits_is_shown_and_needs_an_explanation(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    amiss = {**typed, "withdrawn_ml": "37", **followed_up(cast.nurse.user_id)}
    assert "out of limits" in page.errors(amiss)["explanation"]
    assert "Out of limits" in page.answer.content.decode()
    page.keep({**amiss, "explanation": "The catheter is to be looked at."})
    assert pump.refills.latest("at").explanation == "The catheter is to be looked at."


def test_another_concentration_than_the_pump_is_told_needs_an_explanation(
    page: FormPage, typed: dict[str, str]
) -> None:
    other = {**typed, "product": "gablofen-1000-20-vial", "concentration_mcg_per_ml": "1000"}
    assert "told another concentration" in page.errors(other)["explanation"]
    assert "The pump is told another concentration" in page.answer.content.decode()


def test_a_product_and_its_concentration_must_agree(page: FormPage, typed: dict[str, str]) -> None:
    strong = page.errors({**typed, "product": "gablofen-1000-20-vial"})
    assert "holds 1000 mcg/mL, not 2000 mcg/mL" in strong["concentration_mcg_per_ml"]
    weak = page.errors({**typed, "concentration_mcg_per_ml": "500"})
    assert "If it was diluted" in weak["concentration_mcg_per_ml"]


def test_the_product_is_never_chosen_beforehand(page: FormPage) -> None:
    form = page.answer.context["form"]
    assert form["product"].value() is None
    assert len(form.fields["product"].choices) == 1 + sum(
        product.use == "pump" for product in catalogue().products.values()
    )
    words = [words for _, words in form.fields["product"].choices]
    assert len(set(words)) == len(words), "two products read alike"


@pytest.mark.parametrize("ending", ["0000", "001", "NGV1001", "\x00\x00\x00\x00"])
def test_another_pumps_serial_number_is_refused(
    page: FormPage, typed: dict[str, str], ending: str, pump: Pump
) -> None:
    assert page.errors({**typed, "serial_ending": ending})["serial_ending"]
    assert kept(pump) == 0


@pytest.mark.parametrize("name", ["withdrawn_ml", "filled_ml", "concentration_mcg_per_ml"])
@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
def test_a_slip_in_a_quantity_is_said_at_its_field_and_stays(
    page: FormPage, typed: dict[str, str], name: str, slip: str, pump: Pump
) -> None:
    assert page.errors({**typed, name: slip})[name]
    assert page.answer.status_code == 200
    assert page.answer.context["form"][name].value() == slip
    assert page.answer.context["form"]["lot"].value() == "LOT-9"
    assert kept(pump) == 0


@pytest.mark.parametrize("name", ["withdrawn_ml", "filled_ml"])
def test_more_than_the_pump_holds_is_refused(page: FormPage, typed: dict[str, str], name: str) -> None:
    assert page.errors({**typed, name: "40.5"})[name] == "40.5 mL is more than this pump holds (40 mL)."


def test_with_what_was_left_inside_it_may_be_more_than_the_pump_holds(
    page: FormPage, typed: dict[str, str]
) -> None:
    left = {**typed, "emptied": "no", "withdrawn_ml": "1", "filled_ml": "10"}
    assert "left inside" in page.errors(left)["filled_ml"]


@pytest.mark.parametrize("slip", TIMES_AMISS.values(), ids=TIMES_AMISS.keys())
def test_a_slip_in_the_time_is_said_at_its_field(page: FormPage, typed: dict[str, str], slip: str) -> None:
    assert page.errors({**typed, "at": slip})["at"]
    assert page.answer.context["form"]["at"].value() == slip


@pytest.mark.parametrize("name", ["printed_alarm_on", "next_visit_on"])
@pytest.mark.parametrize(
    "slip",
    ["0001-01-01", "9999-12-31", "275760-09-13", "2026-02-30", "soon", "2020-01-01\x00", "2" * 100_000],
)
def test_a_slip_in_a_day_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], name: str, slip: str
) -> None:
    assert page.errors({**typed, name: slip})[name]


def test_a_time_ahead_is_refused_and_five_minutes_are_forgiven(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    assert "future" in page.errors({**typed, "at": clinic_time(cast.nurse, minutes=-10)})["at"]
    assert page.look({**typed, "at": clinic_time(cast.nurse, minutes=-3)})


def test_a_time_before_the_implant_is_refused(page: FormPage, typed: dict[str, str]) -> None:
    assert "implanted on" in page.errors({**typed, "at": "2019-12-31T12:00"})["at"]


def test_a_time_that_the_clocks_skipped_or_showed_twice_is_said_in_words(
    page: FormPage, typed: dict[str, str]
) -> None:
    assert "never was" in page.errors({**typed, "at": "2026-03-29T01:30"})["at"]
    assert "came twice" in page.errors({**typed, "at": "2025-10-26T01:30"})["at"]


def test_a_time_is_read_in_the_clinics_own_zone(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    Clinic.objects.filter(pk=cast.clinic.pk).update(zone="America/New_York")
    cast.clinic.refresh_from_db()
    cast.nurse.clinic = cast.clinic
    page.keep({**typed, "at": clinic_time(cast.nurse, hours=1), "withdrawn_ml": WITHIN})
    assert clock.now() - pump.refills.latest("at").at < timedelta(minutes=62)


def test_a_refill_written_down_late_is_accepted_and_called_so(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.refill(pump, days_ago=1, withdrawn_ml=Decimal("34.2"))
    page.open()
    late = {**typed, "at": clinic_time(cast.nurse, days=10), "withdrawn_ml": "36"}
    page.press(late)
    body = page.answer.content.decode()
    assert "Recorded late" in body
    assert "is recorded after this one" in body
    late["explanation"] = "Found on paper."
    assert "written down only now" in page.errors(late)["late_reason"]
    page.keep({**late, "late_reason": "The paper came from the ward."})
    assert kept(pump) == 2
    chart = page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "<strong>recorded late</strong>" in chart
    assert "“The paper came from the ward.”" in chart


def test_a_refill_of_the_same_minute_is_refused_at_the_field(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.keep(typed)
    page.open()
    assert page.errors(typed)["at"] == "A refill of this very minute is recorded already."
    assert kept(pump) == 1


def test_the_same_post_twice_is_one_refill(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    seen = page.look(typed)
    carried = dict(page.hidden)
    first = page.press(typed, seen=seen)
    page.hidden = carried
    second = page.press(typed, seen=seen)
    assert (first.status_code, second.status_code, kept(pump)) == (302, 302, 1)


def test_a_page_kept_before_and_changed_since_says_so_and_keeps_nothing(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look(typed)
    carried = dict(page.hidden)
    page.press(typed, seen=seen)
    page.hidden = carried
    again = page.press({**typed, "filled_ml": "20"}, seen=seen)
    assert "kept before with other figures" in again.content.decode()
    assert kept(pump) == 1


def test_facts_that_moved_are_said_and_what_was_typed_stays(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    seen = page.look(typed)
    cast.at = clock.now()
    cast.programme(pump, days_ago=1, dose="420")
    answer = page.press(typed, seen=seen)
    assert answer.status_code == 409
    assert "since you opened this page" in answer.content.decode()
    assert "Programme of" in answer.content.decode()
    assert answer.context["form"]["lot"].value() == "LOT-9"
    assert kept(pump) == 0
    again = {**typed, "shown_dose": "420"}
    assert page.keep(again).status_code == 302, "over the new facts it is kept after a new look"
    assert kept(pump) == 1


def test_facts_that_moved_are_said_at_the_first_look_already(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.programme(pump, days_ago=1, dose="420")
    assert page.glance(typed).status_code == 200, "htmx shows nothing of an answer that is an error"
    assert page.press(typed).status_code == 409


@pytest.mark.parametrize("name", ["key", "facts_version"])
@pytest.mark.parametrize("damage", ["", "tampered", "9" * 5000, "\x00", "-1e9"])
def test_a_damaged_hidden_field_is_a_sentence_and_whole_at_the_next_press(
    page: FormPage, typed: dict[str, str], name: str, damage: str, pump: Pump
) -> None:
    answer = page.press(typed, **{name: damage})
    assert "Part of this page was lost" in answer.content.decode()
    assert answer.context["form"]["lot"].value() == "LOT-9"
    assert page.keep(typed).status_code == 302
    assert kept(pump) == 1


def test_a_version_that_never_was_reads_as_moved_facts(page: FormPage, typed: dict[str, str]) -> None:
    assert page.press(typed, facts_version="9" * 30).status_code == 409


def test_a_key_that_another_pump_has_used_is_a_sentence(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    other = cast.running_pump()
    key = str(other.refills.get().key)
    seen = page.press(typed, key=key).context["form"].fingerprint()
    answer = page.press(typed, key=key, seen=seen)
    assert "contradicts what is recorded" in answer.content.decode()
    assert kept(pump) == 0


def test_an_empty_post_is_told_what_is_missing(page: FormPage, pump: Pump) -> None:
    answer = page.client.post(address(pump), {})
    assert answer.status_code == 200
    assert "Fill this in." in answer.content.decode()


def test_text_of_any_length_is_answered_in_words(page: FormPage, typed: dict[str, str]) -> None:
    long = {**typed, "lot": "L" * 100_000, "explanation": "e" * 100_000, "serial_ending": "s" * 100_000}
    errors = page.errors(long)
    assert {"lot", "explanation", "serial_ending"} <= errors.keys()
    assert "at most 40 characters" in errors["lot"]


def test_what_was_typed_comes_back_after_a_session_that_ended(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    seen = page.look(typed)
    page.client.logout()
    left = page.press({**typed, "emptied": "no"}, seen=seen)
    page.client.post(left["Location"], {"login": cast.nurse.user.email, "password": PASSWORD})
    form = page.open().context["form"]
    assert (form["lot"].value(), form["emptied"].value(), form["at"].value()) == ("LOT-9", "no", typed["at"])
    assert kept(pump) == 0


def test_a_glance_after_the_session_ended_brings_no_sign_in_page_into_this_one(
    page: FormPage, typed: dict[str, str]
) -> None:
    page.client.logout()
    assert page.glance(typed).status_code == 401


def test_a_visit_after_the_date_that_follows_is_refused(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    far = (cast.at + timedelta(days=300)).date().isoformat()
    assert "after the refill-by date" in page.errors({**typed, "next_visit_on": far})["next_visit_on"]


def test_the_next_visit_is_on_an_open_day_up_to_the_latest_safe_one(
    page: FormPage, cast: Cast, pump: Pump, typed: dict[str, str]
) -> None:
    closed = cast.closure(days=60).first_on
    words = page.errors({**typed, "next_visit_on": closed.isoformat()})["next_visit_on"]
    assert "closed: Training" in words
    arrange_home(patient=pump.patient, is_at_home=True, travel_days=30, by=cast.nurse, at=cast.at)
    form = page.answer.context["form"]
    late = form.refill_by.isoformat()
    words = page.errors({**typed, "next_visit_on": late})["next_visit_on"]
    assert "after the latest safe day" in words


def test_the_next_visit_is_booked_with_the_refill(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    on = cast.open_day(60)
    page.keep({**typed, "next_visit_on": on.isoformat()})
    assert pump.appointments.get(state=Appointment.State.BOOKED).on == on


def test_a_first_fill_has_nothing_to_compare_and_may_come_before_the_programme(
    client: Client, cast: Cast, typed: dict[str, str]
) -> None:
    bare = cast.bare_pump()
    page = FormPage(client, cast.nurse, address(bare))
    first = {**typed, "serial_ending": bare.serial[-4:], "withdrawn_ml": ""}
    assert "no next date yet" in page.press(first).content.decode()
    assert page.keep(first).status_code == 302
    refill = bare.refills.get()
    assert (refill.withdrawn_ml, refill.expected_ml) == (None, None)


def test_what_was_drawn_is_owed_at_every_later_refill(page: FormPage, typed: dict[str, str]) -> None:
    assert page.errors({**typed, "withdrawn_ml": ""})["withdrawn_ml"]


def test_a_pump_that_does_not_exist_or_is_explanted_is_not_there(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    for number in (999_999_999, 10**30):
        assert page.client.get(f"/pumps/{number}/refill/").status_code == 404
        assert page.client.post(f"/pumps/{number}/refill/", typed).status_code == 404
    cast.left(pump)
    assert page.press(typed).status_code == 404


def test_the_stranger_finds_no_pump(client: Client, cast: Cast, pump: Pump, typed: dict[str, str]) -> None:
    client.force_login(cast.stranger.user)
    assert client.get(address(pump)).status_code == 404
    assert client.post(address(pump), typed).status_code == 404


def test_only_who_runs_the_visits_records(client: Client, cast: Cast, pump: Pump) -> None:
    for member in (cast.coordinator, cast.administrator, cast.auditor):
        client.force_login(member.user)
        assert client.get(address(pump)).status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_one_time_are_one_refill() -> None:
    cast = Cast.assemble()
    pump = cast.running_pump()
    page = FormPage(Client(), cast.nurse, address(pump))
    typed: dict[str, str] = {
        **nothing_amiss(),
        "at": clinic_time(cast.nurse),
        "serial_ending": pump.serial[-4:],
        "withdrawn_ml": WITHIN,
        "emptied": "yes",
        "product": "lioresal-2000-20",
        "concentration_mcg_per_ml": "2000",
        "lot": "LOT-9",
        "filled_ml": "40",
    }
    seen = page.look(typed)
    answers: list[Any] = []
    start = threading.Barrier(2)

    def press() -> None:
        client = Client()
        client.cookies = page.client.cookies
        start.wait()
        answers.append(client.post(page.address, {**page.hidden, **typed, "seen": seen}))
        connection.close()

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert Refill.objects.filter(pump=pump).count() == 2


def test_a_print_out_cannot_name_a_day_before_it_was_made(page: FormPage, typed: dict[str, str]) -> None:
    assert (
        "before the print-out" in page.errors({**typed, "printed_alarm_on": "2020-01-01"})["printed_alarm_on"]
    )


def test_whether_the_reservoir_is_empty_is_for_the_person_to_say(
    page: FormPage, typed: dict[str, str]
) -> None:
    assert not page.answer.context["form"]["emptied"].value()
    del typed["emptied"]
    assert page.errors(typed)["emptied"]


def test_a_fill_of_less_than_half_the_reservoir_is_pointed_at(page: FormPage, typed: dict[str, str]) -> None:
    page.press({**typed, "filled_ml": "4"})
    assert "A small fill" in page.answer.content.decode()
    page.press(typed)
    assert "A small fill" not in page.answer.content.decode()

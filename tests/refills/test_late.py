"""H12, C8: what is told late says why, shows what it changes, and moves no date later unless someone agrees."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from refills.models import Adjustment, Programme, Projection, Refill
from tests.cast import Cast
from tests.pages import FormPage, clinic_time
from tests.refills.visit import nothing_amiss

WHY = "The paper came from the ward."
TOLD = {
    "record": {
        "withdrawn_ml": "34.2", "emptied": "yes", "product": "lioresal-2000-20", "concentration_mcg_per_ml": "2000",
        "lot": "L9", "filled_ml": "40",
    },
    "start": {"mode": "continuous", "concentration_mcg_per_ml": "2000", "dose_mcg_per_day": "500"},
    "adjust": {"kind": "bolus", "amount_mcg": "50"},
}  # fmt: skip
KINDS = {"record": Refill, "start": Programme, "adjust": Adjustment}


def page(client: Client, cast: Cast, pump: Pump, verb: str) -> FormPage:
    tab = FormPage(client, cast.nurse, reverse(f"refills:{verb}", args=[pump.pk]))
    tab.agrees = False
    return tab


def late(cast: Cast, pump: Pump, verb: str, **ago: float) -> dict[str, str]:
    whole = {**nothing_amiss(), "serial_ending": pump.serial[-4:]} if verb == "record" else {}
    return {**whole, **TOLD[verb], "at": clinic_time(cast.nurse, **ago)}


@pytest.mark.parametrize("verb", TOLD)
def test_what_is_told_over_a_day_late_owes_a_reason_that_is_kept(
    client: Client, cast: Cast, pump: Pump, verb: str
) -> None:
    tab, typed = page(client, cast, pump, verb), late(cast, pump, verb, hours=25)
    assert "written down only now" in tab.errors(typed)["late_reason"]
    tab.agrees = True
    assert tab.keep({**typed, "late_reason": WHY}).status_code == 302
    fact = KINDS[verb]._default_manager.latest("at")
    assert (fact.late_reason, fact.is_late) == (WHY, True)


@pytest.mark.parametrize("verb", TOLD)
def test_what_is_told_within_the_day_owes_none_and_keeps_none(
    client: Client, cast: Cast, pump: Pump, verb: str
) -> None:
    typed = {**late(cast, pump, verb, hours=23), "withdrawn_ml": "34.1", "late_reason": "typed in vain"}
    tab = page(client, cast, pump, verb)
    tab.agrees = True
    assert tab.keep(typed).status_code == 302
    assert KINDS[verb]._default_manager.latest("at").late_reason == ""


def test_a_late_refill_shows_what_it_changes_and_moves_no_date_later_by_itself(
    client: Client, cast: Cast, pump: Pump
) -> None:
    kept = Projection.objects.get(pump=pump).refill_by
    tab, typed = page(client, cast, pump, "record"), late(cast, pump, "record", days=10)
    typed |= {"withdrawn_ml": "36", "late_reason": WHY}
    assert tab.errors(typed) == {"accepts_later": "Tick this if the later date is right."}
    form = tab.answer.context["form"]
    assert {line.name: line.change for line in form.lines}["Refill by"].endswith("later")
    assert form.later.before == kept
    assert form.later.words in tab.answer.content.decode()
    assert tab.keep({**typed, "accepts_later": form.later.token}).status_code == 302
    assert Projection.objects.get(pump=pump).refill_by == form.later.after


def test_a_tick_is_for_one_date_and_not_for_another(client: Client, cast: Cast, pump: Pump) -> None:
    tab, typed = page(client, cast, pump, "record"), late(cast, pump, "record", days=10)
    typed |= {"withdrawn_ml": "36", "late_reason": WHY}
    tab.errors(typed)
    ticked = typed | {"accepts_later": tab.answer.context["form"].later.token}
    assert "accepts_later" in tab.errors({**ticked, "at": clinic_time(cast.nurse, days=8)})
    assert "checked" not in tab.answer.content.decode().split('name="accepts_later"')[1].split(">")[0]


def test_a_refill_on_its_day_needs_no_tick(client: Client, cast: Cast, pump: Pump) -> None:
    tab, typed = page(client, cast, pump, "record"), late(cast, pump, "record", minutes=1)
    assert tab.keep({**typed, "withdrawn_ml": "34"}).status_code == 302


@pytest.mark.parametrize(
    ("verb", "typed"),
    [("start", {"dose_mcg_per_day": "380"}), ("adjust", {"kind": "stop", "reason": "MRI"})],
)
def test_whatever_else_moves_a_date_later_is_agreed_to(
    client: Client, cast: Cast, pump: Pump, verb: str, typed: dict[str, str]
) -> None:
    tab = page(client, cast, pump, verb)
    whole = {**late(cast, pump, verb, minutes=1), **typed}
    assert "accepts_later" in tab.errors(whole)
    assert KINDS[verb]._default_manager.filter(at__gt=cast.ago(1)).count() == 0
    later = tab.answer.context["form"].later
    assert tab.keep({**whole, "accepts_later": later.token}).status_code == 302


def test_a_date_that_moves_earlier_is_kept_without_a_tick(client: Client, cast: Cast, pump: Pump) -> None:
    tab = page(client, cast, pump, "start")
    assert tab.keep({**late(cast, pump, "start", minutes=1), "dose_mcg_per_day": "500"}).status_code == 302
    assert pump.programmes.latest("at").dose_mcg_per_day == Decimal(500)

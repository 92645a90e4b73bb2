"""A change of concentration: its bridge is worked out, seen and kept with the programme, or a reason is given."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb.dashboard.chart import chart_of
from patients.models import Pump
from refills.models import Adjustment, Programme, Projection
from refills.standing import bridging_at
from tests.cast import Cast
from tests.pages import TYPED_AMISS, FormPage, clinic_time

LINE = {"bridge": "record", "tubing_ml": "0.140", "catheter_ml": "0.176"}
NO_BRIDGE = {"bridge": "none", "tubing_ml": "", "catheter_ml": ""}


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    cast.signs_nothing()
    return FormPage(client, cast.nurse, reverse("refills:start", args=[pump.pk]))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    """To half the concentration, which the next fill will have."""
    return {
        "at": clinic_time(cast.nurse, hours=1),
        "mode": "continuous",
        "dose_mcg_per_day": "400",
        "concentration_mcg_per_ml": "1000",
        "reason": "It is filled with 1000 mcg/mL now.",
    }


def chart(pump: Pump) -> str:
    return reverse("dashboard:chart", args=[pump.patient_id])


def test_the_bridge_is_demanded_where_the_concentration_changes(
    page: FormPage, typed: dict[str, str]
) -> None:
    assert "bridge" in page.errors(typed)
    assert "The concentration changes." in page.answer.content.decode()
    assert {field.name for field in page.answer.context["form"].missing} == {"bridge"}
    errors = page.errors({**typed, "bridge": "record"})
    assert {"tubing_ml", "catheter_ml"} <= errors.keys()


def test_none_is_asked_for_where_it_stays_or_nothing_ran_before(
    page: FormPage, typed: dict[str, str], client: Client, cast: Cast
) -> None:
    assert page.look({**typed, "concentration_mcg_per_ml": "2000", **LINE, "catheter_ml": "x"})
    assert "data-no-bridge" in page.answer.content.decode()
    bare = FormPage(client, cast.nurse, reverse("refills:start", args=[cast.bare_pump().pk]))
    assert bare.look(typed)
    assert "Bridge, where" not in bare.answer.content.decode()


def test_it_is_shown_with_its_steps_and_kept_with_the_programme(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    page.look({**typed, **LINE})
    body = page.answer.content.decode()
    assert "Bridge: 0.316 mL over 37.92 h, until" in body
    assert "0.14 mL + 0.176 mL = 0.316 mL" in body
    assert "with its bridge" in body
    assert not Adjustment.objects.exists()
    page.keep({**typed, **LINE})
    programme, bridge = pump.programmes.latest("at"), pump.adjustments.get()
    assert (bridge.kind, bridge.at) == ("bridge", programme.at)
    assert (bridge.volume_ml, bridge.hours) == (Decimal("0.316"), Decimal("37.92"))
    kinds = [fact["kind"] for fact in Projection.objects.get(pump=pump).scenario["facts"]]
    assert kinds == ["fill", "programme", "programme", "bridge"]


def test_without_a_bridge_a_reason_is_owed(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    errors = page.errors({**typed, **NO_BRIDGE, "reason": ""})
    assert "without a bridge: write why" in errors["reason"]
    page.keep({**typed, **NO_BRIDGE})
    assert pump.programmes.latest("at").reason == typed["reason"]
    assert not pump.adjustments.exists()


def test_the_tubing_is_suggested_with_where_it_comes_from(page: FormPage) -> None:
    form = page.answer.context["form"]
    assert form["tubing_ml"].value() == "0.140"
    assert "Catalogue: 0.14 mL (manual). TGA" in form["tubing_ml"].help_text
    assert not form["catheter_ml"].value()


def test_where_the_catalogue_has_no_figure_none_is_suggested(
    page: FormPage, typed: dict[str, str], client: Client, cast: Cast, pump: Pump
) -> None:
    Pump.objects.filter(pk=pump.pk).update(model="prometra-ii-20")
    form = page.open().context["form"]
    assert form["tubing_ml"].value() is None
    assert "no figure for this pump" in form["tubing_ml"].help_text


@pytest.mark.parametrize("name", ["tubing_ml", "catheter_ml"])
@pytest.mark.parametrize("slip", TYPED_AMISS.values(), ids=TYPED_AMISS.keys())
def test_a_slip_in_the_line_is_said_at_its_field(
    page: FormPage, typed: dict[str, str], name: str, slip: str, pump: Pump
) -> None:
    assert page.errors({**typed, **LINE, name: slip})[name]
    assert pump.programmes.count() == 1


def test_a_line_that_holds_nothing_or_far_too_much_is_refused(page: FormPage, typed: dict[str, str]) -> None:
    assert (
        "hold nothing" in page.errors({**typed, **LINE, "tubing_ml": "0", "catheter_ml": "0"})["catheter_ml"]
    )
    assert "more than can be right" in page.errors({**typed, **LINE, "catheter_ml": "22"})["catheter_ml"]


def test_from_a_dose_of_nothing_no_bridge_follows(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.programme(pump, days_ago=2, dose="0")
    page.open()
    assert page.errors({**typed, **LINE})["bridge"]
    assert page.keep({**typed, **NO_BRIDGE}).status_code == 302


def test_a_bridge_that_would_take_years_is_refused_in_words(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.programme(pump, days_ago=2, dose="0.1")
    page.open()
    assert "cannot be right" in page.errors({**typed, **LINE})["bridge"]


def test_no_bridge_runs_on_a_stopped_pump(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.adjustment(pump, days_ago=1, kind="stop")
    assert "A programme does not start it again" in page.open().content.decode()
    assert "The pump is stopped" in page.errors({**typed, **LINE})["bridge"]


def test_the_same_post_twice_is_one_programme_with_one_bridge_and_another_line_is_told_apart(
    page: FormPage, typed: dict[str, str], pump: Pump
) -> None:
    seen = page.look({**typed, **LINE})
    carried, ticks = dict(page.hidden), page.ticks()
    for _ in range(2):
        page.hidden = carried
        assert page.press({**typed, **LINE}, seen=seen, **ticks).status_code == 302
    assert (pump.programmes.count(), pump.adjustments.count()) == (2, 1)
    page.hidden = carried
    again = page.press({**typed, **LINE, "catheter_ml": "0.2"}, seen=seen)
    assert "kept before with other figures" in again.content.decode()


def test_the_old_flow_is_that_of_the_old_mode_without_the_patients_boluses(
    page: FormPage, typed: dict[str, str], cast: Cast
) -> None:
    flex = {"mode": "flex", "from_0": "06:00", "rate_0": "20", "from_1": "18:00", "rate_1": "10"}
    own = {"concentration_mcg_per_ml": "2000", "patient_bolus_max_mcg_per_day": "100"}
    page.keep(
        {
            **typed,
            **flex,
            **own,
            "at": clinic_time(cast.nurse, days=2),
            "late_reason": "Programmed on the ward.",
        }
    )
    page.open()
    page.look({**typed, **LINE})
    plan = page.answer.context["form"].plan
    assert plan.hours == Decimal("42.13")  # 24 h × 0.316 mL ÷ (360 mcg ÷ 2000 mcg/mL)


def test_the_chart_says_while_it_runs_and_until_when(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    page.keep({**typed, **LINE})
    body = page.client.get(chart(pump)).content.decode()
    assert "A bridge runs until" in body
    assert "0.316 mL over 37.92 h" in body
    pump.refresh_from_db()
    bridging = chart_of(pump, cast.at).bridging
    assert bridging is not None
    assert bridging.until == bridging.bridge.at + timedelta(hours=37.92)
    assert chart_of(pump, bridging.until).bridging is None


def test_a_bridge_is_over_at_its_end_or_at_the_next_programme_and_the_next_one_replaces_it(
    cast: Cast,
) -> None:
    def bridge(days_ago: float, hours: int) -> Adjustment:
        return Adjustment(
            kind="bridge", at=cast.ago(days_ago), volume_ml=Decimal("0.3"), hours=Decimal(hours)
        )

    def programme(days_ago: float) -> Any:
        return Programme(at=cast.ago(days_ago))

    long, short = bridge(2, 72), bridge(1, 2)
    running = bridging_at([long], [programme(2)], cast.at)
    assert running is not None
    assert running.bridge is long
    assert bridging_at([long], [programme(1)], cast.at) is None
    assert bridging_at([long, short], [], cast.at) is None
    assert bridging_at([long, short], [], cast.ago(1.5)) is not None

"""C9, H13: two people save at once, again and again. Nothing is lost, nothing kept twice, and who is late hears of it.

Each pair is two threads with connections of their own. `ITB_PAIRS=1000` makes the long run.
"""

import os
import threading
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.audit.models import AuditEvent
from itb.walls import enter
from patients.models import Pump
from refills import services
from refills.models import Adjustment, Correction, Programme, Projection, Refill
from refills.scenario import scenario_of
from tests.cast import Cast, posted
from tests.pages import FormPage, clinic_time
from tests.refills.visit import nothing_amiss

PAIRS = int(os.environ.get("ITB_PAIRS", "60"))
A_PUMP = 10  # pairs: a pump with a thousand refills is nobody's
PAGES = max(4, PAIRS // 50)

Save = Callable[[services.Posted], object]

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each gave, or raised, when all began at one time."""
    barrier, heard = threading.Barrier(len(acts)), []

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            heard.append(act())
        except services.FactsMovedError as error:
            heard.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def saves(cast: Cast, pump: Pump, number: int) -> list[Save]:
    """The ways to write about a pump, each at an instant of its own."""
    at = cast.ago(20) + timedelta(minutes=number)
    common: dict[str, Any] = {"by": cast.nurse, "at": clock.now()}

    def refill(token: services.Posted) -> Refill:
        fact = Refill(
            pump_id=pump.pk, at=at, filled_ml=Decimal(40), withdrawn_ml=Decimal(30), lot=f"L{number}",
            concentration_mcg_per_ml=Decimal(2000), product="lioresal-2000-20",
        )  # fmt: skip
        return services.record_refill(refill=fact, next_visit_on=None, posted=token, **common)

    def programme(token: services.Posted) -> Programme:
        fact = Programme(
            pump_id=pump.pk, at=at, mode="continuous", concentration_mcg_per_ml=Decimal(2000),
            dose_mcg_per_day=Decimal(400 + number % 9),  # a step that waits for nobody
        )  # fmt: skip
        return services.start_programme(programme=fact, posted=token, **common)

    def bolus(token: services.Posted) -> Adjustment:
        fact = Adjustment(pump_id=pump.pk, at=at, kind="bolus", amount_mcg=Decimal(5))
        return services.record_adjustment(adjustment=fact, posted=token, **common)

    def strike(token: services.Posted) -> Correction:
        kinds = (Refill, Programme, Adjustment)
        standing = [fact for kind in kinds for fact in kind.objects.standing().filter(pump=pump)]
        fact = max(standing, key=lambda fact: fact.at)
        return services.correct(fact=fact, reason="Wrong.", posted=token, **common)

    return [refill, programme, bolus, strike]


def inside_the_clinic(cast: Cast, save: Save, token: services.Posted) -> Callable[[], object]:
    def act() -> object:
        enter(cast.clinic.pk, cast.nurse.user_id)
        return save(token)

    return act


def count(pump: Pump) -> int:
    return sum(kind.count() for kind in (pump.refills, pump.programmes, pump.adjustments, pump.corrections))


def assert_nothing_was_lost(pump: Pump, before: int) -> None:
    """One more fact than before, counted by the database, in the forecast, and in the trail."""
    assert count(pump) == before + 1
    row = Projection.objects.select_related("pump__patient__clinic").get(pump=pump)
    assert row.facts_version == row.pump.facts_version == count(pump)
    assert row.computed_at is not None
    assert row.scenario["facts"] == scenario_of(row.pump, row.computed_at)["facts"]
    acts = AuditEvent.objects.filter(patient_id=pump.patient_id).exclude(verb__endswith=".seen")
    assert acts.count() == 2 + count(pump), "registered, implanted, and each of these"


def test_of_two_forms_one_is_kept_and_the_other_hears_of_it(cast: Cast) -> None:
    for number in range(PAIRS):
        if number % A_PUMP == 0:
            pump = cast.running_pump()
        one, other = (saves(cast, pump, 2 * number + half) for half in (0, 1))
        before, first, second = count(pump), posted(pump), posted(pump)
        heard = at_once(
            inside_the_clinic(cast, one[0 if number % 2 else number // 2 % 4], first),
            inside_the_clinic(cast, other[number % 4], second),
        )
        assert [isinstance(each, services.FactsMovedError) for each in heard].count(True) == 1
        assert_nothing_was_lost(pump, before)


def test_of_one_form_pressed_twice_one_is_kept_and_both_are_told_so(cast: Cast) -> None:
    for number in range(PAIRS):
        if number % A_PUMP == 0:
            pump = cast.running_pump()
        save, before, token = saves(cast, pump, number)[number % 3], count(pump), posted(pump)
        first, second = at_once(*[inside_the_clinic(cast, save, token)] * 2)
        assert first == second
        assert_nothing_was_lost(pump, before)


def test_of_two_pages_one_is_kept_and_the_other_shows_both(cast: Cast) -> None:
    for _ in range(PAGES):
        pump = cast.running_pump()
        typed = {
            **nothing_amiss(),
            "at": clinic_time(cast.nurse), "serial_ending": pump.serial[-4:], "withdrawn_ml": "34", "emptied": "yes",
            "product": "lioresal-2000-20", "concentration_mcg_per_ml": "2000", "filled_ml": "40",
        }  # fmt: skip
        address, before = reverse("refills:record", args=[pump.pk]), count(pump)
        tabs = [FormPage(Client(), member, address) for member in (cast.nurse, cast.prescriber)]
        lots = [
            {**typed, "lot": f"LOT-{uuid4().hex[:6]}", "at": clinic_time(cast.nurse, minutes=m)}
            for m in (0, 1)
        ]
        seen = [tab.look(lot) for tab, lot in zip(tabs, lots, strict=True)]
        each = zip(tabs, lots, seen, strict=True)
        answers: Any = at_once(
            *(lambda tab=tab, lot=lot, see=see: tab.press(lot, seen=see) for tab, lot, see in each)
        )
        assert sorted(answer.status_code for answer in answers) == [302, 409]
        body = next(answer for answer in answers if answer.status_code == 409).content.decode()
        assert all(lot["lot"] in body for lot in lots), "what was kept beside what was typed"
        assert_nothing_was_lost(pump, before)

"""C3: slips of the hand against real-looking entries, through the forms that people type into.

`ITB_SLIPS=5000 ./run.py test tests/refills/test_slips.py -s` is the long run, and prints the table.
"""

import os
import sys
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from patients.models import Pump
from refills import services
from refills.adjustment_form import AdjustmentForm
from refills.fact_form import FactForm
from refills.models import Programme, Refill
from refills.programme_form import ProgrammeForm
from refills.refill_form import RefillForm
from tests.cast import Cast, posted
from tests.refills.entries import CLEAN, TENFOLD, THOUSANDFOLD, Entry, Profile, entries, profiles

COUNT = int(os.environ.get("ITB_SLIPS", "500"))
SEED, PUMPS = 20261122, 12
PRODUCTS = {500: "lioresal-500-20", 1000: "gablofen-1000-20-vial", 2000: "lioresal-2000-20"}
BLOCKED, STOPPED, TICKED, PASSED = "blocked", "stopped", "ticked", "passed"

COLUMNS = {
    "dose": "dose_mcg_per_day",
    "concentration": "concentration_mcg_per_ml",
    "filled": "filled_ml",
    "withdrawn": "withdrawn_ml",
    "bolus": "amount_mcg",
}
ASKED = ("reason", "explanation")


def running(cast: Cast, profile: Profile) -> Pump:
    """A pump as the profile has it."""
    pump = cast.bare_pump()
    Pump.objects.filter(pk=pump.pk).update(reservoir_ml=profile.reservoir_ml)
    pump = Pump.objects.select_related("patient__clinic").get(pk=pump.pk)
    at = (cast.at - timedelta(days=profile.days)).replace(second=0, microsecond=0)
    strength = Decimal(profile.strength)
    programme = Programme(
        pump=pump, at=at, mode="continuous", concentration_mcg_per_ml=strength, dose_mcg_per_day=profile.dose
    )
    refill = Refill(
        pump=pump,
        at=at,
        filled_ml=Decimal(profile.reservoir_ml),
        concentration_mcg_per_ml=strength,
        product=PRODUCTS[profile.strength],
        lot="L1",
    )
    services.start_programme(programme=programme, posted=posted(pump), by=cast.nurse, at=cast.at)
    services.record_refill(refill=refill, next_visit_on=None, posted=posted(pump), by=cast.nurse, at=cast.at)
    pump.refresh_from_db()
    return pump


def programme(entry: Entry, profile: Profile) -> tuple[type[FactForm], dict[str, str]]:
    return ProgrammeForm, {"mode": "continuous", "bridge": "none"}


def refill(entry: Entry, profile: Profile) -> tuple[type[FactForm], dict[str, str]]:
    strength = {"product": PRODUCTS[profile.strength], "concentration_mcg_per_ml": str(profile.strength)}
    return RefillForm, {"emptied": "yes", "lot": "L2", **strength}


def bolus(entry: Entry, profile: Profile) -> tuple[type[FactForm], dict[str, str]]:
    return AdjustmentForm, {"kind": "bolus"}


FORMS: dict[str, Callable[[Entry, Profile], tuple[type[FactForm], dict[str, str]]]] = {
    "dose": programme,
    "concentration": programme,
    "filled": refill,
    "withdrawn": refill,
    "bolus": bolus,
}
TOGETHER = {
    "dose": ("dose", "concentration"),
    "concentration": ("dose", "concentration"),
    "filled": ("filled", "withdrawn"),
    "withdrawn": ("filled", "withdrawn"),
    "bolus": ("bolus",),
}


def verdict(cast: Cast, pump: Pump, profile: Profile, entry: Entry) -> str:
    """What the form does with the entry: what other fields lack counts for nothing."""
    kind, more = FORMS[entry.field](entry, profile)
    typed = {COLUMNS[name]: entry.typed[name] for name in TOGETHER[entry.field]}
    at = timezone.localtime(cast.at, cast.clinic.tz).strftime("%Y-%m-%dT%H:%M")
    hidden = {"key": "6f1c9d0e-58f5-4f5c-9a55-0e7f4f3d1a10", "facts_version": str(pump.facts_version)}
    form: Any = kind({**hidden, **more, **typed, "at": at}, pump=pump, now=cast.at, opened_by="")
    errors = set(form.errors)
    if errors & {COLUMNS[name] for name in TOGETHER[entry.field]}:
        return BLOCKED
    if errors & set(ASKED):
        return STOPPED
    return TICKED if form.hazards else PASSED


@pytest.fixture(scope="module")
def random() -> Random:
    return Random(SEED)


def test_slips_are_caught_and_clean_entries_are_left_alone(
    cast: Cast, random: Random, capsys: pytest.CaptureFixture[str]
) -> None:
    profiled = profiles(random, PUMPS)
    with timezone.override(cast.clinic.tz):
        pumps = [running(cast, each) for each in profiled]
        found: Counter[tuple[str, str, str]] = Counter()
        missed = []
        for number, entry in entries(random, profiled, COUNT):
            said = verdict(cast, pumps[number], profiled[number], entry)
            found[entry.slip, entry.field, said] += 1
            if (said == PASSED) != (entry.slip == CLEAN):
                missed.append(f"{profiled[number]} {entry} {said}")
    with capsys.disabled():
        sys.stdout.write("\n".join([table(found), *missed, ""]) if "ITB_SLIPS" in os.environ else "")
    assert of(found, THOUSANDFOLD) == of(found, THOUSANDFOLD, BLOCKED) > 0
    assert of(found, TENFOLD, PASSED) <= 0.01 * of(found, TENFOLD)
    assert of(found, CLEAN) - of(found, CLEAN, PASSED) <= 0.02 * of(found, CLEAN)


def of(found: Counter[tuple[str, str, str]], slip: str, said: str = "") -> int:
    return sum(
        count for (a_slip, _, a_said), count in found.items() if a_slip == slip and said in ("", a_said)
    )


def table(found: Counter[tuple[str, str, str]]) -> str:
    lines = [
        f"\n{'slip':<16}{'field':<15}" + "".join(f"{each:>9}" for each in (BLOCKED, STOPPED, TICKED, PASSED))
    ]
    for slip, field in sorted({(slip, field) for slip, field, _ in found}):
        counts = (found[slip, field, each] for each in (BLOCKED, STOPPED, TICKED, PASSED))
        lines.append(f"{slip:<16}{field:<15}" + "".join(f"{count:>9}" for count in counts))
    return "\n".join(lines)

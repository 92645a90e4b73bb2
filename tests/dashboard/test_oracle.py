"""R5: with every worker dead, the list says of each pump what an independent oracle says, in its order.

`ITB_DATABASES=1000` makes as many as the promise asks for; without it there are a few for every commit.
"""

import os
import random
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.policy import DEFAULTS
from alerts.services import change_steps
from itb.accounts.models import Clinic
from itb.dashboard import tallies, worklist
from itb.dashboard.filters import read
from patients.models import Contact, Patient, Pump
from refills import services
from refills.models import Adjustment, Appointment, Fact
from refills.planning_services import close_days
from refills.policy import Margins
from tests.cast import Cast
from tests.dashboard.oracle import Rules, Said, Story, say, seconds

DATABASES = int(os.environ.get("ITB_DATABASES", "10"))
PUMPS = 5
ZONES = ("Europe/London", "America/St_Johns", "Pacific/Apia", "Asia/Kathmandu", "America/Santiago")
FLAGS = tuple(Patient.RISK_FLAGS)


@pytest.mark.parametrize("seed", range(DATABASES))
def test_with_no_worker_running_the_list_is_what_the_oracle_says(cast: Cast, seed: int) -> None:
    chance = random.Random(seed)
    Clinic.objects.filter(pk=cast.clinic.pk).update(zone=chance.choice(ZONES))
    cast.clinic.refresh_from_db()
    cast.signs_nothing()
    with timezone.override(cast.clinic.tz):
        told = dict(lived(cast, chance) for _ in range(PUMPS))
        rules = ruled(cast, chance)
        closed(cast, chance, told)
        expected = {
            pump: say(story, rules, cast.at, cast.clinic.tz)
            for pump, story in told.items()
            if not story.is_gone
        }
        assert not Alert.objects.exists(), "nobody has swept"
        assert_listed(cast, expected)


def assert_listed(cast: Cast, expected: dict[int, Said]) -> None:
    """The whole list, row by row and in its order, and the lists behind the tallies."""
    rows = list(worklist.whole(cast.nurse, cast.at, read({})))
    order = sorted(expected, key=lambda pump: (expected[pump].danger or Fraction(0), pump))
    assert [row.projection.pk for row in rows] == order
    for row in rows:
        said, stands = expected[row.projection.pk], row.projection
        assert row.look.tier == said.tier, (stands, said, row.look)
        assert (stands.danger_at is None) == (said.danger is None)
        if stands.danger_at is not None and said.danger is not None:
            assert abs(seconds(stands.danger_at) - said.danger) <= 1
        by = stands.refill_by and stands.refill_by.isoformat()
        assert (by, row.visit_on, row.reachable) == (said.refill_by, said.visit, said.is_called)
    behind: dict[str, Any] = {
        "critical": lambda said: said.tier == 4,
        "no_visit": lambda said: said.visit is None,
        "unreachable": lambda said: not said.is_called,
    }
    counts = {tally.name: tally.count for tally in tallies.front(cast.nurse, cast.at).tallies}
    for name, holds in behind.items():
        listed = {row.projection.pk for row in worklist.whole(cast.nurse, cast.at, read({"show": name}))}
        assert listed == {pump for pump, said in expected.items() if holds(said)}, name
        assert counts[name] == len(listed)
    for number, name in enumerate(("routine", "due", "urgent", "critical"), 1):
        listed = {row.projection.pk for row in worklist.whole(cast.nurse, cast.at, read({"tier": name}))}
        assert listed == {pump for pump, said in expected.items() if said.tier == number}, name


def lived(cast: Cast, chance: random.Random) -> tuple[int, Story]:
    """A pump with a past, told to the real services and to its story alike."""
    flags = chance.sample(FLAGS, chance.choice([0, 0, 0, 1, 2, 4]))
    pump = cast.bare_pump(**dict.fromkeys(flags, True))
    story = Story(pump=constants(pump), flags=len(flags))
    filled_days_ago = chance.choice([10, 60, 120, 150, 165, 180, 190, 200]) + chance.random()
    if chance.random() < 0.9:
        keep(story, cast.programme(pump, days_ago=filled_days_ago, dose=chance.choice(["400", "425", "611"])))
    if chance.random() < 0.9:
        keep(story, cast.refill(pump, days_ago=filled_days_ago))
        for days_ago in sorted(chance.sample(range(2, 9), chance.choice([0, 0, 1, 2, 3])), reverse=True):
            if days_ago < filled_days_ago:
                drawn = Decimal(chance.randint(0, 350)).scaleb(-1)
                later = cast.refill(pump, days_ago=days_ago, withdrawn_ml=drawn)
                if chance.random() < 0.4:
                    cast.correction(later)
                else:
                    keep(story, later)
    if chance.random() < 0.1 and len(story.facts) > 1:
        keep(story, cast.adjustment(pump, days_ago=0.5, kind=Adjustment.Kind.STOP))
    visited(cast, chance, pump, story)
    if chance.random() < 0.2:
        Contact.objects.filter(patient=pump.patient).update(phone="")
        story.can_be_called = False
    if chance.random() < 0.1:
        cast.left(pump)
        story.is_gone = True
    return pump.pk, story


def constants(pump: Pump) -> dict[str, str]:
    names = ("reservoir_ml", "alarm_ml", "unusable_ml", "accuracy_pct", "min_flow_ml_per_day")
    figures = {name: getattr(pump, name) for name in (*names, "max_flow_ml_per_day")}
    return {name: f"{value}" for name, value in figures.items() if value is not None}


def keep(story: Story, fact: Fact) -> None:
    """The same, in the words of a scenario file."""
    at: dict[str, Any] = {"at": fact.at.isoformat()}
    match fact._meta.model_name:
        case "refill":
            drawn: Decimal | None = fact.withdrawn_ml  # type: ignore[attr-defined]
            fill = {"kind": "fill", "filled_ml": "40", "concentration_mcg_per_ml": "2000", "emptied": True}
            story.facts.append({**at, **fill, "withdrawn_ml": None if drawn is None else f"{drawn}"})
        case "programme":
            dose = f"{fact.dose_mcg_per_day}"  # type: ignore[attr-defined]
            told = {"kind": "programme", "mode": "continuous", "dose_mcg_per_day": dose}
            story.facts.append({**at, **told, "concentration_mcg_per_ml": "2000"})
        case _:
            story.facts.append({**at, "kind": "stop"})


def visited(cast: Cast, chance: random.Random, pump: Pump, story: Story) -> None:
    """Some visits are booked, some of these confirmed, some missed."""
    today = timezone.localdate(cast.at)
    filled = [fact["at"] for fact in story.facts if fact["kind"] == "fill"]
    if chance.random() < 0.3:
        return
    on = today + timedelta(days=chance.randint(-4, 40))
    with suppress(services.TooLateError):
        visit = services.book_visit(pump=pump, on=on, by=cast.prescriber, at=cast.at)
        story.visit = on
        if chance.random() < 0.5:
            services.confirm_visit(visit=visit, by=chance.choice([cast.nurse, None]), at=cast.at)
            story.is_confirmed = True
        if on <= today and chance.random() < 0.6:
            services.close_visit(pump=pump, state=Appointment.State.MISSED, by=cast.nurse, at=cast.at)
            was_filled = any(timezone.localdate(datetime.fromisoformat(at)) >= on for at in filled)
            story.visit, story.is_confirmed, story.missed = None, False, None if was_filled else on


def ruled(cast: Cast, chance: random.Random) -> Rules:
    """In some clinics other margins, in some other steps."""
    rules = Rules()
    if chance.random() < 0.5:
        rules = replace(
            rules, margin=chance.randint(3, 20), longest=chance.choice([90, 180]), flag=chance.randint(0, 9)
        )
        margins = Margins(margin_days=rules.margin, max_interval_days=rules.longest, shift_days=rules.flag)
        services.change_margins(margins=margins, by=cast.administrator, at=cast.at)
    if chance.random() < 0.5:
        rules = replace(
            rules, urgent=chance.randint(1, 9), due=chance.randint(10, 19), confirm=chance.randint(1, 30)
        )
        rules = replace(rules, routine=chance.randint(20, 60), critical=chance.randint(1, 10))
        steps = replace(
            DEFAULTS,
            routine_days=rules.routine,
            due_days=rules.due,
            urgent_days=rules.urgent,
            critical_days_before_alarm=rules.critical,
            confirm_days=rules.confirm,
        )
        change_steps(steps=steps, by=cast.administrator, at=cast.at)
    cast.clinic.refresh_from_db()
    return rules


def closed(cast: Cast, chance: random.Random, told: dict[int, Story]) -> None:
    """In some clinics a week is closed, after visits were booked in it."""
    if chance.random() < 0.5:
        return
    today = timezone.localdate(cast.at)
    first = today + timedelta(days=chance.randint(1, 30))
    last = first + timedelta(days=6)
    close_days(first_on=first, last_on=last, reason="Moving", by=cast.administrator, at=cast.at)
    for story in told.values():
        story.is_closed = story.visit is not None and first <= story.visit <= last

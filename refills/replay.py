"""What was known on a past day: its facts, the pump's constants, the clinic's margins and the patient's risk flags."""

from copy import copy
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from itb.accounts.models import Clinic
from itb.audit.history import HISTORIES
from itb.audit.past import as_it_was
from patients.models import Pump
from refills.models import Policy, Projection
from refills.policy import Margins
from refills.projection import projection_from
from refills.scenario import scenario_of


@dataclass(frozen=True, slots=True)
class Replay:
    """A pump as of a moment, from what was known then. Nothing of it is stored."""

    pump: Pump
    projection: Projection
    at: datetime
    notes: tuple[str, ...]
    """What had to be taken as it is now, because no history reaches so far back."""


def end_of(day: date, zone: ZoneInfo, now: datetime) -> datetime:
    """The last moment of a clinic's day, and of today the present."""
    return min(datetime.combine(day + timedelta(days=1), time(), zone) - timedelta(microseconds=1), now)


def replay(pump: Pump, at: datetime) -> Replay:
    """`pump`, which has its patient and clinic at hand, as it was known at `at`."""
    then, has_pump = as_it_was(pump, at)
    then.patient, has_patient = as_it_was(pump.patient, at)
    then.patient.clinic, has_margins = _clinic(pump.patient.clinic, at)
    projection = projection_from(scenario_of(then, at, known_at=at), then, at)
    projection.pump = then
    taken_as_now = {
        "the pump's constants": has_pump,
        "the patient's risk flags": has_patient,
        "the clinic's margins": has_margins,
    }
    notes = tuple(words for words, is_known in taken_as_now.items() if not is_known)
    return Replay(then, projection, at, notes)


def _clinic(clinic: Clinic, at: datetime) -> tuple[Clinic, bool]:
    """The clinic with its margins of `at`, and whether they are known: the defaults, until it set its own."""
    policy: Policy | None = getattr(clinic, "refill_policy", None)
    if policy is None:
        return clinic, True
    past, is_known = as_it_was(policy, at)
    if not is_known and _began_after(policy, at):
        past, is_known = Policy(**asdict(Margins())), True
    past.clinic = copy(clinic)
    return past.clinic, is_known


def _began_after(policy: Policy, at: datetime) -> bool:
    """Whether the clinic first set its margins after `at`, and until then had the defaults."""
    kept: Any = HISTORIES[Policy].objects
    return bool(kept.filter(pgh_obj_id=policy.pk, pgh_label="insert", pgh_created_at__gt=at).exists())

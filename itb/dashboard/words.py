"""How a pump is put into words: the time left, its short name, why its date binds, which constant is unchecked."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.utils import timezone

from itb.infusion.quantities import plain
from itb.templatetags.moments import day
from patients.catalogue import model_of
from patients.models import Pump
from refills.models import Projection
from refills.projection import DECLINED, PENDING
from refills.standing import bridge_until

HOURS_MATTER: Final = timedelta(days=2)
"""Below this a margin is told in days and hours, above it in days."""
TOLD_IN_HOURS: Final = timedelta(days=10)
"""Below this the time from alarm to empty is told in hours."""


def span(length: timedelta) -> str:
    """`5 h`, `1 day 4 h`, `6 days`: a length of time, rounded down so that it never promises more than there is."""
    hours = abs(length) // timedelta(hours=1)
    days, rest = divmod(hours, 24)
    if not days:
        return f"{hours} h" if hours else "under 1 h"
    told = f"{days} {'day' if days == 1 else 'days'}"
    return f"{told} {rest} h" if rest and abs(length) < HOURS_MATTER else told


def margin(row: Projection, now: datetime, *, unknown: str) -> str:
    """The time left until the pump may be empty; past that, since when it is empty on paper, or that it may be.

    `unknown` says why there is no forecast: then there is no margin, whatever the row still holds.
    """
    if unknown:
        return "unknown — no forecast"
    if row.earliest_empty_at is None:
        stopped = any(finding["code"] == "pump_stopped" for finding in row.findings)
        return "stopped" if stopped else "nothing flows"
    if row.earliest_empty_at > now:
        return span(row.earliest_empty_at - now)
    if row.empty_at is not None and row.empty_at <= now:
        return f"empty for {span(now - row.empty_at)}"
    return "may be empty"


def likely(row: Projection, now: datetime) -> str:
    """What lies beside the margin: when the reservoir is empty as programmed."""
    if row.empty_at is None:
        return ""
    if row.empty_at > now:
        return f"likely in {span(row.empty_at - now)}"
    return "on paper nothing is left"


def between(earlier: datetime, later: datetime) -> str:
    """`60 h`, `119 days`: from the alarm to empty."""
    length = later - earlier
    return f"{length // timedelta(hours=1)} h" if length < TOLD_IN_HOURS else span(length)


def short_name(pump: Pump) -> str:
    """`SM II 40`, `Prometra II 20`: the model as a clinic says it."""
    model = model_of(pump)
    return (
        model.name.replace("SynchroMed", "SM").replace(",", "").removesuffix(" mL") if model else pump.model
    )


def why_binding(binding: str, policy: Mapping[str, object]) -> str:
    """Why the pump must be refilled by its date and not later, from the policy that the forecast was made under."""
    return {
        "alarm": f"{policy.get('margin_days')} days before the alarm",
        "printed": f"{policy.get('margin_days')} days before the alarm on the print-out",
        "accuracy": f"{policy.get('accuracy_days')} days before it may be empty",
        "expiry": f"the drug's longest stay, {policy.get('max_interval_days')} days",
    }.get(binding, binding)


def unconfirmed(pump: Pump, name: str) -> str:
    """` (unconfirmed)` where the pump's `name` is the catalogue's figure and nobody has checked that one."""
    constant = getattr(model_of(pump), name, None)
    mine: Decimal | None = getattr(pump, name)
    return " (unconfirmed)" if constant and constant.unconfirmed and constant.value == mine else ""


def quantity(value: Decimal | None, unit: str) -> str:
    """`40 mL`; a dash where there is none."""
    return "—" if value is None else f"{plain(value)} {unit}"


def programme_notes(row: Projection, now: datetime) -> list[str]:
    """What else is so of the pump's programme. Call it in the clinic's zone."""
    codes = {finding["code"] for finding in row.findings}
    told = {PENDING: "waits for a second signature", DECLINED: "declined: record what it runs"}
    until = bridge_until(row.scenario, now)
    bridge = [f"bridge until {day(until)} {timezone.localtime(until):%H:%M}"] if until else []
    return [*(words for code, words in told.items() if code in codes), *bridge]

"""Which programme a second person signs before it stands as a fact, and why."""

from datetime import date
from decimal import Decimal

from itb.infusion.catalogue import DoseStep
from itb.infusion.quantities import plain
from patients.models import Pump
from refills.comparison import needs_reason, step_now
from refills.models import Adjustment, PendingProgramme, Programme
from refills.programming import Programming, Signature, programming_of
from refills.standing import last_told


def demands(pump: Pump, new: Programme, today: date, policy: Programming | None = None) -> list[str]:
    """Why a second person signs `new`, in sentences; none where it is kept at once. `policy`: not the clinic's own.

    It is held against what the pump was told last and against what was signed last: nobody goes far alone, neither at
    once nor step by step over programmes that nobody has signed.
    """
    policy = policy or programming_of(pump.patient.clinic)
    if policy.signature == Signature.ALWAYS:
        return ["This clinic has every programme signed by a second person."]
    signed = pump.programmes.standing().filter(at__lt=new.at).order_by("at").last()
    before = [last_told(pump, at__lt=new.at), signed]
    found = [words for old in before if old for words in _from(old, new, policy, step_now(pump, today))]
    return list(dict.fromkeys(found))


def _from(old: Programme, new: Programme, policy: Programming, step: DoseStep) -> list[str]:
    found = [_far(old, new)]
    if policy.signature == Signature.PAST:
        found = [_concentration(old, new), _far(old, new) or _past(old, new, policy, step)]
    return [words for words in found if words]


def _concentration(old: Programme, new: Programme) -> str:
    was, becomes = old.concentration_mcg_per_ml, new.concentration_mcg_per_ml
    return (
        "" if was == becomes else f"The concentration changes from {plain(was)} to {plain(becomes)} mcg/mL."
    )


def _far(old: Programme, new: Programme) -> str:
    if not needs_reason(old.dose_mcg_per_day, new.dose_mcg_per_day):
        return ""
    return f"{_change(old, new)}: more than double or less than half."


def _past(old: Programme, new: Programme, policy: Programming, step: DoseStep) -> str:
    if not old.dose_mcg_per_day:
        return ""
    percent = (new.dose_mcg_per_day / old.dose_mcg_per_day - 1) * 100
    up, down = _limits(policy, step)
    if -down <= percent <= up:
        return ""
    limit, whose = (up if percent > 0 else down), "clinic’s limit" if policy.signature_pct else "label’s step"
    return f"{_change(old, new)}, {percent:+.1f} %, past the {whose} of {plain(limit)} %.".replace("-", "−")


def _limits(policy: Programming, step: DoseStep) -> tuple[Decimal, Decimal]:
    """How far up and how far down one person may go, in percent."""
    if policy.signature_pct:
        return Decimal(policy.signature_pct), Decimal(policy.signature_pct)
    return step.increase_high_pct.value, step.decrease_high_pct.value


def _change(old: Programme, new: Programme) -> str:
    return f"The dose changes from {plain(old.dose_mcg_per_day)} to {plain(new.dose_mcg_per_day)} mcg/day"


def waiting(programme: Programme, bridge: Adjustment | None, reasons: list[str]) -> PendingProgramme:
    """`programme` and its bridge (both unsaved) as what waits for a signature, not kept yet."""
    names = ("at", "printed_alarm_on", "mode", "concentration_mcg_per_ml", "dose_mcg_per_day", "pattern")
    return PendingProgramme(
        pump=programme.pump,
        reason=programme.reason,
        late_reason=programme.late_reason,
        bridge_volume_ml=bridge.volume_ml if bridge else None,
        bridge_hours=bridge.hours if bridge else None,
        demands=reasons,
        **{name: getattr(programme, name) for name in names},
    )

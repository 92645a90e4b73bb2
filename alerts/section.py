"""The section of the clinic's policy that says when each reminder step comes."""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from typing import Final

from alerts import services
from alerts.knowledge import known_of
from alerts.models import Policy
from alerts.policy import ABOUT, steps_of
from alerts.rehearsal import rehearse
from alerts.rules import Around, Steps, look
from itb.accounts.models import Membership
from refills.closed_visits import is_booked_on_closed_day
from refills.models import Projection
from refills.section import Section


def _moved_tiers(member: Membership, steps: Steps, at: datetime) -> list[str]:
    """How many pumps would be more urgent at once, and how many less."""
    rows = (
        Projection.objects.visible_to(member)
        .active()
        .select_related("pump__patient")
        .annotate(visit_is_closed=is_booked_on_closed_day())
    )
    moved: Counter[int] = Counter()
    for row in rows.iterator(chunk_size=500):
        row.pump.patient.clinic = member.clinic
        is_closed = row.visit_is_closed  # type: ignore[attr-defined]  # annotated
        around = Around(replacement_on=row.pump.replacement_on)
        known = known_of(row, visit_is_closed=is_closed, around=around)
        tier, other = look(known, at).tier, look(replace(known, steps=steps), at).tier
        moved[(other > tier) - (other < tier)] += 1
    more = f"{moved[1]} pump becomes" if moved[1] == 1 else f"{moved[1]} pumps become"
    return [f"{more} more urgent at once, {moved[-1]} less; {moved[0]} as they are."]


STEPS: Final = Section(
    name="reminders",
    title="Reminder steps",
    sentence="When a pump without a visit, or one to be replaced, becomes an alert, and how urgent. A patient’s risk "
    "flags move each step earlier; the refill-by date itself stays. Every pump of the clinic is looked at again "
    "within a minute.",
    url_name="alerts:policy",
    kind=Steps,
    about=ABOUT,
    row=Policy,
    read=steps_of,
    keep=lambda settings, because, by, at: services.change_steps(
        steps=settings, because=because, by=by, at=at
    ),
    preview=lambda member, steps, at: [
        *_moved_tiers(member, steps, at),
        *rehearse(member, steps, at),
    ],
)

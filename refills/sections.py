"""The sections of the clinic's policy that are about the reservoir: margins, and programming."""

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any, Final

from itb.accounts.models import Membership
from itb.infusion.scenario import Refusal
from refills import services
from refills.models import Policy, ProcedurePolicy, Programme, ProgrammingPolicy, Projection
from refills.planning_policy import Planning, planning_of
from refills.policy import Margins, margins_of
from refills.procedure_policy import TREND_SOURCE, ProcedureRules, procedure_of
from refills.programming import Programming, programming_of
from refills.projection import answer
from refills.section import Section, about_of
from refills.signing import demands
from refills.visit_models import PlanningPolicy

LOOKED_BACK: Final = timedelta(days=180)
MOST_PROGRAMMES: Final = 500


def _moved_dates(member: Membership, margins: Margins, at: datetime) -> list[str]:
    """How many refill-by dates, and how many patients' reminders, would move."""
    kept, dates, shifts = margins_of(member.clinic), Counter[int](), Counter[int]()
    rows = Projection.objects.visible_to(member).active().select_related("pump__patient").defer("forecast")
    for row in rows.iterator(chunk_size=500):
        dates[_direction(row.refill_by, _refill_by(row, margins, at))] += 1
        shift, other = kept.shift(row.pump.patient), margins.shift(row.pump.patient)
        shifts[(shift > other) - (shift < other)] += 1
    return [
        f"{_dates(dates[-1])} earlier, {dates[1]} later; {dates[0]} stay.",
        f"The reminders of {shifts[-1]} patients with risk flags come earlier, of {shifts[1]} later.",
    ]


def _dates(count: int) -> str:
    return f"{count} refill-by date{' moves' if count == 1 else 's move'}"


def _refill_by(row: Projection, margins: Margins, at: datetime) -> date | None:
    """The refill-by date that the row's own facts give under other margins."""
    if not row.scenario or row.refill_by is None:
        return row.refill_by
    names = ("margin_days", "max_interval_days", "accuracy_days")
    policy = {name: getattr(margins, name) for name in names}
    found = answer({**row.scenario, "at": at.isoformat(), "policy": policy})
    return None if isinstance(found, Refusal) else found.refill_by


def _direction(old: date | None, new: date | None) -> int:
    """-1 earlier, 1 later, 0 the same, or unknown in both."""
    if old is None or new is None or old == new:
        return 0
    return 1 if new > old else -1


def _signed(member: Membership, programming: Programming, at: datetime) -> list[str]:
    """How many programmes of late would have waited for a second person, and how many as it is."""
    facts = Programme.objects.filter(pump__clinic_id=member.clinic_id, at__gte=at - LOOKED_BACK)
    recent = list(facts.standing().select_related("pump__patient__clinic").order_by("-at")[:MOST_PROGRAMMES])
    would, does = (
        sum(bool(demands(each.pump, each, each.at.date(), policy)) for each in recent)
        for policy in (programming, programming_of(member.clinic))
    )
    days = LOOKED_BACK.days
    return [
        f"{would} of the {len(recent)} programmes of the last {days} days would have been signed by a second person.",
        f"As it is set now: {does}.",
    ]


_RULES = ProcedureRules()
PROCEDURE_ABOUT: Final[dict[str, dict[str, Any]]] = {
    "demands_checker": {
        "words": "A second person reads the label",
        "default": _RULES.demands_checker,
        "source": "Our proposal: not every clinic has two people in the room",
        "mark": "design",
        "choices": {True: "demanded", False: "not demanded"},
    },
    "trend_ml": {
        "words": "Residuals off to one side count from",
        "default": _RULES.trend_ml,
        "source": TREND_SOURCE,
        "mark": "design",
        "unit": "mL",
    },
    "trend_count": {
        "words": "So many in a row are looked into",
        "default": _RULES.trend_count,
        "source": TREND_SOURCE,
        "mark": "design",
        "unit": "refills",
    },
    "emergency_numbers": {
        "words": "Numbers in an emergency",
        "default": _RULES.emergency_numbers,
        "source": "Each clinic’s own",
        "mark": "design",
        "choices": {"": "the clinic’s telephone"},
    },
}

MARGINS: Final = Section(
    name="margins",
    title="Margins",
    sentence="How far before trouble a pump of this clinic is refilled. The earliest of the dates that follow is the "
    "refill-by date. Keeping them forecasts every pump of the clinic anew.",
    url_name="refills:policy",
    kind=Margins,
    about=about_of(Margins),
    row=Policy,
    read=margins_of,
    keep=lambda settings, because, by, at: services.change_margins(
        margins=settings, because=because, by=by, at=at
    ),
    preview=_moved_dates,
)
PROGRAMMING: Final = Section(
    name="programming",
    title="Programming",
    sentence="Which programme waits for a second signature, and which change is ticked by itself. More than double or "
    "less than half of a dose always waits.",
    url_name="refills:programming",
    kind=Programming,
    about=about_of(Programming),
    row=ProgrammingPolicy,
    read=programming_of,
    keep=lambda settings, because, by, at: services.change_programming(
        programming=settings, because=because, by=by, at=at
    ),
    preview=_signed,
)
PLANNING: Final = Section(
    name="planning",
    title="Planning",
    sentence="How far ahead a visit is prepared, and when someone takes over whom nobody reaches. The closed days "
    "have a page of their own.",
    url_name="refills:planning",
    kind=Planning,
    about=about_of(Planning),
    row=PlanningPolicy,
    read=planning_of,
)
PROCEDURE: Final = Section(
    name="procedure",
    title="Refill procedure",
    sentence="How a refill is done here, and whom people call.",
    url_name="refills:procedure_policy",
    kind=ProcedureRules,
    about=PROCEDURE_ABOUT,
    row=ProcedurePolicy,
    read=procedure_of,
)

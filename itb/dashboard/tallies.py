"""What stands above the worklist: counts that can be cleared to zero, and the clinic's views, all in one query."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from alerts.models import Alert
from itb.accounts.models import Membership
from itb.dashboard.ranks import is_critical
from itb.outbox.models import Letter
from refills.models import PendingProgramme, Projection, ProjectionQuerySet

CAP: Final = 1000
"""A tally past this reads "1000+": an exact count would cost more than the page."""
SHOWN: Final = {
    "critical": "Critical",
    "overdue": "Refill-by date past",
    "due": "Refill by within 7 days",
    "no_visit": "No visit booked",
    "unreachable": "Nobody reachable",
}
"""The lists that the worklist itself can open, and their words."""
UNDELIVERED: Final = (Letter.State.DEAD, Letter.State.BOUNCED, Letter.State.UNCERTAIN)

MOST_VIEWS: Final = 12  # all are a page away
VIEWS: Final = f"""
SELECT json_agg(json_build_object('name', name, 'query', query)) FROM (
    SELECT name, query FROM alerts_savedview WHERE clinic_id = %s AND dropped_at IS NULL
    ORDER BY name LIMIT {MOST_VIEWS}
) AS kept
"""  # noqa: S608  a number from the line above


@dataclass(frozen=True, slots=True)
class Tally:
    """A count that opens its list."""

    name: str
    words: str
    count: int

    @property
    def text(self) -> str:
        """The count, capped."""
        return f"{CAP}+" if self.count > CAP else str(self.count)


@dataclass(frozen=True, slots=True)
class Front:
    """What stands above the worklist: the counts, and the views that the clinic has named."""

    tallies: list[Tally]
    views: list[dict[str, str]]
    """Each with its name and the query that stands in its address."""


def front(member: Membership, now: datetime) -> Front:
    """How many stand in each list, and the views, in one query."""
    mine = Projection.objects.visible_to(member).active()
    counted: dict[str, tuple[str, QuerySet[Any]]] = {
        **{name: (words, listed(mine, member, now, name)) for name, words in SHOWN.items()},
        "undelivered": (
            "Letters undelivered",
            Letter.objects.filter(clinic=member.clinic, state__in=UNDELIVERED),
        ),
        "unsigned": ("Programmes to sign", PendingProgramme.objects.visible_to(member).open()),
        "unacknowledged": (
            "Alerts unacknowledged",
            Alert.objects.visible_to(member).filter(state=Alert.State.OPEN),
        ),
    }
    *counts, views = _ask([found for _, found in counted.values()], member)
    named = zip(counted.items(), counts, strict=True)
    return Front([Tally(name, words, count) for (name, (words, _)), count in named], views or [])


def listed(found: ProjectionQuerySet, member: Membership, now: datetime, name: str) -> ProjectionQuerySet:
    """Those of the list of this name; all, where there is no such list."""
    today = timezone.localdate(now)
    if name == "critical":
        return found.filter(is_critical(member.clinic, now))
    if name == "overdue":
        return found.filter(refill_by__lt=today)
    if name == "due":
        return found.filter(refill_by__range=(today, today + timedelta(days=7)))
    if name == "no_visit":
        return found.filter(visit_on=None)
    if name == "unreachable":
        return found.filter(is_reachable=False)
    return found


def _ask(found: list[QuerySet[Any]], member: Membership) -> tuple[Any, ...]:
    """The capped count of each, and last the views: one row."""
    parts: list[str] = []
    values: list[Any] = []
    for each in found:
        sql, parameters = each.order_by().values("pk")[: CAP + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  built by the ORM, values apart
        values.extend(parameters)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}, ({VIEWS})", [*values, member.clinic_id])
        row: tuple[Any, ...] = cursor.fetchone()
    return row

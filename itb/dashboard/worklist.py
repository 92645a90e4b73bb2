"""The worklist: every active pump of the clinic by danger, paged by key; and the tallies above it.

Tier and margin are computed here, against the clock, from the instants of the projection: nothing stored can be
stale. One query for a page, one for all tallies.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from alerts.knowledge import known_of, why_unknown
from alerts.models import Alert
from alerts.policy import steps_of
from alerts.rules import Look, look
from itb.accounts.models import Membership
from itb.outbox.models import Letter
from patients.models import Contact
from refills.models import Appointment, Projection, ProjectionQuerySet

PAGE = 50
CAP = 1000  # a tally past this reads "1000+": an exact count would cost more than the page
UNDELIVERED = (Letter.State.DEAD, Letter.State.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the worklist."""

    projection: Projection
    look: Look
    unknown: str
    """Why there is no margin, in a sentence; empty where there is one."""
    visit_on: Any
    owner: str
    """Who acknowledged the most urgent open alert."""
    reachable: bool
    likely_action: str
    """The one thing to do at the row's end: `record`, `book`, `start` or `chart`."""


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


def rows(member: Membership, now: datetime, *, show: str, search: str, after: str) -> tuple[list[Row], str]:
    """A page of rows and the key behind which the next one begins (empty: this is the last)."""
    found = _searched(_shown(_mine(member), member, now, show), search)
    page = list(_behind(_decorated(found), after)[: PAGE + 1])
    for projection in page:
        projection.pump.patient.clinic = member.clinic
    following = _key(page[PAGE - 1]) if len(page) > PAGE else ""
    return [_row(projection, now) for projection in page[:PAGE]], following


def tallies(member: Membership, now: datetime) -> list[Tally]:
    """How many stand in each list, in one query."""
    mine = _mine(member)
    counted: dict[str, tuple[str, QuerySet[Any]]] = {
        "critical": ("Critical", _shown(mine, member, now, "critical")),
        "due": ("Refill by within 7 days", _shown(mine, member, now, "due")),
        "no_visit": ("No visit booked", _shown(mine, member, now, "no_visit")),
        "unreachable": ("Nobody reachable", _shown(mine, member, now, "unreachable")),
        "undelivered": ("Letters undelivered", Letter.objects.filter(clinic=member.clinic, state__in=UNDELIVERED)),
        "unacknowledged": ("Alerts unacknowledged", Alert.objects.visible_to(member).filter(state=Alert.State.OPEN)),
    }
    counts = _count_all([found for _, found in counted.values()])
    return [Tally(name, words, count) for (name, (words, _)), count in zip(counted.items(), counts, strict=True)]


def _mine(member: Membership) -> ProjectionQuerySet:
    return Projection.objects.visible_to(member).active()


def _shown(found: ProjectionQuerySet, member: Membership, now: datetime, show: str) -> ProjectionQuerySet:
    if show == "critical":
        return found.filter(_is_critical(member, now))
    if show == "due":
        return found.filter(refill_by__lte=timezone.localdate(now) + timedelta(days=7))
    if show == "no_visit":
        return found.exclude(Exists(_booked()))
    if show == "unreachable":
        return found.exclude(Exists(Contact.objects.filter(patient=OuterRef("pump__patient")).exclude(phone="")))
    return found


def _is_critical(member: Membership, now: datetime) -> Q:
    """The same in SQL as the rules' critical tier; a test holds the two together."""
    before_alarm = timedelta(days=steps_of(member.clinic).critical_days_before_alarm)
    shift = F("earliest_empty_at") - F("danger_at")
    return (
        ~Q(error="")
        | ~Q(facts_version=F("pump__facts_version"))
        | Q(facts_version=None)
        | Q(danger_at=None)
        | Q(danger_at__lte=now)
        | Q(alarm_at__lte=now + before_alarm + shift)
        | Q(findings__contains=[{"code": "concentration_mismatch"}])
        | Q(findings__contains=[{"code": "pump_stopped"}])
    )


def _booked() -> QuerySet[Appointment]:
    return Appointment.objects.filter(pump=OuterRef("pump"), state=Appointment.State.BOOKED)


def _searched(found: ProjectionQuerySet, search: str) -> ProjectionQuerySet:
    for word in search.split()[:5]:
        found = found.filter(
            Q(pump__patient__family_name__icontains=word)
            | Q(pump__patient__given_name__icontains=word)
            | Q(pump__patient__record_number__icontains=word)
            | Q(pump__serial__icontains=word)
        )
    return found


def _decorated(found: ProjectionQuerySet) -> ProjectionQuerySet:
    owner = Alert.objects.open().filter(pump=OuterRef("pump"), acknowledged_by__isnull=False).order_by("-tier")
    return found.select_related("pump__patient").annotate(
        visit_on=Subquery(_booked().values("on")[:1]),
        owner=Coalesce(Subquery(owner.values("acknowledged_by__name")[:1]), ""),
        reachable=Exists(Contact.objects.filter(patient=OuterRef("pump__patient")).exclude(phone="")),
    )


def _key(projection: Projection) -> str:
    return f"{projection.danger_at.isoformat() if projection.danger_at else ''}~{projection.pump_id}"


def _behind(found: ProjectionQuerySet, key: str) -> ProjectionQuerySet:
    """By danger, the unknown first, behind `key`. A key that cannot be read begins at the start."""
    ordered = found.order_by(F("danger_at").asc(nulls_first=True), "pump_id")
    try:
        moment, number = key.split("~")
        danger_at, pump_id = datetime.fromisoformat(moment) if moment else None, int(number)
    except ValueError:
        return ordered
    if danger_at is None:
        return ordered.filter(Q(danger_at=None, pump_id__gt=pump_id) | Q(danger_at__isnull=False))
    return ordered.filter(Q(danger_at__gt=danger_at) | Q(danger_at=danger_at, pump_id__gt=pump_id))


def _row(projection: Projection, now: datetime) -> Row:
    visit_on = projection.visit_on  # type: ignore[attr-defined]  # annotated
    known = known_of(projection, visit_on)
    found = look(known, now)
    return Row(
        projection=projection,
        look=found,
        unknown=why_unknown(projection) or _never_empty(projection),
        visit_on=visit_on,
        owner=projection.owner,  # type: ignore[attr-defined]
        reachable=projection.reachable,  # type: ignore[attr-defined]
        likely_action=_likely_action(projection, visit_on, now),
    )


def _never_empty(projection: Projection) -> str:
    return "" if projection.earliest_empty_at and projection.alarm_at else "stopped, or nothing flows"


def _likely_action(projection: Projection, visit_on: Any, now: datetime) -> str:
    if projection.error == "no_programme":
        return "start"
    if projection.error or (visit_on is not None and visit_on <= timezone.localdate(now)):
        return "record"
    return "chart" if visit_on else "book"


def _count_all(found: list[QuerySet[Any]]) -> list[int]:
    parts, values = [], []
    for each in found:
        sql, parameters = each.order_by().values("pk")[: CAP + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")
        values.extend(parameters)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)  # noqa: S608  built by the ORM, values apart
        return list(cursor.fetchone())

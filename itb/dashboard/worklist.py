"""The worklist: every active pump of the clinic by danger, paged by key; and the tallies above it.

Tier and margin are computed here, against the clock, from the instants of the projection: nothing stored can be
stale. One query for a page, one for all tallies.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.paging import read_instant
from alerts.policy import steps_of
from alerts.rules import Kind, Look, look
from itb.accounts.models import Membership
from itb.dashboard.next_step import NextStep, next_step
from itb.dashboard.words import likely, margin, programme_notes, short_name
from itb.outbox.models import Letter
from patients.models import Contact, Departure
from refills.models import Appointment, PendingProgramme, Projection, ProjectionQuerySet

PAGE = 50
CAP = 1000  # a tally past this reads "1000+": an exact count would cost more than the page
SEARCHED = 5  # words of a search that are looked at
A_DAY = timedelta(days=1)
SHOWN = {
    "critical": "Critical",
    "due": "Refill by within 7 days",
    "no_visit": "No visit booked",
    "unreachable": "Nobody reachable",
}
"""The lists that can be opened, and their words."""
UNDELIVERED = (Letter.State.DEAD, Letter.State.UNCERTAIN)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the worklist."""

    projection: Projection
    look: Look
    margin: str
    """Time left to the earliest empty moment, in words."""
    unknown: str
    """Why there is no margin, in a sentence; empty where there is one."""
    likely: str
    pump: str
    """Its model as a clinic says it."""
    visit_on: date | None
    visit_trouble: str
    """What is wrong with the booked visit; empty where nothing is."""
    owner: str
    """Who acknowledged the most urgent open alert."""
    reachable: bool
    notes: list[str]
    """What else is so of its programme: a bridge that runs, a signature that is owed."""
    is_leaving: bool
    """Asked to leave monitoring; a second person has not confirmed it."""
    next_step: NextStep
    may_step: bool
    """Whether the reader may take the next step."""
    is_stale: bool
    """Its figures were computed over a day ago: the daily look has not come."""

    @property
    def tier(self) -> str:
        """Of the most urgent finding, as the components of a page name it."""
        return self.look.tier.name.lower()


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
    return [_row(projection, member, now) for projection in page[:PAGE]], following


def tallies(member: Membership, now: datetime) -> list[Tally]:
    """How many stand in each list, in one query."""
    mine = _mine(member)
    counted: dict[str, tuple[str, QuerySet[Any]]] = {
        **{name: (words, _shown(mine, member, now, name)) for name, words in SHOWN.items()},
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
    counts = _count_all([found for _, found in counted.values()])
    return [
        Tally(name, words, count) for (name, (words, _)), count in zip(counted.items(), counts, strict=True)
    ]


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
        return found.filter(~_called(), ~HAS_REFUSED)
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


def _called() -> Exists:
    """Someone can be called."""
    return Exists(Contact.objects.reachable().filter(patient=OuterRef("pump__patient")))


HAS_REFUSED = Q(pump__patient__refused_on__isnull=False)
"""The patient wants nobody to be called."""


def _leaving() -> Exists:
    return Exists(Departure.objects.open().filter(pump=OuterRef("pump")))


def _searched(found: ProjectionQuerySet, search: str) -> ProjectionQuerySet:
    for word in search.replace(",", " ").split()[:SEARCHED]:
        found = found.filter(
            Q(pump__patient__family_name__icontains=word)
            | Q(pump__patient__given_name__icontains=word)
            | Q(pump__patient__record_number__icontains=word)
            | Q(pump__serial__icontains=word)
        )
    return found


def _decorated(found: ProjectionQuerySet) -> ProjectionQuerySet:
    owner = (
        Alert.objects.open().filter(pump=OuterRef("pump"), acknowledged_by__isnull=False).order_by("-tier")
    )
    return (
        found.select_related("pump__patient")
        .defer("forecast")
        .annotate(
            visit_on=Subquery(_booked().values("on")[:1]),
            owner=Coalesce(Subquery(owner.values("acknowledged_by__name")[:1]), Value("")),
            reachable=_called() | HAS_REFUSED,
            is_leaving=_leaving(),
        )
    )


def _key(projection: Projection) -> str:
    return f"{projection.danger_at.isoformat() if projection.danger_at else ''}~{projection.pump_id}"


def _behind(found: ProjectionQuerySet, key: str) -> ProjectionQuerySet:
    """By danger, the unknown first, behind `key`. A key that cannot be read begins at the start."""
    ordered = found.order_by(F("danger_at").asc(nulls_first=True), "pump_id")
    try:
        danger_at, pump_id = _read_key(key)
    except ValueError:
        return ordered
    if danger_at is None:
        return ordered.filter(Q(danger_at=None, pump_id__gt=pump_id) | Q(danger_at__isnull=False))
    return ordered.filter(Q(danger_at__gt=danger_at) | Q(danger_at=danger_at, pump_id__gt=pump_id))


def _read_key(key: str) -> tuple[datetime | None, int]:
    """Raises ValueError for what `_key` did not write."""
    moment, number = key.split("~")
    return read_instant(moment) if moment else None, int(number)


def _row(projection: Projection, member: Membership, now: datetime) -> Row:
    visit_on = projection.visit_on  # type: ignore[attr-defined]  # annotated
    known = known_of(projection, visit_on)
    found, unknown = look(known, now), known.why_unknown
    following = next_step(projection, visit_on, found, now)
    return Row(
        projection=projection,
        look=found,
        margin=margin(projection, now, unknown=unknown),
        unknown=unknown or _never_empty(projection, found),
        likely=likely(projection, now),
        pump=short_name(projection.pump),
        visit_on=visit_on,
        visit_trouble=_visit_trouble(projection, visit_on, timezone.localdate(now)),
        owner=projection.owner,  # type: ignore[attr-defined]
        reachable=projection.reachable,  # type: ignore[attr-defined]
        notes=programme_notes(projection, now),
        is_leaving=projection.is_leaving,  # type: ignore[attr-defined]
        next_step=following,
        may_step=member.may(following.step.permission),
        is_stale=_is_stale(projection, now),
    )


def _is_stale(projection: Projection, now: datetime) -> bool:
    return projection.computed_at is not None and now - projection.computed_at > A_DAY


def _never_empty(projection: Projection, found: Look) -> str:
    if projection.earliest_empty_at and projection.alarm_at:
        return ""
    return next((finding.sentence for finding in found.findings if finding.kind is Kind.NO_FORECAST), "")


def _visit_trouble(projection: Projection, visit_on: date | None, today: date) -> str:
    if visit_on is None:
        return ""
    if visit_on < today:
        return "has passed"
    return "after the refill-by date" if projection.refill_by and visit_on > projection.refill_by else ""


def _count_all(found: list[QuerySet[Any]]) -> list[int]:
    parts: list[str] = []
    values: list[Any] = []
    for each in found:
        sql, parameters = each.order_by().values("pk")[: CAP + 1].query.sql_with_params()
        parts.append(f"(SELECT count(*) FROM ({sql}) AS counted)")  # noqa: S608  built by the ORM, values apart
        values.extend(parameters)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())

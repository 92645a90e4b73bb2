"""The worklist: every active pump of the clinic by danger, paged by key.

Tier and margin are computed here, against the clock, from the instants of the projection: nothing stored can be
stale. One query for a page.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from django.db.models import Case, Exists, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Coalesce, JSONObject
from django.utils import timezone

from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.paging import read_instant
from alerts.rules import UNCONFIRMED, Kind, Look, look
from itb.accounts.models import Membership
from itb.dashboard.filters import Asked, narrowed
from itb.dashboard.next_step import NextStep, next_step
from itb.dashboard.words import likely, margin, programme_notes, short_name
from itb.templatetags.moments import distance
from patients.models import Departure
from refills.closed_visits import is_booked_on_closed_day
from refills.models import ContactAttempt, Projection, ProjectionQuerySet, Refill

PAGE = 50
A_BRIDGE: Final = {"facts": [{"kind": "bridge"}]}
"""Where there is none, what the forecast came from stays behind: it would weigh more than the page."""
SEARCHED = 5  # words of a search that are looked at
A_DAY = timedelta(days=1)


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
    """Who has the most urgent alert in hand."""
    clinician: str
    """The patient's own one."""
    last_contact: str
    """What came of the last try to reach them, and when; empty where nobody has tried."""
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


def rows(
    member: Membership, now: datetime, asked: Asked, *, search: str = "", after: str = ""
) -> tuple[list[Row], str]:
    """A page of rows and the key behind which the next one begins (empty: this is the last)."""
    page = list(_behind(_found(member, now, asked, search), after)[: PAGE + 1])
    following = _key(page[PAGE - 1]) if len(page) > PAGE else ""
    return [_row(projection, member, now) for projection in page[:PAGE]], following


def whole(member: Membership, now: datetime, asked: Asked, *, search: str = "") -> Iterator[Row]:
    """Every row of the list, in its order."""
    for projection in _behind(_found(member, now, asked, search), "").iterator(chunk_size=500):
        yield _row(projection, member, now)


def computed_at(rows: Iterable[Row]) -> datetime | None:
    """When the oldest forecast among these rows was computed."""
    return min((row.projection.computed_at for row in rows if row.projection.computed_at), default=None)


def _found(member: Membership, now: datetime, asked: Asked, search: str) -> ProjectionQuerySet:
    mine = Projection.objects.visible_to(member).active()
    return _decorated(_searched(narrowed(mine, asked, member, now), search))


def _searched(found: ProjectionQuerySet, search: str) -> ProjectionQuerySet:
    for word in search.replace(",", " ").split()[:SEARCHED]:
        found = found.filter(
            Q(pump__patient__family_name__icontains=word)
            | Q(pump__patient__given_name__icontains=word)
            | Q(pump__patient__record_number__icontains=word)
            | Q(pump__serial__icontains=word)
            | Q(Exists(Refill.objects.filter(pump=OuterRef("pump"), lot__icontains=word)))
        )
    return found


def _decorated(found: ProjectionQuerySet) -> ProjectionQuerySet:
    owner = Alert.objects.in_hand().filter(pump=OuterRef("pump")).order_by("-tier")
    named = owner.values("acknowledged_by__name")[:1]
    tries = ContactAttempt.objects.filter(pump=OuterRef("pump")).order_by("-at", "-id")
    return (
        found.select_related("pump__patient__clinician__user")
        .defer("forecast", "scenario")
        .annotate(
            owner=Coalesce(Subquery(named), Value("")),
            visit_is_closed=is_booked_on_closed_day(),
            tried=Subquery(tries.values(told=JSONObject(at="at", outcome="outcome"))[:1]),
            is_leaving=Exists(Departure.objects.open().filter(pump=OuterRef("pump"))),
            bridged=Case(When(scenario__contains=A_BRIDGE, then=F("scenario")), default=None),
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
    projection.pump.patient.clinic = member.clinic
    projection.scenario = projection.bridged or {}  # type: ignore[attr-defined]
    visit_on = projection.visit_on
    is_closed = projection.visit_is_closed  # type: ignore[attr-defined]  # annotated
    known = known_of(projection, visit_is_closed=is_closed)
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
        visit_trouble=_visit_trouble(projection, found, timezone.localdate(now)),
        owner=projection.owner,  # type: ignore[attr-defined]  # annotated
        clinician=_clinician(projection),
        last_contact=_last_contact(projection, now),
        reachable=projection.is_reachable,
        notes=programme_notes(projection, now),
        is_leaving=projection.is_leaving,  # type: ignore[attr-defined]
        next_step=following,
        may_step=member.may(following.step.permission),
        is_stale=_is_stale(projection, now),
    )


def _clinician(projection: Projection) -> str:
    own = projection.pump.patient.clinician
    return own.user.name if own else ""


def _last_contact(projection: Projection, now: datetime) -> str:
    tried = projection.tried  # type: ignore[attr-defined]  # annotated
    if not tried:
        return ""
    outcome = ContactAttempt.Outcome(tried["outcome"]).label.lower()
    return f"{outcome}, {distance(datetime.fromisoformat(tried['at']), now)}"


def _is_stale(projection: Projection, now: datetime) -> bool:
    return projection.computed_at is not None and now - projection.computed_at > A_DAY


def _never_empty(projection: Projection, found: Look) -> str:
    if projection.earliest_empty_at and projection.alarm_at:
        return ""
    return next((finding.sentence for finding in found.findings if finding.kind is Kind.NO_FORECAST), "")


def _visit_trouble(projection: Projection, found: Look, today: date) -> str:
    visit_on = projection.visit_on
    if visit_on is None:
        return "nobody came to the last" if projection.missed_on else ""
    if visit_on < today:
        return "has passed"
    if projection.visit_is_closed:  # type: ignore[attr-defined]  # annotated
        return "the clinic is closed"
    if projection.visit_is_refused:
        return "they cannot come"
    if projection.refill_by and visit_on > projection.refill_by:
        return "after the refill-by date"
    is_unconfirmed = any(finding.sentence == UNCONFIRMED for finding in found.findings)
    return "not confirmed" if is_unconfirmed else ""

"""The sweep: looks at the pumps whose moment has come, and at no others, clinic by clinic.

Rows are taken in short transactions under SKIP LOCKED, so that two workers share the work and neither waits. A row
that raises is pushed an hour on and opens "no forecast" without asking the rules: it is found, and stops nobody.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import chain

import structlog
from django.db import OperationalError, connection, transaction
from django.db.models import Subquery

from alerts import ledger
from alerts.around import Surroundings
from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.reminding import remind
from alerts.rules import LONGEST_WAIT, Finding, Kind, Look, Tier, look
from itb import clock
from itb.outbox.models import Heartbeat
from itb.outbox.services import beat
from itb.walls import ask_across, clinics, inside
from refills.closed_visits import is_booked_on_closed_day
from refills.models import Projection
from refills.projection import NOT_COMPUTED, WHY_UNKNOWN, store_projection

log = structlog.get_logger(__name__)

BATCH = 50
POLICIES = ("refill_policy", "alert_policy", "planning_policy", "escalation_policy", "letter_policy")
ASKED_FOR = ("is_watched", "is_reachable", "visit_on", "visit_is_confirmed", "visit_is_refused", "missed_on")
BROKEN_ROW_WAITS = timedelta(hours=1)
FRESH = timedelta(
    hours=20
)  # each daily look computes anew, so that "computed" never grows a day old on its own
BROKEN = Finding(Kind.NO_FORECAST, Tier.CRITICAL, WHY_UNKNOWN[NOT_COMPUTED])

FURTHEST = Heartbeat.objects.filter(name="clock").values("finished_at")
"""How far the clock has ever come. Where it has gone back, pumps are looked at as of then: red does not turn green."""

LOOK_AGAIN = """
UPDATE refills_projection AS row SET review_at = found.at
FROM unnest(%s::bigint[], %s::timestamptz[]) AS found(pump, at) WHERE row.pump_id = found.pump
"""


def sweep() -> int:
    """Look at every pump that is due; how many were looked at. Leaves a pulse when it has finished.

    A clinic that cannot be looked at keeps no other waiting; but the pulse is missing then, and every page says so.
    """
    ask_across("alerts_hear_of_letters")  # a refused letter makes its pump due
    done = [_try(clinic_id) for clinic_id in clinics("refills_due_clinics")]
    if None not in done:
        beat(name="sweep")
    return sum(each or 0 for each in done)


def _try(clinic_id: int) -> int | None:
    try:
        return _sweep_clinic(clinic_id)
    except OperationalError:
        raise  # the database itself is away, for all of them
    except Exception as error:  # noqa: BLE001  whatever it is, it is this clinic's
        log.warning("sweep.clinic_broken", kind=type(error.__cause__ or error).__name__)
        return None


def _sweep_clinic(clinic_id: int) -> int:
    looked_at = 0
    with inside(clinic_id):
        while found := _batch():
            looked_at += found
            if found < BATCH:  # what has come due since is the next tick's
                break
    return looked_at


@transaction.atomic
def _batch() -> int:
    """Settle what is due, all in one go; where that fails, one by one, so that the row that breaks is found."""
    at = clock.now()
    rows = _due()
    if not rows:
        return 0
    try:
        with transaction.atomic():
            batch = _with_alerts(rows, at)
            with ledger.written() as book:
                moments = {row.pk: _settle(row, alerts, beside, at, book) for row, alerts, beside in batch}
    except Exception as error:  # noqa: BLE001  whatever it was, no other pump must go unseen for it
        log.warning("sweep.batch_broken", kind=type(error).__name__)
        batch = _with_alerts(_due(), at)
        moments = {row.pk: _look_at(row, alerts, beside, at) for row, alerts, beside in batch}
    _look_again(moments)
    remind(rows, at)
    return len(rows)


def _due() -> list[Projection]:
    return list(
        Projection.objects.due()
        .select_for_update(skip_locked=True, of=("self",))
        .select_related(*(f"pump__patient__clinic__{policy}" for policy in POLICIES))
        .annotate(visit_is_closed=is_booked_on_closed_day(), furthest_at=Subquery(FURTHEST))
        .order_by("review_at")[:BATCH]
    )


def _with_alerts(rows: list[Projection], at: datetime) -> list[tuple[Projection, list[Alert], Surroundings]]:
    """Each with its open alerts, and what is known around the pumps of all of them."""
    found = ledger.open_alerts(row.pump_id for row in rows)
    beside = _surroundings(rows, chain.from_iterable(found.values()), at)
    return [(row, found.get(row.pump_id, []), beside) for row in rows]


def _surroundings(rows: list[Projection], alerts: Iterable[Alert], at: datetime) -> Surroundings:
    """Of a batch, which is of one clinic."""
    return Surroundings.of(rows[0].pump.patient.clinic, [row.pump for row in rows], alerts, at)


def _look_again(moments: dict[int, datetime]) -> None:
    """Write down when each row is looked at next: one statement for all of them."""
    with connection.cursor() as cursor:
        cursor.execute(LOOK_AGAIN, [list(moments), list(moments.values())])


def _look_at(row: Projection, alerts: list[Alert], beside: Surroundings, at: datetime) -> datetime:
    """Settle the row's alerts; when to look again."""
    try:
        with transaction.atomic(), ledger.written() as book:
            next_at = _settle(row, alerts, beside, at, book)
    except Exception as error:  # noqa: BLE001  whatever it was, the pump must not go unseen
        # Only the kind is logged: a message may quote a person.
        log.warning("sweep.row_broken", pump=row.pump_id, kind=type(error).__name__)
        return _say_broken(row, at)
    return next_at


def _settle(
    row: Projection, alerts: list[Alert], beside: Surroundings, at: datetime, book: ledger.Book
) -> datetime:
    found = _look(row, beside, at)
    return min([found.next_at, *ledger.settle(row.pump, found.findings, alerts, at, book)])


def _say_broken(row: Projection, at: datetime) -> datetime:
    """Make the row read as unknown everywhere, and open "no forecast"; what else was open stays open."""
    Projection.objects.filter(pk=row.pk).update(danger_at=None, facts_version=None, error=NOT_COMPUTED)
    standing = ledger.open_alerts([row.pump_id])[row.pump_id]
    with ledger.written() as book:
        until = ledger.add(row.pump, [BROKEN], standing, at, book)
    return min([at + BROKEN_ROW_WAITS, *until])


def _look(row: Projection, beside: Surroundings, at: datetime) -> Look:
    if row.pump.explanted_on is not None:
        return Look((), at + LONGEST_WAIT)
    is_closed, furthest_at = row.visit_is_closed, row.furthest_at or at  # type: ignore[attr-defined]  # annotated
    if row.facts_version != row.pump.facts_version or row.computed_at is None or at - row.computed_at > FRESH:
        row = _carry(row, store_projection(row.pump, at))
    found = look(known_of(row, visit_is_closed=is_closed, around=beside.around(row)), max(at, furthest_at))
    return replace(found, next_at=min(found.next_at, at + LONGEST_WAIT))


def _carry(stored: Projection, fresh: Projection) -> Projection:
    """The forecast made anew, with what PostgreSQL has put into the row beside it."""
    for name in ASKED_FOR:
        setattr(fresh, name, getattr(stored, name))
    return fresh

"""A demonstration's clock, which can be moved ahead: see docs/decisions/0004.

There is one clock, PostgreSQL's. In a demonstration's database, and in no other, functions of the same names stand
before PostgreSQL's own and add an offset that is kept in a row; the demonstration's connections find them first
(settings.DATABASES). So nothing else in the product knows of it, and real data cannot be moved in time.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import connection, connections, transaction
from django.db.models import F, Max

from itb.accounts.models import Clinic, SignIn
from itb.outbox.models import Heartbeat
from itb.walls import APPLICATION, inside
from refills.models import Adjustment, Appointment, Correction, Programme, Refill

INSTALL: Final = f"""
CREATE TABLE IF NOT EXISTS demo_clock (ahead interval NOT NULL);
INSERT INTO demo_clock SELECT '0' WHERE NOT EXISTS (SELECT FROM demo_clock);
GRANT SELECT, UPDATE ON demo_clock TO {APPLICATION};
CREATE OR REPLACE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT pg_catalog.clock_timestamp() + ahead FROM public.demo_clock $$;
CREATE OR REPLACE FUNCTION statement_timestamp() RETURNS timestamptz LANGUAGE sql STABLE AS
    $$ SELECT pg_catalog.statement_timestamp() + ahead FROM public.demo_clock $$;
DO $$
DECLARE looks_at_the_clock regprocedure;
BEGIN
    FOR looks_at_the_clock IN SELECT oid FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prosecdef AND prosrc ~ '(clock|statement)_timestamp[(][)]'
    LOOP
        EXECUTE format('ALTER FUNCTION %s SET search_path = public, pg_catalog, pg_temp', looks_at_the_clock);
    END LOOP;
END $$;
"""
READ: Final = """
SELECT clock_timestamp(), round(extract(epoch FROM clock_timestamp() - pg_catalog.clock_timestamp()))::float,
       to_regclass('public.demo_clock') IS NOT NULL
"""
RECORDED: Final = {
    Refill: "recorded_at",
    Programme: "recorded_at",
    Adjustment: "recorded_at",
    Correction: "struck_at",
    Appointment: "booked_at",
}
"""What is written down with an instant that the clock must not fall behind."""


def install() -> None:
    """Put the movable clock in the database's place for it, as the owner. Only ever called of a demonstration."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(INSTALL)


@dataclass(frozen=True, slots=True)
class Reading:
    """The present of this database, and how far it is ahead; `can_move` says whether this clock is one that moves."""

    at: datetime
    ahead: timedelta
    can_move: bool


def read() -> Reading:
    """Look at the clock, be it a movable one or not."""
    with connection.cursor() as cursor:
        cursor.execute(READ)
        at, seconds, can_move = cursor.fetchone()
    return Reading(at, timedelta(seconds=seconds), can_move)


@transaction.atomic
def move(to: timedelta) -> None:
    """Let the clock be ahead by `to`. Who is signed in stays so: their time moves along."""
    step = to - read().ahead
    with connection.cursor() as cursor:
        cursor.execute("UPDATE demo_clock SET ahead = make_interval(secs => %s)", [to.total_seconds()])
    moved: dict[str, Any] = {name: F(name) + step for name in ("began_at", "seen_at", "proved_at")}
    SignIn.objects.filter(ended_at=None).update(**moved)
    Heartbeat.objects.filter(name="clock").update(finished_at=F("finished_at") + step)


def newest_record() -> datetime | None:
    """When something was written down last, in any clinic: behind it the clock does not go back."""
    found = []
    for clinic in Clinic.objects.all():
        with inside(clinic.pk):
            for model, column in RECORDED.items():
                rows: Any = model
                found.append(rows.objects.aggregate(newest=Max(column))["newest"])
    return max(filter(None, found), default=None)

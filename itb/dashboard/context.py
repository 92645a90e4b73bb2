"""What every page shows: the watcher's line, the person's clinics and rights, and whether this is a demonstration."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from alerts.duty import FEWEST
from itb.accounts.access import is_held
from itb.accounts.permissions import TOLD, Permission
from itb.health import LATE_LETTER, STATE, State, engine_of

COUNTED: Final = 1000
"""Past so many the line says "1000+": no page waits until every pump of a large clinic has been counted.

That none of the others is without a forecast row is PostgreSQL's own promise: refills 0070 has a foreign key for it.
"""

# One query for all: it is asked for on every page.
WATCH = f"""
SELECT least(pumps, watched), greatest(pumps - watched, 0), told.*, bounces.*, emergencies.*, bare.*, uncertain.*,
    proved.*, state.* FROM (SELECT
    (SELECT count(*) FROM (
        SELECT FROM patients_pump WHERE clinic_id = %s AND explanted_on IS NULL LIMIT {COUNTED + 1}
    ) AS counted) AS pumps,
    (SELECT count(*) FROM (
        SELECT FROM refills_projection WHERE clinic_id = %s AND is_watched LIMIT {COUNTED + 1}
    ) AS counted) AS watched
) AS counts, (
    SELECT count(*) FROM accounts_membership AS member JOIN accounts_user AS person ON person.id = member.user_id
    WHERE member.clinic_id = %s AND member.ended_at IS NULL AND person.is_active AND member.role = ANY(%s)
      AND NOT EXISTS (SELECT FROM outbox_bounce AS bounce WHERE bounce.recipient_id = member.id
                      AND bounce.confirmed_at IS NULL AND lower(bounce.address) = lower(person.email))
) AS told, (
    SELECT count(*) FROM outbox_bounce AS bounce JOIN accounts_membership AS member ON member.id = bounce.recipient_id
        JOIN accounts_user AS person ON person.id = member.user_id
    WHERE bounce.clinic_id = %s AND bounce.confirmed_at IS NULL AND member.ended_at IS NULL
      AND lower(bounce.address) = lower(person.email)
) AS bounces, (
    SELECT count(*) FROM accounts_emergencyaccess
    WHERE clinic_id = %s AND ended_at IS NULL AND expires_at > clock_timestamp()
) AS emergencies, (
    SELECT count(*) AS bare FROM (
        SELECT FROM refills_projection AS row
        WHERE row.clinic_id = %s AND row.is_watched AND row.danger_at IS NULL
          AND (row.review_at <= clock_timestamp() - interval '1 minute' OR row.review_at > clock_timestamp())
          AND NOT EXISTS (SELECT FROM alerts_alert AS alert
                          WHERE alert.pump_id = row.pump_id AND alert.state <> 'closed')
        LIMIT {COUNTED + 1}
    ) AS found
) AS bare, (
    SELECT count(*) AS uncertain FROM outbox_letter AS letter
    WHERE letter.clinic_id = %s AND letter.state = 'uncertain'
      AND letter.created_at > clock_timestamp() - interval '1 day'
) AS uncertain, (
    SELECT max(at) AS proved_at, bool_and(monitored = evaluated AND evaluated = covered) AS is_whole,
        clock_timestamp() - max(at) > interval '26 hours' AS is_old
    FROM (SELECT * FROM alerts_proof WHERE clinic_id = %s ORDER BY "on" DESC LIMIT 1) AS latest
) AS proved, ({STATE}) AS state
"""  # noqa: S608  both halves are written here and in itb.health


@dataclass(frozen=True, slots=True)
class Watcher:
    """How many pumps are watched, when the sweep last finished, and what is wrong."""

    monitored: int
    unmonitored: int
    checked_at: datetime | None
    problems: list[str]
    emergencies: int
    """How many people who do not belong to the clinic have it open."""
    is_paused: bool
    """Whether letters wait until a person has confirmed that the database is the one to go on with."""
    backup: str
    """What is wrong with the backups; empty where nothing is."""
    proved_at: datetime | None
    """When it was last counted, for the night, that every pump is watched."""
    is_proof_whole: bool
    """Whether that count came out."""
    unreached: int = 0
    """To how many people of the clinic letters come back."""

    @property
    def monitored_text(self) -> str:
        """The count, capped."""
        return f"{COUNTED}+" if self.monitored > COUNTED else str(self.monitored)

    @property
    def ok(self) -> bool:
        """Nothing is wrong."""
        return not self.problems


def every_page(request: HttpRequest) -> dict[str, Any]:
    """Context of every page. A person without a part in a clinic sees no watcher."""
    context: dict[str, Any] = {"demo": settings.DEMO, "mailbox_page": bool(settings.MAILBOX_DIR)}
    context["idle_seconds"] = int(settings.SIGN_IN_IDLE.total_seconds())
    context["now"] = None  # a view puts the present over it; an error page has none
    member = getattr(request, "member", None)
    context["held"] = is_held(request)
    if member and not context["held"]:
        context["watcher"] = _watcher(member.clinic_id)
        context["clinics"] = request.memberships  # type: ignore[attr-defined]
        context["lent"] = [each for each in context["clinics"] if each.emergency]
        context["may"] = {permission.name.lower(): member.may(permission) for permission in Permission}
    return context


def _watcher(clinic_id: int) -> Watcher:
    with connection.cursor() as cursor:
        cursor.execute(WATCH, [*[clinic_id] * 3, TOLD, *[clinic_id] * 5, LATE_LETTER])
        counts, state = (row := cursor.fetchone())[:10], row[10:]
    monitored, unmonitored, told, bounces, emergencies, bare, uncertain, proved_at, is_whole, is_old = counts
    found = engine_of(State(*state))
    problems = list(found.problems)
    if unmonitored:
        problems.append(f"{unmonitored} of the pumps have no forecast row and are not watched.")
    if bare:
        problems.append(f"{bare} of the pumps have neither a forecast nor an open alert.")
    if is_old:
        problems.append("Last night nobody counted whether every pump is watched.")
    if uncertain:
        problems.append(f"Of {uncertain} letters of the last day nobody knows whether they arrived.")
    if told < FEWEST:
        who = "Only one person" if told else "Nobody"
        problems.append(
            f"{who} of this clinic receives letters: give someone the part of nurse or prescriber."
        )
    return Watcher(
        monitored,
        unmonitored + bare,
        found.checked_at,
        problems,
        emergencies,
        is_paused=found.is_paused,
        backup=found.backup,
        proved_at=proved_at,
        is_proof_whole=bool(is_whole),
        unreached=bounces,
    )

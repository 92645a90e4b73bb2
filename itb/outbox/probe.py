"""Whether the mail server answers, asked at the end of each cycle: a blocked way is seen before a letter is late.

A row is claimed first, as a letter is: of workers that come by together one asks, and the others go on.
"""

import smtplib
from typing import Final

import structlog
from django.conf import settings
from django.db import connection

from itb.outbox.delivery import server
from itb.outbox.services import beat

log = structlog.get_logger(__name__)

SINK: Final = "sink"
EVERY_SECONDS: Final = 60
CLAIM: Final = """
INSERT INTO outbox_heartbeat (name, finished_at) VALUES ('probe', clock_timestamp())
ON CONFLICT (name) DO UPDATE SET finished_at = EXCLUDED.finished_at
WHERE outbox_heartbeat.finished_at <= clock_timestamp() - make_interval(secs => %s)
   OR outbox_heartbeat.finished_at > clock_timestamp()
"""


def probe() -> bool:
    """Ask the mail server, once a minute; whether it was asked and answered. Leaves a pulse when it did."""
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, [EVERY_SECONDS / settings.WATCH_SCALE])
        if not cursor.rowcount:
            return False
    try:
        with server() as mail:
            mail.noop()
    except (OSError, smtplib.SMTPException) as error:
        log.warning("smtp.away", kind=type(error).__name__)
        return False
    beat(name=SINK)
    return True

"""The outside watch: an address that hears of the end of each finished cycle, and calls someone when it does not.

Whoever takes such pings will do (healthchecks and its like). Nothing but the fact is sent. It comes last, so that a
watch that is slow or away holds up no letter.
"""

from http.client import HTTPException
from typing import Final
from urllib.request import HTTPRedirectHandler, Request, build_opener

import structlog
from django.conf import settings

from itb import clock
from itb.health import engine
from itb.outbox.services import beat, pulses

log = structlog.get_logger(__name__)

PULSE: Final = "watch"
EVERY_SECONDS: Final = 60
PATIENCE_SECONDS: Final = 3


class _StayHere(HTTPRedirectHandler):
    """The address is the one that was set, and no other that it names."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


def tell_watch() -> bool:
    """Say outside that a whole cycle has finished, once a minute and only if it has; whether that was heard."""
    if not settings.WATCH_URL or not _is_time() or engine().problems:
        return False
    try:
        asked = Request(settings.WATCH_URL, headers={"User-Agent": "itb"})  # noqa: S310  set by whoever deploys
        with build_opener(_StayHere).open(asked, timeout=PATIENCE_SECONDS):
            beat(name=PULSE)
    except (OSError, HTTPException, ValueError) as error:
        log.warning("watch.unheard", kind=type(error).__name__)
        return False
    return True


def _is_time() -> bool:
    last = pulses().get(PULSE)
    return (
        last is None or not 0 <= (clock.now() - last).total_seconds() < EVERY_SECONDS / settings.WATCH_SCALE
    )

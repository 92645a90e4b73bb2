"""Lines of the log about signing in and being refused: who, how, and whether it was right; never what was typed.

Nobody known is person 0. Evidence stands in the trail and in the rows of sign-ins; these lines are for watching.
"""

import structlog

from itb.accounts.models import User

log = structlog.get_logger(__name__)


def right(*, user: User, how: str) -> None:
    """A password, code, passkey or a hospital's word was right."""
    log.info("sign_in.right", person=user.pk, how=how)


def wrong(*, user: User | None, how: str) -> None:
    """It was not."""
    log.warning("sign_in.wrong", person=user.pk if user else 0, how=how)


def too_many(*, user: User | None) -> None:
    """It was not even looked at: there had been too many wrong ones."""
    log.warning("sign_in.too_many", person=user.pk if user else 0)


def refused(*, person: int, route: str, kind: str) -> None:
    """Someone who is signed in asked for a page that their part does not allow."""
    log.warning("door.refused", person=person, route=route, kind=kind)

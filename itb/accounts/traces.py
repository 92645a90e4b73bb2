"""Reading leaves a trace: what a page shows is named by its view, and the door writes that it was shown."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import Final, TypeVar

from django.db import models
from django.http import HttpRequest, HttpResponse

from itb.accounts.models import Membership
from itb.audit.services import record_act

Shown = TypeVar("Shown", bound=models.Model)

SHOWING: Final = (HTTPStatus.OK, HTTPStatus.CONFLICT)
"""Answers that show a page; a redirect, a refusal and a 404 show nothing."""
NOT_OF_A_PATIENT: Final = frozenset(
    {"member_id", "invitation_id", "grant_id", "access_id", "closure_id", "view_id"}
)
"""Parts of an address that number something that is about no patient: seeing it leaves no trace."""


class NobodyNamedError(Exception):
    """A view showed an object by its number and did not say which: nothing is sent that leaves no trace."""


def shown(request: HttpRequest, subject: Shown) -> Shown:
    """Name what the page shows. If the answer does show a page, the door writes that it was seen."""
    request.subject = subject  # type: ignore[attr-defined]
    return subject


def leave_trace(
    request: HttpRequest, member: Membership, response: HttpResponse, numbers: Iterable[str]
) -> None:
    """Write that `member` was shown what the view has named; `numbers` are the address's own.

    Raises NobodyNamedError where the address carries a number and the view named nothing.
    """
    if response.status_code not in SHOWING:
        return
    subject: models.Model | None = getattr(request, "subject", None)
    if subject is not None:
        record_act(
            verb=f"{request.resolver_match.url_name}.seen",  # type: ignore[union-attr]
            subject=subject,
            clinic_id=member.clinic_id,
            by_id=member.user_id,
            at=request.at,  # type: ignore[attr-defined]
        )
    elif set(numbers) - NOT_OF_A_PATIENT:
        raise NobodyNamedError(request.resolver_match)

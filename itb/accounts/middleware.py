"""Which clinic is open: `request.member` is the person's part in it, or None; `request.memberships` are all parts.

Whoever asks for `request.member` opens its clinic in PostgreSQL too, and has the present in `request.at`.
"""

from collections.abc import Callable
from datetime import datetime

from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from itb.accounts.models import EmergencyAccess, Membership
from itb.walls import ask_across, enter, inside

OPEN_CLINIC = "clinic"  # in the session: which clinic a person of several has open
EMERGENCY = "emergency"  # in the session: the emergency access that was opened in it, and ends with it


class MemberRequest(HttpRequest):
    """A request whose person has a part in the open clinic (what a view behind `requires` receives)."""

    at: datetime
    """The present, read once at the door."""
    member: Membership
    memberships: list[Membership]


class MemberMiddleware:
    """Finds the open clinic: the one chosen in this session, else the person's first."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Lazy: a health check or a static file must not cost a query.
        request.memberships = SimpleLazyObject(lambda: _mine(request))  # type: ignore[attr-defined]
        request.member = SimpleLazyObject(lambda: _member(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _mine(request: HttpRequest) -> list[Membership]:
    if not request.user.is_authenticated:
        return []
    related = ("clinic__refill_policy", "clinic__programming_policy", "clinic__alert_policy", "user")
    own = Membership.objects.active().filter(user=request.user).select_related(*related).order_by("pk")
    mine = list(own)
    return mine + _lent(request) if mine else []


def _lent(request: HttpRequest) -> list[Membership]:
    """What an emergency access of this session lends, while it lasts. Without one it costs no query."""
    access_id: int | None = request.session.get(EMERGENCY)
    if access_id is None:
        return []
    assert request.user.is_authenticated
    clinic_id = ask_across("accounts_lent_to", access_id, request.user.pk)
    if clinic_id is None:
        return []
    related = ("clinic__refill_policy", "clinic__programming_policy", "clinic__alert_policy", "opened_by")
    with inside(clinic_id):
        lasting = EmergencyAccess.objects.lasting().filter(pk=access_id)
        return [access.as_member() for access in lasting.select_related(*related)]


def _member(request: HttpRequest) -> Membership | None:
    mine: list[Membership] = request.memberships  # type: ignore[attr-defined]
    if not mine:
        return None
    chosen = request.session.get(OPEN_CLINIC)
    member = next((member for member in mine if member.clinic_id == chosen), mine[0])
    request.at = enter(member.clinic_id, member.user_id)  # type: ignore[attr-defined]
    return member

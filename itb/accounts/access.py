"""The door of every view: signed in, with a part in the open clinic that allows it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from itb.accounts import drafts, journal
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.accounts.presence import Presence, State
from itb.accounts.traces import leave_trace

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[MemberRequest, Arguments], HttpResponse]


def requires(
    permission: Permission, *, step_up: bool = False
) -> Callable[[View[Arguments]], Callable[..., HttpResponse]]:
    """Let a view be reached only by a person whose part in the open clinic has `permission` (403 otherwise).

    With `step_up` they must also have shown who they are (password, passkey or code) within the last five minutes
    (`settings.STEP_UP_WITHIN`); if not, they are asked to and come back. What they had posted waits as a draft, which a
    form takes up that begins with `drafts.initial(request)`: nothing is done until it is posted again.

    Where the clinic demands a second factor, one who has none reaches the pages to set one up and nothing else.

    The permission is kept on the view, where a test that walks the URLconf looks for it, and so is `step_up`.
    What was shown leaves a trace.
    """

    def decorate(view: View[Arguments]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_authenticated:
                drafts.keep(request)
                if "HX-Request" in request.headers:  # htmx would swap the sign-in page into this one
                    return HttpResponse(status=401)
                return redirect_to_login(request.get_full_path())
            member = request.member  # type: ignore[attr-defined]
            if not member or not member.may(permission):
                _write_down(request, permission)
                raise PermissionDenied
            if on_the_way := _first(request, member, step_up=step_up):
                return on_the_way
            with timezone.override(member.clinic.tz):  # what is typed and shown is the clinic's own time
                response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            leave_trace(request, member, response, [name for name in kwargs if name.endswith("_id")])
            return response

        guarded.permission = permission  # type: ignore[attr-defined]
        guarded.step_up = step_up  # type: ignore[attr-defined]
        return guarded

    return decorate


def is_held(request: HttpRequest) -> bool:
    """Whether the person reaches nothing yet: away for too long, or without the second factor that is demanded."""
    member: Membership | None = getattr(request, "member", None)
    presence: Presence | None = getattr(request, "presence", None)
    if not member or not presence:
        return False
    lacks = member.clinic.demands_second_factor and not presence.has_second_factor
    return lacks or presence.state is not State.OPEN


def _first(request: HttpRequest, member: Membership, *, step_up: bool) -> HttpResponse | None:
    """What must be done before this page: set up a second factor, or show again who one is."""
    if is_held(request):
        return _sent_to(request, reverse("mfa_index"))
    if step_up and not request.presence.is_proved:  # type: ignore[attr-defined]
        drafts.keep_of(request, person=member.user_id, clinic=member.clinic_id)
        return _sent_to(request, reverse("account_reauthenticate"))
    return None


def _write_down(request: HttpRequest, permission: Permission) -> None:
    match = request.resolver_match
    journal.refused(
        person=request.user.pk or 0, route=match.view_name if match else "", kind=permission.value
    )


def _sent_to(request: HttpRequest, page: str) -> HttpResponse:
    if "HX-Request" in request.headers:
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path(), page)

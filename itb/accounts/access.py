"""The door of every view: signed in, with a part in the open clinic that allows it."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import leave_trace

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[MemberRequest, Arguments], HttpResponse]


def requires(permission: Permission) -> Callable[[View[Arguments]], Callable[..., HttpResponse]]:
    """Let a view be reached only by a person whose part in the open clinic has `permission` (403 otherwise).

    The permission is kept on the view, where a test that walks the URLconf looks for it. What was shown leaves a trace.
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
                raise PermissionDenied
            with timezone.override(member.clinic.tz):  # what is typed and shown is the clinic's own time
                response = view(request, *args, **kwargs)  # type: ignore[arg-type]
            leave_trace(request, member, response, [name for name in kwargs if name.endswith("_id")])
            return response

        guarded.permission = permission  # type: ignore[attr-defined]
        return guarded

    return decorate

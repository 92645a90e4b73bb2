"""What a person does about one alert: take it, pass it on, let it rest, settle it."""

from collections.abc import Callable
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from alerts import services
from alerts.act_forms import AcknowledgeForm, NoteForm, PassForm, SnoozeForm
from alerts.models import Alert
from alerts.moves import MoveRefusedError
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of

CONFLICT: Final = 409
REFUSED: Final = (services.AlertClosedError, services.NotYoursToResolveError, MoveRefusedError)
"""What was so when the page was opened is not any more."""


@requires(Permission.ACKNOWLEDGE)
def acknowledge(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Take an alert, by name, with a note and the day on which one goes on with it."""
    alert, now = alert_of(request, alert_id), request.at
    until = services.acknowledged_until(alert, now, request.member)
    dates = {"today": timezone.localdate(now), "longest": timezone.localdate(until)}
    form = AcknowledgeForm(drafts.posted(request), alert=alert, initial=drafts.initial(request), **dates)

    def keep(data: dict[str, Any]) -> None:
        said = {"note": data["note"], "next_on": data["next_on"]}
        services.acknowledge_alert(alert=alert, **said, by=request.member, at=now)

    return _act(request, alert, form, "acknowledge", keep, until=until, words="Acknowledged in your name.")


@requires(Permission.ACKNOWLEDGE)
def snooze(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Let an alert rest until a moment that the drug allows."""
    alert, now = alert_of(request, alert_id), request.at
    latest = services.snoozable_until(alert, now)
    form = SnoozeForm(
        drafts.posted(request), alert=alert, now=now, latest=latest, initial=drafts.initial(request)
    )

    def keep(data: dict[str, Any]) -> None:
        said = {"until": data["until"], "note": data["note"]}
        services.snooze_alert(alert=alert, **said, by=request.member, at=now)

    return _act(request, alert, form, "snooze", keep, latest=latest, words="It rests, in your name.")


@requires(Permission.ACKNOWLEDGE)
def pass_on(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Pass an alert that somebody has to a colleague, who is told at once."""
    alert, now = alert_of(request, alert_id), request.at
    form = PassForm(
        drafts.posted(request), alert=alert, member=request.member, at=now, initial=drafts.initial(request)
    )

    def keep(data: dict[str, Any]) -> None:
        services.pass_alert(alert=alert, to=data["to"], note=data["note"], by=request.member, at=now)

    return _act(request, alert, form, "pass_on", keep, words="Passed on. Your colleague is told.")


@requires(Permission.ACKNOWLEDGE)
def resolve(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Settle what one fact raised."""
    alert = alert_of(request, alert_id)
    form = NoteForm(drafts.posted(request), alert=alert, initial=drafts.initial(request))

    def keep(data: dict[str, Any]) -> None:
        services.resolve_alert(alert=alert, note=data["note"], by=request.member, at=request.at)

    return _act(request, alert, form, "resolve", keep, words="Settled.")


def alert_of(request: MemberRequest, alert_id: int) -> Alert:
    """An alert of the open clinic; 404 for every other."""
    found = Alert.objects.visible_to(request.member).select_related("pump__patient", "acknowledged_by")
    return shown(request, get_object_or_404(found, pk=alert_id))


def _act(  # noqa: PLR0913  one form, and what becomes of it
    request: MemberRequest,
    alert: Alert,
    form: NoteForm,
    verb: str,
    keep: Callable[[dict[str, Any]], None],
    *,
    words: str,
    **more: Any,
) -> HttpResponse:
    """Keep what is right; where someone was quicker, the page says so and keeps what was typed."""
    if form.is_bound and form.is_valid():
        if _is_posted_again(form, alert, request):
            return _done(request, words)
        if alert.state != Alert.State.CLOSED:
            if form.moved:
                form.look_again()
                return _page(request, verb, form, alert, is_moved=True, **more)
            try:
                keep(form.cleaned_data)
            except services.TooLongError:
                form.add_error("until", "The drug in the pump does not allow so long any more.")
            except REFUSED:
                alert.refresh_from_db()
            else:
                return _done(request, words)
    return _page(request, verb, form, alert, **more)


def _is_posted_again(form: NoteForm, alert: Alert, request: MemberRequest) -> bool:
    """Whether this very note was kept since the page was opened, for the same person: the same press, twice."""
    to = form.cleaned_data.get("to")
    has_it = alert.acknowledged_by_id == (to or request.member).user_id
    is_settled = bool(alert.resolved_occasion)
    return form.moved and (has_it or is_settled) and alert.note == form.cleaned_data["note"]


def _done(request: MemberRequest, words: str) -> HttpResponse:
    messages.info(request, words)
    return redirect("alerts:list")


def _page(
    request: MemberRequest, verb: str, form: NoteForm, alert: Alert, *, is_moved: bool = False, **more: Any
) -> HttpResponse:
    """The alert with its form; where it cannot be done any more, the page says why and keeps what was typed."""
    is_closed = alert.state == Alert.State.CLOSED
    context = {
        "form": form,
        "alert": alert,
        "is_closed": is_closed,
        "is_moved": is_moved,
        "pump": alert.pump,
        "patient": alert.pump.patient,
        "model": name_of(alert.pump),
        "now": request.at,
        **more,
    }
    too_late = form.is_bound and (is_closed or is_moved)
    return render(request, f"alerts/{verb}.html", context, status=CONFLICT if too_late else 200)

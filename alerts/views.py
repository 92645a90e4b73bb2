"""The list of open alerts, what a person can do about one, the clinic's reminder steps, and the views it keeps."""

from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from alerts import services
from alerts.forms import NoteForm, StepsForm
from alerts.models import Alert, SavedView
from alerts.paging import after, key_of
from alerts.section import STEPS
from alerts.view_form import ViewForm
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of
from refills.policy_views import change_section

PAGE = 50
CONFLICT = 409


@requires(Permission.VIEW)
def list_open(request: MemberRequest) -> HttpResponse:
    """Open alerts, the most urgent and then the oldest first; `after` is the key of the last one seen."""
    alerts = (
        Alert.objects.visible_to(request.member).open().select_related("pump__patient", "acknowledged_by")
    )
    only = "unacknowledged" if request.GET.get("state") == "unacknowledged" else ""
    if only:
        alerts = alerts.filter(state=Alert.State.OPEN)
    begin = request.GET.get("after", "")
    rows = list(after(alerts, begin)[: PAGE + 1])
    context = {
        "alerts": rows[:PAGE],
        "next": key_of(rows[PAGE - 1]) if len(rows) > PAGE else "",
        "is_first": not begin,
        "only": only,
        "may_act": request.member.may(Permission.ACKNOWLEDGE),
        "now": request.at,
    }
    return render(request, "alerts/list.html", context)


@requires(Permission.ACKNOWLEDGE)
def acknowledge(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Take an alert, by name and with a note."""
    alert, now = _alert(request, alert_id), request.at
    form = _form(request, alert)
    if form.is_bound and form.is_valid() and alert.state != Alert.State.CLOSED:
        if _is_posted_again(form, alert, request):
            return _done(request, "Acknowledged in your name.")
        if form.moved:
            form.look_again()
            return _page(request, "acknowledge", form, alert, is_moved=True)
        try:
            services.acknowledge_alert(alert=alert, note=form.cleaned_data["note"], by=request.member, at=now)
        except services.AlertClosedError:
            alert.refresh_from_db()
        else:
            return _done(request, "Acknowledged in your name.")
    until = services.acknowledged_until(alert, now)
    return _page(request, "acknowledge", form, alert, until=until)


@requires(Permission.ACKNOWLEDGE)
def resolve(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Settle what one fact raised."""
    alert, now = _alert(request, alert_id), request.at
    form = _form(request, alert)
    if (
        form.is_bound
        and form.is_valid()
        and alert.resolved_occasion
        and alert.note == form.cleaned_data["note"]
    ):
        return _done(request, "Settled.")  # the same press, twice
    if form.is_bound and form.is_valid() and alert.state != Alert.State.CLOSED:
        if form.moved:
            form.look_again()
            return _page(request, "resolve", form, alert, is_moved=True)
        try:
            services.resolve_alert(alert=alert, note=form.cleaned_data["note"], by=request.member, at=now)
        except (services.AlertClosedError, services.NotYoursToResolveError):
            alert.refresh_from_db()
        else:
            return _done(request, "Settled.")
    return _page(request, "resolve", form, alert)


@requires(Permission.POLICY)
def policy(request: MemberRequest) -> HttpResponse:
    """Set the clinic's reminder steps."""
    return change_section(request, STEPS, StepsForm)


@requires(Permission.ACKNOWLEDGE)
def keep_view(request: MemberRequest) -> HttpResponse:
    """Give a name to a part of the worklist: all of the clinic see it there."""
    begun = {**drafts.initial(request), "query": request.GET.get("query", "")}
    form = ViewForm(drafts.posted(request), initial=begun)
    if form.is_bound and form.is_valid():
        name, query = form.cleaned_data["name"], form.cleaned_data["query"]
        try:
            services.keep_view(name=name, query=query, by=request.member, at=request.at)
        except IntegrityError:
            form.add_error("name", "The clinic has another view of this name: choose another one.")
        else:
            messages.info(request, f"Kept as “{name}”.")
            return redirect(f"{reverse('dashboard:worklist')}?{query}")
    return render(request, "alerts/keep_view.html", {"form": form, "now": request.at})


@require_POST
@requires(Permission.ACKNOWLEDGE)
def drop_view(request: MemberRequest, view_id: int) -> HttpResponse:
    """Take a kept view from the list of all."""
    view = get_object_or_404(SavedView.objects.visible_to(request.member), pk=view_id)
    services.drop_view(view=view, by=request.member, at=request.at)
    messages.info(request, f"“{view}” is dropped.")
    return redirect("dashboard:filter")


def _alert(request: MemberRequest, alert_id: int) -> Alert:
    found = Alert.objects.visible_to(request.member).select_related("pump__patient", "acknowledged_by")
    return shown(request, get_object_or_404(found, pk=alert_id))


def _form(request: MemberRequest, alert: Alert) -> NoteForm:
    return NoteForm(drafts.posted(request), alert=alert, initial=drafts.initial(request))


def _is_posted_again(form: NoteForm, alert: Alert, request: MemberRequest) -> bool:
    """Whether this person has kept this very note since the page was opened: the same press, twice."""
    mine = alert.acknowledged_by_id == request.member.user_id
    return form.moved and mine and alert.note == form.cleaned_data["note"]


def _done(request: MemberRequest, words: str) -> HttpResponse:
    messages.info(request, words)
    return redirect("alerts:list")


def _page(request: MemberRequest, verb: str, form: NoteForm, alert: Alert, **more: Any) -> HttpResponse:
    """The alert with its form; where it cannot be done any more, the page says why and keeps what was typed."""
    is_closed = alert.state == Alert.State.CLOSED
    if verb == "acknowledge" and "until" not in more:
        more["until"] = services.acknowledged_until(alert, request.at)
    context = {
        "form": form,
        "alert": alert,
        "is_closed": is_closed,
        "pump": alert.pump,
        "patient": alert.pump.patient,
        "model": name_of(alert.pump),
        "now": request.at,
        **more,
    }
    too_late = form.is_bound and (is_closed or more.get("is_moved"))
    return render(request, f"alerts/{verb}.html", context, status=CONFLICT if too_late else 200)

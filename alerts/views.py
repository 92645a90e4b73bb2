"""The list of open alerts, the clinic's reminder steps and timers, and the views it keeps."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from alerts import services
from alerts.act_views import alert_of
from alerts.escalation_form import EscalationForm
from alerts.escalation_section import ESCALATION
from alerts.forms import StepsForm
from alerts.life import ahead_of, is_at_its_end, life_of, named
from alerts.models import Alert, SavedView
from alerts.paging import after, key_of
from alerts.section import STEPS
from alerts.view_form import ViewForm
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from patients.catalogue import name_of
from refills.policy_views import change_section

PAGE = 50


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
    for alert in rows:
        alert.pump.patient.clinic = request.member.clinic
        alert.ahead = ahead_of(alert, request.at)  # type: ignore[attr-defined]  # for its row of the page
    context = {
        "alerts": rows[:PAGE],
        "next": key_of(rows[PAGE - 1]) if len(rows) > PAGE else "",
        "is_first": not begin,
        "only": only,
        "may_act": request.member.may(Permission.ACKNOWLEDGE),
        "now": request.at,
    }
    return render(request, "alerts/list.html", context)


@requires(Permission.VIEW)
def show(request: MemberRequest, alert_id: int) -> HttpResponse:
    """One alert: how it stands, what comes next and who would be told, and its life so far."""
    alert = alert_of(request, alert_id)
    alert.pump.patient.clinic = request.member.clinic
    people = Membership.objects.visible_to(request.member).active().select_related("user")
    context = {
        "alert": alert,
        "is_closed": alert.state == Alert.State.CLOSED,
        "ahead": ahead_of(alert, request.at),
        "named": named(alert, request.at),
        "life": life_of(alert),
        "can_rest": services.snoozable_until(alert, request.at) is not None,
        "is_at_its_end": is_at_its_end(alert, request.at),
        "phones": people.order_by("user__name", "pk"),
        "pump": alert.pump,
        "patient": alert.pump.patient,
        "model": name_of(alert.pump),
        "now": request.at,
    }
    return render(request, "alerts/show.html", context)


@requires(Permission.POLICY)
def policy(request: MemberRequest) -> HttpResponse:
    """Set the clinic's reminder steps."""
    return change_section(request, STEPS, StepsForm)


@requires(Permission.POLICY)
def escalation(request: MemberRequest) -> HttpResponse:
    """Set when more people are told, and which letters wait for the morning."""
    return change_section(request, ESCALATION, EscalationForm)


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

"""The list of open alerts, and what a person can do about one."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from alerts import services
from alerts.forms import NoteForm
from alerts.models import Alert
from alerts.paging import after, key_of
from itb import clock
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission

PAGE = 50
GONE = "This alert was closed while you were writing."


@requires(Permission.VIEW)
def list_open(request: MemberRequest) -> HttpResponse:
    """Open alerts, the most urgent and then the oldest first; `after` is the key of the last one seen."""
    alerts = Alert.objects.visible_to(request.member).open().select_related("pump__patient", "acknowledged_by")
    if request.GET.get("state") == "unacknowledged":
        alerts = alerts.filter(state=Alert.State.OPEN)
    rows = list(after(alerts, request.GET.get("after", ""))[: PAGE + 1])
    context = {"alerts": rows[:PAGE], "next": key_of(rows[PAGE - 1]) if len(rows) > PAGE else "", "now": clock.now()}
    return render(request, "alerts/list.html", context)


@requires(Permission.ACKNOWLEDGE)
def acknowledge(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Take an alert, by name and with a note."""
    alert = _alert(request, alert_id)
    form = _form(request)
    now = clock.now()
    if form.is_bound and form.is_valid():
        try:
            services.acknowledge_alert(alert=alert, note=form.cleaned_data["note"], by=request.member, at=now)
        except services.AlertClosedError:
            messages.warning(request, GONE)
        else:
            messages.info(request, "Acknowledged in your name.")
        return redirect("alerts:list")
    until = services.acknowledged_until(alert, now)
    return render(request, "alerts/acknowledge.html", {"form": form, "alert": alert, "now": now, "until": until})


@requires(Permission.ACKNOWLEDGE)
def resolve(request: MemberRequest, alert_id: int) -> HttpResponse:
    """Settle what one fact raised."""
    alert = _alert(request, alert_id)
    form = _form(request)
    if form.is_bound and form.is_valid():
        try:
            services.resolve_alert(alert=alert, note=form.cleaned_data["note"], by=request.member, at=clock.now())
        except services.AlertClosedError:
            messages.warning(request, GONE)
        except services.NotYoursToResolveError:
            messages.warning(request, "Only a refill, a programme or a visit ends this alert.")
        else:
            messages.info(request, "Settled.")
        return redirect("alerts:list")
    return render(request, "alerts/resolve.html", {"form": form, "alert": alert, "now": clock.now()})


def _alert(request: MemberRequest, alert_id: int) -> Alert:
    found = Alert.objects.visible_to(request.member).select_related("pump__patient", "acknowledged_by")
    return get_object_or_404(found, pk=alert_id)


def _form(request: MemberRequest) -> NoteForm:
    initial = {"opened_by": drafts.opened_by(request), **drafts.take(request)}
    return NoteForm(request.POST or None, initial=initial)

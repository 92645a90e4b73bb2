"""Leaving monitoring: asked on one page, confirmed or declined by a second person on another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients import departures
from patients.leave_form import LeaveForm
from patients.models import Departure, Pump
from patients.pages import identity_of

GONE = "This was decided a moment ago, or the pump is not watched any more."
NOT_YOU = "You asked for this yourself: a second person confirms it."


@requires(Permission.REGISTER)
def leave(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Ask that a pump leaves monitoring, with a reason."""
    found = Pump.objects.visible_to(request.member).active().select_related("patient")
    pump = shown(request, get_object_or_404(found, pk=pump_id))
    form = LeaveForm(
        drafts.posted(request),
        pump=pump,
        today=timezone.localdate(request.at),
        initial=drafts.initial(request),
    )
    standing = pump.departures.open().select_related("asked_by").first()
    if form.is_bound and form.is_valid():
        return _ask(request, pump, form)
    context = {**identity_of(pump.patient), "form": form, "standing": standing, "now": request.at}
    return render(request, "patients/leave.html", context)


def _ask(request: MemberRequest, pump: Pump, form: LeaveForm) -> HttpResponse:
    try:
        departure = departures.ask_to_leave(
            pump=pump, leaving=form.leaving(), by=request.member, at=request.at
        )
    except departures.DepartureClosedError:
        messages.warning(request, GONE)
    else:
        messages.info(request, f"Asked. The pump is watched as before. {_who_confirms(departure)}")
    return redirect("dashboard:chart", patient_id=pump.patient_id)


@requires(Permission.REGISTER, step_up=True)
def decide(request: MemberRequest, departure_id: int) -> HttpResponse:
    """Confirm that a pump leaves monitoring, decline it, or take one's own word back."""
    found = Departure.objects.visible_to(request.member)
    departure = get_object_or_404(
        found.select_related("pump__patient", "asked_by", "closed_by"), pk=departure_id
    )
    shown(request, departure)
    if request.method == "POST":
        try:
            messages.info(request, _decided(request, departure))
        except departures.DepartureClosedError:
            messages.warning(request, GONE)
        except departures.NotTheSecondError:
            messages.warning(request, NOT_YOU)
        return redirect("dashboard:chart", patient_id=departure.patient_id)
    context = {
        **identity_of(departure.pump.patient),
        "departure": departure,
        "may_confirm": _may_confirm(departure, request),
        "now": request.at,
    }
    return render(request, "patients/decide.html", context)


def _decided(request: MemberRequest, departure: Departure) -> str:
    if request.POST.get("action") == "confirm" and request.member.may(Permission.LET_GO):
        departures.confirm_departure(departure=departure, by=request.member, at=request.at)
        return "Confirmed. Nothing is watched here any more; the records stay."
    departures.decline_departure(departure=departure, by=request.member, at=request.at)
    return "Declined. The pump is watched as before."


def _may_confirm(departure: Departure, request: MemberRequest) -> bool:
    return departures.second_persons(departure).filter(pk=request.member.pk).exists()


def _who_confirms(departure: Departure) -> str:
    people = departures.second_persons(departure).select_related("user").order_by("user__name", "pk")
    names = ", ".join(str(member.user) for member in people)
    return f"One of these confirms it: {names}." if names else "Nobody else here can confirm it yet."

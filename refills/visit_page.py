"""What every page about one patient's visits shows."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone

from itb.accounts.middleware import MemberRequest
from itb.accounts.traces import shown
from patients.catalogue import name_of
from patients.models import Pump
from refills.models import Appointment
from refills.plans import plan_of


def pump_of(request: MemberRequest, pump_id: int) -> Pump:
    """The active pump, named as what the page shows."""
    pumps = Pump.objects.visible_to(request.member).active()
    related = ("patient__clinic__refill_policy", "patient__clinic__planning_policy", "projection")
    return shown(request, get_object_or_404(pumps.select_related(*related), pk=pump_id))


def booked_visit(pump: Pump) -> Appointment | None:
    """The one that is booked, if any."""
    return (
        pump.appointments.filter(state=Appointment.State.BOOKED)
        .select_related("clinician", "booked_by")
        .first()
    )


def visit_page(pump: Pump, request: MemberRequest) -> dict[str, Any]:
    """Whose page this is, by when the visit must be, and the one that is booked."""
    now, booked = request.at, booked_visit(pump)
    return {
        "pump": pump,
        "patient": pump.patient,
        "model": name_of(pump),
        "plan": plan_of(pump, pump.projection.refill_by, now),
        "booked": booked,
        "has_come": bool(booked and booked.on <= timezone.localdate(now)),
        "now": now,
    }

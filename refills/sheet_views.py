"""What was kept of a refill's visit, as the sheet that goes with the patient."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of
from refills.catalogue import product_of
from refills.models import Appointment, Interrogation, Refill
from refills.standing import last_told


@requires(Permission.VIEW)
def sheet(request: MemberRequest, refill_id: int) -> HttpResponse:
    """The visit sheet: what stands on the screen is what the printer prints."""
    refill = shown(request, _refill(request, refill_id))
    pump, procedure = refill.pump, getattr(refill, "procedure", None)
    shown_by = {each.moment: each for each in refill.interrogations.all()}
    context = {
        "refill": refill,
        "pump": pump,
        "patient": pump.patient,
        "model": name_of(pump),
        "product": product_of(refill),
        "procedure": procedure,
        "before": shown_by.get(Interrogation.Moment.BEFORE),
        "after": shown_by.get(Interrogation.Moment.AFTER),
        "steps": refill.steps.select_related("ticked_by").order_by("id"),
        "followup": getattr(refill, "followup", None),
        "programme": last_told(pump, at__lte=refill.recorded_at),
        "is_last": not pump.refills.standing().filter(at__gt=refill.at).exists(),
        "projection": pump.projection,
        "visit": pump.appointments.filter(state=Appointment.State.BOOKED).first(),
        "now": request.at,
    }
    return render(request, "refills/sheet.html", context)


def _refill(request: MemberRequest, refill_id: int) -> Refill:
    related = (
        "pump__patient__clinic",
        "pump__projection",
        "recorded_by",
        "procedure__checker",
        "procedure__witness",
    )
    found = Refill.objects.visible_to(request.member).select_related(
        *related, "followup__owner", "followup__closed_by"
    )
    return get_object_or_404(found, pk=refill_id)

"""Pages about the reservoir: record a refill, start a programme, book a visit."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from itb import clock
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients.models import Pump
from refills import services
from refills.forms import FactForm, ProgrammeForm, RefillForm, VisitForm
from refills.models import Appointment
from refills.outlook import expected_ml

CONFLICT = 409
MOVED = "Someone has recorded something about this pump since you opened this page. Look at it again, then keep it."


@requires(Permission.RECORD)
def record(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Record a refill: typed, seen beside what was expected, kept."""
    pump, now = _pump(request, pump_id), clock.now()
    form = RefillForm(**_arguments(request, pump, now))
    status = 200
    if form.is_bound and form.is_valid() and request.POST.get("seen") == form.fingerprint():
        try:
            services.record_refill(
                refill=form.refill(),
                next_visit_on=form.cleaned_data["next_visit_on"],
                posted=form.posted,
                by=request.member,
                at=now,
            )
        except services.FactsMovedError:
            form, status = _moved(form, pump), CONFLICT
        else:
            messages.info(request, "Refill kept.")
            return redirect("dashboard:chart", patient_id=pump.patient_id)
    context = {"form": form, "pump": pump, "now": now, "expected_ml": expected_ml(pump, now)}
    return render(request, "refills/record.html", context, status=status)


@requires(Permission.START)
def start(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Start a programme: typed, seen beside the old one, kept."""
    pump, now = _pump(request, pump_id), clock.now()
    form = ProgrammeForm(**_arguments(request, pump, now))
    status = 200
    if form.is_bound and form.is_valid() and request.POST.get("seen") == form.fingerprint():
        try:
            services.start_programme(programme=form.programme(), posted=form.posted, by=request.member, at=now)
        except services.FactsMovedError:
            form, status = _moved(form, pump), CONFLICT
        else:
            messages.info(request, "Programme kept.")
            return redirect("dashboard:chart", patient_id=pump.patient_id)
    old = pump.programmes.order_by("-at").first()
    context = {"form": form, "pump": pump, "now": now, "old": old}
    return render(request, "refills/start.html", context, status=status)


@requires(Permission.BOOK)
def book(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Book the next visit."""
    pump, now = _pump(request, pump_id), clock.now()
    latest = pump.projection.refill_by
    form = VisitForm(request.POST or None, now=now, latest=latest, initial={"on": latest, **drafts.take(request)})
    if form.is_bound and form.is_valid():
        services.book_visit(pump=pump, on=form.cleaned_data["on"], by=request.member, at=now)
        messages.info(request, "Visit booked.")
        return redirect("dashboard:chart", patient_id=pump.patient_id)
    booked = pump.appointments.filter(state=Appointment.State.BOOKED).first()
    context = {"form": form, "pump": pump, "now": now, "latest": latest, "booked": booked}
    return render(request, "refills/book.html", context)


@require_POST
@requires(Permission.BOOK)
def miss(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Say that the patient did not come to the booked visit."""
    pump = _pump(request, pump_id)
    services.close_visit(pump=pump, state=Appointment.State.MISSED, by=request.member, at=clock.now())
    messages.info(request, "Kept: did not attend.")
    return redirect("dashboard:chart", patient_id=pump.patient_id)


def _pump(request: MemberRequest, pump_id: int) -> Pump:
    pumps = Pump.objects.visible_to(request.member).active()
    related = ("patient__clinic__refill_policy", "projection")
    return get_object_or_404(pumps.select_related(*related), pk=pump_id)


def _arguments(request: MemberRequest, pump: Pump, now: datetime) -> dict[str, Any]:
    return {
        "data": request.POST or None,
        "pump": pump,
        "now": now,
        "opened_by": drafts.opened_by(request),
        "initial": drafts.take(request),
    }


def _moved(form: FactForm, pump: Pump) -> Any:
    """The same form with what was typed, over the facts as they are now, and a sentence on top."""
    pump.refresh_from_db(fields=["facts_version"])
    typed = form.data.copy()
    typed["facts_version"] = str(pump.facts_version)
    again = type(form)(typed, pump=pump, now=form.now, opened_by=typed.get("opened_by", ""))
    again.full_clean()
    again.add_error(None, MOVED)
    return again

"""Pages about one patient's visits: what is planned and was, booking, how one ended, and tries to reach them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills import services
from refills.contact_form import ContactForm
from refills.contacts import NobodyTakesItError, record_contact, unreached
from refills.models import Appointment, ContactAttempt
from refills.plans import Plan
from refills.visit_form import EndForm, VisitForm
from refills.visit_page import booked_visit, pump_of, visit_page

NEWEST = 100  # of visits, and of tries to reach the patient, on the page


@require_safe
@requires(Permission.VIEW)
def visits(request: MemberRequest, pump_id: int) -> HttpResponse:
    """All about a patient's visits: by when, which is booked, who was called, and how the earlier ones ended."""
    pump = pump_of(request, pump_id)
    people = ("booked_by", "closed_by", "clinician")
    tries = ContactAttempt.objects.filter(pump__patient=pump.patient_id)
    context = {
        **visit_page(pump, request),
        "visits": pump.appointments.select_related(*people).order_by("-on", "-id")[:NEWEST],
        "attempts": tries.select_related("recorded_by", "handed_to").order_by("-at", "-id")[:NEWEST],
        "unreached": unreached(pump),
    }
    return render(request, "refills/visits.html", context)


@requires(Permission.BOOK)
def book(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Book the next visit, or move the one that is booked."""
    pump, now = pump_of(request, pump_id), request.at
    page = visit_page(pump, request)
    form = VisitForm(
        drafts.posted(request),
        now=now,
        plan=page["plan"],
        member=request.member,
        initial={**_proposed(page["plan"], page["booked"]), **drafts.initial(request)},
    )
    if form.is_bound and form.is_valid():
        agreed = {"on": form.cleaned_data["on"], "is_agreed": form.cleaned_data["is_agreed"]}
        try:
            services.book_visit(pump=pump, **agreed, details=form.details(), by=request.member, at=now)
        except services.TooLateError:  # the forecast moved a moment ago
            form.add_error("on", "The latest safe day has moved meanwhile: look at it again.")
        else:
            messages.info(request, "Visit booked.")
            return redirect("dashboard:chart", patient_id=pump.patient_id)
    return render(request, "refills/book.html", {**page, "form": form})


@requires(Permission.BOOK)
def miss(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Say that the patient did not come to the booked visit."""
    pump, now = pump_of(request, pump_id), request.at
    booked = booked_visit(pump)
    if request.method != "POST":
        messages.info(request, "Nothing was kept. Say it once more.")  # back from signing in again
    elif booked is None:
        messages.warning(request, "No visit is booked any more.")
    elif booked.on > timezone.localdate(now):
        messages.warning(request, "The day of this visit has not come yet.")
    else:
        services.close_visit(pump=pump, state=Appointment.State.MISSED, by=request.member, at=now)
        messages.info(request, "Kept: did not attend. Book another day, or note whom you called.")
    return redirect("dashboard:chart", patient_id=pump.patient_id)


@requires(Permission.BOOK)
def confirm(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Say that they will come to the booked visit."""
    pump = pump_of(request, pump_id)
    booked = booked_visit(pump)
    if request.method != "POST":
        messages.info(request, "Nothing was kept. Say it once more.")  # back from signing in again
    elif booked and services.confirm_visit(visit=booked, by=request.member, at=request.at):
        messages.info(request, "Kept: the visit is confirmed.")
    else:
        messages.warning(request, "No visit is booked any more.")
    return redirect("dashboard:chart", patient_id=pump.patient_id)


@requires(Permission.BOOK)
def end(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Say how the booked visit ended where no refill came of it: not refilled, not attended, cancelled."""
    pump, now = pump_of(request, pump_id), request.at
    page = visit_page(pump, request)
    booked: Appointment | None = page["booked"]
    if booked is None:
        messages.warning(request, "No visit is booked any more.")
        return redirect("refills:visits", pump_id=pump.pk)
    form = EndForm(drafts.posted(request), visit=booked, now=now, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("reason", "next_step")}
        state = Appointment.State(form.cleaned_data["state"])
        services.close_visit(pump=pump, state=state, **said, by=request.member, at=now)
        messages.info(request, f"Kept: {state.label.lower()}. No visit is booked now.")
        return redirect("refills:visits", pump_id=pump.pk)
    return render(request, "refills/end.html", {**page, "form": form})


@requires(Permission.BOOK)
def contact(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Note a try to reach the patient: whom, how, what came of it, what comes next."""
    pump, now = pump_of(request, pump_id), request.at
    page = visit_page(pump, request)
    form = ContactForm(
        drafts.posted(request),
        pump=pump,
        plan=page["plan"],
        member=request.member,
        now=now,
        initial=drafts.initial(request),
    )
    if form.is_bound and form.is_valid():
        key = form.cleaned_data["key"]
        try:
            record_contact(attempt=form.attempt(), key=key, by=request.member, at=now)
        except NobodyTakesItError:  # someone else has tried a moment ago
            form.add_error("handed_to", "Name the clinician whose this is now: others have tried too.")
        else:
            messages.info(request, "Kept. Nothing leaves a list by it until a visit is booked.")
            return redirect("refills:visits", pump_id=pump.pk)
    return render(request, "refills/contact.html", {**page, "form": form})


def _proposed(plan: Plan, booked: Appointment | None) -> dict[str, Any]:
    """What the form begins with: the booked visit as it is, else the latest safe day."""
    if booked:
        return {
            "on": booked.on,
            "time": booked.time,
            "place": booked.place,
            "clinician": booked.clinician_id or "",
            "late_reason": booked.late_reason,
        }
    at_home = plan.travel_days is not None
    return {
        "on": plan.bookable_on,
        "place": Appointment.Place.HOME if at_home else Appointment.Place.CLINIC,
    }

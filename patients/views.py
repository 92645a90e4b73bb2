"""Pages about people and implants."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from itb import clock
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients import services
from patients.forms import RegisterForm


@requires(Permission.REGISTER)
def register(request: MemberRequest) -> HttpResponse:
    """Register a patient with pump and contact, whole or not at all."""
    now = clock.now()
    form = RegisterForm(
        request.POST or None,
        member=request.member,
        today=timezone.localdate(now),
        initial={"opened_by": drafts.opened_by(request), **drafts.take(request)},
    )
    if form.is_bound and form.is_valid():
        pump = services.register_patient(
            patient=form.save(commit=False),
            contact=form.contact(),
            implant=form.implant(),
            by=request.member,
            at=now,
        )
        messages.info(request, "Patient registered. Next: the programme, and the first fill.")
        return redirect("dashboard:chart", patient_id=pump.patient_id)
    return render(request, "patients/register.html", {"form": form, "now": now})

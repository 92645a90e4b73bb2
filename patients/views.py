"""Pages about people and implants."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from itb import clock
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients import services
from patients.forms import RegisterForm, unconfirmed
from patients.model_form import ModelForm
from patients.models import OwnModel


@requires(Permission.REGISTER)
def register(request: MemberRequest) -> HttpResponse:
    """Register a patient with pump and contact, whole or not at all."""
    now = clock.now()
    form = RegisterForm(
        request.POST if request.method == "POST" else None,
        member=request.member,
        today=timezone.localdate(now),
        initial={"opened_by": drafts.opened_by(request), **drafts.take(request)},
    )
    is_glance = "HX-Request" in request.headers  # htmx only asks for the model's figures
    if form.is_bound and form.is_valid() and not is_glance:
        try:
            pump = services.register_patient(
                patient=form.save(commit=False),
                contact=form.contact(),
                implant=form.implant(),
                by=request.member,
                at=now,
            )
        except IntegrityError as error:
            form.refuse(error)
        else:
            messages.info(request, "Patient registered. Next: the programme, and the first fill.")
            return redirect("dashboard:chart", patient_id=pump.patient_id)
    context = {"form": form, "now": now, "unconfirmed": unconfirmed()}
    return render(request, "patients/register.html", context)


@requires(Permission.POLICY)
def add_model(request: MemberRequest) -> HttpResponse:
    """Add a pump model of the clinic's own; with `?key=` the next version of one that is there."""
    now, key = clock.now(), request.GET.get("key")
    newest = OwnModel.objects.visible_to(request.member).newest()
    entry = get_object_or_404(newest, key=key.replace("\0", "")) if key is not None else None
    form = ModelForm(
        request.POST if request.method == "POST" else None,
        clinic=request.member.clinic,
        entry=entry,
        initial={"opened_by": drafts.opened_by(request), **drafts.take(request)},
    )
    if form.is_bound and form.is_valid():
        try:
            model = services.add_model(model=form.to_keep(), by=request.member, at=now)
        except IntegrityError as error:
            form.refuse(error)
        else:
            messages.info(request, f"Kept: {model}, version {model.version}.")
            return redirect("dashboard:catalogue")
    return render(request, "patients/add_model.html", {"form": form, "entry": entry, "now": now})

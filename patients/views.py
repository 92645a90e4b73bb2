"""Pages about people and implants."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients import services
from patients.edit_form import EditForm
from patients.forms import RegisterForm
from patients.implant_form import unconfirmed
from patients.model_form import ModelForm
from patients.models import Patient
from patients.own_entry import add_entry
from patients.pages import identity_of, is_kept, patient_of, status_of


@requires(Permission.REGISTER)
def register(request: MemberRequest) -> HttpResponse:
    """Register a patient with pump and contact, whole or not at all."""
    now = request.at
    form = RegisterForm(
        drafts.posted(request),
        member=request.member,
        today=timezone.localdate(now),
        initial=drafts.initial(request),
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


@requires(Permission.REGISTER)
def edit(request: MemberRequest, patient_id: int) -> HttpResponse:
    """Change what is known of a patient."""
    patient = patient_of(request, patient_id)
    identity = identity_of(patient)
    form = EditForm(
        drafts.posted(request),
        instance=Patient.objects.get(pk=patient.pk),
        member=request.member,
        today=timezone.localdate(request.at),
        initial=drafts.initial(request),
    )

    def keep() -> None:
        services.edit_patient(
            patient=form.patient(), seen=form.cleaned_data["seen"], by=request.member, at=request.at
        )

    if is_kept(form, keep):
        messages.info(request, "Kept.")
        return redirect("dashboard:chart", patient_id=patient.pk)
    context = {**identity, "form": form, "now": request.at}
    return render(request, "patients/edit.html", context, status=status_of(form))


@requires(Permission.POLICY)
def add_model(request: MemberRequest) -> HttpResponse:
    """Add a pump model of the clinic's own; with `?key=` the next version of one that is there."""
    return add_entry(
        request,
        form_class=ModelForm,
        keep=lambda model, by, at: services.add_model(model=model, by=by, at=at),
        template="patients/add_model.html",
    )

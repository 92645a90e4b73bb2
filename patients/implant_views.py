"""Pages about what is implanted: a pump, another one in its place, the catheter, by when the pump is replaced."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients import services
from patients.catheter_form import CatheterForm
from patients.implant_form import ImplantForm, unconfirmed
from patients.models import Pump
from patients.pages import identity_of, is_kept, patient_of
from patients.replacement_form import ReplacementForm


@requires(Permission.REGISTER)
def implant(request: MemberRequest, patient_id: int) -> HttpResponse:
    """A pump for a patient who is known; where one is there, another one in its place."""
    patient, now = patient_of(request, patient_id), request.at
    identity = identity_of(patient)
    replaced: Pump | None = identity["pump"]
    form = ImplantForm(
        drafts.posted(request),
        patient=patient,
        replaced=replaced,
        member=request.member,
        today=timezone.localdate(now),
        initial=drafts.initial(request),
    )

    def keep() -> None:
        if replaced:
            services.replace_pump(pump=replaced, implant=form.implant(), by=request.member, at=now)
        else:
            services.implant_pump(patient=patient, implant=form.implant(), by=request.member, at=now)

    is_glance = "HX-Request" in request.headers  # htmx only asks for the model's figures
    if not is_glance and is_kept(form, keep):
        messages.info(request, "Pump kept, and watched from now on. Next: the programme, and the first fill.")
        return redirect("dashboard:chart", patient_id=patient.pk)
    standing = replaced and replaced.departures.open().first()
    context = {**identity, "form": form, "standing": standing, "unconfirmed": unconfirmed(), "now": now}
    return render(request, "patients/implant.html", context)


@requires(Permission.REGISTER)
def catheter(request: MemberRequest, patient_id: int) -> HttpResponse:
    """The catheter, or the next one after a revision."""
    patient = patient_of(request, patient_id)
    former = patient.catheters.current().first()
    form = CatheterForm(
        drafts.posted(request),
        patient=patient,
        former=former,
        today=timezone.localdate(request.at),
        initial=drafts.initial(request),
    )

    def keep() -> None:
        services.implant_catheter(catheter=form.catheter(), by=request.member, at=request.at)

    if is_kept(form, keep):
        messages.info(request, "Catheter kept: bridges and primes count with its volume from now on.")
        return redirect("dashboard:chart", patient_id=patient.pk)
    context = {**identity_of(patient), "form": form, "former": former, "now": request.at}
    return render(request, "patients/catheter.html", context)


@requires(Permission.RECORD)
def replacement(request: MemberRequest, pump_id: int) -> HttpResponse:
    """By when the pump must be replaced, as its interrogation says."""
    found = Pump.objects.visible_to(request.member).active().select_related("patient")
    pump = shown(request, get_object_or_404(found, pk=pump_id))
    form = ReplacementForm(
        drafts.posted(request),
        today=timezone.localdate(request.at),
        initial={"on": pump.replacement_on, **drafts.initial(request)},
    )
    if form.is_bound and form.is_valid():
        on = form.cleaned_data["on"]
        services.record_replacement(pump=pump, on=on, by=request.member, at=request.at)
        messages.info(request, f"Kept: to be replaced by {on:%-d %b %Y}.")
        return redirect("dashboard:chart", patient_id=pump.patient_id)
    context = {**identity_of(pump.patient), "form": form, "now": request.at}
    return render(request, "patients/replacement.html", context)

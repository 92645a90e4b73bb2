"""A patient moves to another clinic: offered on a page of the one, accepted or declined on a page of the other."""

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients import transfers
from patients.models import Patient
from patients.pages import identity_of, patient_of
from patients.services import MovedError
from patients.transfer_form import AcceptForm, TransferForm

CHANGED = "This was answered or offered a moment ago: look at it again."


@requires(Permission.REGISTER)
def transfer(request: MemberRequest, patient_id: int) -> HttpResponse:
    """Offer a patient to another clinic, or take the offer back. The code is on this answer and nowhere else."""
    patient = patient_of(request, patient_id)
    form = TransferForm(drafts.posted(request), member=request.member, initial=drafts.initial(request))
    code = ""
    try:
        if request.POST.get("action") == "withdraw":
            return _withdraw(request, patient)
        if form.is_bound and form.is_valid():
            code = transfers.offer_patient(
                patient=patient,
                to=form.cleaned_data["to"],
                reason=form.cleaned_data["reason"],
                by=request.member,
                at=request.at,
            )
    except MovedError:
        messages.warning(request, CHANGED)
        return redirect("patients:transfer", patient_id=patient.pk)
    offers = patient.offers.select_related("to_clinic", "offered_by", "closed_by").order_by("-pk")
    context = {
        **identity_of(patient),
        "form": form,
        "code": code,
        "standing": offers.open().first(),
        "declined": offers.filter(outcome="declined").first(),
        "now": request.at,
    }
    return render(request, "patients/transfer.html", context)


@requires(Permission.REGISTER)
def accept(request: MemberRequest) -> HttpResponse:
    """Accept a patient whom another clinic offers, or decline."""
    form = AcceptForm(
        drafts.posted(request), today=timezone.localdate(request.at), initial=drafts.initial(request)
    )
    if form.is_bound and form.is_valid():
        try:
            return _answered(request, form)
        except transfers.NoSuchOfferError:
            form.refuse_unknown()
        except IntegrityError as error:
            form.refuse(error)
    context = {"form": form, "offers": transfers.offers_to(request.member), "now": request.at}
    return render(request, "patients/accept.html", context)


def _withdraw(request: MemberRequest, patient: Patient) -> HttpResponse:
    standing = patient.offers.open().first()
    if standing is None:
        raise MovedError
    transfers.withdraw_offer(offer=standing, by=request.member, at=request.at)
    messages.info(request, "Taken back: the code opens nothing.")
    return redirect("dashboard:chart", patient_id=patient.pk)


def _answered(request: MemberRequest, form: AcceptForm) -> HttpResponse:
    code, born = form.cleaned_data["code"], form.cleaned_data["birth_date"]
    if form.declines:
        transfers.decline_patient(code=code, born=born, by=request.member, at=request.at)
        messages.info(request, "Declined: the patient stays with the other clinic.")
        return redirect("patients:accept")
    patient = transfers.accept_patient(
        code=code,
        born=born,
        record_number=form.cleaned_data["record_number"],
        by=request.member,
        at=request.at,
    )
    messages.info(request, "The patient is yours now. Look at the dates, and book a visit.")
    return redirect("dashboard:chart", patient_id=patient.pk)

"""Pages about the people around a patient: someone more to call, another number, nobody any more."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients import services
from patients.contact_form import ContactForm
from patients.models import Contact, Patient
from patients.pages import identity_of, is_kept, patient_of, status_of


@requires(Permission.REGISTER)
def add_contact(request: MemberRequest, patient_id: int) -> HttpResponse:
    """Someone more to call about a patient."""
    patient = patient_of(request, patient_id)
    form = _form(request, Contact(patient=patient))
    if is_kept(form, lambda: services.add_contact(contact=form.contact(), by=request.member, at=request.at)):
        messages.info(request, f"Kept: {form.cleaned_data['name']}.")
        return _to_contacts(patient.pk)
    return _page(request, form, patient)


@requires(Permission.REGISTER)
def edit_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """Another number, another answer to what they were asked."""
    contact = shown(request, _current(request, contact_id))
    form = _form(request, contact)

    def keep() -> None:
        services.edit_contact(
            contact=form.contact(), seen=form.cleaned_data["seen"], by=request.member, at=request.at
        )

    if is_kept(form, keep):
        messages.info(request, f"Kept: {form.cleaned_data['name']}.")
        return _to_contacts(contact.patient_id)
    return _page(request, form, contact.patient, contact)


@require_POST
@requires(Permission.REGISTER)
def end_contact(request: MemberRequest, contact_id: int) -> HttpResponse:
    """This is nobody to call any more."""
    contact = _current(request, contact_id)
    services.end_contact(contact=contact, by=request.member, at=request.at)
    messages.info(request, f"{contact.name} is nobody to call any more. The record stays.")
    return _to_contacts(contact.patient_id)


def _current(request: MemberRequest, contact_id: int) -> Contact:
    found = Contact.objects.visible_to(request.member).current().select_related("patient__clinic")
    return get_object_or_404(found, pk=contact_id)


def _form(request: MemberRequest, contact: Contact) -> ContactForm:
    return ContactForm(
        drafts.posted(request),
        instance=contact,
        today=timezone.localdate(request.at),
        initial=drafts.initial(request),
    )


def _to_contacts(patient_id: int) -> HttpResponse:
    answer = redirect("dashboard:chart", patient_id=patient_id)
    answer["Location"] += "#contacts"
    return answer


def _page(
    request: MemberRequest, form: ContactForm, patient: Patient, contact: Contact | None = None
) -> HttpResponse:
    context = {**identity_of(patient), "form": form, "contact": contact, "now": request.at}
    return render(request, "patients/contact.html", context, status=status_of(form))

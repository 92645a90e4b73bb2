"""What the pages about one patient have in common: whose page it is, and a form that is kept whole or comes back."""

from collections.abc import Callable
from typing import Any

from django.db import IntegrityError
from django.shortcuts import get_object_or_404

from itb.accounts.middleware import MemberRequest
from itb.accounts.traces import shown
from patients.catalogue import name_of
from patients.models import Patient, Pump
from patients.services import MovedError

CONFLICT = 409


def patient_of(request: MemberRequest, patient_id: int) -> Patient:
    """The patient whose page is shown; 404 for one of another clinic."""
    found = Patient.objects.visible_to(request.member).select_related("clinic")
    return shown(request, get_object_or_404(found, pk=patient_id))


def identity_of(patient: Patient) -> dict[str, Any]:
    """What the strip on top needs: the patient, and the pump that is watched, if one is."""
    pump = Pump.objects.active().filter(patient=patient).select_related("patient").first()
    return {"patient": patient, "pump": pump, "model": name_of(pump) if pump else ""}


def is_kept(form: Any, keep: Callable[[], object]) -> bool:
    """Keep what is right; what someone else did a moment ago is said in the form."""
    if not (form.is_bound and form.is_valid()):
        return False
    try:
        keep()
    except MovedError:
        form.refuse_moved()
    except IntegrityError as error:
        form.refuse(error)
    else:
        return True
    return False


def status_of(form: Any) -> int:
    """409 where someone else changed it meanwhile."""
    return CONFLICT if form.moved else 200

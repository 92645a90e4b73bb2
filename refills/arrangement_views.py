"""Pages about what stands around a patient's visits: authorisation, order of drug, refill at home."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills.arrangement_forms import AuthorisationForm, HomeForm, OrderForm
from refills.models import HomeRefill
from refills.planning_services import arrange_home, note
from refills.visit_page import pump_of, visit_page


@requires(Permission.BOOK)
def authorise(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Record a payer's authorisation; the newest counts."""
    form = AuthorisationForm(drafts.posted(request), initial=drafts.initial(request))
    return _note(request, pump_id, form, "authorisation.recorded", "refills/authorise.html")


@requires(Permission.BOOK)
def order(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Note that drug was ordered for the next refill."""
    form = OrderForm(drafts.posted(request), now=request.at, initial=drafts.initial(request))
    return _note(request, pump_id, form, "drug.ordered", "refills/order.html")


@requires(Permission.BOOK)
def home(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Say whether the patient is refilled at home, and how long the way is."""
    pump = pump_of(request, pump_id)
    kept = HomeRefill.objects.filter(patient=pump.patient_id).first()
    stands: dict[str, Any] = {"is_at_home": "no"}
    if kept:
        stands = {"is_at_home": "yes" if kept.is_at_home else "no", "travel_days": kept.travel_days}
    form = HomeForm(drafts.posted(request), initial={**stands, **drafts.initial(request)})
    if form.is_bound and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("is_at_home", "travel_days")}
        arrange_home(patient=pump.patient, **said, by=request.member, at=request.at)
        messages.info(request, "Kept. The latest safe day is planned anew.")
        return redirect("refills:visits", pump_id=pump.pk)
    return render(request, "refills/home.html", {**visit_page(pump, request), "form": form})


def _note(
    request: MemberRequest, pump_id: int, form: AuthorisationForm | OrderForm, verb: str, template: str
) -> HttpResponse:
    pump = pump_of(request, pump_id)
    if form.is_bound and form.is_valid():
        noted = form.noted()
        noted.pump = pump
        note(noted=noted, verb=verb, key=form.cleaned_data["key"], by=request.member, at=request.at)
        messages.info(request, "Kept.")
        return redirect("refills:visits", pump_id=pump.pk)
    return render(request, template, {**visit_page(pump, request), "form": form})

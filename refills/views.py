"""Pages about the reservoir: record a refill, a programme or anything else, set the margins."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from patients.catalogue import name_of
from patients.models import Pump
from patients.own_entry import add_entry
from refills import services
from refills.adjustment_form import AdjustmentForm
from refills.anew import WORDS, can_be_told_anew, page_of, typed_of
from refills.correct_form import CorrectForm
from refills.day_form import more_rows
from refills.fact_form import FactForm
from refills.models import Adjustment, Fact, Programme, Refill
from refills.outlook import expected_ml
from refills.procedure_form import VISIT, ProcedureForm
from refills.procedure_policy import procedure_of
from refills.procedure_policy_form import ProcedurePolicyForm
from refills.product_form import ProductForm
from refills.programme_form import ProgrammeForm
from refills.records import record_of

CONFLICT = 409
MORE = "more"
DRAFT, EMPTY, PROGRAMME = "draft", "empty", "programme"
AGAIN = "It was posted twice and is recorded once."

AnyForm = TypeVar("AnyForm", bound=FactForm)


@requires(Permission.RECORD)
def record(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Record a refill: typed, seen beside what was expected, kept. What is typed meanwhile is put aside."""
    pump, now = _pump(request, pump_id), request.at
    if EMPTY in request.POST:
        drafts.discard(request)
        return redirect("refills:record", pump_id=pump.pk)
    arguments = _arguments(request, pump, now)
    draft = None if request.method == "POST" or arguments["initial"] else drafts.stored(request)
    if draft:
        arguments["initial"] = drafts.read(draft.typed)
    form = ProcedureForm(**arguments, member=request.member)

    def keep() -> None:
        services.record_refill(
            refill=form.refill(),
            visit=form.visit(),
            next_visit_on=form.next_visit,
            posted=form.posted,
            by=request.member,
            at=now,
        )

    form, is_kept = _post(request, form, keep)
    if is_kept:
        drafts.discard(request)
        messages.info(request, f"Refill kept. {AGAIN if form.kept else ''}")
        return redirect("refills:sheet", refill_id=Refill.objects.get(key=form.posted.key).pk)
    if form.is_bound and form.kept is None:
        drafts.store(request)
    if DRAFT in request.POST:
        return _put_aside(request, pump)
    context = {**_identity(pump), "form": form, "now": now, "draft": draft}
    context["expected_ml"] = form.outlook.expected_ml if form.outlook else expected_ml(pump, now)
    return render(request, "refills/record.html", context, status=_status(request, form))


def _put_aside(request: MemberRequest, pump: Pump) -> HttpResponse:
    """On to the chart, or to the programme that the pump was told at this visit and that is recorded first."""
    messages.info(request, "Put aside. The refill's page begins with it when you open it again.")
    if request.POST[DRAFT] == PROGRAMME:
        return redirect("refills:start", pump_id=pump.pk)
    return redirect("dashboard:chart", patient_id=pump.patient_id)


@requires(Permission.START)
def start(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Start a programme: typed, seen beside the old one, kept."""
    pump, now = _pump(request, pump_id), request.at
    arguments = _arguments(request, pump, now)
    if (
        MORE in request.POST
    ):  # the same page with what was typed and more rows: nothing is looked at, nothing kept
        typed = {name: str(value) for name, value in request.POST.items()}
        arguments |= {"data": None, "initial": typed | {"rows": more_rows(typed.get("rows"))}}
    form = ProgrammeForm(**arguments)

    def keep() -> None:
        services.start_programme(
            programme=form.programme(),
            bridge=form.bridging(),
            posted=form.posted,
            by=request.member,
            at=now,
        )

    form, is_kept = _post(request, form, keep)
    if is_kept:
        waits = " It waits for a second signature." if pump.pending_programmes.open().exists() else ""
        messages.info(request, f"Programme kept.{waits} {AGAIN if form.kept else ''}")
        refill = reverse("refills:record", args=[pump.pk])
        aside = drafts.stored(request, refill)
        told_at = form.cleaned_data["at"]
        if aside and now - min(aside.saved_at, told_at) < VISIT:  # it was told at a visit whose refill waits
            return redirect(refill)
        return redirect("dashboard:chart", patient_id=pump.patient_id)
    context = {**_identity(pump), "form": form, "now": now}
    return render(request, "refills/start.html", context, status=_status(request, form))


@requires(Permission.START)
def adjust(request: MemberRequest, pump_id: int) -> HttpResponse:
    """Record anything else that was done to the pump: typed, seen with what follows, kept."""
    pump, now = _pump(request, pump_id), request.at
    form = AdjustmentForm(**_arguments(request, pump, now))

    def keep() -> None:
        services.record_adjustment(
            adjustment=form.adjustment(), posted=form.posted, by=request.member, at=now
        )

    form, is_kept = _post(request, form, keep)
    if is_kept:
        messages.info(request, f"Kept. {AGAIN if form.kept else ''}")
        return redirect("dashboard:chart", patient_id=pump.patient_id)
    context = {**_identity(pump), "form": form, "now": now}
    return render(request, "refills/adjust.html", context, status=_status(request, form))


@requires(Permission.RECORD)
def correct_refill(request: MemberRequest, refill_id: int) -> HttpResponse:
    """Strike out a refill that was recorded wrong."""
    return _correct(request, Refill, refill_id)


@requires(Permission.START)
def correct_programme(request: MemberRequest, programme_id: int) -> HttpResponse:
    """Strike out a programme that was recorded wrong, and its bridge where that was wrong too."""
    return _correct(request, Programme, programme_id)


@requires(Permission.START)
def correct_adjustment(request: MemberRequest, adjustment_id: int) -> HttpResponse:
    """Strike out anything else that was recorded wrong."""
    return _correct(request, Adjustment, adjustment_id)


@requires(Permission.POLICY)
def procedure_policy(request: MemberRequest) -> HttpResponse:
    """Set how the clinic wants its refills done, and whom its people call."""
    rules = procedure_of(request.member.clinic)
    form = ProcedurePolicyForm(drafts.posted(request), rules=rules, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        services.change_procedure(rules=form.rules(), by=request.member, at=request.at)
        messages.info(request, "Procedure kept.")
        return redirect("dashboard:policy")
    return render(request, "refills/procedure_policy.html", {"form": form, "now": request.at})


@requires(Permission.POLICY)
def add_product(request: MemberRequest) -> HttpResponse:
    """Add a product of the clinic's own; with `?key=` the next version of one that is there."""
    return add_entry(
        request,
        form_class=ProductForm,
        keep=lambda product, by, at: services.add_product(product=product, by=by, at=at),
        template="refills/add_product.html",
    )


def _pump(request: MemberRequest, pump_id: int) -> Pump:
    pumps = Pump.objects.visible_to(request.member).active()
    related = ("patient__clinic__refill_policy", "patient__clinic__programming_policy", "projection")
    return shown(request, get_object_or_404(pumps.select_related(*related), pk=pump_id))


def _correct(request: MemberRequest, kind: type[Fact], number: int) -> HttpResponse:
    """A fact in full, with the dates that follow without it; struck out, and its form opened anew if that is asked."""
    facts = kind.objects.visible_to(request.member).filter(pump__explanted_on=None)
    related = ("pump__patient__clinic__refill_policy", "pump__projection", "recorded_by", "correction")
    fact = shown(request, get_object_or_404(facts.select_related(*related), pk=number))
    pump, now = fact.pump, request.at
    form = CorrectForm(**_arguments(request, pump, now), subject=fact)

    def keep() -> None:
        services.correct(
            fact=fact,
            bridge=form.bridging if form.strikes_bridge else None,
            reason=form.cleaned_data["reason"],
            posted=form.posted,
            by=request.member,
            at=now,
        )

    form, is_kept = _post(request, form, keep)
    if is_kept:
        return _after_correction(request, fact)
    context = {**_identity(pump), "form": form, "now": now, "record": record_of(fact)}
    context["bridge"] = record_of(form.bridging) if form.bridging else None
    context["is_told_anew"] = can_be_told_anew(fact)
    return render(request, "refills/correct.html", context, status=_status(request, form))


def _after_correction(request: MemberRequest, fact: Fact) -> HttpResponse:
    if "anew" in request.POST and can_be_told_anew(fact):
        drafts.offer(request, path=page_of(fact), typed=typed_of(fact), words=WORDS)
        return redirect(page_of(fact))
    messages.info(request, "Struck out. The dates were worked out anew.")
    return redirect("dashboard:chart", patient_id=fact.patient_id)


def _identity(pump: Pump) -> dict[str, Any]:
    """Whose page this is."""
    return {"pump": pump, "patient": pump.patient, "model": name_of(pump)}


def _arguments(request: MemberRequest, pump: Pump, now: datetime) -> dict[str, Any]:
    return {
        "data": drafts.posted(request),
        "pump": pump,
        "now": now,
        "opened_by": drafts.opened_by(request),
        "initial": drafts.take(request),
    }


def _post(request: MemberRequest, form: AnyForm, keep: Callable[[], None]) -> tuple[AnyForm, bool]:
    """The form to show, and whether it is kept: that needs a press on a button that carries what was seen."""
    if form.is_bound and not form.is_valid() and form.was_overtaken():
        form = form.again()  # pressed twice at one time, or beside somebody: the other press came first
    if not (form.is_bound and form.is_valid()):
        return form, False
    if form.kept is not None:
        return form, True
    if not _is_seen(request, form):
        return (form.again() if form.was_overtaken() else form), False
    try:
        keep()
    except services.FactsMovedError:
        return form.again(), False
    except IntegrityError as error:
        form.refuse(error)
        return form, False
    return form, True


def _is_seen(request: MemberRequest, form: FactForm) -> bool:
    """Whether the button was pressed that carries what was seen, and all that is to be ticked is."""
    if _is_glance(request) or request.POST.get("seen") != form.fingerprint():
        return False
    form.is_short = not form.is_confirmed
    return form.is_confirmed


def _status(request: MemberRequest, form: FactForm) -> int:
    return CONFLICT if form.moved and not _is_glance(request) else 200


def _is_glance(request: MemberRequest) -> bool:
    """Whether htmx only asks for a fresh summary: such a post never keeps anything."""
    return "HX-Request" in request.headers

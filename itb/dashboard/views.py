"""Pages over several rooms. They read, and never write."""

import json

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from alerts.models import Alert, SavedView
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from itb.dashboard import filters
from itb.dashboard import letters as delivery
from itb.dashboard import search as searches
from itb.dashboard import worklist as listing
from itb.dashboard.as_of_form import AsOfForm
from itb.dashboard.calculators import CalculatorForm, about, with_figure
from itb.dashboard.catalogue import own_models, own_products, sections
from itb.dashboard.chart import page_as_of, page_without_pump, patient_page, with_contacts
from itb.dashboard.clinic import policies
from itb.dashboard.filter_form import FilterForm
from itb.dashboard.sheets import ALERTS, HEADER, LETTERS, exported, line_of, line_of_alert, line_of_letter
from itb.dashboard.tallies import UNDELIVERED, front
from itb.infusion.catalogue import catalogue as catalogue_of
from itb.infusion.catalogue import versions
from itb.infusion.dosing import CALCULATORS
from itb.outbox.models import Letter
from patients.models import Patient, Pump
from refills.limits import LIMITS
from refills.replay import end_of
from refills.scenario import scenario_of

LETTERS_A_PAGE = 50
LONGEST_NUMBER = 19  # digits of a key: what is longer was typed by nobody


@requires(Permission.VIEW)
def worklist(request: MemberRequest) -> HttpResponse:
    """Who needs me, how soon, and what do I do."""
    member, now = request.member, request.at
    asked, after = filters.read(request.GET.dict()), request.GET.get("after", "")
    search = _searched(request)
    rows, following = listing.rows(member, now, asked, search=search, after=after)
    context = {
        "rows": rows,
        "next": following,
        "page_size": listing.PAGE,
        "computed_at": listing.computed_at(rows),
        "front": front(member, now),
        "show": asked.show,
        "query": asked.query,
        "filter_words": filters.words_of(asked, member),
        "search": search,
        "after": after,
        "now": now,
    }
    return render(request, "dashboard/worklist.html", context)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_worklist(request: MemberRequest) -> HttpResponse:
    """The whole list that the screen shows a page of, as a spreadsheet."""
    asked, search = filters.read(request.GET.dict()), _searched(request)
    lines = [line_of(row) for row in listing.whole(request.member, request.at, asked, search=search)]
    return exported(request, "worklist", HEADER, lines)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_alerts(request: MemberRequest) -> HttpResponse:
    """Every open alert, or those that nobody has taken, as a spreadsheet."""
    found = Alert.objects.visible_to(request.member).open().order_by("-tier", "opened_at", "id")
    if request.GET.get("state") == "unacknowledged":
        found = found.filter(state=Alert.State.OPEN)
    lines = [line_of_alert(each) for each in found.select_related("pump__patient", "acknowledged_by")]
    return exported(request, "alerts", ALERTS, lines)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_letters(request: MemberRequest) -> HttpResponse:
    """Every letter, or the undelivered ones, as a spreadsheet."""
    return exported(request, "letters", LETTERS, [line_of_letter(each) for each in _letters(request)])


@require_safe
@requires(Permission.VIEW)
def choose(request: MemberRequest) -> HttpResponse:
    """What the worklist shows: by tally, urgency, visit, owner, risk and drug; and the views that the clinic keeps."""
    form = FilterForm(request.GET or None, member=request.member)
    if "go" in request.GET:
        query = form.asked().query
        return redirect(f"{reverse('dashboard:worklist')}{'?' if query else ''}{query}")
    views = SavedView.objects.visible_to(request.member).kept().select_related("kept_by").order_by("name")
    return render(request, "dashboard/filter.html", {"form": form, "views": views, "now": request.at})


@requires(Permission.VIEW)
def search(request: MemberRequest) -> HttpResponse:
    """Find a patient: keep what was typed, and lead to the worklist with the number of the search."""
    words = searches.typed(request)
    if not words:
        return redirect("dashboard:worklist")
    return searches.SeeOther(f"{reverse('dashboard:worklist')}?search={searches.keep(request, words)}")


def _searched(request: MemberRequest) -> str:
    """What was searched for, by the number of the search; a search that is over says so."""
    number = request.GET.get("search", "")
    words = searches.words_of(request, number) or ""
    if number and not words:
        messages.info(request, "That search is over: type it again.")
    return words


@requires(Permission.VIEW)
def chart(request: MemberRequest, patient_id: int) -> HttpResponse:
    """A patient's page: what now, the reservoir, the records."""
    now, member = request.at, request.member
    asked = AsOfForm(request.GET if "as_of" in request.GET else None, now=now)
    if asked.is_bound and (past := asked.pump_of(Pump.objects.visible_to(member).filter(patient=patient_id))):
        return _chart_as_of(request, past, asked)
    pumps = (
        Pump.objects.visible_to(member)
        .active()
        .select_related("patient__clinician__user", "projection", "clinic__procedure_policy")
    )
    pump = with_contacts(pumps).filter(patient=patient_id).first()
    if pump:
        pump.patient.clinic, pump.projection.pump = member.clinic, pump
        context = patient_page(pump, now, member)
    else:
        patients = Patient.objects.visible_to(member).select_related("clinician__user")
        context = page_without_pump(get_object_or_404(patients, pk=patient_id))
    shown(request, context["patient"])
    return render(request, "dashboard/chart.html", {**context, "as_of": asked, "now": now})


def _chart_as_of(request: MemberRequest, pump: Pump, asked: AsOfForm) -> HttpResponse:
    """The same page of a past day: it says so on top, and nothing on it writes."""
    clinic = pump.patient.clinic = request.member.clinic
    at = end_of(asked.cleaned_data["as_of"], clinic.tz, request.at)
    shown(request, pump.patient)
    return render(
        request, "dashboard/chart.html", {**page_as_of(pump, at), "as_of": asked, "now": request.at}
    )


@requires(Permission.VIEW)
def scenario(request: MemberRequest, pump_id: int) -> HttpResponse:
    """The pump's facts as a scenario file, to be checked with the core's command line. It names nobody."""
    pumps = Pump.objects.visible_to(request.member).select_related("patient__clinic__refill_policy")
    pump = shown(request, get_object_or_404(pumps, pk=pump_id))
    body = json.dumps(scenario_of(pump, request.at), indent=2)
    disposition = f'attachment; filename="scenario-{pump.pk}.json"'
    return HttpResponse(body, content_type="application/json", headers={"Content-Disposition": disposition})


@requires(Permission.LETTERS)
def letters(request: MemberRequest) -> HttpResponse:
    """What somebody must see to, then the clinic's letters, the newest first, paged by number."""
    found, undelivered = _letters(request), request.GET.get("show") == "undelivered"
    before = request.GET.get("before", "")
    if before.isdecimal() and len(before) < LONGEST_NUMBER:
        found = found.filter(id__lt=before)
    page, clinic = list(found[: LETTERS_A_PAGE + 1]), request.member.clinic
    counts = delivery.counts_of(clinic, request.at)
    is_front = counts.to_see_to and not (before or undelivered)
    first = list(found.filter(state__in=UNDELIVERED)[:LETTERS_A_PAGE]) if is_front else []
    context = {
        "letters": page[:LETTERS_A_PAGE],
        "lines": delivery.lines(page[:LETTERS_A_PAGE], clinic, request.at),
        "first": delivery.lines(first, clinic, request.at) if first else [],
        "counts": counts,
        "bounces": delivery.bounces_of(request.member) if counts.unreached else [],
        "next": page[LETTERS_A_PAGE - 1].pk if len(page) > LETTERS_A_PAGE else None,
        "page_size": LETTERS_A_PAGE,
        "undelivered": undelivered,
        "now": request.at,
    }
    return render(request, "dashboard/letters.html", context)


def _letters(request: MemberRequest) -> QuerySet[Letter]:
    """The newest first; of `show=undelivered` those alone."""
    found = Letter.objects.filter(clinic=request.member.clinic).select_related(
        "recipient__user", "invitation", "hook"
    )
    if request.GET.get("show") == "undelivered":
        found = found.filter(state__in=UNDELIVERED)
    return found.order_by("-id")


@requires(Permission.VIEW)
def clinic(request: MemberRequest) -> HttpResponse:
    """The clinic: the way to its people, its trail, its catalogue and its policy."""
    context = {
        "clinic": request.member.clinic,
        "people": Membership.objects.visible_to(request.member).active().count(),
        "is_watched_outside": bool(settings.WATCH_URL),
        "now": request.at,
    }
    return render(request, "dashboard/clinic.html", context)


@require_safe
@requires(Permission.VIEW)
def policy(request: MemberRequest) -> HttpResponse:
    """The clinic's policy: every setting with its default, source and history, and the limits that nobody changes."""
    context = {"policies": policies(request.member.clinic), "limits": LIMITS, "now": request.at}
    return render(request, "dashboard/policy.html", context)


@require_safe
@requires(Permission.VIEW)
def catalogue(request: MemberRequest) -> HttpResponse:
    """Every constant with its source, date and mark, in the newest version or an older one; then the clinic's own."""
    known = versions()
    asked = request.GET.get("version", str(known[-1]))
    shown = next((number for number in known if str(number) == asked), None)
    if shown is None:
        raise Http404
    books, unconfirmed = catalogue_of(shown), request.GET.get("show") == "unconfirmed"
    constants = books.constants.values()
    context = {
        "books": books,
        "versions": known[::-1],
        "sections": sections(books, unconfirmed=unconfirmed),
        "unconfirmed": unconfirmed,
        "count": len(constants),
        "count_unconfirmed": sum(constant.unconfirmed for constant in constants),
        "own": [
            ("Pump models", reverse("patients:add_model"), own_models(request.member)),
            ("Products", reverse("refills:add_product"), own_products(request.member)),
        ],
        "now": request.at,
    }
    return render(request, "dashboard/catalogue.html", context)


@require_safe
@requires(Permission.VIEW)
def calculators(request: MemberRequest) -> HttpResponse:
    """Every calculator by its title."""
    listed = [about(each) for each in CALCULATORS.values()]
    return render(request, "dashboard/calculators.html", {"calculators": listed, "now": request.at})


@require_safe
@requires(Permission.VIEW)
def calculator(request: MemberRequest, kind: str) -> HttpResponse:
    """One calculator; what was typed stands in the address."""
    if kind not in CALCULATORS:
        raise Http404
    chosen = CALCULATORS[kind]
    changed = with_figure(request.GET, chosen)
    if changed is not None:
        return redirect(f"{request.path}?{changed.urlencode()}")
    form = CalculatorForm(chosen, request.GET)
    context = {"form": form, "about": about(chosen), "now": request.at}
    return render(request, "dashboard/calculators_one.html", context)

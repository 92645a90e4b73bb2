"""Pages on which many visits are moved at once, with a result a row."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from patients.models import Patient
from refills import bulk
from refills.bulk_form import ALL, BulkForm, name_of
from refills.calendar_views import day_in

DONE = "visits_moved"  # in the session, once: numbers and sentences, no name
FILL = "fill"


@requires(Permission.BOOK)
def move(request: MemberRequest) -> HttpResponse:
    """Move the visits of a day, or of days in a row, each to a day of its own."""
    first_on = day_in(request.GET.get("from", "")) or timezone.localdate(request.at)
    last_on = max(day_in(request.GET.get("to", "")) or first_on, first_on)
    rows = bulk.of_days(request.member, first_on, last_on, request.at)
    return _page(request, rows, "refills/move.html", {"first_on": first_on, "last_on": last_on})


@requires(Permission.BOOK)
def rebook(request: MemberRequest) -> HttpResponse:
    """Those who did not come: the stable ones together, the vulnerable ones singly."""
    rows = bulk.missed(request.member, request.at)
    context = {"singly": bulk.vulnerable(rows)}
    return _page(request, bulk.stable(rows), "refills/rebook.html", context)


def _page(
    request: MemberRequest, rows: list[bulk.Row], template: str, context: dict[str, Any]
) -> HttpResponse:
    form = BulkForm(_posted(request, rows), rows=rows, initial=drafts.initial(request))
    is_looked_at = form.is_bound and form.is_valid()
    if is_looked_at and request.POST.get("seen") == form.fingerprint() and form.chosen():
        done = [bulk.move(row, on, request.member, request.at) for row, on in form.chosen()]
        request.session[DONE] = [[each.row.patient.pk, each.on.isoformat(), each.refusal] for each in done]
        return redirect(request.get_full_path())
    context |= {"form": form, "is_looked_at": is_looked_at, "done": _done(request), "most": bulk.MOST}
    context["now"] = request.at
    return render(request, template, context)


def _posted(request: MemberRequest, rows: list[bulk.Row]) -> Any:
    """What was posted; where one day was asked for all, every row has it."""
    posted = drafts.posted(request)
    if posted is None or FILL not in posted:
        return posted
    filled = posted.copy()
    for row in rows:
        filled[name_of(row)] = posted.get(ALL, "")
    return filled


def _done(request: HttpRequest) -> list[dict[str, Any]]:
    """What the last press did, a row each, told once."""
    kept = request.session.pop(DONE, []) if request.method == "GET" else []
    member = request.member  # type: ignore[attr-defined]
    patients = Patient.objects.visible_to(member).in_bulk([number for number, _, _ in kept])
    return [
        {"patient": patients[number], "on": date.fromisoformat(on), "refusal": refusal}
        for number, on, refusal in kept
        if number in patients
    ]

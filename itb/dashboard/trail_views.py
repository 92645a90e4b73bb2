"""The auditor's page, and the same as a spreadsheet."""

import re
from typing import Final

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.accounts.traces import shown
from itb.audit.models import AuditEvent
from itb.audit.services import record_act
from itb.dashboard.trail import HEADER, PAGE, Asked, acts, in_words, people_of, sheet, strays
from itb.dashboard.trail_form import TrailForm
from itb.sheet import csv_response
from patients.catalogue import name_of
from patients.models import Patient

NUMBER: Final = r"[0-9]{1,18}"  # what a bigint column can hold


@require_safe
@requires(Permission.TRAIL)
def trail(request: MemberRequest) -> HttpResponse:
    """Who did and who saw what, the newest first, paged by number; with a patient's number, what is about them."""
    now, form = request.at, TrailForm(request.GET, people=people_of(request.member))
    asked = form.asked()
    patient = _patient(request.member, asked)
    if patient:
        shown(request, patient)
    page = list(_behind(request, acts(request.member, asked))[: PAGE + 1])
    is_first = "before" not in request.GET
    pump = patient.pumps.active().first() if patient else None
    context = {
        "form": form,
        "patient": patient,
        "pump": pump,
        "model": name_of(pump) if pump else "",
        "acts": in_words(request.member, page[:PAGE]),
        "next": page[PAGE - 1].pk if len(page) > PAGE else None,
        "page_size": PAGE,
        "strays": strays(request.member, asked, now) if is_first else [],
        "now": now,
    }
    return render(request, "dashboard/trail.html", context)


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export_trail(request: MemberRequest) -> HttpResponse:
    """The same acts as a spreadsheet. That they left is an act of its own, with their count."""
    member = request.member
    form = TrailForm(request.GET, people=people_of(member))
    asked = form.asked()
    if form.errors:  # never more than was asked for: the page says what is wrong
        return redirect(f"{reverse('dashboard:trail')}?{request.GET.urlencode()}")
    subject = _patient(member, asked) or member.clinic
    rows = sheet(member, asked)
    record_act(
        verb="trail.exported",
        subject=subject,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=len(rows),
    )
    return csv_response("trail", HEADER, rows)


def _patient(member: Membership, asked: Asked) -> Patient | None:
    """The patient that is asked for. Another clinic's does not exist."""
    if asked.patient is None:
        return None
    return get_object_or_404(Patient.objects.visible_to(member), pk=asked.patient)


def _behind(request: MemberRequest, found: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
    """What follows the last act of the page before. A key that cannot be read begins at the start."""
    before = request.GET.get("before", "")
    return found.filter(id__lt=before) if re.fullmatch(NUMBER, before) else found

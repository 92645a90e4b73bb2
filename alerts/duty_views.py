"""Duty: who is told today and in which order, who is away and who stands in, and the telephone list."""

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from alerts import absences
from alerts.duty import FEWEST, leads_of, roster_of
from alerts.duty_forms import AbsenceForm, LeadForm, PhoneForm
from alerts.escalation import day_of, escalation_of
from alerts.models import Absence
from alerts.unmonitored import faults
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.accounts.services import give_phone as keep_phone


@requires(Permission.VIEW)
def duty(request: MemberRequest) -> HttpResponse:
    """Who is told today, how far the word goes, and under which numbers people are reached."""
    clinic, today = request.member.clinic, timezone.localdate(request.at)
    roster, leads = roster_of(clinic, request.at), leads_of(clinic, request.at)
    ahead = Absence.objects.visible_to(request.member).standing().filter(last_on__gte=today)
    context = {
        "clinic": clinic,
        "on_duty": roster.on_duty,
        "leads": leads,
        "others": [each for each in leads if each not in roster.on_duty],
        "is_thin": len(roster.on_duty) < FEWEST,
        "absences": ahead.select_related("member__user", "cover__user", "added_by").order_by(
            "first_on", "id"
        ),
        "today": today,
        "timers": escalation_of(clinic),
        "day": day_of(clinic),
        "faults": faults(),
        "phones": Membership.objects.visible_to(request.member)
        .active()
        .select_related("user")
        .order_by("user__name", "pk"),
        "now": request.at,
    }
    return render(request, "alerts/duty.html", context)


@requires(Permission.ACKNOWLEDGE)
def enter_absence(request: MemberRequest) -> HttpResponse:
    """Say who is away and who stands in."""
    form = AbsenceForm(
        drafts.posted(request), member=request.member, now=request.at, initial=drafts.initial(request)
    )
    if form.is_bound and form.is_valid():
        try:
            with transaction.atomic():
                absence = absences.enter_absence(away=form.away(), by=request.member, at=request.at)
        except IntegrityError:
            form.add_error(
                "first_on", "Another absence of theirs was entered a moment ago: look at the list."
            )
        else:
            messages.info(request, f"{absence.member.user} is away. {_in_stead(absence)}")
            return redirect("alerts:duty")
    return render(request, "alerts/enter_absence.html", {"form": form, "now": request.at})


@require_POST
@requires(Permission.ACKNOWLEDGE)
def end_absence(request: MemberRequest, absence_id: int) -> HttpResponse:
    """Say that someone is back, or never went."""
    found = Absence.objects.visible_to(request.member).select_related("member__user")
    absence = get_object_or_404(found, pk=absence_id)
    absences.end_absence(absence=absence, by=request.member, at=request.at)
    messages.info(request, f"{absence.member.user} is told again.")
    return redirect("alerts:duty")


@requires(Permission.PEOPLE)
def name_lead(request: MemberRequest) -> HttpResponse:
    """Say who is told where nobody else is left."""
    form = LeadForm(drafts.posted(request), member=request.member, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        lead = absences.name_lead(member=form.cleaned_data["lead"], by=request.member, at=request.at)
        messages.info(request, f"{lead} is told where nobody else is left.")
        return redirect("alerts:duty")
    context = {"form": form, "leads": leads_of(request.member.clinic, request.at), "now": request.at}
    return render(request, "alerts/name_lead.html", context)


@requires(Permission.ACKNOWLEDGE)
def give_phone(request: MemberRequest) -> HttpResponse:
    """Say under which number one is reached."""
    begun = {"phone": request.member.phone, **drafts.initial(request)}
    form = PhoneForm(drafts.posted(request), initial=begun)
    if form.is_bound and form.is_valid():
        keep_phone(member=request.member, phone=form.cleaned_data["phone"], at=request.at)
        messages.info(request, "Your number stands in the telephone list.")
        return redirect("alerts:duty")
    return render(request, "alerts/give_phone.html", {"form": form, "now": request.at})


def _in_stead(absence: Absence) -> str:
    cover = absence.cover
    return f"{cover.user} is told in their stead." if cover else "Whoever is on duty is told in their stead."

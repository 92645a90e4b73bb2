"""Pages by which a clinic says how it plans: its closed days, its weekdays, its figures."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills import planning_services as services
from refills.models import Appointment, Closure
from refills.planning import WEEKDAYS
from refills.planning_form import ClosureForm, PlanningForm, WeekdaysForm
from refills.planning_policy import closed_weekdays_of, planning_of

NEWEST = 200  # of closures on the page


@require_safe
@requires(Permission.VIEW)
def closed_days(request: MemberRequest) -> HttpResponse:
    """On which days the clinic is closed, who said so, and what was lifted again."""
    clinic, today = request.member.clinic, timezone.localdate(request.at)
    found = Closure.objects.visible_to(request.member).select_related("added_by", "lifted_by")
    context = {
        "weekdays": [WEEKDAYS[number] for number in sorted(closed_weekdays_of(clinic))],
        "ahead": found.standing().filter(last_on__gte=today).order_by("first_on"),
        "others": found.exclude(lifted_at=None, last_on__gte=today).order_by("-first_on", "-id")[:NEWEST],
        "now": request.at,
    }
    return render(request, "refills/closed_days.html", context)


@requires(Permission.POLICY)
def close(request: MemberRequest) -> HttpResponse:
    """Say that the clinic is closed on a day, or on days in a row."""
    now = request.at
    form = ClosureForm(drafts.posted(request), now=now, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        said = {name: form.cleaned_data[name] for name in ("first_on", "last_on", "reason")}
        closure = services.close_days(**said, by=request.member, at=now)
        return _after_closing(request, closure)
    return render(request, "refills/close.html", {"form": form, "now": now})


@requires(Permission.POLICY)
def close_weekly(request: MemberRequest) -> HttpResponse:
    """Set on which weekdays the clinic is closed."""
    now, closed = request.at, closed_weekdays_of(request.member.clinic)
    form = WeekdaysForm(drafts.posted(request), closed=closed, initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        services.change_weekdays(closed=form.closed(), by=request.member, at=now)
        messages.info(request, "Weekdays kept. Every latest safe day is planned back over them.")
        _say_booked(
            request,
            _booked(request).filter(
                on__iso_week_day__in=[*map(int, form.closed())], on__gt=timezone.localdate(now)
            ),
        )
        return redirect("refills:closed_days")
    return render(request, "refills/close_weekly.html", {"form": form, "now": now})


@require_POST
@requires(Permission.POLICY)
def lift(request: MemberRequest, closure_id: int) -> HttpResponse:
    """Say that the clinic is open on those days after all."""
    closure = get_object_or_404(Closure.objects.visible_to(request.member), pk=closure_id)
    services.lift_closure(closure=closure, by=request.member, at=request.at)
    messages.info(request, "Open again on those days.")
    return redirect("refills:closed_days")


@requires(Permission.POLICY)
def planning(request: MemberRequest) -> HttpResponse:
    """Set by what the clinic plans visits."""
    now = request.at
    form = PlanningForm(
        drafts.posted(request), planning=planning_of(request.member.clinic), initial=drafts.initial(request)
    )
    if form.is_bound and form.is_valid():
        services.change_planning(planning=form.planning(), by=request.member, at=now)
        messages.info(request, "Planning kept.")
        return redirect("dashboard:policy")
    return render(request, "refills/planning.html", {"form": form, "now": now})


def _after_closing(request: MemberRequest, closure: Closure) -> HttpResponse:
    """To the visits that stand on those days, if any do."""
    booked = _booked(request).filter(on__range=(closure.first_on, closure.last_on))
    messages.info(request, "Closed days kept.")
    if not _say_booked(request, booked):
        return redirect("refills:closed_days")
    page = "move" if request.member.may(Permission.BOOK) else "calendar"
    asked = f"from={closure.first_on.isoformat()}&to={closure.last_on.isoformat()}"
    return redirect(f"{reverse(f'refills:{page}')}?{asked}")


def _booked(request: MemberRequest) -> QuerySet[Appointment]:
    return Appointment.objects.filter(clinic=request.member.clinic, state=Appointment.State.BOOKED)


def _say_booked(request: MemberRequest, booked: QuerySet[Appointment]) -> bool:
    """Say how many visits are booked on days that are closed now; whether there are any."""
    if count := booked.count():
        words = "1 visit is" if count == 1 else f"{count} visits are"
        messages.warning(request, f"{words} booked on such a day: move each to an open one.")
    return bool(count)

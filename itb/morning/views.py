"""Taking the day's list away, on paper or as a spreadsheet."""

from datetime import date

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.audit.services import record_act
from itb.morning.models import MorningList
from itb.sheet import file_name


@require_safe
@requires(Permission.VIEW)
def show(request: MemberRequest) -> HttpResponse:
    """The lists of the last fortnight."""
    lists = MorningList.objects.visible_to(request.member).order_by("-on").defer("csv", "pdf")
    return render(request, "morning/show.html", {"lists": lists, "now": request.at})


@require_safe
@requires(Permission.VIEW)
def take(request: MemberRequest) -> HttpResponse:
    """To print: who sees the worklist on the screen may have it on paper."""
    found = _asked(request)
    return _download(request, found, bytes(found.pdf), "pdf", "application/pdf")


@require_safe
@requires(Permission.EXPORT, step_up=True)
def export(request: MemberRequest) -> HttpResponse:
    """As a spreadsheet."""
    found = _asked(request)
    return _download(request, found, bytes(found.csv), "csv", "text/csv; charset=utf-8")


def _asked(request: MemberRequest) -> MorningList:
    """The list of the day that is asked for, else the newest."""
    lists = MorningList.objects.visible_to(request.member).order_by("-on")
    if asked := request.GET.get("on", ""):
        lists = lists.filter(on=_day(asked))
    found = lists.first()
    if found is None:
        raise Http404
    return found


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Http404 from error


def _download(
    request: MemberRequest, found: MorningList, content: bytes, ending: str, kind: str
) -> HttpResponse:
    """That it left is an act, with how many pumps stand on it."""
    member = request.member
    record_act(
        verb="list.exported",
        subject=member.clinic,
        clinic_id=member.clinic_id,
        by_id=member.user_id,
        at=request.at,
        count=found.count,
    )
    response = HttpResponse(content, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{file_name(f"worklist {found.on}")}.{ending}"'
    return response

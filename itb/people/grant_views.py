"""A new administrator: proposed by one person on one page, confirmed by a second on another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Grant
from itb.accounts.permissions import Permission
from itb.people import grants
from itb.people.guard import RefusedError
from itb.people.listing import may_confirm
from itb.people.views import member_of


@requires(Permission.PEOPLE, step_up=True)
def ask(request: MemberRequest, member_id: int) -> HttpResponse:
    """Propose that a person become administrator."""
    member = member_of(request, member_id)
    if request.method == "POST":
        try:
            grant = grants.ask(member=member, by=request.member, at=request.at)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
            return redirect("people:person", member_id)
        messages.info(request, f"{member.user} is proposed. {_who_decides(grant)}")
        return redirect("people:list")
    return render(
        request, "people/ask.html", {"person": member, "days": grants.LASTS.days, "now": request.at}
    )


@requires(Permission.CONFIRM, step_up=True)
def decide(request: MemberRequest, grant_id: int) -> HttpResponse:
    """Confirm a proposed administrator, or decline."""
    found = Grant.objects.visible_to(request.member).select_related("user", "asked_by")
    grant = get_object_or_404(found, pk=grant_id)
    if request.method == "POST":
        try:
            words = _decided(request, grant)
        except RefusedError as refusal:
            messages.error(request, str(refusal))
        else:
            messages.info(request, words)
        return redirect("people:list")
    context = {"grant": grant, "may_confirm": may_confirm(grant, request.member), "now": request.at}
    return render(request, "people/decide.html", context)


def _decided(request: MemberRequest, grant: Grant) -> str:
    if request.POST.get("action") == "confirm":
        grants.confirm(grant=grant, by=request.member, at=request.at)
        return f"{grant.user} is administrator now."
    grants.decline(grant=grant, by=request.member, at=request.at)
    return f"{grant.user} does not become administrator."


def _who_decides(grant: Grant) -> str:
    names = ", ".join(
        str(member.user) for member in grants.confirmers(grant).select_related("user").order_by("pk")
    )
    if names:
        return f"One of these confirms it: {names}."
    return "Nobody else of this clinic can confirm it: ask whoever runs the server (manage.py confirm_administrator)."

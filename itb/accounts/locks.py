"""Views of how a clinic's people sign in: what it demands, who has what, and help for whoever is locked out."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from itb.accounts import services
from itb.accounts.access import requires
from itb.accounts.factors import has_second_factor
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission


@requires(Permission.PEOPLE)
def locks(request: MemberRequest) -> HttpResponse:
    """Who of the clinic has a second factor."""
    people = Membership.objects.active().visible_to(request.member).select_related("user")
    context = {"people": people.annotate(has_factor=has_second_factor()).order_by("user__name")}
    return render(request, "accounts/locks.html", context)


@requires(Permission.POLICY, step_up=True)
def demand(request: MemberRequest) -> HttpResponse:
    """Demand a second factor of everyone in the clinic, or stop demanding it."""
    clinic = request.member.clinic
    if request.method != "POST":
        return render(request, "accounts/demand.html", {"clinic": clinic})
    demands = request.POST.get("demands") == "yes"
    services.demand_second_factor(clinic=clinic, demands=demands, by=request.member.user, at=request.at)
    messages.info(request, f"A second factor is {'demanded' if demands else 'not demanded'} from now on.")
    return redirect("accounts:locks")


@requires(Permission.PEOPLE, step_up=True)
def unlock(request: MemberRequest, member_id: int) -> HttpResponse:
    """Give a colleague, who was wrong too often, their tries back."""
    member = _colleague(request, member_id)
    if request.method != "POST":
        return render(request, "accounts/unlock.html", {"member": member})
    services.unlock_person(member=member, by=request.member.user, at=request.at)
    messages.info(request, f"{member.user} can try again.")
    return redirect("accounts:locks")


@requires(Permission.PEOPLE, step_up=True)
def revoke(request: MemberRequest, member_id: int) -> HttpResponse:
    """Take away the second factors of a colleague who has lost them."""
    member = _colleague(request, member_id)
    if request.method != "POST":
        return render(request, "accounts/revoke.html", {"member": member})
    try:
        services.revoke_factors(member=member, by=request.member.user, at=request.at)
    except services.PartElsewhereError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.info(request, f"{member.user} has no second factor now, and is signed out everywhere.")
    return redirect("accounts:locks")


def _colleague(request: MemberRequest, member_id: int) -> Membership:
    people = Membership.objects.active().visible_to(request.member).select_related("user", "clinic")
    return get_object_or_404(people, pk=member_id)

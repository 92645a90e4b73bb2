"""The clinic's people: who they are and what each may do; inviting, another role, leaving."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Invitation, Membership
from itb.accounts.permissions import Permission, Role
from itb.people import invitations, parts
from itb.people.forms import InviteForm, LeaveForm, RoleForm
from itb.people.guard import RefusedError
from itb.people.listing import in_hand, people_of, role_lines


@require_safe
@requires(Permission.VIEW)
def roles(request: MemberRequest) -> HttpResponse:
    """What each role is for and may do."""
    return render(request, "people/roles.html", {"roles": role_lines(), "now": request.at})


@require_safe
@requires(Permission.VIEW)
def list_people(request: MemberRequest) -> HttpResponse:
    """Who belongs to the clinic, who is invited, who is proposed, and who opened it in an emergency."""
    return render(request, "people/list.html", people_of(request.member, request.at))


@require_safe
@requires(Permission.PEOPLE)
def person(request: MemberRequest, member_id: int) -> HttpResponse:
    """One person: what they have in hand, and what can be changed."""
    member = member_of(request, member_id)
    context = {"person": member, "in_hand": in_hand(member), "now": request.at}
    return render(request, "people/person.html", context)


@requires(Permission.PEOPLE, step_up=True)
def invite(request: MemberRequest) -> HttpResponse:
    """Invite an address. The answer is the same whether it has an account or not."""
    form = InviteForm(drafts.posted(request), initial=drafts.initial(request))

    def keep(data: dict[str, Any]) -> str:
        invitations.invite(email=data["email"], role=Role(data["role"]), by=request.member, at=request.at)
        return f"A letter goes to {data['email']}. Its link works once, for {invitations.LASTS.days} days."

    return _page(request, form, keep, "people/invite.html")


@require_POST
@requires(Permission.PEOPLE)
def revoke(request: MemberRequest, invitation_id: int) -> HttpResponse:
    """Take an invitation back."""
    invitation = get_object_or_404(Invitation.objects.visible_to(request.member), pk=invitation_id)
    try:
        invitations.revoke(invitation=invitation, by=request.member, at=request.at)
    except invitations.GoneError:
        messages.warning(request, "The invitation was accepted or taken back before.")
    else:
        messages.info(request, f"The invitation of {invitation.email} is taken back. Its link opens nothing.")
    return redirect("people:list")


@requires(Permission.PEOPLE, step_up=True)
def change_role(request: MemberRequest, member_id: int) -> HttpResponse:
    """Give a person another role."""
    member = member_of(request, member_id)
    form = RoleForm(drafts.posted(request), member=member, initial=drafts.initial(request))

    def keep(data: dict[str, Any]) -> str:
        role = Role(data["role"])
        parts.change_role(
            member=member, role=role, successor=data["successor"], by=request.member, at=request.at
        )
        return f"{member.user} is {str(role.label).lower()} now."

    return _page(request, form, keep, "people/change_role.html", person=member, in_hand=in_hand(member))


@requires(Permission.PEOPLE, step_up=True)
def end(request: MemberRequest, member_id: int) -> HttpResponse:
    """End a person's part in the clinic."""
    member = member_of(request, member_id)
    form = LeaveForm(drafts.posted(request), member=member, initial=drafts.initial(request))

    def keep(data: dict[str, Any]) -> str:
        parts.end_part(member=member, successor=data["successor"], by=request.member, at=request.at)
        return f"{member.user} does not belong to this clinic any more."

    return _page(request, form, keep, "people/end.html", person=member, in_hand=in_hand(member))


@requires(Permission.PEOPLE, step_up=True)
def deactivate(request: MemberRequest, member_id: int) -> HttpResponse:
    """End a person's part and switch the account off."""
    member = member_of(request, member_id)
    form = LeaveForm(drafts.posted(request), member=member, initial=drafts.initial(request))

    def keep(data: dict[str, Any]) -> str:
        parts.deactivate(member=member, successor=data["successor"], by=request.member, at=request.at)
        return f"The account of {member.user} is off. Wherever they were signed in, they are out."

    return _page(request, form, keep, "people/deactivate.html", person=member, in_hand=in_hand(member))


def member_of(request: MemberRequest, member_id: int) -> Membership:
    """A part in the open clinic that has not ended; 404 for every other."""
    found = (
        Membership.objects.visible_to(request.member).filter(ended_at=None).select_related("user", "clinic")
    )
    return get_object_or_404(found, pk=member_id)


def _page(
    request: MemberRequest,
    form: forms.Form,
    keep: Callable[[dict[str, Any]], str],
    template: str,
    **context: Any,
) -> HttpResponse:
    """The form; once it is right, what `keep` says it did, back among the people."""
    if form.is_bound and form.is_valid():
        try:
            words = keep(form.cleaned_data)
        except RefusedError as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.info(request, words)
            return redirect("people:list")
    return render(request, template, {"form": form, "now": request.at, **context})

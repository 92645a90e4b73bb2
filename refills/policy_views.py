"""Changing a section of the clinic's policy: typed, what it would change seen, kept with its reason."""

from dataclasses import asdict
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills.margin_form import MarginsForm
from refills.policy_form import PolicyForm
from refills.section import BECAUSE, Section, history, values
from refills.sections import MARGINS, PROGRAMMING


@requires(Permission.POLICY)
def policy(request: MemberRequest) -> HttpResponse:
    """Set the clinic's margins."""
    return change_section(request, MARGINS, MarginsForm)


@requires(Permission.POLICY)
def programming(request: MemberRequest) -> HttpResponse:
    """Set what the clinic demands of a programme."""
    return change_section(request, PROGRAMMING, PolicyForm)


def change_section(request: MemberRequest, section: Section, form_class: type[PolicyForm]) -> HttpResponse:
    """The section's page: its form, what it would change, its history; kept once that was seen."""
    kept = section.read(request.member.clinic)
    form = form_class(
        drafts.posted(request),
        section=section,
        kept=kept,
        initial={**_defaults(request, section), **drafts.initial(request)},
    )
    assert section.keep is not None
    is_valid = form.is_bound and form.is_valid()
    if is_valid and request.POST.get("seen") == form.fingerprint():
        section.keep(
            settings=form.settings(), because=form.cleaned_data[BECAUSE], by=request.member, at=request.at
        )
        messages.info(request, f"{section.title} kept.")
        return redirect("dashboard:policy")
    context = {
        "form": form,
        "section": section,
        "values": values(section, request.member.clinic),
        "changes": history(section, request.member.clinic),
        "effects": section.preview(request.member, form.settings(), request.at) if is_valid else [],
        "is_valid": is_valid,
        "now": request.at,
    }
    return render(request, "refills/policy.html", context)


def _defaults(request: MemberRequest, section: Section) -> dict[str, Any]:
    """The defaults instead of what is set, where the page is asked for them."""
    return (
        asdict(section.kind(**{name: about["default"] for name, about in section.about.items()}))
        if (request.GET.get("show") == "defaults")
        else {}
    )

"""The page on which a clinic adds a catalogue entry of its own: a pump model here, a product in a room above."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db import IntegrityError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from itb.accounts import drafts
from itb.accounts.middleware import MemberRequest
from patients.model_form import OwnEntryForm
from patients.models import OwnEntry


def add_entry(
    request: MemberRequest, *, form_class: type[OwnEntryForm], keep: Callable[..., OwnEntry], template: str
) -> HttpResponse:
    """A new entry; with `?key=` the next version of one that is there. `keep(entry, by=, at=)` is a service."""
    now, key = request.at, request.GET.get("key")
    newest: Any = form_class.kind.objects.visible_to(request.member).newest()
    entry = get_object_or_404(newest, key=key.replace("\0", "")) if key is not None else None
    form = form_class(
        drafts.posted(request), clinic=request.member.clinic, entry=entry, initial=drafts.initial(request)
    )
    if form.is_bound and form.is_valid():
        try:
            kept = keep(form.to_keep(), by=request.member, at=now)
        except IntegrityError as error:
            form.refuse(error)
        else:
            messages.info(request, f"Kept: {kept}, version {kept.version}.")
            return redirect("dashboard:catalogue")
    return render(request, template, {"form": form, "entry": entry, "now": now})

"""Letting letters leave again, where the database was found older than what was done with it."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.outbox.forms import ResumeForm
from itb.outbox.models import Epoch
from itb.outbox.services import resume_sending


@requires(Permission.RESUME)
def resume(request: MemberRequest) -> HttpResponse:
    """What is missing, what becomes of the letters that wait, and the word that lets them go."""
    form = ResumeForm(drafts.posted(request), initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        if resume_sending(by=request.member, at=request.at):
            messages.info(request, "Confirmed. Letters leave again within a minute.")
        return redirect("dashboard:worklist")
    epochs = Epoch.objects.filter(begun_at=None).order_by("number")
    return render(request, "outbox/resume.html", {"form": form, "epochs": epochs, "now": request.at})

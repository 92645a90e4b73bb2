"""Letting letters leave again after a break, one's own address, and the clinic's webhook."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from itb.outbox import hooks
from itb.outbox.bounces import confirm_address
from itb.outbox.forms import AddressForm, HookForm, ResumeForm
from itb.outbox.models import Bounce, Epoch, Hook
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


@requires(Permission.LETTERS)
def address(request: MemberRequest) -> HttpResponse:
    """Where one's own letters go; where they come back, that they arrive now."""
    form = AddressForm(drafts.posted(request), initial=drafts.initial(request))
    if form.is_bound and form.is_valid():
        if confirm_address(by=request.member, at=request.at):
            messages.info(request, "Confirmed. Letters go to your address as before.")
        return redirect("dashboard:letters")
    bounces = Bounce.objects.visible_to(request.member).open().filter(recipient=request.member.pk)
    return render(request, "outbox/address.html", {"form": form, "bounces": bounces, "now": request.at})


@requires(Permission.POLICY, step_up=True)
def hook(request: MemberRequest) -> HttpResponse:
    """The clinic's webhook: where it leads, and another one in its place. The secret is shown in this answer alone."""
    form = HookForm(drafts.posted(request), initial=drafts.initial(request))
    opened = None
    if form.is_bound and form.is_valid():
        opened = hooks.start_hook(url=form.cleaned_data["url"], by=request.member, at=request.at)
        form = HookForm()
    standing = Hook.objects.visible_to(request.member).open().first()
    context = {"form": form, "hook": standing, "opened": opened, "now": request.at}
    return render(request, "outbox/hook.html", context)


@require_POST
@requires(Permission.POLICY, step_up=True)
def end_hook(request: MemberRequest) -> HttpResponse:
    """Tell no webhook any more."""
    if hooks.end_hook(by=request.member, at=request.at):
        messages.info(request, "The webhook is told no more.")
    return redirect("outbox:hook")

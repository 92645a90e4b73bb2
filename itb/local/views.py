"""Pages of one machine: the letters that its sink has received, and a demonstration's clock."""

from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from itb import clock
from itb.accounts import drafts
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.local import moved_clock
from itb.local.clock_form import ClockForm
from itb.local.mailbox import Arrived, arrived

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Letter:
    """One message, as its recipient reads it."""

    at: datetime
    to: str
    subject: str
    text: str


@requires(Permission.LETTERS)
def mailbox(request: MemberRequest) -> HttpResponse:
    """The newest letters that arrived for people of the open clinic. Where there is no sink, there is no page."""
    if not settings.MAILBOX_DIR:
        raise Http404
    people = Membership.objects.active().filter(clinic=request.member.clinic)
    addresses = set(people.values_list("user__email", flat=True))
    ours = (each for each in arrived(Path(settings.MAILBOX_DIR)) if addresses.intersection(each.recipients))
    letters = [_read(each) for each in islice(ours, NEWEST)]
    return render(request, "local/mailbox.html", {"letters": letters, "newest": NEWEST, "now": clock.now()})


@requires(Permission.VIEW)
def move_clock(request: MemberRequest) -> HttpResponse:
    """Move the demonstration's clock. Where there are real people there is none that moves, and no such address."""
    reading = moved_clock.read()
    if not reading.can_move:
        raise Http404
    newest = moved_clock.newest_record()
    form = ClockForm(drafts.posted(request), now=reading.at, ahead=reading.ahead, newest=newest)
    if form.is_bound and form.is_valid():
        moved_clock.move(form.ahead)
        messages.info(request, "The clock was moved. What it brings is on the list within a minute.")
        return redirect("local:move_clock")
    return render(request, "local/move_clock.html", {"form": form, "now": request.at})


def _read(each: Arrived) -> Letter:
    body = each.message.get_body(("plain",))
    text = body.get_content() if body else ""
    return Letter(each.at, str(each.message["To"] or ""), str(each.message["Subject"] or ""), text.strip())

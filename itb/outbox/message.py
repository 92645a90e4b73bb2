"""The message that a letter becomes: fixed words, counts and a link. It names nobody."""

import hashlib
import json
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from typing import Final

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from itb import clock
from itb.accounts.models import User
from itb.accounts.services import reset_link
from itb.accounts.tokens import token_of
from itb.outbox.claims import Row
from itb.outbox.notices import RESET

REMINDERS: Final = "reminders/"
"""How the templates of letters to people near a patient begin."""
GIVEN: Final = {"link", "count", "unsure"}
"""What every letter may say: where to sign in, of how many things it tells, how many of them were told before."""


def identity_of(key: str) -> str:
    """What tells a repeat from another letter: made of the obligation's key alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def message(lead: Row, *, count: int, unsure: int = 0) -> EmailMessage:
    """The message of the letters that `lead` lends its key to."""
    identity = identity_of(lead.key)
    given = {"link": _link(lead), "stop": _stop_link(lead), "count": count, "unsure": unsure}
    context = {**given, **json.loads(lead.words)}
    mail = EmailMessage()
    mail["Subject"] = render_to_string(f"emails/{lead.template}.subject.txt", context).strip()
    mail["From"] = sender(lead)
    mail["To"] = lead.address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{identity}@{parseaddr(sender(lead))[1].rpartition('@')[2]}>"
    mail["X-Entity-Ref-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"
    if given["stop"]:
        mail["List-Unsubscribe"] = f"<{given['stop']}>"
    mail.set_content(render_to_string(f"emails/{lead.template}.txt", context))
    mail.add_alternative(render_to_string(f"emails/{lead.template}.html", context), subtype="html")
    return mail


def sender(lead: Row) -> str:
    """In whose name. What goes to people near a patient leaves under one that says nothing about anyone's illness."""
    is_outside = lead.template.startswith(REMINDERS)
    return str(settings.CONTACT_FROM_EMAIL if is_outside else settings.DEFAULT_FROM_EMAIL)


def _link(lead: Row) -> str:
    """The front door; an invitation's own, an answer's, or the way to a new password.

    The token in it is made here and kept nowhere.
    """
    if lead.template == RESET:
        return reset_link(user=User.objects.get(pk=lead.person_id))
    if not lead.nonce:
        return str(settings.SITE_URL)
    door = "alerts:answer" if lead.template.startswith(REMINDERS) else "people:open_invitation"
    return f"{settings.SITE_URL}{reverse(door, args=[token_of(lead.nonce)])}"


def _stop_link(lead: Row) -> str:
    """Where somebody near a patient says that they want no more letters; nobody else may say so."""
    if not lead.template.startswith(REMINDERS):
        return ""
    return f"{settings.SITE_URL}{reverse('alerts:stop', args=[token_of(lead.nonce)])}"

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

GIVEN: Final = {"link", "count", "unsure"}
"""What every letter may say: where to sign in, of how many things it tells, how many of them were told before."""


def identity_of(key: str) -> str:
    """What tells a repeat from another letter: made of the obligation's key alone."""
    return hashlib.sha256(key.encode()).hexdigest()[:40]


def message(lead: Row, *, count: int, unsure: int = 0) -> EmailMessage:
    """The message of the letters that `lead` lends its key to."""
    identity = identity_of(lead.key)
    context = {"link": _link(lead), "count": count, "unsure": unsure, **json.loads(lead.words)}
    mail = EmailMessage()
    mail["Subject"] = render_to_string(f"emails/{lead.template}.subject.txt", context).strip()
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = lead.address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{identity}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"
    mail["X-Entity-Ref-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render_to_string(f"emails/{lead.template}.txt", context))
    mail.add_alternative(render_to_string(f"emails/{lead.template}.html", context), subtype="html")
    return mail


def _link(lead: Row) -> str:
    """The front door; an invitation's own, or the way to a new password: its token is made here and kept nowhere."""
    if lead.template == RESET:
        return reset_link(user=User.objects.get(pk=lead.person_id))
    if not lead.nonce:
        return str(settings.SITE_URL)
    return f"{settings.SITE_URL}{reverse('people:open_invitation', args=[token_of(lead.nonce)])}"

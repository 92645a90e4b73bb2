"""What the local sink has received: the letters as a recipient would see them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render

from itb import clock
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission

NEWEST = 50


@dataclass(frozen=True, slots=True)
class Arrived:
    """One message, as it came."""

    at: datetime
    to: str
    subject: str
    text: str
    message_id: str


@requires(Permission.LETTERS)
def mailbox(request: MemberRequest) -> HttpResponse:
    """The newest letters that arrived."""
    paths = sorted(Path(settings.MAILBOX_DIR).glob("[!.]*.eml"), reverse=True)
    arrived = [_read(path) for path in paths[:NEWEST]]
    context = {"arrived": arrived, "count": len(paths), "newest": NEWEST, "now": clock.now()}
    return render(request, "local/mailbox.html", context)


def _read(path: Path) -> Arrived:
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    at = datetime.strptime(path.name.split("Z-")[0], "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC)
    text = body.get_content() if body else ""
    return Arrived(at, message["To"] or "", message["Subject"] or "", text, message["Message-ID"] or "")

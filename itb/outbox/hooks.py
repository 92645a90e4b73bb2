"""A clinic's webhook: where a pager's or text-message gateway's program is told of what is critical or urgent."""

import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from django.conf import settings
from django.db import transaction

from itb.accounts.factors import FactorAdapter
from itb.accounts.models import Membership
from itb.audit.services import record_act
from itb.outbox.models import Hook


@dataclass(frozen=True, slots=True)
class Opened:
    """A new webhook, and its secret, which is shown once."""

    hook: Hook
    secret: str


def trouble_with(url: str) -> str:
    """What is wrong with an address, in a sentence; empty where nothing is."""
    parts = urlsplit(url)
    if parts.username or parts.password or parts.fragment:
        return "Leave out names, passwords and what follows a #: the secret signs each message instead."
    if not parts.hostname:
        return "Write a whole address, such as https://gateway.example/worklist."
    if parts.scheme == "https":
        return ""
    if settings.DEMO and parts.scheme == "http" and parts.hostname in ("localhost", "127.0.0.1"):
        return ""
    return "Write an address that begins with https://: what is sent must not be read on the way."


@transaction.atomic
def start_hook(*, url: str, by: Membership, at: datetime) -> Opened:
    """Tell `url` from now on, and no other; with a new secret, which is kept sealed."""
    end_hook(by=by, at=at)
    secret = secrets.token_urlsafe(32)
    sealed = FactorAdapter().encrypt(secret)
    hook = Hook.objects.create(clinic=by.clinic, url=url, sealed=sealed, started_at=at, started_by=by.user)
    record_act(verb="hook.started", subject=hook, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return Opened(hook, secret)


@transaction.atomic
def end_hook(*, by: Membership, at: datetime) -> bool:
    """Tell no webhook any more; whether there was one."""
    hook = Hook.objects.select_for_update(of=("self",)).visible_to(by).open().first()
    if hook is None:
        return False
    hook.ended_at, hook.ended_by = at, by.user
    hook.save(update_fields=["ended_at", "ended_by"])
    record_act(verb="hook.ended", subject=hook, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return True


def secret_of(sealed: str) -> bytes:
    """What signs the messages."""
    return FactorAdapter().decrypt(sealed).encode()

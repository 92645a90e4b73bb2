"""Delivery: claim under a lease, hand over in two steps, mark.

1. Claim: one statement, committed. The attempt number is the fence: a sender that slept past its lease has lost.
2. Connect, MAIL, RCPT. A crash up to here is certainly not sent; the lease runs out and another takes it.
3. Mark `handing_over` if the letter is still ours and still needed; commit.
4. DATA. 250: mark sent. 4xx: back off and try again, without a limit. 5xx: dead, and shown.
5. A lease that runs out in `handing_over` is uncertain: nobody can know. A critical letter goes again once, under the
   same Message-ID; any other is left, counted and shown.
"""

import hashlib
import json
import random
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr
from ssl import create_default_context

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection
from django.template.loader import render_to_string
from django.urls import reverse

from itb import clock
from itb.accounts.models import User
from itb.accounts.services import reset_link
from itb.accounts.tokens import token_of
from itb.outbox import anchor
from itb.outbox.epoch import begin_confirmed
from itb.outbox.notices import RESET, owe_notices
from itb.outbox.services import beat
from itb.walls import clinics, enter, inside

log = structlog.get_logger(__name__)

LEASE_SECONDS = 60
BATCH = 50
BACK_OFF_SECONDS = (1, 5, 30, 60, 300, 900)
ACCEPTED, TRY_LATER, REFUSED = 250, 400, 500  # replies of SMTP, RFC 5321 section 4.2


@dataclass(frozen=True, slots=True)
class Claim:
    """A letter that is ours until its lease runs out."""

    id: int
    attempt: int
    key: str
    template: str
    is_critical: bool
    address: str
    clinic_id: int
    person_id: int
    nonce: str = ""
    """Of an invitation: what the token in its link is made from."""
    words: str = "{}"
    """As JSON."""


# A moment further ahead than it can be set is the work of a clock that jumped, and counts as come.
LEASE = f"make_interval(secs => {LEASE_SECONDS})"
LATEST = f"make_interval(secs => {2 * BACK_OFF_SECONDS[-1]})"
# No letter leaves a database that may be an older one (itb.outbox.anchor), whatever its sender had found before.
UNBROKEN = "NOT EXISTS (SELECT FROM outbox_epoch WHERE begun_at IS NULL)"

CLAIM = f"""
WITH due AS (
    SELECT id, recipient_id, invitation_id FROM outbox_letter
    WHERE state IN ('pending', 'claimed', 'handing_over') AND (
       (state = 'pending' AND (due_at <= clock_timestamp() OR due_at > clock_timestamp() + {LATEST}))
       OR (state = 'claimed' AND (lease_until <= clock_timestamp() OR lease_until > clock_timestamp() + {LEASE})))
      AND {UNBROKEN}
    ORDER BY is_critical DESC, due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox_letter AS letter
SET state = 'claimed', attempt = attempt + 1, lease_until = clock_timestamp() + {LEASE}
FROM due LEFT JOIN accounts_membership AS member ON member.id = due.recipient_id
    LEFT JOIN accounts_user AS person ON person.id = member.user_id
    LEFT JOIN accounts_invitation AS invitation ON invitation.id = due.invitation_id
WHERE letter.id = due.id
RETURNING letter.id, letter.attempt, letter.key, letter.template, letter.is_critical,
    COALESCE(person.email, invitation.email), letter.clinic_id, COALESCE(person.id, 0),
    COALESCE(invitation.nonce, ''), letter.words
"""  # noqa: S608  only intervals that are written above

# Re-reads the recipient: whoever has left since is not written to, and a superseded letter stays unsent.
WANTED = """(
    EXISTS (SELECT FROM accounts_membership AS member JOIN accounts_user AS person ON person.id = member.user_id
            WHERE member.id = letter.recipient_id AND member.ended_at IS NULL AND person.is_active)
    OR EXISTS (SELECT FROM accounts_invitation AS invitation
               WHERE invitation.id = letter.invitation_id AND invitation.accepted_at IS NULL
                 AND invitation.revoked_at IS NULL AND invitation.expires_at > clock_timestamp()))"""

# The lease begins anew: from here on nobody but this sender may judge how it ended, for as long as DATA may take.
HAND_OVER = f"""
UPDATE outbox_letter AS letter SET state = 'handing_over', lease_until = clock_timestamp() + {LEASE}
WHERE letter.id = %s AND letter.attempt = %s AND letter.state = 'claimed' AND letter.lease_until > clock_timestamp()
  AND {WANTED} AND {UNBROKEN}
"""  # noqa: S608  only what is written above

SENT = """
UPDATE outbox_letter SET state = 'sent', sent_at = clock_timestamp(), lease_until = NULL, trouble = ''
WHERE id = %s AND attempt = %s AND state IN ('handing_over', 'uncertain', 'pending')
"""

# `state` is what must be true for the letter to be certainly unsent: claimed, or handing over and answered by a 4xx.
LATER = """
UPDATE outbox_letter SET state = 'pending', lease_until = NULL, trouble = %s,
    due_at = clock_timestamp() + make_interval(secs => %s * (0.5 + random()))
WHERE id = %s AND attempt = %s AND state = ANY(%s)
"""

GIVE_BACK = """
UPDATE outbox_letter SET state = 'pending', lease_until = NULL WHERE id = %s AND attempt = %s AND state = 'claimed'
"""

LEFT = f"""
UPDATE outbox_letter AS letter
SET state = 'superseded', lease_until = NULL, trouble = 'The recipient has left, or the invitation has ended'
WHERE letter.id = %s AND letter.attempt = %s AND letter.state = 'claimed' AND NOT {WANTED}
"""  # noqa: S608  only what is written above

DEAD = """
UPDATE outbox_letter SET state = 'dead', lease_until = NULL, trouble = %s
WHERE id = %s AND attempt = %s AND state IN ('claimed', 'handing_over')
"""

UNCERTAIN = f"""
UPDATE outbox_letter
SET state = CASE WHEN is_critical AND NOT repeated THEN 'pending' ELSE 'uncertain' END,
    repeated = is_critical, lease_until = NULL, trouble = 'The sender stopped in the middle of the hand-over'
WHERE state = 'handing_over'
  AND (lease_until <= clock_timestamp() OR lease_until > clock_timestamp() + {LEASE})
"""  # noqa: S608  only intervals that are written above


def drain() -> int:
    """Send what is due, clinic by clinic, in batches over one connection each; how many left. Ends with a pulse.

    Stops after half a lease, so that a slow mail server keeps no worker from other work: the next tick goes on. The
    clinics come in a new order each time, so that one with many letters keeps no other waiting for ever.
    """
    owe_notices(at=clock.now())
    until = time.monotonic() + LEASE_SECONDS / 2
    begin_confirmed()
    sent = _drain_clinics(until) if anchor.holds() else 0
    if sent:
        anchor.holds()
    beat(name="drain")
    return sent


def _drain_clinics(until: float) -> int:
    waiting = clinics("outbox_clinics_with_letters")
    random.shuffle(waiting)
    return sum(_drain_clinic(clinic_id, until) for clinic_id in waiting)


def _drain_clinic(clinic_id: int, until: float) -> int:
    sent = 0
    with inside(clinic_id):
        _execute(UNCERTAIN)
        while time.monotonic() < until and (claims := _claim()):
            sent += _send_batch(claims, until)
    return sent


def _claim() -> list[Claim]:
    with connection.cursor() as cursor:
        cursor.execute(CLAIM, {"limit": BATCH})
        return [Claim(*row) for row in cursor.fetchall()]


def _execute(statement: str, *values: int | str | list[str]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)


def _send_batch(claims: list[Claim], until: float) -> int:
    try:
        with _server() as server:
            return sum(_send_or_bury(claim, server, until) for claim in claims)
    except (OSError, smtplib.SMTPException) as error:
        # The server is away: what this batch had not handed over waits, each letter with its own back-off.
        log.warning("smtp.away", kind=type(error).__name__)
        # One whose hand-over had begun stays as it is: only its lease may call it uncertain.
        for claim in claims:
            _later(claim, "The mail server did not answer", ["claimed"])
        return 0


def _send_or_bury(claim: Claim, server: smtplib.SMTP, until: float) -> bool:
    """Send one letter. One that cannot be written at all is dead and shown: it must not stop those behind it."""
    if time.monotonic() >= until:
        _execute(GIVE_BACK, claim.id, claim.attempt)
        return False
    try:
        return _send(claim, server)
    except (OSError, smtplib.SMTPException, DatabaseError):
        raise
    except Exception as error:  # noqa: BLE001  an address or a template that nothing can be done with
        log.warning("letter.unwritable", letter=claim.id, kind=type(error).__name__)
        _execute(DEAD, "The letter could not be written", claim.id, claim.attempt)
        return False


@contextmanager
def _server() -> Iterator[smtplib.SMTP]:
    secure = create_default_context()
    server: smtplib.SMTP
    if settings.EMAIL_USE_SSL:
        server = smtplib.SMTP_SSL(
            settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT, context=secure
        )
    else:
        server = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=settings.EMAIL_TIMEOUT)
    with server:
        if settings.EMAIL_USE_TLS:
            server.starttls(context=secure)
        if settings.EMAIL_HOST_USER:
            server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        server.ehlo_or_helo_if_needed()
        yield server


def _send(claim: Claim, server: smtplib.SMTP) -> bool:
    """Hand one letter over. Whether it left."""
    server.rset()
    code, _ = server.mail(parseaddr(settings.DEFAULT_FROM_EMAIL)[1])
    if code == ACCEPTED:
        code, _ = server.rcpt(claim.address)
    if code >= TRY_LATER:
        _refused(claim, code)
        return False
    content = message(claim).as_bytes(policy=SMTP)
    if not _execute(HAND_OVER, claim.id, claim.attempt):
        _execute(LEFT, claim.id, claim.attempt)
        return False
    try:
        code, _ = server.data(content)
    except smtplib.SMTPDataError as refusal:  # the server said no before a byte of the letter went over
        code = refusal.smtp_code
    if code != ACCEPTED:
        _refused(claim, code)
        return False
    _mark_sent(claim)
    return True


def _mark_sent(claim: Claim) -> None:
    """Write down what the server accepted, even over a restart of PostgreSQL, for as long as the lease lasts."""
    reopened = False
    for _ in range(LEASE_SECONDS):
        try:
            if reopened:  # a new connection stands outside the walls, where the letter does not exist
                enter(claim.clinic_id, None)
            _execute(SENT, claim.id, claim.attempt)
        except OperationalError:
            connection.close()
            time.sleep(1)
            reopened = True
        else:
            return
    log.error("letter.unmarked", letter=claim.id)


def _refused(claim: Claim, code: int) -> None:
    """4xx: later. 5xx: dead. The server's own words are not kept, since they quote the address."""
    if code >= REFUSED:
        _execute(DEAD, f"The mail server refused it ({code})", claim.id, claim.attempt)
    else:
        _later(claim, f"The mail server asked to try later ({code})", ["claimed", "handing_over"])


def _later(claim: Claim, trouble: str, states: list[str]) -> None:
    wait = BACK_OFF_SECONDS[min(claim.attempt, len(BACK_OFF_SECONDS)) - 1]
    _execute(LATER, trouble, wait, claim.id, claim.attempt, states)


def message(claim: Claim) -> EmailMessage:
    """The message: fixed words and a link. Its Message-ID comes from the obligation, so that a repeat can be told."""
    identity = hashlib.sha256(claim.key.encode()).hexdigest()[:40]
    context = {"link": _link(claim), **json.loads(claim.words)}
    mail = EmailMessage()
    mail["Subject"] = render_to_string(f"emails/{claim.template}.subject.txt", context).strip()
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = claim.address
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{identity}@{parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition('@')[2]}>"
    mail["X-Entity-Ref-ID"] = identity
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(render_to_string(f"emails/{claim.template}.txt", context))
    mail.add_alternative(render_to_string(f"emails/{claim.template}.html", context), subtype="html")
    return mail


def _link(claim: Claim) -> str:
    """The front door; an invitation's own, or the way to a new password: its token is made here and kept nowhere."""
    if claim.template == RESET:
        return reset_link(user=User.objects.get(pk=claim.person_id))
    if not claim.nonce:
        return str(settings.SITE_URL)
    return f"{settings.SITE_URL}{reverse('people:open_invitation', args=[token_of(claim.nonce)])}"

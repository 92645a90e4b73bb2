"""Delivery: claim under a lease, hand over in two steps, mark.

1. Claim: one statement, committed. The attempt number is the fence: a sender that slept past its lease has lost.
2. Connect, MAIL, RCPT. A crash up to here is certainly not sent; the lease runs out and another takes it.
3. Mark `handing_over` what is still ours and still needed, with all that leaves in the same message; commit.
4. DATA. 250: mark sent. 4xx: back off and try again, without a limit. 5xx: dead, and shown.
5. A lease that runs out in `handing_over` is uncertain: nobody can know. A critical letter goes again once, under the
   same Message-ID and with the same others; any other is left, counted and shown, and the next digest carries it.
"""

import random
import smtplib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.policy import SMTP
from email.utils import parseaddr
from ssl import create_default_context

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from itb import clock
from itb.accounts.models import Clinic
from itb.outbox import anchor, claims
from itb.outbox import statements as sql
from itb.outbox.claims import Claim, Handed, Pace
from itb.outbox.epoch import begin_confirmed
from itb.outbox.message import message, sender
from itb.outbox.mornings import begin_of, morning_of
from itb.outbox.notices import owe_notices
from itb.outbox.policy import pacing_of
from itb.outbox.services import beat
from itb.outbox.statements import LEASE_SECONDS
from itb.walls import clinics, enter, inside

log = structlog.get_logger(__name__)

WIRE = SMTP.clone(max_line_length=998)  # a long address in a header stays readable: RFC 5322 allows that much
ACCEPTED, TRY_LATER, REFUSED = 250, 400, 500  # replies of SMTP, RFC 5321 section 4.2


def drain() -> int:
    """Send what is due, clinic by clinic, in batches over one connection each; how many letters left.

    Ends with a pulse. Stops after half a lease, so that a slow mail server keeps no worker from other work: the next
    tick goes on. The clinics come in a new order each time, so that one with many letters keeps no other waiting.
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
        claims.judge()
        while time.monotonic() < until and (batch := claims.claim()):
            sent += _send_batch(batch, until)
    return sent


def _send_batch(batch: list[Claim], until: float) -> int:
    try:
        with server() as mail:
            return sum(_send_or_bury(claim, mail, until) for claim in batch)
    except (OSError, smtplib.SMTPException) as error:
        # The server is away: what this batch had not handed over waits, each letter with its own back-off.
        log.warning("smtp.away", kind=type(error).__name__)
        # One whose hand-over had begun stays as it is: only its lease may call it uncertain.
        for claim in batch:
            claims.put_later(claim.fence, "The mail server did not answer", ["claimed"])
        return 0


def _send_or_bury(claim: Claim, server: smtplib.SMTP, until: float) -> int:
    """Send one message; how many letters left. What cannot be written is dead and shown: it stops nothing behind it."""
    if time.monotonic() >= until:
        claims.mark(sql.GIVE_BACK, claim.fence)
        return 0
    try:
        return _send(claim, server)
    except (OSError, smtplib.SMTPException, DatabaseError):
        raise
    except Exception as error:  # noqa: BLE001  an address or a template that nothing can be done with
        log.warning("letter.unwritable", letter=claim.lead.id, kind=type(error).__name__)
        claims.mark(sql.DEAD, claim.fence, trouble="The letter could not be written")
        server.rset()
        return 0


@contextmanager
def server() -> Iterator[smtplib.SMTP]:
    """The mail server, connected, secured and signed in to as the settings say."""
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


def _send(claim: Claim, server: smtplib.SMTP) -> int:
    """Hand one message over. How many letters left with it."""
    code, _ = server.mail(parseaddr(sender(claim.lead))[1])
    if code == ACCEPTED:
        code, _ = server.rcpt(claim.lead.address)
    if code >= TRY_LATER:
        _refused(claim, claim.fence, code)
        server.rset()
        return 0
    leaving = _hand_over(claim)
    if leaving is None:
        server.rset()
        return 0
    handed, content = leaving
    try:
        code, _ = server.data(content)
    except smtplib.SMTPDataError as refusal:  # the server said no before a byte of the letter went over
        code = refusal.smtp_code
    if code != ACCEPTED:
        _refused(claim, handed.fence, code)
        server.rset()
        return 0
    _mark_sent(claim, handed)
    return len(handed.ids)


def _hand_over(claim: Claim) -> tuple[Handed, bytes] | None:
    """What leaves now, and as which message; None where nothing may. Written before it is committed: then only DATA."""
    with transaction.atomic():
        if claim.lead.pace == Pace.BUDGET and not _is_within_budget(claim):
            claims.mark(sql.PUT_OFF, claim.fence)
            return None
        handed = claims.take(claim)
        if handed.count:
            mail = message(claim.lead, count=handed.count, unsure=handed.unsure)
            return handed, mail.as_bytes(policy=WIRE)
        transaction.set_rollback(True)
    if handed.ids:  # a digest, when all that it was to carry has ended
        claims.mark(sql.EMPTY, claim.fence)
    else:
        claims.mark(sql.LEFT, claim.fence, trouble="The recipient has left, or the invitation has ended")
    return None


def _is_within_budget(claim: Claim) -> bool:
    """Whether the day has a letter left for this person, the digest's own place kept free."""
    assert claim.lead.recipient_id, "a letter with a budget goes to a person of the clinic"
    clinic = Clinic.objects.select_related("letter_policy").get(pk=claim.lead.clinic_id)
    pacing, at = pacing_of(clinic), clock.now()
    today = at.astimezone(clinic.tz).date()
    count, digest_waits = claims.used(claim.lead.recipient_id, begin_of(at, clinic.tz))
    is_to_come = digest_waits or at < morning_of(today, pacing.morning_hour, clinic.tz)
    return count + is_to_come < pacing.letters_a_day


def _mark_sent(claim: Claim, handed: Handed) -> None:
    """Write down what the server accepted, even over a restart of PostgreSQL, for as long as the lease lasts."""
    reopened = False
    for _ in range(LEASE_SECONDS):
        try:
            if reopened:  # a new connection stands outside the walls, where the letter does not exist
                enter(claim.lead.clinic_id, None)
            claims.mark(sql.SENT, handed.fence)
        except OperationalError:
            connection.close()
            time.sleep(1)
            reopened = True
        else:
            return
    log.error("letter.unmarked", letter=claim.lead.id)


def _refused(claim: Claim, fence: dict[str, list[int]], code: int) -> None:
    """4xx: later. 5xx: dead. The server's own words are not kept, since they quote the address."""
    if code >= REFUSED:
        log.warning("letter.refused", letter=claim.lead.id, code=code)
        claims.mark(sql.DEAD, fence, trouble=f"The mail server refused it ({code})")
    else:
        trouble = f"The mail server asked to try later ({code})"
        claims.put_later(fence, trouble, ["claimed", "handing_over"])

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
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.policy import SMTP
from email.utils import parseaddr
from http import HTTPStatus
from http.client import HTTPException
from ssl import create_default_context

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from itb import clock
from itb.accounts.models import Clinic
from itb.outbox import anchor, claims, posting
from itb.outbox import statements as sql
from itb.outbox.bounces import fall_to_others
from itb.outbox.claims import Claim, Handed, Pace, Row
from itb.outbox.epoch import begin_confirmed
from itb.outbox.hooks import secret_of
from itb.outbox.message import identity_of, message, sender
from itb.outbox.models import Letter
from itb.outbox.mornings import begin_of, morning_of
from itb.outbox.notices import owe_notices
from itb.outbox.policy import pacing_of
from itb.outbox.return_address import Returned, return_address
from itb.outbox.services import beat
from itb.outbox.statements import LEASE_SECONDS
from itb.walls import clinics, enter, inside

log = structlog.get_logger(__name__)

WIRE = SMTP.clone(max_line_length=998)  # a long address in a header stays readable: RFC 5322 allows that much
ASK_LATER = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS)
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
    mails = [claim for claim in batch if not claim.lead.hook_id]
    posts = [claim for claim in batch if claim.lead.hook_id]
    return (_mail(mails, until) if mails else 0) + sum(_post_or_wait(claim, until) for claim in posts)


def _mail(batch: list[Claim], until: float) -> int:
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
        _bury(claim, claim.fence, "The letter could not be written")
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


def _returns_to(lead: Row) -> str:
    """The envelope's sender. Of what goes to people near a patient it says nothing, where nothing takes returns in."""
    if settings.BOUNCE_ADDRESS:
        return return_address(Returned(lead.clinic_id, lead.first))
    return parseaddr(sender(lead))[1]


def _send(claim: Claim, server: smtplib.SMTP) -> int:
    """Hand one message over. How many letters left with it."""
    code, _ = server.mail(_returns_to(claim.lead))
    if code == ACCEPTED:
        code, _ = server.rcpt(claim.lead.address)
    if code >= TRY_LATER:
        _refused(claim, claim.fence, code)
        server.rset()
        return 0
    leaving = _hand_over(claim, lambda handed: _written(claim, handed))
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


def _written(claim: Claim, handed: Handed) -> bytes:
    mail = message(claim.lead, count=handed.count, unsure=handed.unsure)
    return mail.as_bytes(policy=WIRE)


def _post_or_wait(claim: Claim, until: float) -> int:
    """Post one message to the clinic's webhook; how many letters left. What goes wrong is this message's alone."""
    if time.monotonic() >= until:
        claims.mark(sql.GIVE_BACK, claim.fence)
        return 0
    try:
        with posting.connected(claim.lead.url) as server:
            return _post(claim, server)
    except posting.ForbiddenAddressError:
        _bury(claim, claim.fence, "The webhook leads into a network that it may not lead into")
    except (OSError, HTTPException) as error:  # as with mail: only its lease may call a hand-over uncertain
        log.warning("webhook.away", kind=type(error).__name__)
        claims.put_later(claim.fence, "The webhook did not answer", ["claimed"])
    return 0


def _post(claim: Claim, server: posting.Pinned) -> int:
    lead, key = claim.lead, identity_of(claim.lead.key)
    tier = lead.template.rpartition("/")[2]
    leaving = _hand_over(claim, lambda handed: posting.content(key=key, tier=tier, count=handed.count))
    if leaving is None:
        return 0
    handed, body = leaving
    signed = posting.Message(body, key, secret_of(lead.sealed), int(clock.now().timestamp()))
    status = posting.post(server, lead.url, signed)
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        _mark_sent(claim, handed)
        return len(handed.ids)
    if status in ASK_LATER or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        trouble = f"The webhook asked to try later ({status})"
        claims.put_later(handed.fence, trouble, ["claimed", "handing_over"])
    else:
        _bury(claim, handed.fence, f"The webhook refused it ({status})")
    return 0


def _hand_over(claim: Claim, write: Callable[[Handed], bytes]) -> tuple[Handed, bytes] | None:
    """What leaves now, and as which message; None where nothing may.

    It is written before it is committed: between the commit and the hand-over nothing is left to go wrong.
    """
    with transaction.atomic():
        if claim.lead.pace == Pace.BUDGET and not _is_within_budget(claim):
            claims.mark(sql.PUT_OFF, claim.fence)
            return None
        handed = claims.take(claim)
        if handed.count:
            return handed, write(handed)
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
    """4xx: later. 5xx: dead, and others are told. The server's own words are not kept: they quote the address."""
    if code >= REFUSED:
        log.warning("letter.refused", letter=claim.lead.id, status=code)
        _bury(claim, fence, f"The mail server refused it ({code})")
    else:
        trouble = f"The mail server asked to try later ({code})"
        claims.put_later(fence, trouble, ["claimed", "handing_over"])


@transaction.atomic
def _bury(claim: Claim, fence: dict[str, list[int]], trouble: str) -> None:
    """Say that these letters will not arrive, and let what they were about fall to others: both or neither.

    A digest that is refused takes what waits for it along: it would not arrive with another one either.
    """
    if not claims.mark(sql.DEAD, fence, trouble=trouble):
        return
    lost = list(fence["ids"])
    if claim.lead.template == sql.DIGEST:
        waiting = Letter.objects.filter(
            recipient=claim.lead.recipient_id, state=Letter.State.PENDING, pace=Pace.DIGEST
        )
        along = list(waiting.select_for_update(skip_locked=True).values_list("pk", flat=True))
        Letter.objects.filter(pk__in=along).update(state=Letter.State.DEAD, trouble=trouble)
        lost += along
    dead = Letter.objects.filter(pk__in=lost, state=Letter.State.DEAD).select_related("recipient__user")
    fall_to_others(letters=dead, trouble=trouble, at=clock.now())

"""Reading a report of delivery (RFC 3464): which letter it is about, and whether it has failed for good. Pure."""

from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default
from typing import Final, NamedTuple

from itb.outbox.return_address import Returned, returned_to

ADDRESSED: Final = ("Delivered-To", "X-Original-To", "Envelope-To", "To")
"""Where the address stands that a report was sent to; servers differ in which they write."""


class Report(NamedTuple):
    """A letter, and the status with which it failed, such as 5.1.1."""

    returned: Returned
    status: str


def read(content: bytes) -> Report | None:
    """What a message reports; None where it is none, of nothing that we sent, or says that it may yet arrive."""
    mail = message_from_bytes(content, policy=default)
    addresses = (str(value) for name in ADDRESSED for value in mail.get_all(name, []))
    returned = next((found for address in addresses if (found := returned_to(address))), None)
    status = failed_with(mail)
    return Report(returned, status) if returned and status else None


def failed_with(mail: EmailMessage) -> str:
    """The status of the first recipient whom it did not reach; empty where none is said to have failed for good."""
    if mail.get_content_type() != "multipart/report":
        return ""
    for part in mail.walk():
        if part.get_content_type() == "message/delivery-status":
            statuses = (_status(group) for group in part.get_payload() if isinstance(group, Message))
            return next((status for status in statuses if status), "")
    return ""


def _status(group: Message) -> str:
    """Of one recipient: digits and points alone, since the rest quotes the address."""
    status = str(group.get("Status", "")).split(" ")[0].strip()[:12]
    has_failed = str(group.get("Action", "")).strip().lower() == "failed"
    is_plain = status.startswith("5.") and status.replace(".", "").isdecimal()
    return (status if is_plain else "5.0.0") if has_failed else ""

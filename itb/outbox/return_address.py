"""To which address a message comes back that could not be delivered: it names the letter, and nobody else can make it.

`bounces+CLINIC.LETTER.SIGNATURE@host`, where BOUNCE_ADDRESS is `bounces@host`. Without one, returns go to the sender's
own address and are read by people.
"""

import re
from email.utils import parseaddr
from typing import Final, NamedTuple

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac

SALT: Final = "itb.outbox.return_address"
DIGITS: Final = (
    20  # of the signature: with it and two numbers the part before the @ stays within its 64 characters
)
MADE: Final = re.compile(r"\+(\d{1,18})\.(\d{1,18})\.([0-9a-f]{20})@")


class Returned(NamedTuple):
    """Which letter a return is about."""

    clinic_id: int
    envelope: int


def return_address(returned: Returned) -> str:
    """The sender of the envelope."""
    local, at, host = settings.BOUNCE_ADDRESS.rpartition("@")
    if not at:
        return parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    signature = _signature(returned, settings.SECRET_KEY)
    return f"{local}+{returned.clinic_id}.{returned.envelope}.{signature}@{host}"


def returned_to(address: str) -> Returned | None:
    """Which letter an address is of; None for one that we have not made."""
    found = MADE.search(address.lower())
    if not found:
        return None
    returned = Returned(int(found[1]), int(found[2]))
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    is_ours = any(constant_time_compare(_signature(returned, key), found[3]) for key in keys)
    return returned if is_ours else None


def _signature(returned: Returned, key: str) -> str:
    said = f"{returned.clinic_id}.{returned.envelope}"
    return salted_hmac(SALT, said, secret=key, algorithm="sha256").hexdigest()[:DIGITS]

"""The one-time token of an invitation: made from the secret key when its letter leaves, and nowhere kept.

The row holds a nonce and the token's hash. Who reads the database, or a backup of it, can make no link that opens.
"""

import hashlib
import secrets
from typing import Final

from django.utils.crypto import salted_hmac

SALT: Final = "itb.accounts.tokens"


def fresh_nonce() -> str:
    """What makes one token differ from every other."""
    return secrets.token_hex(32)


def token_of(nonce: str) -> str:
    """The token that stands in the link, signed with the secret key."""
    return salted_hmac(SALT, nonce, algorithm="sha256").hexdigest()


def hashed(token: str) -> str:
    """What is kept of a token, and what it is looked up by."""
    return hashlib.sha256(token.encode()).hexdigest()

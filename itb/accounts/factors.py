"""Second factors: which count, and how their secrets are sealed."""

import base64
from typing import Any

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.db.models import Exists, OuterRef


class FactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    """Seeds lie sealed in the database: a copy of it gives nobody a code."""

    def encrypt(self, text: str) -> str:
        """Seal with the first key."""
        return _keys().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Open with whichever key sealed it."""
        return _keys().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """The name under which a browser keeps the passkey."""
        return {**super().get_public_key_credential_rp_entity(), "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002  allauth's word
        """A name to begin with."""
        passkeys = Authenticator.objects.filter(user=user, type=Authenticator.Type.WEBAUTHN)
        return f"Passkey {passkeys.count() + 1}"


def has_second_factor() -> Exists:
    """To annotate a row with a `user`. Recovery codes are no factor of their own: they stand in for a lost one."""
    theirs = Authenticator.objects.filter(user=OuterRef("user"))
    return Exists(theirs.exclude(type=Authenticator.Type.RECOVERY_CODES))


def _keys() -> MultiFernet:
    secrets = [*settings.FACTOR_KEYS, settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_derived(secret)) for secret in secrets])


def _derived(secret: str) -> bytes:
    key = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"itb.accounts.factors")
    return base64.urlsafe_b64encode(key.derive(secret.encode()))

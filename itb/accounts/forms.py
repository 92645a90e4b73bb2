"""Forms of allauth where our own rules apply: counted tries, a code that works once, a letter by the outbox."""

from typing import Any

from allauth.account.forms import ChangePasswordForm, ResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from allauth.mfa.webauthn.forms import (
    AddWebAuthnForm,
    AuthenticateWebAuthnForm,
    LoginWebAuthnForm,
    ReauthenticateWebAuthnForm,
)
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.forms import HiddenInput, JSONField
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from itb import clock
from itb.accounts import attempts, journal, services
from itb.accounts.adapter import count

UNREADABLE = (
    KeyError,
    TypeError,
    ValueError,
    AttributeError,
    IndexError,
)  # of the library, at what is no passkey
NO_PASSKEY = "This is no passkey that can be read. Use another way, or set it up anew."
USED = "This code was used before. Wait for the next one."


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """A way to a new password. It takes the same time whether the address is known: the letter leaves later."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Leave a note for the outbox, if there is such a person."""
        make_password(get_random_string(20))  # as long as signing in takes: beside it a row more is not seen
        services.ask_for_reset(users=self.users, at=clock.now())
        return str(self.cleaned_data["email"])


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # allauth has no types
    """Another password. The old one is asked for, and counted as at signing in: a screen left open gives no tries."""

    def clean_oldpassword(self) -> str:
        """Look at the old one only while there are tries left."""
        tried = count(context.request, attempts.of_password(self.user.email), self.user)
        try:
            password = str(super().clean_oldpassword())
        except ValidationError:
            journal.wrong(user=self.user, how="password")
            raise
        tried.forgive()
        return password


class _Counted:
    """A code is counted like a password, and apart from it."""

    user: Any

    def clean_code(self) -> str:
        """Look at the code only while there are tries left."""
        tried = count(context.request, attempts.of_code(self.user), self.user)
        try:
            code = str(super().clean_code())  # type: ignore[misc]
        except ValidationError:
            journal.wrong(user=self.user, how="code")
            raise
        tried.forgive()
        return code


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """Showing again who one is."""


class CredentialField(JSONField):
    """What a browser says of a passkey. JSON that Python cannot hold (a number of 100,000 digits) is none either."""

    widget = HiddenInput

    def to_python(self, value: Any) -> Any:
        """As Django does, in words where the reader gives up."""
        try:
            return super().to_python(value)
        except (ValueError, RecursionError) as error:
            raise ValidationError(NO_PASSKEY) from error


class _Told:
    """A passkey that opens nothing is a line in the log; what is none at all is refused in words."""

    user: Any

    def clean_credential(self) -> Authenticator:
        """As allauth does."""
        try:
            return super().clean_credential()  # type: ignore[misc]
        except ValidationError:
            journal.wrong(user=self.user, how="webauthn")
            raise
        except UNREADABLE as error:
            journal.wrong(user=self.user, how="webauthn")
            raise ValidationError(NO_PASSKEY) from error


class PasskeyForm(_Told, LoginWebAuthnForm):  # type: ignore[misc]
    """Signing in with a passkey alone."""

    credential = CredentialField()


class PasskeyStepForm(_Told, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """The second step of signing in, with a passkey."""

    credential = CredentialField()


class PasskeyAgainForm(_Told, ReauthenticateWebAuthnForm):  # type: ignore[misc]
    """Showing again who one is, with a passkey."""

    credential = CredentialField()


class NewPasskeyForm(AddWebAuthnForm):  # type: ignore[misc]
    """A passkey is added."""

    credential = CredentialField()

    def clean(self) -> dict[str, Any]:
        """As allauth does, in words where it is none."""
        try:
            return dict(super().clean())
        except UNREADABLE as error:
            raise ValidationError(NO_PASSKEY) from error


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app. It has been used then, and signs nobody in."""

    def clean_code(self) -> str:
        """As allauth does, and mark it."""
        code = str(super().clean_code())
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):  # noqa: SLF001
            raise ValidationError(USED)
        return code

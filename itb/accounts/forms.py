"""Forms of allauth where our own rules apply: counted tries, a code that works once, a letter by the outbox."""

from typing import Any

from allauth.account.forms import ResetPasswordForm
from allauth.core import context
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.crypto import get_random_string

from itb import clock
from itb.accounts import attempts, services
from itb.accounts.adapter import count

USED = "This code was used before. Wait for the next one."


class ResetForm(ResetPasswordForm):  # type: ignore[misc]  # allauth has no types
    """A way to a new password. It takes the same time whether the address is known: the letter leaves later."""

    def save(self, request: HttpRequest, **kwargs: Any) -> str:
        """Leave a note for the outbox, if there is such a person."""
        make_password(get_random_string(20))  # as long as signing in takes: beside it a row more is not seen
        services.ask_for_reset(users=self.users, at=clock.now())
        return str(self.cleaned_data["email"])


class _Counted:
    """A code is counted like a password, and apart from it."""

    user: Any

    def clean_code(self) -> str:
        """Look at the code only while there are tries left."""
        tried = count(context.request, attempts.of_code(self.user), self.user)
        code = str(super().clean_code())  # type: ignore[misc]
        tried.forgive()
        return code


class CodeForm(_Counted, AuthenticateForm):  # type: ignore[misc]
    """The second step of signing in."""


class CodeAgainForm(_Counted, ReauthenticateForm):  # type: ignore[misc]
    """Showing again who one is."""


class FirstCodeForm(ActivateTOTPForm):  # type: ignore[misc]
    """The first code of a new app. It has been used then, and signs nobody in."""

    def clean_code(self) -> str:
        """As allauth does, and mark it."""
        code = str(super().clean_code())
        if not TOTP(Authenticator(user=self.user))._mark_code_used(code):  # noqa: SLF001
            raise ValidationError(USED)
        return code

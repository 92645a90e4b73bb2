"""What allauth asks of us."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from itb import clock
from itb.accounts import attempts, journal, presence, services
from itb.accounts.models import Notice, SignIn, User

# What allauth would write a letter about, and what we call it.
KINDS = {
    "account/email/password_changed": Notice.Kind.PASSWORD,
    "account/email/password_set": Notice.Kind.PASSWORD,
    "account/email/password_reset": Notice.Kind.PASSWORD,
    "mfa/email/totp_activated": Notice.Kind.FACTOR_ADDED,
    "mfa/email/webauthn_added": Notice.Kind.FACTOR_ADDED,
    "mfa/email/recovery_codes_generated": Notice.Kind.FACTOR_ADDED,
    "mfa/email/totp_deactivated": Notice.Kind.FACTOR_REMOVED,
    "mfa/email/webauthn_removed": Notice.Kind.FACTOR_REMOVED,
}


class ClosedDoorAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    """Nobody signs up by themselves, tries are counted, and letters about an account leave by the outbox."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never."""
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Write the try down. One too many is refused before the password is looked at."""
        email = credentials["email"].strip().lower()
        user = User.objects.filter(email=email).first()
        self.tried = count(request, attempts.of_password(email), user)

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """A wrong password is a line in the log."""
        journal.wrong(
            user=User.objects.filter(email=credentials["email"].strip().lower()).first(), how="password"
        )

    def _rollback_login_failed_rl_usage(self) -> None:
        """The password was right."""
        self.tried.forgive()

    def reauthenticate(self, user: Any, password: str) -> bool:
        """Whether it is this person's password."""
        found = self.authenticate(context.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **kwargs: Any) -> bool:
        """Not within the minutes that a proof holds, be it the sign-in itself."""
        here = context.request.presence
        return not (here and here.is_proved)

    def logout(self, request: HttpRequest) -> None:
        """Signing out ends this person's sign-ins everywhere: the next one at any screen has to sign in."""
        presence.end(user=request.user, why=SignIn.End.LEFT, at=clock.now())  # type: ignore[arg-type]
        super().logout(request)

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """A password or a factor has changed: told by letter, written in the trail, other sign-ins ended."""
        assert isinstance(user, User)
        kind = KINDS[template_prefix]
        # A new password ends every sign-in, this one too; a factor leaves the one where it was changed.
        keeping = 0 if kind == Notice.Kind.PASSWORD else self.request.session.get(presence.SESSION_KEY, 0)
        services.change_credential(user=user, kind=kind, keeping=keeping, by=user, at=clock.now())


def count(request: HttpRequest, account: str, user: User | None) -> attempts.Try:
    """Write a try down. Raises ValidationError, with what helps."""
    try:
        return attempts.take(request, account, user=user)
    except attempts.TooManyError as refusal:
        journal.too_many(user=user)
        raise ValidationError(str(refusal)) from refusal

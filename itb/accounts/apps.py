"""The app of accounts: listens to Django and allauth, which tell by signal when someone signs in or proves it again."""

from typing import Any

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Connects the two signals of the libraries; no other is used."""

    name = "itb.accounts"

    def ready(self) -> None:
        from allauth.account.signals import authentication_step_completed  # noqa: PLC0415  models first
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415

        user_logged_in.connect(_signed_in)
        authentication_step_completed.connect(_step)


def _signed_in(*, request: Any, user: Any, **_: Any) -> None:
    from itb.accounts import presence  # noqa: PLC0415

    presence.begin(request, user)


def _step(*, request: Any, user: Any, method: str, reauthenticated: bool = False, **more: Any) -> None:
    from itb.accounts import journal, presence  # noqa: PLC0415

    journal.right(user=user, how=more.get("type", method))
    if reauthenticated:
        presence.prove(request)

"""System checks that no library makes for us."""

from collections.abc import Sequence
from typing import Any

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def only_postgresql(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Triggers, partial indexes and SKIP LOCKED carry the safety rules: no other database has them all."""
    if settings.DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
        return []
    return [
        Error(
            "DATABASE_URL names something other than PostgreSQL, which is the only database.", id="itb.E001"
        )
    ]


@register()
def watch_is_on_the_web(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """The outside watch is asked over the network: a path of this machine would answer for ever."""
    if not settings.WATCH_URL or settings.WATCH_URL.startswith(("https://", "http://127.0.0.1")):
        return []
    return [Error("WATCH_URL is no address that begins with https://.", id="itb.E002")]

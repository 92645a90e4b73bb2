"""The URLconf, walked: every address with its view, so that a new one cannot be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

PUBLIC = {
    "healthz",
    "healthz_engine",
    "policy_report",
    "people:invited",
    "people:open_invitation",
    "accounts:leave",
    "accounts:remaining",
    "accounts:away",
}
SIGNED_IN = {"accounts:switch", "accounts:sessions", "accounts:end"}  # any person, whatever the part
OF_ALLAUTH = ("account_", "mfa_", "openid_connect_", "socialaccount_")


@dataclass(frozen=True, slots=True)
class Address:
    """One route."""

    name: str
    converters: tuple[str, ...]
    view: Any

    def path(self, number: int) -> str:
        """Its path, with every id set to `number`."""
        return reverse(self.name, kwargs=dict.fromkeys(self.converters, number))


def addresses() -> list[Address]:
    """All of them but allauth's."""
    return [address for address in _walk(get_resolver(), "") if not address.name.startswith(OF_ALLAUTH)]


def _walk(resolver: URLResolver, namespace: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            yield Address(namespace + pattern.name, tuple(pattern.pattern.converters), pattern.callback)

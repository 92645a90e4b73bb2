"""The URLconf, walked: every address with its view and who may reach it, so that a new one cannot be forgotten."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, reverse

from itb.accounts.permissions import Permission


class Open(Enum):
    """Who reaches an address that demands no permission."""

    ANYBODY = "whoever asks, a machine too"
    VISITOR = "who is not signed in yet; anyone else is sent on"
    PERSON = "whoever is signed in"
    OWNER = "whoever is signed in, for what is their own; anything else is missing"
    BETWEEN = "who has given a password and owes a code; anyone else is sent on"
    HOSPITAL = "whoever comes from the hospital, where one is connected"
    MEMBER = "whoever is signed in; for those with a part in a clinic, whatever the part"


P = Permission
DOORS: dict[str, Permission | Open] = {
    "healthz": Open.ANYBODY,
    "healthz_engine": Open.ANYBODY,
    "policy_report": Open.ANYBODY,
    "account_login": Open.VISITOR,
    "account_logout": Open.ANYBODY,
    "account_inactive": Open.ANYBODY,
    "account_reauthenticate": Open.PERSON,
    "account_change_password": Open.PERSON,
    "account_reset_password": Open.ANYBODY,
    "account_reset_password_done": Open.ANYBODY,
    "account_reset_password_from_key": Open.ANYBODY,
    "account_reset_password_from_key_done": Open.ANYBODY,
    "mfa_index": Open.PERSON,
    "mfa_authenticate": Open.BETWEEN,
    "mfa_reauthenticate": Open.PERSON,
    "mfa_activate_totp": Open.PERSON,
    "mfa_deactivate_totp": Open.OWNER,
    "mfa_view_recovery_codes": Open.OWNER,
    "mfa_generate_recovery_codes": Open.PERSON,
    "mfa_list_webauthn": Open.ANYBODY,
    "mfa_add_webauthn": Open.PERSON,
    "mfa_remove_webauthn": Open.OWNER,
    "mfa_login_webauthn": Open.ANYBODY,
    "mfa_reauthenticate_webauthn": Open.PERSON,
    "openid_connect_login": Open.HOSPITAL,
    "openid_connect_callback": Open.HOSPITAL,
    "accounts:switch": Open.MEMBER,
    "accounts:sessions": Open.PERSON,
    "accounts:end": Open.PERSON,
    "accounts:leave": Open.ANYBODY,
    "accounts:remaining": Open.ANYBODY,
    "accounts:away": Open.ANYBODY,
    "outbox:resume": P.RESUME,
    "outbox:address": P.LETTERS,
    "outbox:hook": P.POLICY,
    "outbox:end_hook": P.POLICY,
    "accounts:locks": P.PEOPLE,
    "accounts:demand": P.POLICY,
    "accounts:unlock": P.PEOPLE,
    "accounts:revoke": P.PEOPLE,
    "dashboard:worklist": P.VIEW,
    "dashboard:export_worklist": P.EXPORT,
    "dashboard:export_alerts": P.EXPORT,
    "dashboard:export_letters": P.EXPORT,
    "dashboard:filter": P.VIEW,
    "dashboard:search": P.VIEW,
    "dashboard:chart": P.VIEW,
    "dashboard:scenario": P.VIEW,
    "dashboard:letters": P.LETTERS,
    "dashboard:trail": P.TRAIL,
    "dashboard:export_trail": P.EXPORT,
    "dashboard:clinic": P.VIEW,
    "dashboard:policy": P.VIEW,
    "dashboard:proof": P.VIEW,
    "dashboard:catalogue": P.VIEW,
    "dashboard:calculators": P.VIEW,
    "dashboard:calculator": P.VIEW,
    "people:roles": P.VIEW,
    "people:list": P.VIEW,
    "people:invite": P.PEOPLE,
    "people:person": P.PEOPLE,
    "people:change_role": P.PEOPLE,
    "people:end": P.PEOPLE,
    "people:deactivate": P.PEOPLE,
    "people:revoke": P.PEOPLE,
    "people:ask": P.PEOPLE,
    "people:decide": P.CONFIRM,
    "people:open_emergency": P.VIEW,
    "people:leave_emergency": P.VIEW,
    "people:end_emergency": P.PEOPLE,
    "people:invited": Open.ANYBODY,
    "people:open_invitation": Open.ANYBODY,
    "patients:register": P.REGISTER,
    "patients:edit": P.REGISTER,
    "patients:add_contact": P.REGISTER,
    "patients:edit_contact": P.REGISTER,
    "patients:end_contact": P.REGISTER,
    "patients:leave": P.REGISTER,
    "patients:decide": P.REGISTER,
    "patients:implant": P.REGISTER,
    "patients:catheter": P.REGISTER,
    "patients:replacement": P.RECORD,
    "patients:transfer": P.REGISTER,
    "patients:accept": P.REGISTER,
    "patients:add_model": P.POLICY,
    "refills:record": P.RECORD,
    "refills:start": P.START,
    "refills:list_unsigned": P.VIEW,
    "refills:sign": P.SIGN,
    "refills:adjust": P.START,
    "refills:correct_refill": P.RECORD,
    "refills:correct_programme": P.START,
    "refills:correct_adjustment": P.START,
    "refills:book": P.BOOK,
    "refills:miss": P.BOOK,
    "refills:confirm": P.BOOK,
    "refills:end": P.BOOK,
    "refills:visits": P.VIEW,
    "refills:contact": P.BOOK,
    "refills:authorise": P.BOOK,
    "refills:order": P.BOOK,
    "refills:home": P.BOOK,
    "refills:bag": P.VIEW,
    "refills:orders": P.VIEW,
    "refills:export_orders": P.EXPORT,
    "refills:calendar": P.VIEW,
    "refills:move": P.BOOK,
    "refills:rebook": P.BOOK,
    "refills:export_visits": P.EXPORT,
    "refills:closed_days": P.VIEW,
    "refills:close": P.POLICY,
    "refills:close_weekly": P.POLICY,
    "refills:lift": P.POLICY,
    "refills:planning": P.POLICY,
    "refills:add_product": P.POLICY,
    "refills:policy": P.POLICY,
    "refills:procedure_policy": P.POLICY,
    "refills:sheet": P.VIEW,
    "refills:close_followup": P.ACKNOWLEDGE,
    "refills:lots": P.VIEW,
    "refills:export_lots": P.EXPORT,
    "refills:programming": P.POLICY,
    "alerts:list": P.VIEW,
    "alerts:show": P.VIEW,
    "alerts:duty": P.VIEW,
    "alerts:enter_absence": P.ACKNOWLEDGE,
    "alerts:end_absence": P.ACKNOWLEDGE,
    "alerts:name_lead": P.PEOPLE,
    "alerts:give_phone": P.ACKNOWLEDGE,
    "alerts:acknowledge": P.ACKNOWLEDGE,
    "alerts:pass_on": P.ACKNOWLEDGE,
    "alerts:snooze": P.ACKNOWLEDGE,
    "alerts:resolve": P.ACKNOWLEDGE,
    "alerts:keep_view": P.ACKNOWLEDGE,
    "alerts:drop_view": P.ACKNOWLEDGE,
    "alerts:policy": P.POLICY,
    "alerts:escalation": P.POLICY,
    "alerts:letters_policy": P.POLICY,
    "alerts:cadence": P.POLICY,
    "alerts:answer": Open.ANYBODY,
    "alerts:stop": Open.ANYBODY,
    "morning:show": P.VIEW,
    "morning:take": P.VIEW,
    "morning:export": P.EXPORT,
    "local:mailbox": P.LETTERS,
}
"""The register: every address with what its door demands. One that does not stand here fails the build."""

STEPPED_UP = {
    "morning:export",
    "outbox:hook",
    "outbox:end_hook",
    "refills:sign",
    "dashboard:export_trail",
    "refills:export_visits",
    "refills:export_lots",
    "refills:export_orders",
    "dashboard:export_worklist",
    "dashboard:export_alerts",
    "dashboard:export_letters",
    "people:open_emergency",
    "accounts:demand",
    "accounts:unlock",
    "accounts:revoke",
    "people:invite",
    "people:change_role",
    "people:end",
    "people:deactivate",
    "people:ask",
    "people:decide",
    "patients:decide",
}
"""Those that ask again who one is, unless it was shown a few minutes ago."""

PUBLIC = {name for name, door in DOORS.items() if door in (Open.ANYBODY, Open.VISITOR)}
SIGNED_IN = {name for name, door in DOORS.items() if door in (Open.PERSON, Open.OWNER, Open.MEMBER)}


@dataclass(frozen=True, slots=True)
class Address:
    """One route."""

    name: str
    converters: tuple[str, ...]
    view: Any

    @property
    def permission(self) -> Any:
        """What its door demands; None where there is no such door."""
        return getattr(self.view, "permission", None)

    def path(self, number: int) -> str:
        """Its path, with every id set to `number`."""
        return self.path_of(dict.fromkeys(self.converters, number))

    def path_of(self, values: Mapping[str, Any]) -> str:
        """Its path, with the ids that it needs from `values`."""
        return reverse(self.name, kwargs={name: values[name] for name in self.converters})


def every_address() -> list[Address]:
    """All of them."""
    return list(_walk(get_resolver(), ""))


def addresses() -> list[Address]:
    """Those with a view of ours."""
    return [address for address in every_address() if not address.view.__module__.startswith("allauth.")]


def _walk(resolver: URLResolver, namespace: str) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            inner = f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace
            yield from _walk(pattern, inner)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            yield Address(namespace + pattern.name, _converters(pattern), pattern.callback)


def _converters(pattern: URLPattern) -> tuple[str, ...]:
    """The names of what varies: a path's converters, or a regular expression's groups."""
    return tuple(pattern.pattern.converters or pattern.pattern.regex.groupindex)

"""Of every kind of id that an address carries: one that lives, one that has ended, and one that nobody has."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str

from tests.house.urls import Address

if TYPE_CHECKING:
    from tests.security.world import Side

NOBODY = 999_999_999


Finder = Callable[["Side"], Any]


@dataclass(frozen=True, slots=True)
class Kind:
    """What stands for a converter's name: in one clinic, or without an `ended` in none at all."""

    living: Finder
    ended: Finder | None = None
    moved: Finder | None = None
    missing: Any = NOBODY

    def of(self, whose: str) -> Finder:
        """Which of them."""
        return {"archived": self.ended, "moved": self.moved}.get(whose) or self.living


KINDS: dict[str, Kind] = {
    "pump_id": Kind(
        lambda side: side.pump.pk,
        lambda side: side.ended_pump.pk,
        lambda side: side.moved_pump.pk,
    ),
    "pending_id": Kind(
        lambda side: side.pending.pk,
        lambda side: side.ended_pending.pk,
        lambda side: side.moved_pending.pk,
    ),
    "patient_id": Kind(
        lambda side: side.pump.patient_id,
        lambda side: side.ended_pump.patient_id,
        lambda side: side.moved_pump.patient_id,
    ),
    **{
        f"{kind}_id": Kind(
            lambda side, kind=kind: side.facts[f"living {kind}"],
            lambda side, kind=kind: side.facts[f"ended {kind}"],
            lambda side, kind=kind: side.facts[f"moved {kind}"],
        )
        for kind in ("refill", "programme", "adjustment", "followup")
    },
    "alert_id": Kind(
        lambda side: side.alert.pk, lambda side: side.ended_alert.pk, lambda side: side.moved_alert.pk
    ),
    "member_id": Kind(lambda side: side.colleague.pk, lambda side: side.leaver.pk),
    "invitation_id": Kind(lambda side: side.invitation.pk, lambda side: side.ended_invitation.pk),
    "contact_id": Kind(
        lambda side: side.contact.pk,
        lambda side: side.ended_contact.pk,
        lambda side: side.moved_contact.pk,
    ),
    "departure_id": Kind(
        lambda side: side.departure.pk,
        lambda side: side.ended_departure.pk,
        lambda side: side.moved_departure.pk,
    ),
    "grant_id": Kind(lambda side: side.grant.pk, lambda side: side.ended_grant.pk),
    "access_id": Kind(lambda side: side.access.pk, lambda side: side.ended_access.pk),
    "closure_id": Kind(lambda side: side.closure.pk, lambda side: side.ended_closure.pk),
    "absence_id": Kind(lambda side: side.absence.pk, lambda side: side.ended_absence.pk),
    "view_id": Kind(lambda side: side.view.pk, lambda side: side.ended_view.pk),
    "pk": Kind(lambda side: side.passkey.pk),
    "provider_id": Kind(lambda side: "hospital", missing="no-such-provider"),
    "token": Kind(lambda side: "no-secret-of-anyone", missing="another"),
    "kind": Kind(lambda side: "titration", missing="no-such-calculator"),
    "uidb36": Kind(lambda side: user_pk_to_url_str(side.by.user), missing="zzzzz"),
    "key": Kind(lambda side: default_token_generator.make_token(side.by.user), missing="no-such-token"),
}
"""By the converter's name. An address whose converter is not here fails the build."""

ASKED: dict[str, dict[str, Kind]] = {
    "dashboard:trail": {"patient": KINDS["patient_id"]},
    "dashboard:export_trail": {"patient": KINDS["patient_id"]},
    "patients:add_model": {
        "key": Kind(lambda side: side.model.key, lambda side: side.model.key, missing="own-none")
    },
    "refills:add_product": {
        "key": Kind(lambda side: side.product.key, lambda side: side.product.key, missing="own-none")
    },
}
"""The ids that an address takes behind its question mark."""

POSTED: dict[str, dict[str, Kind]] = {
    "accounts:end": {"sign_in": Kind(lambda side: "others")},
    "accounts:switch": {"clinic": Kind(lambda side: side.by.clinic_id)},
}
"""The ids that a form without any other field carries."""


def kinds(address: Address) -> dict[str, Kind]:
    """The ids that lead to an object of this address."""
    return {name: KINDS[name] for name in address.converters} | ASKED.get(address.name, {})


def objects(address: Address) -> tuple[str, ...]:
    """The objects that make a difference: of a clinic, of all, or none."""
    found = kinds(address).values()
    if not found:
        return ("own",)
    if not all(kind.ended for kind in found):
        return ("own", "missing")
    of_a_clinic = ("own", "other", "missing", "archived")
    return (*of_a_clinic, "moved") if all(kind.moved for kind in found) else of_a_clinic

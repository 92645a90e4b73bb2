"""Every patient who was filled from a lot: what a recall asks for."""

from collections.abc import Iterator
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from itb.accounts.models import Membership
from itb.infusion.quantities import plain
from refills.models import Refill

SHORTEST: Final = 2
MOST_ON_A_PAGE: Final = 500
HEADER: Final = (
    *("Lot", "Family name", "Given name", "Birth date", "Record number", "Serial", "Filled at", "Product"),
    *("Concentration mcg/mL", "Filled mL", "Expiry", "In the pump now"),
)


def fills_from(member: Membership, lot: str) -> QuerySet[Refill]:
    """Every fill of the open clinic's pumps, explanted ones too, whose lot holds what was typed; the newest first.

    `is_in_pump` says that nothing was filled after it and the pump is still in place.
    """
    standing = Refill.objects.standing()
    later = standing.filter(pump=OuterRef("pump"), at__gt=OuterRef("at"))
    found = standing.visible_to(member).filter(lot__icontains=lot)
    related = found.select_related("pump__patient", "procedure")
    return related.annotate(is_followed=Exists(later)).order_by("-at", "-id")


def is_in_pump(refill: Refill) -> bool:
    """Whether it is what the pump holds now."""
    is_followed: bool = refill.is_followed  # type: ignore[attr-defined]  # annotated by fills_from
    return not is_followed and refill.pump.explanted_on is None


def sheet(refills: QuerySet[Refill]) -> Iterator[tuple[object, ...]]:
    """The same as rows of a spreadsheet."""
    for refill in refills:
        patient, procedure = refill.pump.patient, getattr(refill, "procedure", None)
        yield (
            refill.lot,
            patient.family_name,
            patient.given_name,
            patient.birth_date,
            patient.record_number,
            refill.pump.serial,
            refill.at,
            refill.product,
            plain(refill.concentration_mcg_per_ml),
            plain(refill.filled_ml),
            procedure.expires_on if procedure else None,
            "yes" if is_in_pump(refill) else "no",
        )

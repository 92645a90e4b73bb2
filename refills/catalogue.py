"""The products that a clinic can fill from: the catalogue's for pumps, and those that it has added itself."""

from functools import lru_cache

from itb.accounts.models import Clinic
from itb.infusion.catalogue import CatalogueError, Product, catalogue
from patients.models import OwnEntry
from refills.models import OwnProduct, Refill


def products(clinic: Clinic) -> dict[str, tuple[Product, int]]:
    """Every product for a pump by its key, with its version: the newest catalogue's, then the newest own ones."""
    books = catalogue()
    listed = {
        key: (product, books.version) for key, product in books.products.items() if product.use == "pump"
    }
    own = OwnProduct.objects.filter(clinic=clinic).newest().select_related("clinic")
    return {**listed, **{each.key: (each.as_product(), each.version) for each in own}}


def is_own(key: str) -> bool:
    """Whether a key is of something that a clinic has added itself."""
    return key.startswith(OwnEntry.PREFIX)


def product_of(refill: Refill) -> Product | None:
    """The product of `refill` in the version under which it was recorded; None where that is not there."""
    try:
        if is_own(refill.product) and refill.product_version is not None:
            return _own(refill.pump.patient.clinic_id, refill.product, refill.product_version)
        return catalogue(refill.product_version).products.get(refill.product)
    except (CatalogueError, OwnProduct.DoesNotExist):
        return None


@lru_cache(maxsize=512)
def _own(clinic_id: int, key: str, version: int) -> Product:
    """A row is never changed, so what was read once stays true; one that is not there is not remembered."""
    rows = OwnProduct.objects.select_related("clinic")
    return rows.get(clinic_id=clinic_id, key=key, version=version).as_product()

"""A product of the clinic's own: added, changed by a new version, filled from, unknown to others."""

from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from itb.accounts.permissions import Role
from itb.audit.models import AuditEvent
from itb.walls import inside
from patients.models import Pump
from refills.catalogue import product_of, products
from refills.models import OwnProduct
from refills.refill_form import RefillForm
from tests.cast import Cast, join

ADD = "/clinic/catalogue/products/add/"
CHANGE = f"{ADD}?key=own-quay-compound"
TYPED = {
    "name": "Quay compound",
    "maker": "Harbour pharmacy",
    "source": "Protocol 12",
    "form": "bag",
    "concentration_mcg_per_ml": "1500",
    "volume_ml": "20",
    "amount_mcg": "30000",
    "seen": "0",
}


@pytest.fixture
def administrator(client: Client, cast: Cast) -> Client:
    client.force_login(cast.administrator.user)
    return client


def typed(cast: Cast, pump: Pump, **facts: Any) -> RefillForm:
    """The refill form of `pump`, filled from the clinic's own product."""
    usual = {
        "serial_ending": pump.serial[-4:],
        "at": f"{cast.ago(0):%Y-%m-%dT%H:%M}",
        "product": "own-quay-compound",
        "concentration_mcg_per_ml": "1500",
        "lot": "L2",
        "withdrawn_ml": "34",
        "emptied": "yes",
        "filled_ml": "20",
        "explanation": "As the protocol says.",
        "key": "0b7f7f0e-4a52-4a0e-9b8a-5d0e3c0f7a11",
        "facts_version": str(pump.facts_version),
    }
    return RefillForm({**usual, **facts}, pump=pump, now=cast.at, opened_by="")


def test_an_administrator_adds_a_product_that_is_kept_with_who_and_when(
    administrator: Client, cast: Cast
) -> None:
    assert administrator.post(ADD, TYPED)["Location"] == "/clinic/catalogue/"
    product = OwnProduct.objects.get()
    assert (product.clinic, product.key, product.version) == (cast.clinic, "own-quay-compound", 1)
    assert (product.added_by, product.concentration_mcg_per_ml) == (cast.administrator.user, 1500)
    event = AuditEvent.objects.get(verb="product.added")
    assert (event.subject_id, event.by_id, event.clinic_id) == (
        product.pk,
        product.added_by_id,
        cast.clinic.pk,
    )


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMINISTRATOR])
def test_nobody_else_may_add_one(client: Client, cast: Cast, role: Role) -> None:
    client.force_login(getattr(cast, role.value).user)
    assert client.get(ADD).status_code == 403
    assert client.post(ADD, TYPED).status_code == 403
    assert not OwnProduct.objects.exists()


def test_a_label_whose_figures_contradict_each_other_is_refused(administrator: Client) -> None:
    page = administrator.post(ADD, {**TYPED, "amount_mcg": "3000"}).content.decode()
    assert "3000 mcg in 20 mL is 150 mcg/mL, not 1500 mcg/mL" in page
    assert 'value="3000"' in page
    assert not OwnProduct.objects.exists()


def test_a_concentration_that_a_label_rounds_is_taken(administrator: Client) -> None:
    administrator.post(
        ADD, {**TYPED, "amount_mcg": "1000", "volume_ml": "3", "concentration_mcg_per_ml": "333.3"}
    )
    assert OwnProduct.objects.exists()


def test_a_change_is_the_next_version_and_the_older_one_remains(administrator: Client, cast: Cast) -> None:
    cast.own_product()
    administrator.post(CHANGE, {**TYPED, "form": "vial", "seen": "1"})
    kept = OwnProduct.objects.order_by("version").values_list("version", "form", "name")
    assert list(kept) == [(1, "bag", "Quay compound"), (2, "vial", "Quay compound")]


def test_the_database_refuses_what_cannot_be(cast: Cast) -> None:
    cast.own_product()
    for facts in ({}, {"version": 2, "concentration_mcg_per_ml": Decimal(4001)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            cast.own_product(**facts)


def test_it_can_be_chosen_with_the_clinic_as_its_source(client: Client, cast: Cast, pump: Pump) -> None:
    cast.own_product()
    client.force_login(cast.nurse.user)
    page = client.get(f"/pumps/{pump.pk}/refill/").content.decode()
    assert "Quay compound 1500 mcg/mL · 20 mL bag (added by Harbour Row)</option>" in page


def test_the_concentration_typed_is_held_against_its_label(cast: Cast, pump: Pump) -> None:
    cast.own_product()
    form = typed(cast, pump, concentration_mcg_per_ml="2000")
    assert form.errors["concentration_mcg_per_ml"] == ["Quay compound holds 1500 mcg/mL, not 2000 mcg/mL."]


def test_a_refill_keeps_the_version_under_which_it_was_recorded(
    client: Client, cast: Cast, pump: Pump
) -> None:
    cast.own_product()
    form = typed(cast, pump)
    assert form.is_valid(), form.errors
    drawn = form.refill()
    assert (drawn.product, drawn.product_version) == ("own-quay-compound", 1)
    cast.refill(
        pump, days_ago=0, product=drawn.product, product_version=drawn.product_version, withdrawn_ml=34
    )
    cast.own_product(version=2, form="vial")
    (refill,) = pump.refills.filter(product="own-quay-compound")
    product = product_of(refill)
    assert product is not None
    assert product.form == "bag"
    client.force_login(cast.nurse.user)
    assert "Quay compound" in client.get(f"/patients/{pump.patient_id}/").content.decode()


def test_a_product_of_the_catalogue_keeps_the_catalogues_version(cast: Cast, pump: Pump) -> None:
    form = typed(cast, pump, product="lioresal-2000-20", concentration_mcg_per_ml="2000")
    assert form.is_valid(), form.errors
    assert form.refill().product_version == 1


def test_another_clinics_product_does_not_exist(client: Client, cast: Cast) -> None:
    cast.own_product()
    chief = join(cast.stranger.clinic, "chief", Role.ADMINISTRATOR, cast.at)
    client.force_login(chief.user)
    assert client.get(CHANGE).status_code == 404
    assert client.post(CHANGE, {**TYPED, "seen": "1"}).status_code == 404
    assert "own-quay-compound" not in products(cast.stranger.clinic)
    theirs = cast.running_pump(by=cast.stranger)
    client.force_login(cast.stranger.user)
    assert "Quay compound" not in client.get(f"/pumps/{theirs.pk}/refill/").content.decode()
    with inside(cast.stranger.clinic_id):
        form = typed(cast, theirs)
    assert form.errors["product"] == ["Choose one of those that are listed."]

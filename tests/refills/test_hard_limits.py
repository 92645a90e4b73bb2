"""C4: each hard limit is refused by the form, in words at its field, and by the database itself."""

from dataclasses import dataclass
from decimal import Decimal

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from tests.cast import Cast
from tests.pages import FormPage, clinic_time
from tests.refills.test_own_product import TYPED as OWN_PRODUCT

PROGRAMME = {
    "mode": "continuous", "concentration_mcg_per_ml": "2000", "dose_mcg_per_day": "400", "reason": "r",
    "bridge": "none",
}  # fmt: skip
REFILL = {
    "product": "lioresal-2000-20", "concentration_mcg_per_ml": "2000", "lot": "L2", "withdrawn_ml": "34",
    "emptied": "yes", "filled_ml": "40",
}  # fmt: skip
BOLUS = {"kind": "bolus", "amount_mcg": "50"}
PERIODIC = {
    "mode": "periodic",
    "basal_mcg_per_day": "200",
    "bolus_mcg": "50",
    "every_h": "6",
    "over_min": "5",
}


@dataclass(frozen=True, slots=True)
class Limit:
    """What is typed past a limit: where, what the form says at which field, and the column that refuses it too."""

    form: str
    typed: dict[str, str]
    field: str
    words: str
    table: str = ""
    column: str = ""
    value: str = ""


HARD = {
    "a concentration above 4000": Limit(
        "start", {"concentration_mcg_per_ml": "4000.1"}, "concentration_mcg_per_ml", "more than can be right",
        "refills_programme", "concentration_mcg_per_ml", "4000.1",
    ),
    "a concentration of nothing": Limit(
        "start", {"concentration_mcg_per_ml": "0"}, "concentration_mcg_per_ml", "more than 0",
        "refills_programme", "concentration_mcg_per_ml", "0",
    ),
    "a concentration below 10": Limit(
        "start", {"concentration_mcg_per_ml": "2"}, "concentration_mcg_per_ml", "less than any preparation"
    ),
    "a dose above 5000": Limit(
        "start", {"dose_mcg_per_day": "5000.1"}, "dose_mcg_per_day", "more than can be right",
        "refills_programme", "dose_mcg_per_day", "5000.1",
    ),
    "boluses above 5000 a day": Limit(
        "start", {**PERIODIC, "bolus_mcg": "1300"}, "bolus_mcg", "more than can be right"
    ),
    "a dose below 5": Limit("start", {"dose_mcg_per_day": "4.5"}, "dose_mcg_per_day", "No dose below 5"),
    "a hundredth of the dose": Limit("start", {"dose_mcg_per_day": "4"}, "dose_mcg_per_day", "nothing changes so far"),
    "a dose of nothing": Limit("start", {"dose_mcg_per_day": "0"}, "dose_mcg_per_day", "withdrawal follows"),
    "a flow that the pump has not": Limit("start", {"dose_mcg_per_day": "90"}, "dose_mcg_per_day", "no less than"),
    "a negative dose": Limit(
        "start", {"dose_mcg_per_day": "-1"}, "dose_mcg_per_day", "",
        "refills_programme", "dose_mcg_per_day", "-1",
    ),
    "a fill of more than the pump holds": Limit(
        "record", {"filled_ml": "40.1"}, "filled_ml", "more than this pump holds", "refills_refill", "filled_ml", "40.1"
    ),
    "a fill of nothing": Limit(
        "record", {"filled_ml": "0"}, "filled_ml", "more than 0", "refills_refill", "filled_ml", "0"
    ),
    "a fill that is none": Limit("record", {"filled_ml": "0.04"}, "filled_ml", "fills no reservoir"),
    "more drawn than the pump holds": Limit(
        "record", {"withdrawn_ml": "40.1"}, "withdrawn_ml", "more than this pump holds",
        "refills_refill", "withdrawn_ml", "40.1",
    ),
    "less than nothing drawn": Limit(
        "record", {"withdrawn_ml": "-1"}, "withdrawn_ml", "", "refills_refill", "withdrawn_ml", "-1"
    ),
    "a vial above 4000": Limit(
        "record", {"concentration_mcg_per_ml": "4000.1"}, "concentration_mcg_per_ml", "more than can be right",
        "refills_refill", "concentration_mcg_per_ml", "4000.1",
    ),
    "a bolus above 5000": Limit(
        "adjust", {"amount_mcg": "5000.1"}, "amount_mcg", "more than can be right",
        "refills_adjustment", "amount_mcg", "5000.1",
    ),
    "a bolus of nothing": Limit(
        "adjust", {"amount_mcg": "0"}, "amount_mcg", "more than 0", "refills_adjustment", "amount_mcg", "0"
    ),
    "a bolus of over two days": Limit("adjust", {"amount_mcg": "801"}, "amount_mcg", "A whole day has 400 mcg"),
    "a bolus of less than a minute": Limit("adjust", {"amount_mcg": "0.9"}, "amount_mcg", "A whole day has 400 mcg"),
    "an own product above 4000": Limit(
        "add_product", {"concentration_mcg_per_ml": "4001"}, "concentration_mcg_per_ml", "more than can be right",
        "refills_ownproduct", "concentration_mcg_per_ml", "4001",
    ),
}  # fmt: skip
TYPED = {"start": PROGRAMME, "record": REFILL, "adjust": BOLUS, "add_product": OWN_PRODUCT}
IN_DATABASE = {name: limit for name, limit in HARD.items() if limit.table}


@pytest.mark.parametrize("name", HARD)
def test_the_form_refuses_it_at_its_field(name: str, client: Client, cast: Cast, pump: Pump) -> None:
    limit = HARD[name]
    is_own = limit.form == "add_product"
    address = reverse(f"refills:{limit.form}", args=[] if is_own else [pump.pk])
    page = FormPage(client, cast.administrator if is_own else cast.nurse, address)
    more = {} if is_own else {"at": clinic_time(cast.nurse), "serial_ending": pump.serial[-4:]}
    assert limit.words in page.errors({**TYPED[limit.form], **more, **limit.typed})[limit.field]
    offered = page.answer.content.decode().split("<main", 1)[-1].replace("Keep as draft", "")
    assert "Keep " not in offered or is_own


@pytest.mark.parametrize("name", IN_DATABASE)
def test_the_database_refuses_it_whatever_writes_it(name: str, cast: Cast, pump: Pump) -> None:
    limit = IN_DATABASE[name]
    cast.adjustment(pump, days_ago=1, kind="bolus", amount_mcg=Decimal(50))
    cast.own_product()
    with connection.cursor() as cursor:
        columns = [each.name for each in connection.introspection.get_table_description(cursor, limit.table)]
    taken = {
        limit.column: limit.value,
        "key": "gen_random_uuid()" if limit.table != "refills_ownproduct" else "key",
        "at": "at - interval '1 minute'",
        "version": "version + 1",
    }
    names = [name for name in columns if name != "id"]
    chosen = ", ".join(taken.get(name, f'"{name}"') for name in names)
    quoted = ", ".join(f'"{name}"' for name in names)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO {limit.table} ({quoted}) SELECT {chosen} FROM {limit.table} LIMIT 1")

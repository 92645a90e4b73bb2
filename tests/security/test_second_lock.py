"""The walls alone: with every scope of ours forgotten, and in plain SQL, another clinic's rows are not there."""

import json
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, models, transaction

from itb.accounts.models import Clinic
from itb.pool import FORGET
from itb.walls import inside
from tests.house.models import own_models
from tests.house.urls import Address, every_address
from tests.security.asking import Browser, undone
from tests.security.prying import pry
from tests.security.rows import rows
from tests.security.test_walls import OUTSIDE
from tests.security.world import World

pytestmark = pytest.mark.django_db

ADDRESSES = every_address()
OF_NO_CLINIC = {apps.get_model(label)._meta.db_table for label in OUTSIDE}
OF_SEVERAL = {"accounts_userhistory"}  # a person may work in two clinics
READ_AT_THE_DOOR = {"accounts_membership", "refills_policy", "alerts_policy", "outbox_policy"}
REFUSED = "42501"  # PostgreSQL's code for what one has no right to, a wall included


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every query forgets the clinic: `visible_to` shows everything, and a filter by clinic filters nothing."""
    kinds = {type(model._default_manager.all()) for model in own_models()}
    for kind in [kind for kind in kinds if hasattr(kind, "visible_to")]:
        monkeypatch.setattr(kind, "visible_to", lambda self, member: self)
    narrow = models.QuerySet.filter

    def wide(self: Any, *args: Any, **asked: Any) -> Any:
        kept = {name: value for name, value in asked.items() if not name.endswith(("clinic", "clinic_id"))}
        return narrow(self, *args, **kept)

    monkeypatch.setattr(models.QuerySet, "filter", wide)


@pytest.mark.parametrize("address", ADDRESSES, ids=lambda address: address.name)
def test_a_forgotten_scope_shows_nothing_of_another_clinic(
    address: Address, forgetful: None, world: World, browsers: dict[str, Browser]
) -> None:
    pry(address, world, browsers)


def test_what_is_ones_own_is_shown(forgetful: None, world: World, browsers: dict[str, Browser]) -> None:
    """Else the test above could not fail."""
    assert b"NEARLIVING" in browsers["nurse"].ask("GET", "/").body
    assert world.foreign(world.people["guest"]).search(browsers["nurse"].ask("GET", "/").body)


TABLES = [model._meta.db_table for model in own_models() if model._meta.db_table not in OF_NO_CLINIC]


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_in_two_clinics_and_none_in_no_clinic(table: str, world: World) -> None:
    here, there = (numbers(table, clinic) for clinic in world.clinics)
    assert not here & there or table in OF_SEVERAL
    with undone(), connection.cursor() as cursor:
        cursor.execute(FORGET)
        cursor.execute(f"SELECT count(*) FROM {table}")
        (count,) = cursor.fetchone()
    assert count == (len(here | there) if table in READ_AT_THE_DOOR else 0)


@pytest.mark.parametrize("table", TABLES)
def test_a_row_of_another_clinic_is_neither_changed_nor_deleted_nor_made(table: str, world: World) -> None:
    here, there = world.clinics
    theirs = {pk: row for (name, pk), row in rows([there]).items() if name == table}
    key = next(model._meta.pk.column for model in own_models() if model._meta.db_table == table)
    for statement in (f"UPDATE {table} SET {key} = {key}", f"DELETE FROM {table}"):
        assert touched(here, f"{statement} WHERE {key}::text = ANY(%s)", [list(theirs)]) == 0, statement
    still_open = sorted(
        theirs.values(), key=lambda row: bool(row.get("closed_at"))
    )  # what is closed is made by nobody
    for row in still_open[:1]:
        made = f"INSERT INTO {table} SELECT * FROM jsonb_populate_record(NULL::{table}, %s)"
        assert touched(here, made, [json.dumps(row | {key: 999_999})]) == 0, "made in another clinic's name"


@pytest.mark.parametrize("table", TABLES)
def test_a_statement_that_asks_for_no_row_reaches_none_of_another_clinic(table: str, world: World) -> None:
    """Without a WHERE, only the wall for changing and the one for deleting stand, not the one for reading."""
    key = next(model._meta.pk.column for model in own_models() if model._meta.db_table == table)
    with undone():
        empty = Clinic.objects.create(name="Empty", zone="UTC", phone="3")
        for statement in (f"UPDATE {table} SET {key} = 0", f"DELETE FROM {table}"):
            assert touched(empty.pk, statement, []) == 0, statement


def numbers(table: str, clinic: int) -> set[str]:
    return {pk for name, pk in rows([clinic]) if name == table}


def touched(clinic: int, statement: str, values: list[Any]) -> int:
    """How many rows the statement changes within a clinic; none where PostgreSQL refuses it for want of a right."""
    with inside(clinic), undone(), connection.cursor() as cursor:
        try:
            with transaction.atomic():
                cursor.execute(statement, values)
                return int(cursor.rowcount)
        except DatabaseError as error:
            if getattr(error.__cause__, "sqlstate", "") != REFUSED:
                raise
            return 0

"""Every field of every model, posted to every form that does not ask for it: what is kept is the same without it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import models
from pytest_django.fixtures import Settings

from tests.house.models import own_models
from tests.long import some
from tests.security.asking import Browser, undone
from tests.security.forms import Typed, forms, pages, press
from tests.security.pages import Form
from tests.security.rows import Rows, changes, rows
from tests.security.typed import likeliest, sensible
from tests.security.world import PEOPLE, World

pytestmark = pytest.mark.django_db

PLANTED = 77
OF_A_KIND: list[tuple[Any, str]] = [
    (models.DateTimeField, "2001-02-03T04:05"),
    (models.DateField, "2001-02-03"),
    (models.DecimalField, "7.7"),
    (models.UUIDField, "77777777-7777-4777-8777-777777777777"),
    (models.JSONField, '{"planted": 77}'),
    (models.IntegerField, str(PLANTED)),
]
"""What is planted in a field of each kind; in any other, a text. None of it occurs by itself."""


def planted(world: World) -> dict[str, str]:
    """Every name that a field of a model has, with something that it does not hold."""
    ids = {
        "accounts.Clinic": world.there.by.clinic_id,
        "accounts.User": world.people["guest"].user.pk,  # type: ignore[union-attr]
        "accounts.Membership": world.there.by.pk,
        "patients.Patient": world.there.pump.patient_id,
        "patients.Pump": world.there.pump.pk,
    }
    found = {"pk": str(PLANTED)}
    for model in own_models():
        for field in model._meta.concrete_fields:
            value = _planted(field, ids)
            found |= {field.name: value, field.attname: value}
    return found


def _planted(field: Any, ids: dict[str, int]) -> str:
    if field.is_relation:
        return str(ids.get(field.related_model._meta.label, PLANTED))
    if field.choices:
        return str(next(value for value, _ in reversed(field.choices) if value != field.default))
    if isinstance(field, models.BooleanField):
        return "false" if field.default is True else "on"
    return next((value for kind, value in OF_A_KIND if isinstance(field, kind)), "planted")


def effect(world: World, browser: Browser, form: Form, typed: Typed, before: Rows) -> set[tuple[str, str]]:
    """What a post leads to, and what it changes of what there was before; undone."""
    with undone():
        answer = press(browser, form, typed)
        return {("status", str(answer.status)), *changes(before, rows(world.clinics))}


@pytest.mark.parametrize("name", some(PEOPLE, "anonymous", "prescriber", "administrator"))
def test_a_field_that_a_form_does_not_ask_for_changes_nothing(
    name: str,
    world: World,
    browsers: dict[str, Browser],
    settings: Settings,
    record_property: Callable[[str, object], None],
) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = None  # all that is planted goes in one post
    sense, everything, before, count = sensible(), planted(world), rows(world.clinics), 0
    for label, form in forms(pages(world, browsers[name], name)).items():
        typed = likeliest(form, sense)
        extra = {field: [value] for field, value in everything.items() if field not in form.names}
        asked, again = (effect(world, browsers[name], form, typed, before) for _ in "12")
        assert asked == again, f"{label}: the same post, twice, differs: {sorted(asked ^ again)}"
        with_more = effect(world, browsers[name], form, {**extra, **typed}, before)
        assert asked == with_more, f"{label}: {sorted(asked ^ with_more)}"
        count += len(extra)
    record_property("S7: fields planted in forms that do not ask for them", count)

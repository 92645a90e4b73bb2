"""Every field of every model is classified: personal or not."""

import pytest
from django.apps import apps
from django.db import models

from itb.audit.history import HISTORIES, History
from tests.house.models import own_models
from tests.house.personal_data import NOT_PERSONAL, OTHERS, PERSONAL

CLASSIFIED = [model for model in own_models() if not issubclass(model, History)]
ABOUT_THE_CHANGE = {
    "pgh_id",
    "pgh_created_at",
    "pgh_label",
    "pgh_obj",
    "pgh_by_id",
    "pgh_clinic_id",
    "pgh_role",
}


def names(model: type[models.Model]) -> set[str]:
    return {field.name for field in model._meta.concrete_fields}


@pytest.mark.parametrize("model", CLASSIFIED, ids=lambda model: model._meta.label)
def test_every_field_is_classified_once(model: type[models.Model]) -> None:
    label = model._meta.label
    personal, other = PERSONAL.get(label, set()), NOT_PERSONAL.get(label, set())
    assert not personal & other
    assert personal | other == names(model)


def test_no_model_is_classified_that_is_not_there() -> None:
    assert PERSONAL.keys() | NOT_PERSONAL.keys() == {model._meta.label for model in CLASSIFIED}


def test_a_table_of_another_package_is_known_with_what_it_holds_and_for_how_long() -> None:
    ours = {model._meta.label for model in own_models()}
    assert {model._meta.label for model in apps.get_models()} - ours <= OTHERS.keys()


@pytest.mark.parametrize("model", HISTORIES, ids=lambda model: model._meta.label)
def test_a_history_holds_what_its_model_holds_who_and_when_and_no_more(model: type[models.Model]) -> None:
    held = names(HISTORIES[model])
    assert held >= ABOUT_THE_CHANGE
    assert held - ABOUT_THE_CHANGE <= names(model)
    assert not {"password", "last_login"} & held

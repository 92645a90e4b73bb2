"""Every field of every model is classified: personal or not."""

import pytest
from django.apps import apps
from django.db import models

from tests.house.models import own_models
from tests.house.personal_data import NOT_PERSONAL, OTHERS, PERSONAL


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_every_field_is_classified_once(model: type[models.Model]) -> None:
    label = model._meta.label
    personal, other = PERSONAL.get(label, set()), NOT_PERSONAL.get(label, set())
    assert not personal & other
    assert personal | other == {field.name for field in model._meta.concrete_fields}


def test_no_model_is_classified_that_is_not_there() -> None:
    assert PERSONAL.keys() | NOT_PERSONAL.keys() == {model._meta.label for model in own_models()}


def test_a_table_of_another_package_is_known_with_what_it_holds_and_for_how_long() -> None:
    ours = {model._meta.label for model in own_models()}
    assert {model._meta.label for model in apps.get_models()} - ours <= OTHERS.keys()

"""Every field of every model is classified: personal or not."""

import pytest
from django.db import models

from tests.house.models import own_models
from tests.house.personal_data import NOT_PERSONAL, PERSONAL


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_every_field_is_classified_once(model: type[models.Model]) -> None:
    label = model._meta.label
    personal, other = PERSONAL.get(label, set()), NOT_PERSONAL.get(label, set())
    assert not personal & other
    assert personal | other == {field.name for field in model._meta.concrete_fields}


def test_no_model_is_classified_that_is_not_there() -> None:
    assert PERSONAL.keys() | NOT_PERSONAL.keys() == {model._meta.label for model in own_models()}

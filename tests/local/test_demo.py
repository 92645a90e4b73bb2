"""The demonstration: built through the services, and never beside real people."""

from collections import Counter
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alerts.models import Alert
from alerts.rules import Kind
from alerts.sweep import sweep
from itb.accounts.models import Clinic, User
from itb.walls import inside
from patients.models import Patient
from refills.models import Projection


@pytest.fixture
def demo(db: None, settings: Any) -> None:
    settings.DEMO = True
    call_command("demo", verbosity=0)


def test_two_clinics_with_forty_invented_people_and_every_story(demo: None) -> None:
    assert Clinic.objects.count() == 2
    sweep()
    found: Counter[str] = Counter()
    patients = well = learned = 0
    for clinic in Clinic.objects.all():
        with inside(clinic.pk):
            numbers = Patient.objects.values_list("record_number", flat=True)
            assert all(number.startswith("DEMO-") for number in numbers)
            patients += len(numbers)
            found.update(Alert.objects.values_list("kind", flat=True))
            well += Projection.objects.exclude(pk__in=Alert.objects.values("pump")).count()
            learned += Projection.objects.filter(forecast__delivery_ratio__source="learned").count()
    assert patients == 40
    for kind in (Kind.NO_FORECAST, Kind.WITHDRAWAL_RISK, Kind.REFILL_DUE, Kind.DISCREPANCY):
        assert found[kind.value], kind
    assert well > 15, "most pumps are well"
    assert learned


def test_asked_again_it_builds_nothing_more(demo: None) -> None:
    call_command("demo", verbosity=0)
    assert Clinic.objects.count() == 2


def test_outside_a_demonstration_it_is_refused(db: None, settings: Any) -> None:
    settings.DEMO = False
    with pytest.raises(CommandError):
        call_command("demo")
    assert not User.objects.exists()

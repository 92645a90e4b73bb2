"""Row 5: a changed constant makes a new version, and what was reckoned under the old one is reckoned so again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from itb.infusion import catalogue as books
from patients.catalogue import model_of
from patients.models import Pump
from refills.models import Projection
from refills.policy import Margins
from refills.projection import forecast_of
from refills.services import change_margins
from tests.cast import Cast

MODEL = "[pump_models.synchromed-ii-40]"


@pytest.fixture
def next_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A second version of the catalogue: this pump's accuracy is 10 %, and its reservoir 41 mL."""
    first = (books.FOLDER / "catalogue-1.toml").read_text()
    before, model, after = first.partition(MODEL)
    changed = after.replace('reservoir_ml = { value = "40"', 'reservoir_ml = { value = "41"', 1)
    changed = changed.replace('accuracy_pct = { value = "14.5"', 'accuracy_pct = { value = "10"', 1)
    assert changed.count("41") > after.count("41")
    (tmp_path / "catalogue-1.toml").write_text(first)
    second = before.replace("version = 1", "version = 2", 1) + model + changed
    (tmp_path / "catalogue-2.toml").write_text(second)
    monkeypatch.setattr(books, "FOLDER", tmp_path)
    books.catalogue.cache_clear()
    yield
    books.catalogue.cache_clear()


def fresh(pump: Pump) -> Pump:
    return Pump.objects.select_related("patient__clinic__refill_policy").get(pk=pump.pk)


def test_an_old_pump_keeps_its_constants_and_its_dates_and_a_new_one_has_the_new(
    cast: Cast, pump: Pump, request: pytest.FixtureRequest
) -> None:
    before = forecast_of(fresh(pump), cast.at)
    request.getfixturevalue("next_version")
    assert books.catalogue().version == 2
    assert forecast_of(fresh(pump), cast.at) == before
    old = model_of(pump)
    assert old is not None
    assert (old.reservoir_ml.value, old.accuracy_pct.value) == (40, pytest.approx(14.5))
    newer = cast.bare_pump()
    assert (newer.catalogue_version, newer.reservoir_ml, newer.accuracy_pct) == (2, 41, 10)


def test_a_forecast_that_is_worked_out_anew_under_the_new_version_is_the_old_one(
    cast: Cast, pump: Pump, next_version: None
) -> None:
    before = Projection.objects.get(pump=pump)
    change_margins(margins=Margins(), by=cast.administrator, at=cast.at)
    after = Projection.objects.get(pump=pump)
    for name in ("refill_by", "alarm_at", "empty_at", "earliest_empty_at", "expires_on"):
        assert getattr(after, name) == getattr(before, name), name
    assert after.scenario["pump"] == before.scenario["pump"]

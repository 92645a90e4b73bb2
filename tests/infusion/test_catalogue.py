"""Every constant says where it comes from, and a released version of the catalogue never changes."""

from __future__ import annotations

import hashlib
import re
from decimal import Decimal

import pytest

from itb.infusion import ratio
from itb.infusion.catalogue import (
    FOLDER,
    MARKS,
    CatalogueError,
    Constant,
    catalogue,
    read,
    versions,
)

UNITS = {
    "ml": "mL",
    "mcg": "mcg",
    "pct": "%",
    "days": "days",
    "h": "h",
    "cm": "cm",
    "mcg_per_ml": "mcg/mL",
    "ml_per_day": "mL/day",
    "mcg_per_day": "mcg/day",
    "ml_per_cm": "mL/cm",
    "y": "years",
    "per_year": "per year",
}
CONSTANTS = [
    pytest.param(path, constant, id=f"{version}:{path}")
    for version in versions()
    for path, constant in catalogue(version).constants.items()
]


@pytest.mark.parametrize(("path", "constant"), CONSTANTS)
def test_a_constant_has_a_value_a_source_a_date_and_a_mark_of_the_list(path: str, constant: Constant) -> None:
    assert constant.value.is_finite()
    assert constant.source
    assert constant.mark in MARKS
    assert re.fullmatch(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", constant.date)
    assert constant.dated in {"source", "entry"}


@pytest.mark.parametrize(("path", "constant"), CONSTANTS)
def test_a_constants_unit_agrees_with_its_name(path: str, constant: Constant) -> None:
    name = path.rpartition(".")[2]
    ends = [end for end in UNITS if f"_{name}".endswith(f"_{end}")]
    assert constant.unit == (UNITS[max(ends, key=len)] if ends else "")


def sums() -> dict[str, str]:
    lines = (FOLDER / "catalogue.sha256").read_text(encoding="ascii").splitlines()
    return {name: digest for digest, name in (line.split() for line in lines)}


def test_a_released_version_is_never_edited_but_followed_by_the_next() -> None:
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in FOLDER.glob("*.toml")}
    assert files == sums()


def test_every_version_still_loads_under_its_own_number() -> None:
    assert list(versions()) == list(range(1, len(sums()) + 1))
    assert [catalogue(version).version for version in versions()] == list(versions())


def test_the_newest_version_is_the_one_in_use() -> None:
    assert catalogue().version == versions()[-1]


def test_a_version_that_does_not_exist_is_refused() -> None:
    with pytest.raises(CatalogueError, match="no catalogue of version 0"):
        catalogue(0)


@pytest.mark.parametrize("reservoir", [20, 40])
@pytest.mark.parametrize("family", ["synchromed-ii", "synchromed-iii", "prometra-ii"])
def test_the_pumps_in_use_are_known_in_both_sizes(family: str, reservoir: int) -> None:
    model = catalogue().pump_models[f"{family}-{reservoir}"]
    assert model.reservoir_ml.value == reservoir
    assert model.accuracy_pct.value == Decimal("14.5")
    assert model.longest_stay_days.value == 180


def test_prometras_accuracy_is_a_proposal_until_its_manual_has_been_read() -> None:
    assert catalogue().pump_models["prometra-ii-20"].accuracy_pct.mark == "design"


def test_the_pump_tubing_is_the_corrected_one() -> None:
    tubing = catalogue().pump_models["synchromed-ii-40"].tubing_ml
    assert tubing is not None
    assert tubing.text == "0.14 mL"
    assert (tubing.date, tubing.dated) == ("2017", "source")


def test_a_constant_that_nobody_could_tell_is_absent_not_guessed() -> None:
    assert catalogue().pump_models["synchromed-iii-40"].min_flow_ml_per_day is None


def test_a_source_without_a_date_is_dated_by_its_entry_and_says_so() -> None:
    reservoir = catalogue().pump_models["synchromed-ii-40"].reservoir_ml
    assert (reservoir.date, reservoir.dated) == (catalogue().entered_on, "entry")


def test_what_was_not_checked_against_an_original_says_so() -> None:
    model = catalogue().pump_models["synchromed-ii-40"]
    assert model.unusable_ml is not None
    assert model.unusable_ml.unconfirmed
    assert not model.accuracy_pct.unconfirmed


@pytest.mark.parametrize("key", list(catalogue().products))
def test_a_presentations_concentration_is_its_amount_over_its_volume(key: str) -> None:
    product = catalogue().products[key]
    concentration = product.amount_mcg.value / product.volume_ml.value
    assert product.concentration_mcg_per_ml.value == concentration


def test_lioresal_gablofen_and_generics_are_there() -> None:
    names = {product.name for product in catalogue().products.values()}
    assert {"Lioresal Intrathecal", "Gablofen", "Baclofen (MAIA)"} <= names


@pytest.mark.parametrize("population", ["spinal_adult", "cerebral_adult", "child"])
@pytest.mark.parametrize("phase", ["titration", "maintenance"])
def test_a_dose_step_is_known_for_each_population_and_phase(population: str, phase: str) -> None:
    step = catalogue().dose_steps[population][phase]
    assert 0 < step.increase_low_pct.value < step.increase_high_pct.value <= 40
    assert 0 < step.decrease_low_pct.value < step.decrease_high_pct.value <= 20


def test_the_same_catalogue_is_read_once() -> None:
    assert catalogue(1) is catalogue(1)


def test_the_delivery_ratio_is_learned_from_the_assumptions_that_the_catalogue_shows() -> None:
    shown = catalogue().delivery_ratio
    assert shown.prior_mean.value == ratio.PRIOR_MEAN
    assert shown.prior_sd.value**-2 == ratio.PRIOR_PRECISION
    assert shown.least_programmed_ml.value == ratio.LEAST_PROGRAMMED_ML
    assert shown.least_observations.value == ratio.OBSERVATIONS_TO_LEARN
    assert catalogue().discrepancy.difference_ml.value == ratio.MOST_DIFFERENCE_ML
    assert catalogue().discrepancy.least_difference_ml.value == ratio.LEAST_DIFFERENCE_ML


def text() -> str:
    return (FOLDER / "catalogue-1.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'mark = "manual", source = "ecri-2014"',
            'mark = "rumour", source = "ecri-2014"',
            "the mark 'rumour'",
        ),
        ('mark = "manual", source = "ecri-2014"', 'mark = "manual", source = "x"', "the source 'x'"),
        ('drive = "peristaltic"', 'drives = "peristaltic"', "no place for drives"),
        ('drive = "peristaltic"\n', "", "is not whole"),
        ('unit = "%", mark = "manual"', 'mark = "manual"', "is not whole"),
    ],
)
def test_a_file_that_leaves_something_out_is_refused(old: str, new: str, sentence: str) -> None:
    assert old in text()
    with pytest.raises(CatalogueError, match=sentence):
        read(text().replace(old, new))

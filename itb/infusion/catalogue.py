"""The catalogue: what is known about pumps, drugs and catheters, each constant with its source, date and mark.

The constants are data (`data/catalogue-N.toml`, N the version), never code. A released version is not edited:
a change is a new file, so that a fact can name the version under which it was made and that version still
loads.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar

from itb.infusion.quantities import exact, plain

MARKS: Mapping[str, str] = {
    "label": "drug labelling",
    "manual": "a maker's manual, or a regulator's notice",
    "paper": "a journal article or its abstract",
    "site": "a page of a hospital, a company or another",
    "derived": "our arithmetic",
    "design": "our proposal, without a published fact",
    "unconfirmed-H": "believed with high confidence, not checked against an original",
    "unconfirmed-M": "believed with medium confidence, not checked against an original",
    "unconfirmed-L": "believed with low confidence, not checked against an original",
}
"""The closed list of marks, and what each means."""

FOLDER = Path(__file__).parent / "data"


class CatalogueError(ValueError):
    """The catalogue asked for is not there, or its file says something that cannot stand in a catalogue."""


@dataclass(frozen=True, slots=True)
class Constant:
    """One figure and where it comes from.

    `date` is the source's, as exactly as known ("2017", "2024-08"), where `dated` is "source"; where the
    source has none it is the day on which the constant was put into the catalogue, and `dated` is "entry".
    """

    value: Decimal
    unit: str
    mark: str
    source: str
    date: str
    dated: Literal["source", "entry"]
    note: str = ""

    @property
    def unconfirmed(self) -> bool:
        """Whether nobody has yet checked it against an original; a page that uses it says so."""
        return self.mark.startswith("unconfirmed")

    @property
    def text(self) -> str:
        """The value with its unit: "0.14 mL"."""
        return f"{plain(self.value)} {self.unit}".rstrip()


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpModel:
    """A model of pump. A constant that nobody could tell is None."""

    key: str
    name: str
    maker: str
    model_numbers: tuple[str, ...]
    drive: str
    reservoir_ml: Constant
    alarm_ml: Constant
    accuracy_pct: Constant
    longest_stay_days: Constant
    alarm_least_ml: Constant | None = None
    unusable_ml: Constant | None = None
    min_flow_ml_per_day: Constant | None = None
    max_flow_ml_per_day: Constant | None = None
    tubing_ml: Constant | None = None
    baclofen_least_age_y: Constant | None = None
    max_concentration_mcg_per_ml: Constant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One presentation of intrathecal baclofen: for a screening test, or for a pump."""

    key: str
    name: str
    maker: str
    form: str
    use: str
    market: str
    amount_mcg: Constant
    volume_ml: Constant
    concentration_mcg_per_ml: Constant
    ndc: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Catheter:
    """A catheter, uncut. What it holds is its implanted length × `ml_per_cm`."""

    key: str
    name: str
    maker: str
    model_numbers: tuple[str, ...]
    length_cm: Constant
    ml_per_cm: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStep:
    """How far one change of dose may go, in percent of the dose before it; `per` says how often."""

    key: str
    per: str
    increase_low_pct: Constant
    increase_high_pct: Constant
    decrease_low_pct: Constant
    decrease_high_pct: Constant
    between_h: Constant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRange:
    """Daily doses in maintenance: the usual ones where published, and the lowest and highest seen."""

    key: str
    seen_low_mcg_per_day: Constant
    seen_high_mcg_per_day: Constant
    usual_low_mcg_per_day: Constant | None = None
    usual_high_mcg_per_day: Constant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dosing:
    """The start of a therapy, and limits of dose and concentration."""

    start_factor: Constant
    start_factor_reduced: Constant
    start_long_effect_h: Constant
    max_concentration_mcg_per_ml: Constant
    limited_experience_mcg_per_day: Constant
    product_tolerance_pct: Constant
    no_increase_first_h: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Screening:
    """The screening test: three doses, at least so many hours apart."""

    first_mcg: Constant
    second_mcg: Constant
    third_mcg: Constant
    reduced_first_mcg: Constant
    between_h: Constant
    concentration_mcg_per_ml: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrepancy:
    """From where on a gap between what should be left and what is left is a finding."""

    difference_ml: Constant
    least_difference_ml: Constant
    pocket_fill_20_ml: Constant
    pocket_fill_40_ml: Constant
    factory_fluid_pct: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class RefillPolicy:
    """What a clinic starts from until it sets its own policy."""

    margin_days: Constant
    accuracy_days: Constant
    longest_stay_days: Constant
    printed_date_differs_days: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryRatio:
    """The assumptions from which a pump's own delivery ratio is learned."""

    prior_mean: Constant
    prior_sd: Constant
    refill_sd: Constant
    reading_sd_ml: Constant
    least_programmed_ml: Constant
    least_observations: Constant
    band_sds: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Simulation:
    """The invented cohort on which the forecast is tried out."""

    ratio_mean: Constant
    ratio_sd: Constant
    refill_sd: Constant
    reading_sd_ml: Constant
    spike_share: Constant
    spike_most_ml: Constant
    drift_faults_per_year: Constant
    stalls_per_year: Constant
    catheter_faults_per_year: Constant
    drift_onset_least_days: Constant
    drift_low_ratio: Constant
    drift_high_ratio: Constant
    missed_share: Constant
    missed_most_days: Constant
    dose_mean_mcg_per_day: Constant
    dose_sd_mcg_per_day: Constant


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """One version of everything. `dose_steps` is keyed by population, then by phase."""

    version: int
    entered_on: str
    pump_models: Mapping[str, PumpModel]
    products: Mapping[str, Product]
    catheters: Mapping[str, Catheter]
    dose_steps: Mapping[str, Mapping[str, DoseStep]]
    dose_ranges: Mapping[str, DoseRange]
    dosing: Dosing
    screening: Screening
    discrepancy: Discrepancy
    refill: RefillPolicy
    delivery_ratio: DeliveryRatio
    simulation: Simulation

    @property
    def constants(self) -> dict[str, Constant]:
        """Every constant by its path, such as "pump_models.synchromed-ii-40.accuracy_pct"."""
        return dict(_walk(self, ""))


def versions() -> tuple[int, ...]:
    """The versions at hand, oldest first."""
    numbers = (re.fullmatch(r"catalogue-([1-9][0-9]*)\.toml", path.name) for path in FOLDER.iterdir())
    return tuple(sorted(int(number[1]) for number in numbers if number))


@cache
def catalogue(version: int | None = None) -> Catalogue:
    """The newest version, or the one asked for. Raises `CatalogueError` for one that does not exist."""
    known = versions()
    number = known[-1] if version is None else version
    if number not in known:
        raise CatalogueError(
            f"There is no catalogue of version {number}; there are {', '.join(map(str, known))}."
        )
    return read((FOLDER / f"catalogue-{number}.toml").read_text(encoding="utf-8"))


def read(text: str) -> Catalogue:
    """A catalogue from the text of its file. Raises `CatalogueError` naming what cannot stand there."""
    return _Reader(tomllib.loads(text)).catalogue()


Part = TypeVar("Part")


class _Reader:
    """Turns the tables of one file into typed parts; a table with a `value` is a constant."""

    def __init__(self, tables: dict[str, Any]) -> None:
        self.tables = tables
        self.sources: dict[str, dict[str, str]] = tables["sources"]
        self.entered_on: str = tables["entered_on"]

    def catalogue(self) -> Catalogue:
        steps = self.tables["dose_steps"]
        return Catalogue(
            version=self.tables["version"],
            entered_on=self.entered_on,
            pump_models=self._parts(PumpModel, "pump_models"),
            products=self._parts(Product, "products"),
            catheters=self._parts(Catheter, "catheters"),
            dose_steps={
                population: {
                    phase: self._part(DoseStep, f"dose_steps.{population}.{phase}", row | {"key": phase})
                    for phase, row in phases.items()
                }
                for population, phases in steps.items()
            },
            dose_ranges=self._parts(DoseRange, "dose_ranges"),
            dosing=self._part(Dosing, "dosing", self.tables["dosing"]),
            screening=self._part(Screening, "screening", self.tables["screening"]),
            discrepancy=self._part(Discrepancy, "discrepancy", self.tables["discrepancy"]),
            refill=self._part(RefillPolicy, "refill", self.tables["refill"]),
            delivery_ratio=self._part(DeliveryRatio, "delivery_ratio", self.tables["delivery_ratio"]),
            simulation=self._part(Simulation, "simulation", self.tables["simulation"]),
        )

    def _parts(self, kind: type[Part], name: str) -> dict[str, Part]:
        rows: dict[str, dict[str, Any]] = self.tables[name]
        return {key: self._part(kind, f"{name}.{key}", row | {"key": key}) for key, row in rows.items()}

    def _part(self, kind: type[Part], path: str, row: dict[str, Any]) -> Part:
        known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
        if unknown := sorted(row.keys() - known):
            raise CatalogueError(f"{path} has no place for {', '.join(unknown)}.")
        try:
            return kind(**{name: self._value(f"{path}.{name}", value) for name, value in row.items()})
        except TypeError as missing:
            raise CatalogueError(f"{path} is not whole: {missing}.") from missing

    def _value(self, path: str, value: Any) -> Any:
        if isinstance(value, dict):
            return self._constant(path, **value)
        return tuple(value) if isinstance(value, list) else value

    def _constant(  # noqa: PLR0913  the keys of a constant's table
        self, path: str, *, value: str, unit: str, mark: str, source: str, note: str = ""
    ) -> Constant:
        if mark not in MARKS:
            raise CatalogueError(f"{path} has the mark {mark!r}, which is not on the list.")
        if source not in self.sources:
            raise CatalogueError(f"{path} names the source {source!r}, which is not told.")
        entry = self.sources[source]
        return Constant(
            value=exact(value),
            unit=unit,
            mark=mark,
            source=entry["text"],
            date=entry.get("date", self.entered_on),
            dated="source" if "date" in entry else "entry",
            note=note,
        )


def _walk(part: Any, path: str) -> Iterator[tuple[str, Constant]]:
    if isinstance(part, Constant):
        yield path, part
        return
    inner = part if isinstance(part, Mapping) else _attributes(part)
    for name, value in inner.items():
        yield from _walk(value, f"{path}.{name}" if path else name)


def _attributes(part: Any) -> dict[str, Any]:
    names = [field.name for field in fields(part)] if hasattr(part, "__dataclass_fields__") else []
    return {name: getattr(part, name) for name in names}

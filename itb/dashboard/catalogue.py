"""The catalogue as a page: every constant in words, with its value, source, date and mark."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from itertools import groupby
from typing import Any, TypeVar

from itb.accounts.models import Membership
from itb.infusion.catalogue import (
    MARKS,
    Catalogue,
    Catheter,
    Constant,
    DoseStep,
    Product,
    PumpModel,
    catalogue,
)
from itb.infusion.dosing.words import PHASES, POPULATIONS
from itb.infusion.quantities import plain
from patients.models import CLINIC_MARK, OwnEntry, OwnEntryQuerySet, OwnModel
from refills.models import OwnProduct

Row = TypeVar("Row", bound=OwnEntry)

LABELS = {
    "accuracy_days": "Before it may be empty",
    "accuracy_pct": "Accuracy, ±",
    "alarm_least_ml": "Low-reservoir alarm, least setting",
    "alarm_ml": "Low-reservoir alarm as delivered",
    "amount_mcg": "Amount of drug",
    "baclofen_least_age_y": "Least age for baclofen",
    "band_sds": "Half width of the band, in standard deviations",
    "between_h": "Between two of them, at least",
    "catheter_faults_per_year": "Catheter faults",
    "concentration_mcg_per_ml": "Concentration",
    "decrease_high_pct": "Decrease for side effects, at most",
    "decrease_low_pct": "Decrease for side effects, at least",
    "difference_ml": "Difference that is a finding, over",
    "dose_mean_mcg_per_day": "Daily dose, mean",
    "dose_sd_mcg_per_day": "Daily dose, standard deviation",
    "drift_faults_per_year": "Faults by which delivery drifts",
    "drift_high_ratio": "Ratio of such a drift, at most",
    "drift_low_ratio": "Ratio of such a drift, at least",
    "drift_onset_least_days": "Onset of such a drift after the implant, at least",
    "factory_fluid_pct": "Factory fluid missing before the implant, over",
    "first_mcg": "First dose",
    "increase_high_pct": "Increase, at most",
    "increase_low_pct": "Increase, at least",
    "least_difference_ml": "Difference from which the accuracy counts",
    "least_observations": "Refills before a pump's own ratio counts",
    "least_programmed_ml": "Programmed volume from which a refill teaches",
    "length_cm": "Length, uncut",
    "limited_experience_mcg_per_day": "Experience is limited above",
    "longest_stay_days": "Longest stay of a fill",
    "margin_days": "Before the alarm",
    "max_concentration_mcg_per_ml": "Highest labelled concentration",
    "max_flow_ml_per_day": "Highest flow",
    "min_flow_ml_per_day": "Lowest flow",
    "missed_most_days": "A missed visit is late by, at most",
    "missed_share": "Share of visits that are missed",
    "ml_per_cm": "Volume by length",
    "no_increase_first_h": "No increase within the first",
    "pocket_fill_20_ml": "Suspicion of a pocket fill, 20 mL pumps, over",
    "pocket_fill_40_ml": "Suspicion of a pocket fill, 40 mL pumps, over",
    "printed_date_differs_days": "Difference from the printed alarm date that must be explained, over",
    "prior_mean": "Delivered ÷ programmed before anything is known, mean",
    "prior_sd": "The same, standard deviation",
    "product_tolerance_pct": "Tolerance of a product's concentration, ±",
    "ratio_mean": "Delivered ÷ programmed, mean",
    "ratio_sd": "Delivered ÷ programmed, standard deviation",
    "reading_sd_ml": "Reading of a syringe, standard deviation",
    "reduced_first_mcg": "First dose, reduced",
    "refill_sd": "From refill to refill, standard deviation",
    "reservoir_ml": "Reservoir",
    "second_mcg": "Second dose",
    "seen_high_mcg_per_day": "Highest dose seen",
    "seen_low_mcg_per_day": "Lowest dose seen",
    "spike_most_ml": "Left behind by an incomplete aspiration, at most",
    "spike_share": "Share of refills with an incomplete aspiration",
    "stalls_per_year": "Pumps that stall",
    "start_factor": "Starting dose, times the screening dose",
    "start_factor_reduced": "Starting dose, reduced, times the screening dose",
    "start_long_effect_h": "An effect is long when it lasts over",
    "third_mcg": "Third dose",
    "tubing_ml": "Tubing inside the pump",
    "unusable_ml": "Volume that cannot be delivered",
    "usual_high_mcg_per_day": "Usual dose, at most",
    "usual_low_mcg_per_day": "Usual dose, at least",
    "volume_ml": "Volume",
}
"""What the name of a constant means in front of people."""

SECTIONS = {
    "pump_models": ("Pump models", "A pump keeps the figures of the day on which it was registered."),
    "products": ("Products", "Intrathecal baclofen as it is delivered."),
    "catheters": ("Catheters", "What one holds is its implanted length × its volume by length."),
    "dose_steps": ("Dose steps", "How far one change of dose may go, in percent of the dose before it."),
    "dose_ranges": ("Doses in maintenance", "Usual ones, and the lowest and highest that were published."),
    "screening": ("Screening test", ""),
    "dosing": ("Start and limits of a therapy", ""),
    "discrepancy": ("Discrepancy at a refill", "Between what should be left and what is."),
    "refill": ("Refill policy", "What a clinic starts from until it sets its own."),
    "delivery_ratio": ("Delivery ratio", "How a forecast learns from a pump's own refills."),
    "simulation": (
        "Simulation",
        "The invented pumps on which the forecast was tried out. No page of a patient uses it.",
    ),
}
"""The parts of a catalogue in the order of the page: title, and what they are."""

USES = {"pump": "for a pump", "screening": "for a screening test"}


@dataclass(frozen=True, slots=True)
class Figure:
    """A constant in words. `owner` is the model, product or part that it belongs to; `path` its place."""

    path: str
    owner: str
    label: str
    constant: Constant

    @property
    def value(self) -> str:
        """The value as people write it."""
        return plain(self.constant.value)

    @property
    def mark(self) -> str:
        """What the mark means."""
        return {**MARKS, CLINIC_MARK: "this clinic's own"}[self.constant.mark]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model, a product, or any other part that has constants."""

    path: str
    title: str
    about: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """Entries of one kind."""

    path: str
    title: str
    about: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Own:
    """What a clinic has added itself: one version, and those before it, the newest first."""

    row: OwnEntry
    entry: Entry
    older: tuple["Own", ...] = ()


def sections(books: Catalogue, *, unconfirmed: bool) -> list[Section]:
    """The whole of one version; or of it only what nobody has checked against an original."""
    found = [
        Section(name, *words, tuple(_entries(name, getattr(books, name)))) for name, words in SECTIONS.items()
    ]
    return (
        [section for each in found if (section := _only_unconfirmed(each)).entries] if unconfirmed else found
    )


def entry_of(path: str, part: Any) -> Entry:
    """A part of the catalogue, or a clinic's own, with its constants in words."""
    title = _title(path, part)
    constants = ((field.name, getattr(part, field.name)) for field in fields(part))
    figures = (
        Figure(f"{path}.{name}", title, LABELS[name], each)
        for name, each in constants
        if isinstance(each, Constant)
    )
    return Entry(path, title, _about(part), tuple(figures))


def own_models(member: Membership) -> list[Own]:
    """The pump models that the open clinic has added, each with its older versions."""
    rows = OwnModel.objects.visible_to(member).select_related("clinic", "added_by")
    return _versions(
        (row, entry_of(f"own.{row.key}.{row.version}", row.as_model())) for row in _in_order(rows)
    )


def own_products(member: Membership) -> list[Own]:
    """The products that the open clinic has added, each with its older versions."""
    rows = OwnProduct.objects.visible_to(member).select_related("clinic", "added_by")
    return _versions(
        (row, entry_of(f"own.{row.key}.{row.version}", row.as_product())) for row in _in_order(rows)
    )


def figure_of(wanted: str | Constant) -> Figure:
    """A constant of the newest catalogue in words, by its path or as itself. Raises KeyError where it is not in it."""
    for figure in _figures():
        if figure.path == wanted or figure.constant is wanted:
            return figure
    raise KeyError(wanted)


@cache
def _figures() -> tuple[Figure, ...]:
    whole = sections(catalogue(), unconfirmed=False)
    return tuple(figure for section in whole for entry in section.entries for figure in entry.figures)


def _entries(path: str, part: Any) -> Iterator[Entry]:
    if not isinstance(part, Mapping):
        yield entry_of(path, part)
        return
    for key, inner in part.items():
        yield from _entries(f"{path}.{key}", inner)


def _in_order(rows: OwnEntryQuerySet[Row]) -> OwnEntryQuerySet[Row]:
    return rows.order_by("key", "-version")


def _versions(told: Iterable[tuple[OwnEntry, Entry]]) -> list[Own]:
    """One for each key, from rows in the order of key and version."""
    by_key = groupby((Own(row, entry) for row, entry in told), key=lambda own: own.row.key)
    return [replace(newest, older=tuple(older)) for newest, *older in (list(group) for _, group in by_key)]


def _only_unconfirmed(section: Section) -> Section:
    entries = (
        replace(entry, figures=tuple(figure for figure in entry.figures if figure.constant.unconfirmed))
        for entry in section.entries
    )
    return replace(section, entries=tuple(entry for entry in entries if entry.figures))


def _title(path: str, part: Any) -> str:
    if isinstance(part, Product):
        return f"{part.name} {part.concentration_mcg_per_ml.text}, {part.volume_ml.text} {part.form}".rstrip()
    if isinstance(part, (PumpModel, Catheter)):
        return part.name
    name, *keys = path.split(".")
    words = {**POPULATIONS, **PHASES}
    return " · ".join(words[key] for key in keys) or SECTIONS[name][0]


def _about(part: Any) -> str:
    if isinstance(part, PumpModel):
        return _joined(part.maker, ", ".join(part.model_numbers), part.drive)
    if isinstance(part, Catheter):
        return _joined(part.maker, ", ".join(part.model_numbers))
    if isinstance(part, Product):
        return _joined(part.maker, USES[part.use], part.market, part.ndc and f"NDC {part.ndc}")
    return f"at most one step per {part.per}" if isinstance(part, DoseStep) else ""


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)

"""How a programme spreads its dose over the day, typed: one rate, steps of a day, or boluses."""

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField

from itb.fields import NoteField, QuantityField
from itb.infusion.quantities import plain
from refills.fact_form import FactForm
from refills.limits import MOST_MCG_PER_DAY
from refills.models import Programme
from refills.scenario import Json
from refills.whole_day import PATIENT, DayDrawing, day_dose, draw_day

ROWS, MOST_ROWS = 8, 24
MINUTES_AN_HOUR: Final = 60
MODE_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    Programme.Mode.CONTINUOUS: ("dose_mcg_per_day",),
    Programme.Mode.FLEX: (),  # its rows
    Programme.Mode.PERIODIC: ("basal_mcg_per_day", "bolus_mcg", "every_h", "over_min"),
}
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class ClockField(forms.CharField):
    """A time of the pump's own day, HH:MM."""

    widget = forms.TextInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.widget.attrs.update({"autocomplete": "off", "size": "5", "placeholder": "HH:MM"})

    def to_python(self, value: Any) -> Any:
        """The time as typed, or None where nothing was."""
        text = super().to_python(value)
        if text and not _CLOCK.fullmatch(text):
            raise ValidationError("Write a time as HH:MM, from 00:00 to 23:59, such as 07:30.")
        return text or None


class DayForm(FactForm):
    """The mode and its own fields. Those of the other modes stand on the page too, and are not read."""

    mode = forms.ChoiceField(
        label="How the dose is spread over the day",
        choices=Programme.Mode.choices,
        widget=forms.RadioSelect,
        initial=Programme.Mode.CONTINUOUS.value,
    )
    dose_mcg_per_day = QuantityField(label="Dose", unit="mcg/day", max_decimals=2, most=MOST_MCG_PER_DAY)
    basal_mcg_per_day = QuantityField(
        label="Basal", unit="mcg/day", max_decimals=2, most=MOST_MCG_PER_DAY, help_text="Between the boluses."
    )
    bolus_mcg = QuantityField(
        label="Each bolus", unit="mcg", max_decimals=2, most=MOST_MCG_PER_DAY, above_zero=True
    )
    every_h = QuantityField(
        label="Every",
        unit="h",
        max_decimals=2,
        most=24,
        above_zero=True,
        help_text="Counted anew from the pump's midnight.",
    )
    over_min = QuantityField(
        label="Over", unit="min", max_decimals=1, above_zero=True, help_text="In place of the basal."
    )
    patient_bolus_max_mcg_per_day = QuantityField(
        label="Patient boluses, most a day",
        unit="mcg/day",
        max_decimals=2,
        most=MOST_MCG_PER_DAY,
        required=False,
        help_text="Where the patient may trigger boluses: the most they add up to. Counted in full.",
    )
    rows = NoteField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pattern: Json | None = None
        self.initial["rows"] = self.row_count = _count(
            self.data.get("rows") if self.is_bound else self.initial.get("rows")
        )
        for row in range(self.row_count):
            self.fields[f"from_{row}"] = ClockField(label=f"Step {row + 1}, from", required=False)
            self.fields[f"rate_{row}"] = QuantityField(
                label=f"Step {row + 1}, rate",
                unit="mcg/h",
                max_decimals=2,
                most=MOST_MCG_PER_DAY,
                required=False,
            )

    @property
    def chosen(self) -> str:
        """The mode that is chosen, or nothing that is one."""
        return str(self["mode"].value())

    @property
    def steps(self) -> list[tuple[BoundField, BoundField]]:
        """The rows of a flex day: from when, and how much by the hour."""
        return [(self[f"from_{row}"], self[f"rate_{row}"]) for row in range(self.row_count)]

    @property
    def has_room(self) -> bool:
        """Whether there may be more rows."""
        return self.row_count < MOST_ROWS

    def unasked(self) -> set[str]:
        """The fields of the modes that are not chosen."""
        every = {name for names in MODE_FIELDS.values() for name in names}
        rows = {field.name for step in self.steps for field in step}
        return (every | rows) - set(MODE_FIELDS.get(self.chosen, ())) - (rows if self._is_flex else set())

    @property
    def _is_flex(self) -> bool:
        return self.chosen == Programme.Mode.FLEX

    def read(self, data: dict[str, Any]) -> None:
        """The pattern in a scenario's own keys, as soon as all of it can be kept."""
        mode = data.get("mode")
        own = self._flex(data) if mode == Programme.Mode.FLEX else self._plain(data, mode)
        if mode == Programme.Mode.PERIODIC:
            self._check_periodic(data)
        if own is None or PATIENT not in data or self.errors.keys() & set(own):
            return
        patient = data[PATIENT]
        self.pattern = {**own, **({PATIENT: f"{patient:f}"} if patient else {})}
        self._check_sum(day_dose(self.chosen, self.pattern))

    def _plain(self, data: dict[str, Any], mode: str | None) -> Json | None:
        names = MODE_FIELDS.get(mode or "", ())
        typed = {name: data.get(name) for name in names}
        if not names or any(value is None for value in typed.values()):
            return None
        return {name: f"{value:f}" for name, value in typed.items()}

    def _check_periodic(self, data: dict[str, Any]) -> None:
        every, over = data.get("every_h"), data.get("over_min")
        if every is not None and over is not None and over >= MINUTES_AN_HOUR * every:
            words = (
                f"A bolus must end before the next begins: less than {plain(MINUTES_AN_HOUR * every)} min."
            )
            self.add_error("over_min", words)

    def _flex(self, data: dict[str, Any]) -> Json | None:
        """The rows that hold something, in the order of the day; None while one of them cannot be kept."""
        held = [row for row in range(self.row_count) if any(self._typed(row))] or [0]
        last = ""
        for row in held:
            for name in (f"from_{row}", f"rate_{row}"):
                if data.get(name) is None and name not in self.errors:
                    self.add_error(name, ValidationError("Fill this in.", code="required"))
            start = data.get(f"from_{row}")
            if start and start <= last:
                self.add_error(f"from_{row}", _out_of_order(start, last))
            last = max(last, start or "")
        names = {f"{name}_{row}" for row in held for name in ("from", "rate")}
        if self.errors.keys() & names:
            return None
        return {
            "steps": [{"from": data[f"from_{row}"], "mcg_per_h": f"{data[f'rate_{row}']:f}"} for row in held]
        }

    def _typed(self, row: int) -> tuple[bool, bool]:
        start, rate = self.steps[row]
        return bool(start.value()), bool(rate.value())

    def _check_sum(self, dose: Decimal) -> None:
        if dose <= MOST_MCG_PER_DAY:
            return
        words = f"Together {plain(dose)} mcg a day: more than can be right here ({MOST_MCG_PER_DAY} mcg/day)."
        hint = " A step is written by the hour, not by the day." if self._is_flex else ""
        self.add_error(self.amount_field, words + hint)
        self.pattern = None

    @property
    def amount_field(self) -> str:
        """Where what is amiss with the whole day is said."""
        names = {Programme.Mode.FLEX.value: "rate_0", Programme.Mode.PERIODIC.value: "bolus_mcg"}
        return names.get(self.chosen, "dose_mcg_per_day")

    @property
    def day_mcg(self) -> Decimal | None:
        """The whole day's dose, the patient's boluses counted; None while it is not all there."""
        return None if self.pattern is None else day_dose(self.chosen, self.pattern)

    @property
    def drawing(self) -> DayDrawing | None:
        """The day as a bar of 24 h."""
        return None if self.pattern is None else draw_day(self.chosen, self.pattern)

    def step_rates(self) -> Iterator[tuple[str, Decimal]]:
        """Each rate field of a flex day that is filled, with its rate."""
        for row in range(self.row_count):
            rate = self.cleaned_data.get(f"rate_{row}")
            if rate is not None:
                yield f"rate_{row}", rate


def more_rows(typed: object) -> int:
    """How many rows the page has next, if it came back with so many and more are asked for."""
    return min(_count(typed) + ROWS, MOST_ROWS)


def _count(typed: object) -> int:
    """How many rows a page carries, whatever came back as their number."""
    text = str(typed)
    asked = int(text) if text.isascii() and text.isdigit() and len(text) <= len("24") else ROWS
    return min(max(asked, ROWS), MOST_ROWS)


def _out_of_order(start: str, last: str) -> str:
    if start == last:
        return f"Two steps begin at {start}: one time, one rate."
    return f"{start} does not come after {last}: write the steps in the order of the day."

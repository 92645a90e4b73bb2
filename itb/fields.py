"""Form fields for what is typed at a pump: numbers that can be read in one way only, times in the clinic's zone."""

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.utils import timezone

from itb.infusion.quantities import NotANumber, parse_decimal

LONGEST_NUMBER = 40  # no number that can be meant has more characters
FIRST_YEAR, LAST_YEAR = 1900, 2999  # a year outside is a slip, and the calendar's own ends are near
WORDS = {
    "invalid_choice": "Choose one of those that are listed.",
    "max_length": "This is too long: at most %(limit_value)d characters.",
    "min_length": "This is too short: at least %(limit_value)d characters.",
    "null_characters_not_allowed": "A character in this cannot be kept: type it anew.",
}
_INSTANT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_CLOCK_WORDS = {
    "instant": "Write date and time, such as 2026-11-24T09:30.",
    "day": "Write a date, such as 2026-11-24.",
}


class QuantityField(forms.CharField):
    """A decimal with its unit. Refuses what another keyboard or country would read differently."""

    widget = forms.TextInput

    def __init__(
        self,
        *,
        unit: str,
        max_decimals: int,
        most: Decimal | int | None = None,
        above_zero: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.unit, self.max_decimals, self.most, self.above_zero = unit, max_decimals, most, above_zero
        self.widget.attrs.update({"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        """The exact decimal, or None where nothing was typed and nothing had to be."""
        text = super().to_python(value)
        if not text:
            return None
        if len(text) > LONGEST_NUMBER:
            raise ValidationError(f"This is too long to be a number of {self.unit}.")
        try:
            number = parse_decimal(text, max_decimals=self.max_decimals, unit=self.unit)
        except NotANumber as error:
            raise ValidationError(str(error)) from error
        if self.above_zero and not number:
            raise ValidationError(f"This must be more than 0 {self.unit}.")
        if self.most is not None and number > self.most:
            raise ValidationError(
                f"{number} {self.unit} is more than can be right here ({self.most} {self.unit})."
            )
        return number


class DayField(forms.DateField):
    """A date from the browser's own picker, of a year that can be meant."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": _CLOCK_WORDS["day"]})
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)

    def to_python(self, value: Any) -> Any:
        """The date, or None where nothing was typed and nothing had to be."""
        if isinstance(value, str) and value.strip() and not _DAY.fullmatch(value.strip()):
            raise ValidationError(self.error_messages["invalid"], code="invalid")
        day = super().to_python(value)
        if day:
            _refuse_odd_year(day.year)
        return day


class InstantField(forms.DateTimeField):
    """A date and time of day in the clinic's zone, to the minute. An offset is refused: there is one clock here."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": _CLOCK_WORDS["instant"]})
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> Any:
        """The aware instant. Says what is wrong with a time that the clocks skipped, or showed twice."""
        if isinstance(value, str) and value.strip():
            if not _INSTANT.fullmatch(value.strip()):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
            _refuse_odd_year(int(value.strip()[:4]))
        try:
            return super().to_python(value)
        except ValidationError as error:
            if error.code == "ambiguous_timezone":
                raise ValidationError(_changed_clocks(value)) from error
            raise


class DaysField(forms.IntegerField):
    """A clinic's setting in whole days, with its default and where that comes from beside it."""

    widget = forms.TextInput

    def __init__(  # noqa: PLR0913  a setting is its words, its bounds and its origin
        self, *, words: str, default: int, source: str, mark: str, least: int, most: int
    ) -> None:
        super().__init__(
            label=words,
            min_value=least,
            max_value=most,
            help_text=f"Default {default}, from {least} to {most}. Source: {source}. Mark: {mark}.",
            error_messages={
                "invalid": "Write a whole number of days.",
                "min_value": f"This must be at least {least}.",
                "max_value": f"This must be at most {most}.",
            },
        )
        self.unit = "days"
        self.widget.attrs.update({"inputmode": "numeric", "autocomplete": "off"})


class NoteField(forms.Field):
    """What a form carries for the page itself, unseen and never shown: taken as it comes."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)


class PlainWords(forms.BaseForm):
    """A form that says in plain words what every field may lack. Stands before Django's form among the bases."""

    def full_clean(self) -> None:
        """Give every field its words, then look at what was typed."""
        for field in self.fields.values():
            required = "Choose one." if isinstance(field, forms.ChoiceField) else "Fill this in."
            field.error_messages = {**field.error_messages, **WORDS, "required": required}
        super().full_clean()


def refuse_future(value: datetime, at: datetime) -> datetime:
    """`value`, unless it lies ahead of `at` by more than the five minutes that two clocks may differ."""
    if (value - at).total_seconds() > 5 * 60:
        raise ValidationError("This lies in the future. Write when it happened.")
    return value


def constraint_of(error: IntegrityError) -> str:
    """The name of the database's rule that `error` broke; empty where it gives none."""
    diagnosis = getattr(error.__cause__, "diag", None)
    return getattr(diagnosis, "constraint_name", None) or ""


def _refuse_odd_year(year: int) -> None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValidationError(f"Look at the year again: {year:04} cannot be right.")


def _changed_clocks(text: str) -> str:
    """What happened to the clocks at the local time `text`, which does not exist or exists twice."""
    local, zone = datetime.fromisoformat(text.strip()), timezone.get_current_timezone()
    there_and_back = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None)
    when = f"{local:%H:%M} on {local:%a} {local.day} {local:%b %Y}"
    if there_and_back != local:
        return f"{when} never was: the clocks went forward over it. Write the time after the change."
    return f"{when} came twice: the clocks went back over it. Write the nearest time that came once."

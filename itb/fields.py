"""Form fields for what is typed at a pump: numbers that can be read in one way only, times in the clinic's zone."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from itb.infusion.quantities import NotANumber, parse_decimal


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
        try:
            number = parse_decimal(text, max_decimals=self.max_decimals, unit=self.unit)
        except NotANumber as error:
            raise ValidationError(str(error)) from error
        if self.above_zero and not number:
            raise ValidationError(f"This must be more than 0 {self.unit}.")
        if self.most is not None and number > self.most:
            raise ValidationError(f"{number} {self.unit} is more than can be right here ({self.most} {self.unit}).")
        return number


class DayField(forms.DateField):
    """A date from the browser's own picker."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": "Write a date as year-month-day, such as 2026-11-24."})
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class InstantField(forms.DateTimeField):
    """A date and time of day in the clinic's zone, to the minute."""

    widget = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("error_messages", {"invalid": "Write date and time, such as 2026-11-24T09:30."})
        super().__init__(input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"], **kwargs)


def refuse_future(value: datetime, at: datetime) -> datetime:
    """`value`, unless it lies ahead of `at` by more than the five minutes that two clocks may differ."""
    if (value - at).total_seconds() > 5 * 60:
        raise ValidationError("This lies in the future. Write when it happened.")
    return value

"""What the clinic plans visits by, typed: its figures, its weekdays, and days on which it is closed."""

from dataclasses import asdict, fields
from datetime import date, datetime
from typing import Any

from django import forms

from itb.fields import DayField, DaysField, NoteField, PlainWords
from refills.planning_policy import Planning
from refills.visit_form import refuse_odd_visit

WEEKDAYS = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
]
LONGEST_CLOSURE = 366
OPEN, CLOSED = "open", "closed"


class PlanningForm(PlainWords, forms.Form):
    """How far ahead a visit is prepared, each figure with its default, source and mark."""

    opened_by = NoteField()

    def __init__(self, *args: Any, planning: Planning, **kwargs: Any) -> None:
        kwargs["initial"] = {**asdict(planning), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for each in fields(Planning):
            default: Any = each.default
            self.fields[each.name] = CountField(default=default, **each.metadata)

    def planning(self) -> Planning:
        """The figures as typed."""
        return Planning(**{each.name: self.cleaned_data[each.name] for each in fields(Planning)})


class CountField(DaysField):
    """A clinic's setting as a whole number of something, with its default and where that comes from beside it."""

    def __init__(self, *, unit: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit = unit
        self.error_messages["invalid"] = "Write a whole number."


class WeekdaysForm(PlainWords, forms.Form):
    """On which weekdays the clinic sees nobody."""

    opened_by = NoteField()

    def __init__(self, *args: Any, closed: frozenset[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for number, name in WEEKDAYS:
            stands = CLOSED if int(number) - 1 in closed else OPEN
            self.fields[f"weekday_{number}"] = forms.ChoiceField(
                label=name, choices=[(OPEN, "Open"), (CLOSED, "Closed")], initial=stands
            )

    def clean(self) -> dict[str, Any]:
        """Some day must be open."""
        data = super().clean() or self.cleaned_data
        if len(self.closed()) == len(WEEKDAYS):
            self.add_error(None, "Leave one weekday open: else no visit could be planned.")
        return data

    def closed(self) -> str:
        """The ISO numbers of the closed ones."""
        return "".join(
            number for number, _ in WEEKDAYS if self.cleaned_data.get(f"weekday_{number}") == CLOSED
        )


class ClosureForm(PlainWords, forms.Form):
    """A day, or days in a row, on which the clinic is closed."""

    first_on = DayField(label="First closed day")
    last_on = DayField(label="Last closed day", required=False, help_text="Leave it out for a single day.")
    reason = forms.CharField(label="Why", max_length=80, help_text="Such as: public holiday, move, training.")
    opened_by = NoteField()

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean_first_on(self) -> date:
        """Not past, and not in another year by a slip."""
        on = refuse_odd_visit(self.cleaned_data["first_on"], self.now)
        assert on is not None
        return on

    def clean(self) -> dict[str, Any]:
        """The end comes after the beginning, and within a year."""
        data = super().clean() or self.cleaned_data
        first = data.get("first_on")
        last = data["last_on"] = data.get("last_on") or first
        if first and last and last < first:
            self.add_error("last_on", "This is before the first closed day.")
        if first and last and (last - first).days > LONGEST_CLOSURE:
            self.add_error("last_on", "This is over a year long: look at the year again.")
        return data

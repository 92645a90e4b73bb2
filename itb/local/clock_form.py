"""Where a demonstration's clock is to stand."""

from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from itb.fields import DayField, PlainWords
from itb.templatetags.moments import day

TO_A_DAY = "day"
STEPS = {"1": timedelta(days=1), "7": timedelta(days=7)}
FARTHEST = timedelta(days=3 * 365)


class ClockForm(PlainWords, forms.Form):
    """A step ahead, a day, or back to today. `ahead` is how far the clock is ahead after it."""

    step = forms.ChoiceField(
        label="Move it",
        choices=[("1", "One day on"), ("7", "Seven days on"), (TO_A_DAY, "To a day"), ("0", "Back to today")],
        widget=forms.RadioSelect,
    )
    day = DayField(label="The day", required=False)

    def __init__(
        self, *args: Any, now: datetime, ahead: timedelta, newest: datetime | None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.real, self.newest, self.ahead = now, now - ahead, newest, ahead

    def clean(self) -> dict[str, Any]:
        """Work out how far it is ahead then; never behind what was recorded."""
        data = super().clean() or self.cleaned_data
        if "step" not in data or self.errors:
            return data
        self.ahead = self._ahead(data)
        if self.errors:
            return data
        if self.ahead > FARTHEST:
            self.add_error("step", "This is over three years ahead: begin anew instead.")
        elif self.newest and self.real + self.ahead < self.newest:
            words = f"Something was recorded on {day(self.newest)}, and the clock does not go back behind it."
            self.add_error("step", f"{words} ./run.py up --fresh begins anew.")
        return data

    def _ahead(self, data: dict[str, Any]) -> timedelta:
        if data["step"] != TO_A_DAY:
            return self.ahead + STEPS[data["step"]] if data["step"] in STEPS else timedelta()
        if not data.get("day"):
            self.add_error("day", "Write the day.")
            return self.ahead
        days = (data["day"] - timezone.localdate(self.real)).days
        if days < 0:
            self.add_error("day", "This day has passed: the clock runs ahead or not at all.")
        return timedelta(days=max(days, 0))

"""The next visit, typed."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from itb.fields import DayField, NoteField, PlainWords
from itb.templatetags.moments import day

FARTHEST_VISIT = timedelta(days=366)


class VisitForm(PlainWords, forms.Form):
    """The next visit. `is_after` says that the day asked for is past the latest safe one."""

    on = DayField(label="Day of the visit")
    accepts_late = forms.BooleanField(
        label="There is no earlier day. Book it, and keep the alerts open until the refill.", required=False
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, now: datetime, latest: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.latest, self.is_after = now, latest, False

    def clean_on(self) -> date:
        """Not past, and not in another year by a slip."""
        on = refuse_odd_visit(self.cleaned_data["on"], self.now)
        assert on is not None
        return on

    def clean(self) -> dict[str, Any]:
        """A day past the latest safe one is booked only by someone who says so: what is so must be recordable."""
        data = super().clean() or self.cleaned_data
        on = data.get("on")
        self.is_after = bool(self.latest and on and on > self.latest)
        if self.is_after and not data.get("accepts_late"):
            words = (
                f"This is after the refill-by date, {day(self.latest)}. Choose an earlier day, or tick below."
            )
            self.add_error("on", words)
        return data


def refuse_odd_visit(on: date | None, now: datetime) -> date | None:
    """`on`, unless it has passed or is over a year away, by the zone that is active."""
    today = timezone.localdate(now)
    if on and on < today:
        raise forms.ValidationError("This day has passed.")
    if on and on - today > FARTHEST_VISIT:
        raise forms.ValidationError("This is over a year away: look at the year again.")
    return on

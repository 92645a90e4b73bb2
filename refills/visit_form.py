"""The next visit, typed; and how one ended."""

from datetime import date, datetime, timedelta
from typing import Any

from django import forms
from django.utils import timezone

from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.fields import DayField, NoteField, PlainWords
from itb.templatetags.moments import day
from refills.models import Appointment
from refills.people import choices_of, person_of
from refills.plans import Plan
from refills.visit import VisitDetails

FARTHEST_VISIT = timedelta(days=366)
State = Appointment.State


class VisitForm(PlainWords, forms.Form):
    """The next visit. `trouble` says what is wrong with the day that was asked for."""

    on = DayField(label="Day of the visit")
    time = forms.TimeField(
        label="Time",
        required=False,
        input_formats=["%H:%M"],
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": "Write a time of day, such as 09:30."},
    )
    place = forms.ChoiceField(label="Where", choices=Appointment.Place.choices, widget=forms.RadioSelect)
    clinician = forms.ChoiceField(label="With whom", required=False)
    is_agreed = forms.BooleanField(label="They have said that they will come then", required=False)
    late_reason = forms.CharField(
        label="Why it must be this day",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It stands beside the visit. The alerts stay open until the refill.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, now: datetime, plan: Plan, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.plan, self.member, self.trouble = now, plan, member, ""
        clinician: Any = self.fields["clinician"]
        clinician.choices = choices_of(member, Permission.RECORD, "Nobody in particular")

    def clean_on(self) -> date:
        """Not past, and not in another year by a slip."""
        on = refuse_odd_visit(self.cleaned_data["on"], self.now)
        assert on is not None
        return on

    def clean(self) -> dict[str, Any]:
        """Past the latest safe day, or on a closed one, it is booked by a prescriber with a reason and nobody else."""
        data = super().clean() or self.cleaned_data
        on = data.get("on")
        self.trouble = self.plan.trouble(on) if on else ""
        if not self.trouble:
            return data
        if not self.member.may(Permission.LATE):
            self.add_error("on", f"{self._why()} {self._instead()}")
        elif not data.get("late_reason"):
            self.add_error("on", self._why())
            self.add_error("late_reason", "Say why there is no better day, or choose another one.")
        return data

    def _why(self) -> str:
        on = self.cleaned_data["on"]
        if self.plan.is_too_late(on):
            return f"This is after {self._limit()}, {day(self.plan.bookable_on, self.now)}."
        return f"The clinic is {self.trouble}."

    def _limit(self) -> str:
        return "the first open day" if self.plan.is_past else "the latest safe day"

    def _instead(self) -> str:
        on = self.cleaned_data["on"]
        if self.plan.is_too_late(on):
            return "Choose an earlier day, or let a prescriber book this one with a reason."
        open_day = self.plan.open_days.last_open(on)
        if open_day is None or open_day < self.plan.today:
            open_day = self.plan.open_days.next_open(on)
        return f"The nearest open day is {day(open_day, self.now)}."

    @property
    def asks_why(self) -> bool:
        """Whether a reason is to be typed, and this person may give one."""
        return bool(self.trouble) and self.member.may(Permission.LATE)

    def details(self) -> VisitDetails:
        """What is agreed beside the day."""
        data = self.cleaned_data
        return VisitDetails(
            time=data["time"],
            place=data["place"],
            clinician=person_of(self.member, data["clinician"]),
            late_reason=data["late_reason"],
        )


class EndForm(PlainWords, forms.Form):
    """How the booked visit ended, where no refill came of it."""

    state = forms.ChoiceField(
        label="What happened",
        choices=[
            (State.UNFILLED, "They came, and the pump was not refilled"),
            (State.MISSED, "They did not come"),
            (State.CANCELLED, "It is cancelled"),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label="Why", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))
    next_step = forms.CharField(
        label="What follows",
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed where they came and the pump was not refilled: who does what, and by when.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, visit: Appointment, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.visit, self.now = visit, now

    def clean_state(self) -> str:
        """Nobody can have come, or stayed away, before the day."""
        state: str = self.cleaned_data["state"]
        if state != State.CANCELLED and self.visit.on > timezone.localdate(self.now):
            raise forms.ValidationError(f"The day of this visit, {day(self.visit.on)}, has not come yet.")
        return state

    def clean(self) -> dict[str, Any]:
        """Whoever came and went unfilled is somebody's work."""
        data = super().clean() or self.cleaned_data
        if data.get("state") == State.UNFILLED and not data.get("next_step"):
            self.add_error("next_step", "Say what follows: the pump still runs towards its refill-by date.")
        return data


def refuse_odd_visit(on: date | None, now: datetime) -> date | None:
    """`on`, unless it has passed or is over a year away, by the zone that is active."""
    today = timezone.localdate(now)
    if on and on < today:
        raise forms.ValidationError("This day has passed.")
    if on and on - today > FARTHEST_VISIT:
        raise forms.ValidationError("This is over a year away: look at the year again.")
    return on

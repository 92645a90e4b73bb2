"""What a person types about an alert: what they do about it, to whom it goes, how long it rests."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from alerts.duty import roster_of
from alerts.models import Alert
from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.fields import DayField, InstantField, NoteField, PlainWords
from itb.templatetags.moments import day


class NoteForm(PlainWords, forms.Form):
    """Why it is taken, or what became of it. `stood` is how the alert stood when the page was opened."""

    note = forms.CharField(
        label="What you will do, or did", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    stood = NoteField()
    opened_by = NoteField()

    def __init__(self, *args: Any, alert: Alert, **kwargs: Any) -> None:
        self.now_stands = _standing(alert)
        kwargs["initial"] = {**kwargs.get("initial", {}), "stood": self.now_stands}
        super().__init__(*args, **kwargs)

    @property
    def moved(self) -> bool:
        """Whether someone has taken, passed or closed it since the page was opened."""
        return (self.cleaned_data["stood"] or self.now_stands) != self.now_stands

    def look_again(self) -> None:
        """Let the page that is shown next carry how the alert stands now."""
        self.data = {**dict(self.data.items()), "stood": self.now_stands}


class AcknowledgeForm(NoteForm):
    """What its owner will do, and when they go on with it. `longest` is the end of any acknowledgement given now."""

    next_on = DayField(label="When you go on with it")

    def __init__(self, *args: Any, today: date, longest: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today, self.longest = today, longest
        self.fields[
            "next_on"
        ].help_text = f"It opens again when that day is over. {day(longest)} at the latest."

    def clean_next_on(self) -> date:
        """From today on, and no later than an acknowledgement lasts."""
        on: date = self.cleaned_data["next_on"]
        if on < self.today:
            raise ValidationError(f"This is past. Choose a day from today, {day(self.today)}, on.")
        if on > self.longest:
            raise ValidationError(
                f"An acknowledgement given now ends on {day(self.longest)}: choose that day or an earlier one."
            )
        return on


class ColleagueField(forms.ModelChoiceField):  # type: ignore[type-arg]  # a field of Django is not generic at run time
    """Who takes it on; each by name and role."""

    def __init__(self, people: list[int]) -> None:
        found = Membership.objects.filter(pk__in=people).select_related("user").order_by("user__name", "pk")
        super().__init__(found, label="To whom", empty_label="Choose a colleague")


class PassForm(NoteForm):
    """Whoever has it gives it to a colleague who is there."""

    def __init__(self, *args: Any, alert: Alert, member: Membership, at: datetime, **kwargs: Any) -> None:
        super().__init__(*args, alert=alert, **kwargs)
        self.fields["note"].label = "What they should know"
        is_new = (
            self.data.get("stood", self.now_stands) == self.now_stands
        )  # else it may have been this very press
        has_it = alert.acknowledged_by_id if is_new else None
        self.fields["to"] = ColleagueField(colleagues(has_it, member, at))
        self.order_fields(["to", "note"])


def colleagues(has_it: int | None, member: Membership, at: datetime) -> list[int]:
    """Who of the clinic could take it on: may acknowledge, is not away, and has it not already."""
    able = Membership.objects.visible_to(member).who_may(Permission.ACKNOWLEDGE)
    there = able.exclude(user=has_it) if has_it else able
    return list(there.exclude(pk__in=[*roster_of(member.clinic, at).away]).values_list("pk", flat=True))


class SnoozeForm(NoteForm):
    """Until when it rests, and why. `latest` is what the drug in the pump allows."""

    until = InstantField(label="Until when it rests")

    def __init__(self, *args: Any, now: datetime, latest: datetime | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.latest = now, latest
        self.fields["note"].label = "Why it can wait"
        self.order_fields(["until", "note"])
        if latest:
            self.fields["until"].help_text = f"{_moment(latest)} at the latest: the drug allows no more."

    def clean_until(self) -> datetime:
        """Ahead, and within what the drug allows."""
        until: datetime = self.cleaned_data["until"]
        if until <= self.now:
            raise ValidationError("This is past. Choose a moment that lies ahead.")
        if self.latest is None or until > self.latest:
            words = f"at the latest {_moment(self.latest)}" if self.latest else "not at all"
            raise ValidationError(f"The drug in the pump does not allow so long: {words}.")
        return until


def _moment(at: datetime) -> str:
    return f"{day(at)} {timezone.localtime(at):%H:%M}"


def _standing(alert: Alert) -> str:
    taken = alert.acknowledged_at.isoformat() if alert.acknowledged_at else ""
    return f"{alert.state}~{taken}~{alert.acknowledged_by_id or ''}~{alert.tier}~{alert.occasion}"

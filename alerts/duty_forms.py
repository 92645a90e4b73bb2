"""What is typed about duty: who is away, who is the lead, under which number someone is reached."""

from datetime import date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from alerts.absences import Away
from alerts.models import Absence
from itb.accounts.models import Membership
from itb.fields import DayField, NoteField, PlainWords
from itb.templatetags.moments import day

LONGEST_DAYS = 366


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # a field of Django is not generic at run time
    """One of the clinic's people, by name and role."""


class AbsenceForm(PlainWords, forms.Form):
    """Who is away, from when to when, and who is told in their stead."""

    first_on = DayField(label="First day away")
    last_on = DayField(label="Last day away")
    opened_by = NoteField()

    def __init__(self, *args: Any, member: Membership, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate(now)
        told = (
            Membership.objects.visible_to(member).told().select_related("user").order_by("user__name", "pk")
        )
        self.fields["member"] = PersonField(told, label="Who is away", empty_label="Choose a person")
        self.fields["cover"] = PersonField(
            told,
            label="Who is told in their stead",
            required=False,
            empty_label="Nobody in particular: whoever is on duty",
        )
        self.order_fields(["member", "first_on", "last_on", "cover"])

    def clean_last_on(self) -> date:
        """Not past, and within a year of the first day."""
        last: date = self.cleaned_data["last_on"]
        first = self.cleaned_data.get("first_on")
        if last < self.today:
            raise ValidationError(f"This is past. Choose a day from today, {day(self.today)}, on.")
        if first and last < first:
            raise ValidationError("This is before the first day away.")
        if first and (last - first).days > LONGEST_DAYS:
            raise ValidationError("This is over a year long: look at the year again.")
        return last

    def clean(self) -> dict[str, Any]:
        """Nobody stands in for themselves, and nobody is away twice at a time."""
        data = super().clean() or self.cleaned_data
        member, first, last = (data.get(name) for name in ("member", "first_on", "last_on"))
        if member and data.get("cover") == member:
            self.add_error("cover", "Nobody stands in for themselves: choose someone else.")
        if member and first and last:
            self._refuse_overlap(member, first, last, data.get("cover"))
        return data

    def _refuse_overlap(self, member: Membership, first: date, last: date, cover: Membership | None) -> None:
        others = Absence.objects.standing().filter(member=member, first_on__lte=last, last_on__gte=first)
        other = others.exclude(first_on=first, last_on=last, cover=cover).first()
        if other:
            words = f"{member.user} is away already, {day(other.first_on)} to {day(other.last_on)}: end that first."
            self.add_error("first_on", words)

    def away(self) -> Away:
        """As typed."""
        data = self.cleaned_data
        return Away(data["member"], data["first_on"], data["last_on"], data["cover"])


class LeadForm(PlainWords, forms.Form):
    """Who is told where nobody else is left."""

    opened_by = NoteField()

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = Membership.objects.visible_to(member).active().select_related("user")
        self.fields["lead"] = PersonField(
            people.order_by("user__name", "pk"), label="The clinic’s lead", empty_label="Choose a person"
        )


class PhoneForm(PlainWords, forms.Form):
    """Under which number one is reached."""

    phone = forms.CharField(
        label="Your telephone number",
        max_length=40,
        help_text="It stands in the clinic’s telephone list, for alerts that nobody takes.",
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )
    opened_by = NoteField()

    def clean_phone(self) -> str:
        """One that can be dialled."""
        phone: str = self.cleaned_data["phone"]
        if not any(each.isdigit() for each in phone):
            raise ValidationError("Write a number that can be dialled.")
        return phone

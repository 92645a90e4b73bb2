"""Who a patient is and why they are treated, typed: whether someone new is registered or someone known is changed."""

import unicodedata
from datetime import date
from typing import Any

from django import forms

from itb.accounts.models import Membership
from itb.accounts.permissions import Permission
from itb.fields import PlainWords
from patients.likeness import alike
from patients.models import Patient

OLDEST = date(1900, 1, 1)
NAMED = ("family_name", "given_name", "birth_date")
PERSON = (
    *("record_number", *NAMED, "origin", *Patient.RISK_FLAGS),
    *("indication", "goals", "clinician"),
)


class PersonForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """`same_record` is the patient who has the record number already; `alike` are those whom this one may be."""

    is_another = forms.BooleanField(label="This is another person", required=False)

    def __init__(self, *args: Any, member: Membership, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member, self.today = member, today
        self.same_record: Patient | None = None
        self.alike: list[Patient] = []
        origin: Any = self.fields["origin"]
        origin.choices = [("", "Choose"), *Patient.Origin.choices]
        self.fields["goals"].widget = forms.Textarea(attrs={"rows": 3, "maxlength": 1000})
        self.fields["clinician"] = _clinician(member)

    def clean_family_name(self) -> str:
        """Refuse what would make a name read as another."""
        return plain_name(self.cleaned_data["family_name"])

    def clean_given_name(self) -> str:
        """Refuse what would make a name read as another."""
        return plain_name(self.cleaned_data["given_name"])

    def clean_record_number(self) -> str:
        """Refuse a number that the clinic has given already."""
        number: str = self.cleaned_data["record_number"]
        self.same_record = self._holder(number)
        if self.same_record is not None:
            raise forms.ValidationError(f"{number} is the record number of {self.same_record} already.")
        return number

    def clean_birth_date(self) -> date:
        """Refuse a birth that lies ahead, or in another age."""
        return refuse_outside(self.cleaned_data["birth_date"], self.today)

    def clean(self) -> dict[str, Any]:
        """Compare what only together can be wrong."""
        data = super().clean() or self.cleaned_data
        if set(NAMED) & set(self.changed_data):
            self._check_alike(data)
        return data

    def _check_alike(self, data: dict[str, Any]) -> None:
        family, given, born = (data.get(name) for name in NAMED)
        if not (family and given and born) or self.same_record:
            return
        self.alike = list(alike(self._others(), family=family, given=given, born=born))
        if self.alike and not data.get("is_another"):
            self.add_error("is_another", "Someone alike is registered already: look at them first.")

    def refuse_record(self) -> None:
        """Say that someone took the record number a moment ago."""
        self.same_record = self._holder(self.cleaned_data["record_number"])
        self.add_error("record_number", "This record number was given to someone else a moment ago.")

    def _holder(self, number: str) -> Patient | None:
        found: Patient | None = self._others().filter(record_number__iexact=number).first()
        return found

    def _others(self) -> Any:
        return Patient.objects.visible_to(self.member).exclude(pk=self.instance.pk)


def plain_name(name: str) -> str:
    """Raises ValidationError for a name with a sign that cannot be seen."""
    if any(unicodedata.category(letter).startswith("C") for letter in name):
        raise forms.ValidationError("This holds a sign that cannot be seen: type the name anew.")
    return name


def refuse_outside(day: date, today: date) -> date:
    """The day, unless it lies ahead or in another age."""
    if day > today:
        raise forms.ValidationError("This lies in the future.")
    if day < OLDEST:
        raise forms.ValidationError("This is before 1900: look at the year again.")
    return day


def _clinician(member: Membership) -> forms.Field:
    """Whoever of the clinic may start a programme answers for one."""
    able = Membership.objects.visible_to(member).who_may(Permission.START).select_related("user")
    return forms.ModelChoiceField(
        able.order_by("user__name", "pk"),
        required=False,
        label="Own clinician",
        empty_label="Nobody in particular",
        help_text="Who answers for the therapy here. One who has left the clinic is not listed.",
    )

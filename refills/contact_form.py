"""A try to reach a patient, typed."""

from datetime import date, datetime
from typing import Any

from django import forms

from itb.accounts.models import Membership, User
from itb.accounts.permissions import Permission
from itb.fields import DayField, InstantField, NoteField, refuse_future
from itb.templatetags.moments import day
from patients.models import Pump
from refills.contacts import needs_owner, unreached
from refills.keyed_form import KeyedForm
from refills.models import ContactAttempt
from refills.people import choices_of, person_of
from refills.plans import Plan
from refills.visit_form import refuse_odd_visit

LONGEST_NAME = 180
PATIENT = ("The patient", "The patient")


class ContactForm(KeyedForm):
    """Whom, how, what came of it, and what comes next. A clinician is named once too many tries have failed."""

    at = InstantField(label="When")
    whom = forms.ChoiceField(label="Whom")
    way = forms.ChoiceField(label="How", choices=ContactAttempt.Way.choices)
    outcome = forms.ChoiceField(
        label="What came of it", choices=ContactAttempt.Outcome.choices, widget=forms.RadioSelect
    )
    next_step = forms.CharField(
        label="What comes next", max_length=200, help_text="Such as: call the sister after 18:00."
    )
    next_on = DayField(label="When that is done")
    handed_to = forms.ChoiceField(label="Whose it is now", required=False)
    note = forms.CharField(
        label="Note", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    opened_by = NoteField()

    def __init__(
        self, *args: Any, pump: Pump, plan: Plan, member: Membership, now: datetime, **kwargs: Any
    ) -> None:
        self.pump, self.plan, self.member, self.now = pump, plan, member, now
        self.standing = unreached(pump)
        owner = self.standing.owner or _own_clinician(pump)
        is_somebodys = self.standing.owner or needs_owner(pump, ContactAttempt.Outcome.NO_ANSWER)
        taker = owner.pk if owner and is_somebodys else ""
        usual = {"at": now, "next_on": plan.today, "handed_to": taker}
        kwargs["initial"] = {**usual, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        whom: Any = self.fields["whom"]
        whom.choices = [*_contacts(pump), PATIENT]
        handed_to: Any = self.fields["handed_to"]
        handed_to.choices = choices_of(member, Permission.RECORD, "Nobody else")
        handed_to.help_text = "A clinician, once nobody is reached or the patient refuses."

    def clean_at(self) -> datetime:
        """Refuse what lies ahead."""
        return refuse_future(self.cleaned_data["at"], self.now)

    def clean_next_on(self) -> date:
        """Never later than the last day on which a visit can still be safe."""
        on = refuse_odd_visit(self.cleaned_data["next_on"], self.now)
        assert on is not None
        if self.plan.is_too_late(on):
            limit = day(self.plan.bookable_on, self.now)
            raise forms.ValidationError(
                f"This is too late: a visit must be by {limit}. Choose an earlier day."
            )
        return on

    def clean(self) -> dict[str, Any]:
        """Whom nobody reaches is somebody's. A second post of what is kept is asked nothing more."""
        data = super().clean()
        outcome = data.get("outcome")
        if "key" in data and ContactAttempt.objects.filter(key=data["key"], pump=self.pump).exists():
            return data
        if outcome and not data.get("handed_to") and needs_owner(self.pump, outcome):
            self.add_error("handed_to", "Name the clinician whose this is now: it does not just close.")
        return data

    def attempt(self) -> ContactAttempt:
        """What is to be kept, unsaved."""
        data = self.cleaned_data
        names = ("at", "whom", "way", "outcome", "next_step", "next_on", "note")
        return ContactAttempt(
            pump=self.pump,
            handed_to=person_of(self.member, data["handed_to"]),
            **{name: data[name] for name in names},
        )


def _contacts(pump: Pump) -> list[tuple[str, str]]:
    found = pump.patient.contacts.current().order_by("id")
    return [(str(each)[:LONGEST_NAME], f"{each}, {each.phone or 'no telephone'}") for each in found]


def _own_clinician(pump: Pump) -> User | None:
    clinician = pump.patient.clinician
    return clinician.user if clinician else None

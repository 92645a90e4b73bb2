"""Someone to call, typed: who they are, how they are reached, and to what they agreed."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import EmailValidator, RegexValidator

from itb.fields import DayField
from patients.models import Contact
from patients.person_form import plain_name, refuse_outside
from patients.versioned_form import VersionedForm

TELEPHONE = RegexValidator(
    r"^[0-9+(][0-9 +()./-]{4,}( ?(x|ext\.?) ?[0-9]+)?$",
    "Write a telephone number, such as +44 20 7946 0000.",
)
ADDRESS = EmailValidator("Write an e-mail address, such as name@example.org.")
Channel = Contact.Channel


class ContactForm(VersionedForm):
    """A contact, new or kept."""

    class Meta:
        model = Contact
        fields = ("name", "relation", "phone", "email", "language", "channel", "asked_on")
        field_classes = {"asked_on": DayField}
        help_texts = {
            "relation": "Such as patient, mother, carer, ward.",
            "language": "In which they are called, such as English.",
            "channel": "What they said when asked. Without their yes no message goes to them, and someone calls.",
        }

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        self.fields["phone"].validators.append(TELEPHONE)
        self.fields["email"].validators.append(ADDRESS)
        channel: Any = self.fields["channel"]
        channel.choices = Channel.choices

    def clean_name(self) -> str:
        """Refuse what would make a name read as another."""
        return plain_name(self.cleaned_data["name"])

    def clean_asked_on(self) -> date | None:
        """Refuse a day that lies ahead."""
        day = self.cleaned_data["asked_on"]
        return refuse_outside(day, self.today) if day else None

    def clean(self) -> dict[str, Any]:
        """An answer has a day, and a channel has an address."""
        data = super().clean()
        channel, asked_on = data.get("channel"), data.get("asked_on")
        if channel and not asked_on and "asked_on" not in self.errors:
            self.add_error("asked_on", "Write when they were asked.")
        if channel == Channel.NOT_ASKED and asked_on:
            self.add_error("channel", "Choose what they answered, or take the day away.")
        if channel == Channel.EMAIL and not data.get("email") and "email" not in self.errors:
            self.add_error("email", "Write the address to which they agreed.")
        return data

    def contact(self) -> Contact:
        """The contact as typed, not kept yet."""
        kept: Contact = forms.ModelForm.save(self, commit=False)
        return kept

"""What a person confirms before letters leave a restored database."""

from django import forms

from itb.fields import NoteField
from itb.outbox.hooks import trouble_with


class ResumeForm(forms.Form):
    """Each consequence is said by the person, one by one; nothing is checked beforehand."""

    told = forms.BooleanField(
        label="Everyone who works here knows that what was recorded in that time is missing",
        error_messages={
            "required": "Tell them first: a refill that is missing makes a pump look emptier than it is."
        },
    )
    entering = forms.BooleanField(
        label="Refills, programmes and visits of that time are being entered again from paper",
        error_messages={"required": "Begin with that: until then dates are those of before the gap."},
    )
    people = forms.BooleanField(
        label="Whoever left in that time is let go again, and passwords that were changed are changed again",
        error_messages={"required": "Look at the clinic’s people first: this database knows the old ones."},
    )
    opened_by = NoteField()


class AddressForm(forms.Form):
    """That letters reach one at the address that is known: said by whoever has looked."""

    arrives = forms.BooleanField(
        label="I have looked: the address is right, and letters arrive there",
        error_messages={
            "required": "Look first. If the address is wrong, an administrator of your clinic can help."
        },
    )
    opened_by = NoteField()


class HookForm(forms.Form):
    """Where the clinic's webhook leads."""

    url = forms.URLField(
        label="Address",
        max_length=500,
        assume_scheme="https",
        help_text="It begins with https:// and is reached from the internet, or from a network that this server was set"
        " up to reach.",
    )
    opened_by = NoteField()

    def clean_url(self) -> str:
        """An address that a message can go to without being read on the way."""
        url: str = self.cleaned_data["url"]
        if trouble := trouble_with(url):
            raise forms.ValidationError(trouble)
        return url

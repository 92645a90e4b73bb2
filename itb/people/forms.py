"""What is typed about people: whom to invite and as what, who takes over, why a clinic is opened, a first password."""

from typing import Any

from django import forms
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from itb.accounts.models import Clinic, Membership, User
from itb.accounts.permissions import Role
from itb.fields import NoteField, PlainWords
from itb.people.parts import successors

GRANTED_BY_ONE = [(role.value, role.label) for role in Role if role != Role.ADMINISTRATOR]
SHORTEST_REASON = 10


class AddressField(forms.CharField):
    """An e-mail address that every mail server takes."""

    widget = forms.EmailInput(attrs={"autocomplete": "off"})

    def clean(self, value: Any) -> str:
        """The address, in lower case."""
        address = str(super().clean(value)).lower()
        try:
            validate_email(address)
            address.encode("ascii")
        except (ValidationError, UnicodeEncodeError) as error:
            raise ValidationError(
                "Write an address in plain Latin letters, such as name@clinic.example."
            ) from error
        return address


class InviteForm(PlainWords, forms.Form):
    """Whom, and as what."""

    email = AddressField(label="E-mail address", max_length=254)
    role = forms.ChoiceField(label="Role", choices=[("", "Choose a role"), *GRANTED_BY_ONE])
    opened_by = NoteField()


class SuccessorField(forms.ModelChoiceField):  # type: ignore[type-arg]  # a field of Django is not generic at run time
    """Who takes over; each by name and role."""

    def __init__(self, leaving: Membership) -> None:
        super().__init__(
            successors(leaving),
            required=False,
            label="Who takes over what they have in hand",
            empty_label="Nobody: it opens again and everyone is told",
        )


class LeaveForm(PlainWords, forms.Form):
    """Who takes over from one who leaves."""

    opened_by = NoteField()

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["successor"] = SuccessorField(member)


class RoleForm(LeaveForm):
    """The new role, and who takes over what it may not have in hand."""

    role = forms.ChoiceField(label="Role", choices=GRANTED_BY_ONE)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        kwargs["initial"] = {"role": member.role, **kwargs.get("initial", {})}
        super().__init__(*args, member=member, **kwargs)
        self.was = member.role

    def clean_role(self) -> str:
        """Another role than now."""
        if self.cleaned_data["role"] == self.was:
            raise ValidationError("This is the role they have. Choose another one.")
        return str(self.cleaned_data["role"])


class EmergencyForm(PlainWords, forms.Form):
    """Which clinic, and why it cannot wait."""

    opened_by = NoteField()

    def __init__(self, *args: Any, mine: list[int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = Clinic.objects.exclude(pk__in=mine).order_by("name")
        self.fields["clinic"] = forms.ModelChoiceField(others, label="Clinic", empty_label="Choose a clinic")
        self.fields["reason"] = forms.CharField(
            label="Why it cannot wait",
            min_length=SHORTEST_REASON,
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def opening(self) -> dict[str, Any]:
        """Clinic and reason."""
        return {name: self.cleaned_data[name] for name in ("clinic", "reason")}


class WelcomeForm(PlainWords, forms.Form):
    """What an invited person without an account sets."""

    name = forms.CharField(
        label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    password = forms.CharField(
        label="A password",
        max_length=128,
        strip=False,
        help_text="At least 12 characters. A few words that only you would put together are better than signs.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args: Any, email: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self) -> dict[str, Any]:
        """A password that is not guessed from what everyone knows of the person."""
        data = super().clean() or self.cleaned_data
        person = User(email=self.email, name=data.get("name", ""))
        try:
            password_validation.validate_password(data.get("password", ""), person)
        except ValidationError as error:
            if "password" in data:
                self.add_error("password", error)
        return data

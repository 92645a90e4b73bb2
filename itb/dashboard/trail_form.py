"""What of the trail is asked for: by person, verb and day. A patient is chosen on their chart, not typed here."""

import re
from typing import Any, Final

from django import forms

from itb.audit.sentences import SENTENCES
from itb.dashboard.trail import Asked
from itb.fields import DayField, PlainWords

LARGEST: Final = 2**63 - 1  # what a bigint column can hold


class TrailForm(PlainWords, forms.Form):
    """All of it is optional."""

    patient = forms.IntegerField(required=False, min_value=1, max_value=LARGEST, widget=forms.HiddenInput)
    person = forms.TypedChoiceField(label="Person", required=False, coerce=int, empty_value=None)
    verb = forms.ChoiceField(label="What", required=False)
    since = DayField(label="From", required=False)
    until = DayField(label="To", required=False)

    def __init__(self, *args: Any, people: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        fields["person"].choices = [("", "Everyone"), *people.items()]
        fields["verb"].choices = [
            ("", "Everything"),
            *((verb, re.sub(r"[._]", " ", verb)) for verb in SENTENCES),
        ]

    def asked(self) -> Asked:
        """What was asked for; where anything cannot be read, that part is left out and the page says so."""
        self.full_clean()
        return Asked(**{name: value for name, value in self.cleaned_data.items() if value not in ("", None)})

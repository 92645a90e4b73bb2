"""The name under which a clinic keeps a part of its worklist."""

from django import forms
from django.core.validators import RegexValidator

from alerts.models import QUERY_OF_A_VIEW, SavedView
from itb.fields import NoteField, PlainWords

NOTHING = "Choose on the worklist what is shown, then keep it from there."


class ViewForm(PlainWords, forms.Form):
    """`query` is what the worklist showed when its page led here."""

    name = forms.CharField(
        label="Name",
        max_length=SavedView._meta.get_field("name").max_length,
        help_text="As the clinic calls it, such as “Ours this week”. It holds no patient's name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    query = forms.CharField(
        max_length=SavedView._meta.get_field("query").max_length,
        validators=[RegexValidator(QUERY_OF_A_VIEW, NOTHING)],
        widget=forms.HiddenInput,
    )
    opened_by = NoteField()

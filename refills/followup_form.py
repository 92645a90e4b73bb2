"""What came of something that a refill left to be looked into, typed."""

from django import forms

from itb.fields import NoteField, PlainWords


class ResultForm(PlainWords, forms.Form):
    """The result. Whoever writes it closes the follow-up in their name."""

    result = forms.CharField(
        label="What was found, and what was done",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    opened_by = NoteField()

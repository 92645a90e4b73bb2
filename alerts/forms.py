"""What is typed about an alert."""

from django import forms


class NoteForm(forms.Form):
    """Why it is taken, or what became of it."""

    note = forms.CharField(
        label="What you will do, or did", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    opened_by = forms.CharField(widget=forms.HiddenInput, required=False)

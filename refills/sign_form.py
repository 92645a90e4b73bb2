"""What the second person says about a programme that waits: nothing to sign it, a reason to decline it."""

from typing import Any

from django import forms

from itb.fields import NoteField, PlainWords

SIGN, DECLINE = "sign", "decline"
YES, NO = "yes", "no"


class SignForm(PlainWords, forms.Form):
    """The answer of the second person; `action` is the button that was pressed."""

    note = forms.CharField(
        label="Why not",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
    )
    was_told = forms.ChoiceField(
        label="Was the pump told it?",
        choices=[
            (YES, "Yes: it runs until the pump is told another programme"),
            (NO, "No: it is a slip in writing, and the pump never ran it"),
        ],
        widget=forms.RadioSelect,
        help_text="What the pump may run counts until the fill after the next programme.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, action: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.action = action

    def clean(self) -> dict[str, Any]:
        """To decline takes both answers, to sign none; whatever else was pressed decides nothing."""
        data = super().clean() or self.cleaned_data
        if self.action != DECLINE:
            for name in ("note", "was_told"):
                self.errors.pop(name, None)
        if self.action not in (SIGN, DECLINE):
            self.add_error(None, "Choose to sign it or to decline it. Nothing was kept.")
        return data

    @property
    def told(self) -> bool:
        """Whether the pump was told it."""
        return bool(self.cleaned_data["was_told"] == YES)

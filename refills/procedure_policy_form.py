"""How a clinic wants its refills done, typed."""

from dataclasses import asdict, fields
from typing import Any

from django import forms

from itb.fields import NoteField, PlainWords, QuantityField
from refills.procedure_policy import TREND_SOURCE, ProcedureRules

LEAST_COUNT, MOST_COUNT, MOST_ML = 2, 6, 5
_SOURCE = f"Source: {TREND_SOURCE}. Mark: design."


class ProcedurePolicyForm(PlainWords, forms.Form):
    """Each value with its default, source and mark."""

    demands_checker = forms.BooleanField(
        label="A second person reads the label of every drug",
        required=False,
        help_text="Default: no. Source: local practice; some hospitals demand it. Mark: design.",
    )
    trend_ml = QuantityField(
        label="A residual counts as off to one side from",
        unit="mL",
        max_decimals=2,
        most=MOST_ML,
        above_zero=True,
        help_text=f"Default 1.5, at most {MOST_ML}. {_SOURCE}",
    )
    trend_count = forms.IntegerField(
        label="So many in a row to one side are looked into",
        min_value=LEAST_COUNT,
        max_value=MOST_COUNT,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        help_text=f"Default 3, from {LEAST_COUNT} to {MOST_COUNT}. {_SOURCE}",
        error_messages={
            "invalid": "Write a whole number.",
            "min_value": f"This must be at least {LEAST_COUNT}.",
            "max_value": f"This must be at most {MOST_COUNT}.",
        },
    )
    emergency_numbers = forms.CharField(
        label="Whom to call in an emergency",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="A line each, such as who is on call. Shown with the signs where a margin is short.",
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, rules: ProcedureRules, **kwargs: Any) -> None:
        kwargs["initial"] = {**asdict(rules), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)

    def rules(self) -> ProcedureRules:
        """The rules as typed."""
        return ProcedureRules(**{each.name: self.cleaned_data[each.name] for each in fields(ProcedureRules)})

"""A section of the clinic's policy, typed: every setting with its default, source and mark, and why it is changed."""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from django import forms

from itb.fields import DaysField, NoteField, PlainWords
from refills.section import BECAUSE, Section, told


class WholeField(DaysField):
    """A whole number that may be left out, where that has a meaning of its own."""

    def __init__(self, *, unit: str, is_required: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.unit, self.required = unit, is_required
        self.error_messages["invalid"] = f"Write a whole number of {unit}."


class PolicyForm(PlainWords, forms.Form):
    """The settings of a section. `section` says what they are; a subclass says which fit together."""

    opened_by = NoteField()

    def __init__(self, *args: Any, section: Section, kept: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {**asdict(kept), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.section = section
        for name, about in section.about.items():
            self.fields[name] = _field(about)
        self.fields[BECAUSE] = forms.CharField(
            label="Why",
            max_length=500,
            widget=forms.Textarea(attrs={"rows": 2}),
            help_text="It stands in the history.",
        )

    def settings(self) -> Any:
        """The settings as typed."""
        return self.section.kind(**{name: self.cleaned_data[name] for name in self.section.about})

    def fingerprint(self) -> str:
        """Of what was typed: the keeping button carries it, so that nothing is kept whose effect was not seen."""
        return hashlib.sha256(f"{self.settings()} {self.cleaned_data[BECAUSE]}".encode()).hexdigest()[:32]


def _field(about: Mapping[str, Any]) -> forms.Field:
    origin = f"Source: {about['source']}. Mark: {about['mark']}."
    if "choices" in about:
        default = told(about, about["default"])
        return forms.ChoiceField(
            label=about["words"],
            choices=list(about["choices"].items()),
            widget=forms.RadioSelect,
            help_text=f"Default: {default}. {origin}",
        )
    return WholeField(
        words=about["words"],
        default=told(about, about["default"]),
        source=about["source"],
        mark=about["mark"],
        least=about.get("least", 0),
        most=about["most"],
        unit=about.get("unit", "days"),
        is_required="when_empty" not in about,
    )

"""What is typed about alerts: a note, and the clinic's reminder steps."""

from dataclasses import asdict, fields
from typing import Any

from django import forms

from alerts.models import Alert
from alerts.policy import DEFAULTS, SOURCE, WORDS
from alerts.rules import Steps
from itb.fields import DaysField, NoteField, PlainWords

MOST = {"routine_days": 90, "due_days": 60, "urgent_days": 30, "critical_days_before_alarm": 30}


class NoteForm(PlainWords, forms.Form):
    """Why it is taken, or what became of it. `stood` is how the alert stood when the page was opened."""

    note = forms.CharField(
        label="What you will do, or did", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )
    stood = NoteField()
    opened_by = NoteField()

    def __init__(self, *args: Any, alert: Alert, **kwargs: Any) -> None:
        self.now_stands = _standing(alert)
        kwargs["initial"] = {**kwargs.get("initial", {}), "stood": self.now_stands}
        super().__init__(*args, **kwargs)

    @property
    def moved(self) -> bool:
        """Whether someone has acknowledged or closed it since the page was opened."""
        return (self.cleaned_data["stood"] or self.now_stands) != self.now_stands

    def look_again(self) -> None:
        """Let the page that is shown next carry how the alert stands now."""
        self.data = {**dict(self.data.items()), "stood": self.now_stands}


class StepsForm(PlainWords, forms.Form):
    """When each reminder step comes, each value with its default, source and mark."""

    opened_by = NoteField()

    def __init__(self, *args: Any, steps: Steps, **kwargs: Any) -> None:
        kwargs["initial"] = {**asdict(steps), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        for each in fields(Steps):
            self.fields[each.name] = DaysField(
                words=WORDS[each.name],
                default=getattr(DEFAULTS, each.name),
                source=SOURCE,
                mark="design",
                least=1,
                most=MOST[each.name],
            )

    def clean(self) -> dict[str, Any]:
        """Each step is more urgent than the one before it, so it comes later."""
        data = super().clean() or self.cleaned_data
        routine, due, urgent = (data.get(name) for name in ("routine_days", "due_days", "urgent_days"))
        if routine is not None and due is not None and due >= routine:
            self.add_error("due_days", f"This must be less than the routine step, {routine} days.")
        if due is not None and urgent is not None and urgent >= due:
            self.add_error("urgent_days", f"This must be less than the due step, {due} days.")
        return data

    def steps(self) -> Steps:
        """The steps as typed."""
        return Steps(**{each.name: self.cleaned_data[each.name] for each in fields(Steps)})


def _standing(alert: Alert) -> str:
    taken = alert.acknowledged_at.isoformat() if alert.acknowledged_at else ""
    return f"{alert.state}~{taken}~{alert.tier}~{alert.occasion}"

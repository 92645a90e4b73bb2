"""What is typed about alerts: a note, and the clinic's reminder steps."""

from typing import Any

from django import forms

from alerts.models import Alert
from itb.fields import NoteField, PlainWords
from refills.policy_form import PolicyForm


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


class StepsForm(PolicyForm):
    """When each reminder step comes."""

    def clean(self) -> dict[str, Any]:
        """Each step is more urgent than the one before it, so it comes later."""
        data = super().clean() or self.cleaned_data
        routine, due, urgent = (data.get(name) for name in ("routine_days", "due_days", "urgent_days"))
        if routine is not None and due is not None and due >= routine:
            self.add_error("due_days", f"This must be less than the routine step, {routine} days.")
        if due is not None and urgent is not None and urgent >= due:
            self.add_error("urgent_days", f"This must be less than the due step, {due} days.")
        first, then = data.get("replacement_due_days"), data.get("replacement_urgent_days")
        if first is not None and then is not None and then >= first:
            self.add_error("replacement_urgent_days", f"This must be less than the due step, {first} days.")
        return data


def _standing(alert: Alert) -> str:
    taken = alert.acknowledged_at.isoformat() if alert.acknowledged_at else ""
    return f"{alert.state}~{taken}~{alert.tier}~{alert.occasion}"

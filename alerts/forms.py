"""The clinic's reminder steps, typed."""

from typing import Any

from refills.policy_form import PolicyForm


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

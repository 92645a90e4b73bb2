"""The clinic's timers, typed."""

from typing import Any

from refills.policy_form import PolicyForm


class EscalationForm(PolicyForm):
    """When more people are told."""

    def clean(self) -> dict[str, Any]:
        """Everyone is told after the second person, and not at the same moment."""
        data = super().clean() or self.cleaned_data
        second, everyone = data.get("critical_second_minutes"), data.get("critical_all_minutes")
        if second is not None and everyone is not None and everyone <= second:
            self.add_error(
                "critical_all_minutes", f"This must be more than the {second} minutes until one more is told."
            )
        return data

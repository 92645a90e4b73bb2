"""The clinic's margins, typed."""

from typing import Any

from refills.policy_form import PolicyForm


class MarginsForm(PolicyForm):
    """How far before trouble a refill is due."""

    def clean(self) -> dict[str, Any]:
        """All flags together move a reminder at least as far as one of them."""
        data = super().clean() or self.cleaned_data
        one, together = data.get("shift_days"), data.get("shift_max_days")
        if one is not None and together is not None and together < one:
            self.add_error("shift_max_days", f"This cannot be less than what one flag moves, {one} days.")
        return data

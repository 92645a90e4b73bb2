"""When patients are written to, typed."""

from typing import Any

from refills.policy_form import PolicyForm


class CadenceForm(PolicyForm):
    """Days and hours of letters to patients."""

    def clean(self) -> dict[str, Any]:
        """The last letter comes after the first, and some hours of the day are left."""
        data = super().clean() or self.cleaned_data
        first, last, begin, end = (
            data.get(name) for name in ("first_days", "last_days", "from_hour", "until_hour")
        )
        if first is not None and last is not None and last >= first:
            self.add_error("last_days", f"This must be less than the first letter’s days, {first}.")
        if begin is not None and end is not None and end <= begin:
            self.add_error("until_hour", f"This must be later than the hour from which letters go, {begin}.")
        return data

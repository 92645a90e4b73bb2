"""A fact that was recorded wrong, struck out: seen in full, with the dates that follow without it, and why."""

import hashlib
from typing import Any, ClassVar

from django import forms

from itb.infusion.scenario import Refusal
from refills.comparison import Line, dates
from refills.fact_form import FactForm
from refills.models import Adjustment, Correction, Fact, Programme
from refills.outlook import Outlook
from refills.projection import WHY_UNKNOWN, forecast_of
from refills.services import bridge_key

STRIKE, LEAVE = "strike", "leave"
STRUCK = "This was struck out before: look at the chart's records."


class CorrectForm(FactForm):
    """Why `subject` is struck out, and what becomes of the bridge that was kept with it."""

    at = None  # type: ignore[assignment]  # the fact's own instant stays: the field is taken away
    printed_alarm_on = None  # type: ignore[assignment]
    late_reason = None  # type: ignore[assignment]
    reason = forms.CharField(
        label="What is wrong with it",
        widget=forms.Textarea(attrs={"rows": 2}),
        max_length=2000,
        help_text="It stays on the chart, struck through, with your name and these words.",
    )
    bridge = forms.ChoiceField(
        label="The bridge that was kept with it",
        choices=[
            (STRIKE, "The pump was not told it either: strike it out too"),
            (LEAVE, "The pump was told it: leave it as it is"),
        ],
        widget=forms.RadioSelect,
    )

    fact = Correction
    typed = ("reason",)
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        f"refills_correction_{kind}_id_key": ("", STRUCK) for kind in ("refill", "programme", "adjustment")
    }

    def __init__(self, *args: Any, subject: Fact, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subject, self.bridging = subject, _bridge_of(subject)
        if self.bridging is None:
            del self.fields["bridge"]
        found = forecast_of(self.pump, self.now, without=self.going)
        self.contradiction = WHY_UNKNOWN.get(found.code, found.message) if isinstance(found, Refusal) else ""
        self.outlook = Outlook(None, None, "", "", None if isinstance(found, Refusal) else found, None)
        if self.later is not None:
            self.offer_later(self.later)

    def _arguments(self) -> dict[str, Any]:
        return {**super()._arguments(), "subject": self.subject}

    @property
    def strikes_bridge(self) -> bool:
        """Whether the bridge goes with its programme."""
        return self.bridging is not None and self["bridge"].value() == STRIKE

    @property
    def going(self) -> list[Fact]:
        """What would be struck out."""
        return [self.subject, *([self.bridging] if self.bridging and self.strikes_bridge else [])]

    def look_ahead(self, data: dict[str, Any]) -> None:
        """What is struck out once is not struck out again."""
        if self.subject.struck:
            self.add_error(None, STRUCK)

    @property
    def lines(self) -> list[Line]:
        """The dates with it beside those without it."""
        assert self.outlook is not None
        return dates(self.pump, self.outlook.after, self.now)

    def fingerprint(self) -> str:
        """Of what goes and what follows: both stand on the page before anything is typed."""
        going = [f"{fact._meta.label} {fact.pk}" for fact in self.going]
        seen = [*going, f"facts_version={self.pump.facts_version}", f"refill_by={self.refill_by}"]
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]


def _bridge_of(fact: Fact) -> Adjustment | None:
    """The bridge that was kept with a programme and still stands."""
    if not isinstance(fact, Programme):
        return None
    return fact.pump.adjustments.standing().filter(key=bridge_key(fact.key)).first()

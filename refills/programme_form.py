"""A programme, typed and seen beside the old one."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Max
from django.utils import timezone

from itb.fields import QuantityField
from itb.infusion.quantities import plain
from itb.templatetags.moments import day
from refills.comparison import Line, compare, needs_reason, step_notes
from refills.fact_form import FactForm
from refills.limits import MOST_MCG_PER_DAY, MOST_MCG_PER_ML
from refills.models import Programme, Refill
from refills.outlook import outlook_of_programme


class ProgrammeForm(FactForm):
    """A simple continuous programme."""

    concentration_mcg_per_ml = QuantityField(
        label="Concentration the pump is told",
        unit="mcg/mL",
        max_decimals=1,
        most=MOST_MCG_PER_ML,
        above_zero=True,
    )
    dose_mcg_per_day = QuantityField(label="Dose", unit="mcg/day", max_decimals=2, most=MOST_MCG_PER_DAY)
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed for more than double or less than half of the old dose, and for a concentration that the "
        "reservoir does not hold.",
    )

    field_order = ("concentration_mcg_per_ml", "dose_mcg_per_day", "at", "printed_alarm_on", "reason")
    fact = Programme
    typed = ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "reason", "printed_alarm_on")
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        "programme_one_at_an_instant": ("at", "A programme of this very minute is recorded already."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old: Programme | None = self.pump.programmes.order_by("-at").first()
        self.last_fill: Refill | None = self.pump.refills.order_by("-at").first()
        least, most = self.pump.min_flow_ml_per_day, self.pump.max_flow_ml_per_day
        if least is not None and most is not None:
            flows = f"This pump delivers {plain(least)} to {plain(most)} mL/day."
            self.fields["dose_mcg_per_day"].help_text = flows
        self.fields["concentration_mcg_per_ml"].help_text = self._held()

    def _held(self) -> str:
        if self.last_fill is None:
            return "No fill is recorded: what the reservoir holds is unknown."
        return f"The reservoir was filled with {plain(self.last_fill.concentration_mcg_per_ml)} mcg/mL."

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Refuse what the pump cannot deliver, ask for a reason where one is owed, and ask the core for the dates."""
        if "at" in data:
            self._check_instant(data["at"])
        dose, strength = data.get("dose_mcg_per_day"), data.get("concentration_mcg_per_ml")
        if dose is None or strength is None:
            return
        self._check_flow(dose / strength)
        if "at" in data and "dose_mcg_per_day" in data:
            self.outlook = outlook_of_programme(self._sketch(data), self.now)
            self._check_refusal(self.outlook.refusal)
        if not data.get("reason"):
            self._check_reason(dose)

    def _check_instant(self, at: datetime) -> None:
        last = self.pump.programmes.aggregate(at=Max("at"))["at"]
        if last is not None and at <= last:
            local = timezone.localtime(last)
            words = f"A programme of {day(last)} {local:%H:%M} is recorded: this one must be later."
            self.add_error("at", words)

    def _check_flow(self, flow: Decimal) -> None:
        least, most = self.pump.min_flow_ml_per_day, self.pump.max_flow_ml_per_day
        if least is not None and 0 < flow < least:
            words = f"This is {flow:.4f} mL/day; this pump delivers no less than {plain(least)} mL/day."
        elif most is not None and flow > most:
            words = f"This is {flow:.3f} mL/day; this pump delivers no more than {plain(most)} mL/day."
        else:
            return
        self.add_error("dose_mcg_per_day", words)

    def _check_reason(self, dose: Decimal) -> None:
        if self.is_mismatched:
            words = "The reservoir holds another concentration than the pump is told: write why."
            self.add_error("reason", words)
        if self.old is not None and needs_reason(self.old.dose_mcg_per_day, dose):
            words = "This is more than double or less than half of the old dose: write why."
            self.add_error("reason", words)

    @property
    def is_mismatched(self) -> bool:
        """Whether the pump is told another concentration than the reservoir holds."""
        return self.outlook is not None and "concentration_mismatch" in self.outlook.codes

    @property
    def step_notes(self) -> str:
        """How far one step goes for this patient, by the label."""
        return step_notes(self.pump.patient, timezone.localdate(self.now))

    @property
    def lines(self) -> list[Line]:
        """The old programme beside the new one, as far as it is typed."""
        data = self.cleaned_data
        new = self._sketch(data) if data.get("dose_mcg_per_day") is not None else None
        after = self.outlook.after if self.outlook else None
        return compare(self.pump, self.old, new, after, self.now)

    def _sketch(self, data: dict[str, Any]) -> Programme:
        typed = {name: data.get(name) for name in self.typed}
        return Programme(pump=self.pump, mode=Programme.Mode.CONTINUOUS.value, pattern={}, **typed)

    def programme(self) -> Programme:
        """The programme as typed, not kept yet."""
        return self._sketch(self.cleaned_data)

"""A programme, typed and seen beside the old one; where the concentration changes, with its bridge."""

from collections.abc import Iterator
from contextlib import suppress
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar
from uuid import UUID

from django import forms
from django.utils import timezone

from itb.fields import QuantityField
from itb.infusion.catalogue import catalogue
from itb.infusion.dosing import DosingError
from itb.infusion.dosing.calculator import decimal
from itb.infusion.quantities import plain
from itb.templatetags.moments import day
from refills import slips
from refills.bridge import (
    BridgePlan,
    bridge_of,
    catheter_field,
    offer_catheter,
    offer_tubing,
    plan_bridge,
    tubing_field,
)
from refills.comparison import Line, compare, goes_past_step, needs_reason, step_notes, usual_doses
from refills.day_form import DayForm
from refills.limits import MOST_MCG_PER_ML
from refills.models import Adjustment, PendingProgramme, Programme, Refill
from refills.outlook import outlook_of_programme
from refills.programming import programming_of
from refills.services import bridge_key
from refills.signing import demands
from refills.slips import Hazard
from refills.standing import last_told, stop_at
from refills.whole_day import PATIENT, own_dose, patient_dose, spans

RECORD, NONE = "record", "none"
BRIDGE_FIELDS = {"bridge", "tubing_ml", "catheter_ml"}
LINE = {"pump_tubing_ml": "tubing_ml", "catheter_ml": "catheter_ml"}
"""The calculator's words for the line, and the form's."""


NOTHING_FLOWS = (
    "0 mcg/day delivers nothing, and withdrawal follows."
    " A pump that was stopped is recorded under Something else."
)


class ProgrammeForm(DayForm):
    """A programme of any mode."""

    concentration_mcg_per_ml = QuantityField(
        label="Concentration the pump is told",
        unit="mcg/mL",
        max_decimals=1,
        most=MOST_MCG_PER_ML,
        above_zero=True,
    )
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed for a dose past the label’s step, for a concentration that the reservoir does not hold, and "
        "for a change of concentration without a bridge.",
    )
    bridge = forms.ChoiceField(
        label="The bridge",
        choices=[(RECORD, "The pump is told the bridge below"), (NONE, "No bridge: the reason says why")],
        widget=forms.RadioSelect,
    )
    tubing_ml = tubing_field()
    catheter_ml = catheter_field()

    fact = Programme
    typed = ("at", "concentration_mcg_per_ml", "reason", "printed_alarm_on", "late_reason")
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        "programme_one_at_an_instant": ("at", "A programme of this very minute is recorded already."),
        "adjustment_one_of_a_kind_at_an_instant": ("at", "A bridge of this very minute is recorded already."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.old: Programme | None = last_told(self.pump, but=self._own_key())
        self.last_fill: Refill | None = self.pump.refills.standing().order_by("-at").first()
        self.plan: BridgePlan | None = None
        self.demands: list[str] = []
        self.stop: Adjustment | None = stop_at(self.pump.adjustments.standing(), self.now)
        if self.old is not None:
            self.initial.setdefault("mode", self.old.mode)
        least, most = self.pump.min_flow_ml_per_day, self.pump.max_flow_ml_per_day
        if least is not None and most is not None:
            flows = f"This pump delivers {plain(least)} to {plain(most)} mL/day."
            self.fields["dose_mcg_per_day"].help_text = flows
        self.fields["concentration_mcg_per_ml"].help_text = self._held()
        offer_tubing(self.fields["tubing_ml"], self.pump)
        offer_catheter(self.fields["catheter_ml"], self.pump)

    def _own_key(self) -> UUID | None:
        """Of what this very form has kept: posted twice, it stands beside the same."""
        with suppress(ValueError):
            return UUID(str(self.data.get("key")))
        return None

    def _held(self) -> str:
        if self.last_fill is None:
            return "No fill is recorded: what the reservoir holds is unknown."
        return f"The reservoir was filled with {plain(self.last_fill.concentration_mcg_per_ml)} mcg/mL."

    def unasked(self) -> set[str]:
        """Also the bridge where the concentration stays, and its volumes where none is recorded."""
        others = super().unasked()
        if not self.asks_bridge:
            return others | BRIDGE_FIELDS
        return others if self.data.get("bridge") == RECORD else others | {"tubing_ml", "catheter_ml"}

    @property
    def asks_bridge(self) -> bool:
        """Whether the line still holds another concentration than the pump is told now."""
        told = self.cleaned_data.get("concentration_mcg_per_ml")
        return bool(self.old and told and told != self.old.concentration_mcg_per_ml)

    def kept_before(self, key: UUID) -> Any:
        """Also what waits for a second signature."""
        return super().kept_before(key) or self.pump.pending_programmes.filter(key=key).first()

    def differs(self, kept: Programme | PendingProgramme, data: dict[str, Any]) -> bool:
        """Also in its day, and in its bridge."""
        if isinstance(kept, PendingProgramme):
            bridge = kept.as_bridge()
        else:
            bridge = Adjustment.objects.filter(key=bridge_key(kept.key)).first()
        self._plan(data)
        volumes = (bridge.volume_ml, bridge.hours) if bridge else None
        planned = (self.plan.volume_ml, self.plan.hours) if self.plan else None
        is_other_day = (kept.mode, kept.pattern) != (self.chosen, self.pattern)
        return super().differs(kept, data) or is_other_day or volumes != planned

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Refuse what the pump cannot deliver, ask for a reason where one is owed, and ask the core for the dates."""
        if "at" in data:
            self._check_instant(data["at"])
        dose, strength = self.day_mcg, data.get("concentration_mcg_per_ml")
        if dose is None or strength is None:
            return
        is_deliverable = self._check_slips(dose, strength) and self._check_flows(Fraction(strength))
        self._plan(data)
        if "at" in data and is_deliverable:
            bridge = self._bridge(data)
            self.demands = demands(self.pump, self._sketch(data), self._today)
            self._check_running(data["at"], bridge)
            self.outlook = outlook_of_programme(self._sketch(data), self.now, bridge)
            if "bridge" not in self.errors:
                self._check_refusal(self.outlook.refusal)
        self.hazards = list(self._hazards(dose, strength, data))
        if not data.get("reason"):
            self._check_reason(dose, data)

    @property
    def _today(self) -> date:
        return timezone.localdate(self.now)

    @property
    def _last_dose(self) -> Decimal | None:
        return self.old.dose_mcg_per_day if self.old else None

    def _check_slips(self, dose: Decimal, strength: Decimal) -> bool:
        """Whether the figures can be meant at all; what cannot is said at its field, with how else it may read."""
        slipped = {
            self.amount_field: slips.refused_dose(dose, self._last_dose),
            "concentration_mcg_per_ml": slips.refused_strength(strength),
        }
        for name, words in slipped.items():
            if words:
                self.add_error(name, words)
        return not any(slipped.values())

    def _hazards(self, dose: Decimal, strength: Decimal, data: dict[str, Any]) -> Iterator[Hazard]:
        """What is ticked one by one before this is kept."""
        usual, policy = usual_doses(self.pump, self._today), programming_of(self.pump.patient.clinic)
        yield from slips.dose_hazards(dose, self._last_dose, policy.confirm_pct, usual)
        was = self.old.concentration_mcg_per_ml if self.old else None
        yield from slips.strength_hazards(strength, was)
        if was is not None and was != strength:
            words = f"The concentration changes from {plain(was)} to {plain(strength)} mcg/mL"
            without = " without a bridge" if data.get("bridge") == NONE else ""
            yield Hazard("concentration", f"{words}{without}: the line still holds the old drug.")
        if self.is_mismatched:
            told = f"The pump is told {plain(strength)} mcg/mL and its reservoir holds another concentration."
            yield Hazard("mismatch", told)

    def _check_instant(self, at: datetime) -> None:
        last = last_told(self.pump)
        if last is not None and at <= last.at:
            local = timezone.localtime(last.at)
            words = f"A programme of {day(last.at)} {local:%H:%M} is recorded: this one must be later."
            self.add_error("at", words)

    def _check_flows(self, strength: Fraction) -> bool:
        """Whether the pump can deliver the day's mean and every rate within it; what it cannot is said at its field."""
        said: set[str] = set()
        for name, mcg_per_day in self._rates():
            words = self._flow_words(decimal(mcg_per_day / strength))
            if words and name not in said:
                self.add_error(name, words)
                said.add(name)
        name, whole_day = list(self._rates())[-1]
        if not whole_day:
            self.add_error(name, NOTHING_FLOWS)
        return not said and bool(whole_day)

    def _rates(self) -> Iterator[tuple[str, Fraction]]:
        """Every rate of the day as mcg in 24 h, with its field; the mean of the whole day last."""
        assert self.pattern is not None
        patient = patient_dose(self.pattern)
        for name, rate in self.step_rates():
            yield name, Fraction(rate) * 24 + patient
        if self.chosen == Programme.Mode.PERIODIC:
            yield "bolus_mcg", spans(self.chosen, self.pattern)[0].mcg_per_h * 24 + patient
            yield "basal_mcg_per_day", Fraction(self.pattern["basal_mcg_per_day"]) + patient
        yield self.amount_field, own_dose(self.chosen, self.pattern) + patient

    def _flow_words(self, flow: Decimal) -> str:
        least, most = self.pump.min_flow_ml_per_day, self.pump.max_flow_ml_per_day
        if least is not None and 0 < flow < least:
            return f"This is {flow:.4f} mL/day; this pump delivers no less than {plain(least)} mL/day."
        if most is not None and flow > most:
            return f"This is {flow:.3f} mL/day; this pump delivers no more than {plain(most)} mL/day."
        return ""

    def _plan(self, data: dict[str, Any]) -> None:
        """Work the bridge out as soon as the line is known."""
        line = {word: data.get(name) for word, name in LINE.items()}
        known = {word: volume for word, volume in line.items() if volume is not None}
        if self.old is None or self.day_mcg is None or "at" not in data or len(known) < len(line):
            return
        try:
            self.plan = plan_bridge(self.old, self._sketch(data), known)
        except DosingError as error:
            self.add_error(LINE.get(error.key, "bridge"), error.message)

    def _check_running(self, at: datetime, bridge: Adjustment | None) -> None:
        if bridge is not None and stop_at(self.pump.adjustments.standing(), at):
            words = "The pump is stopped, so no bridge can run: record that it runs again, or say why there is none."
            self.add_error("bridge", words)

    def _check_reason(self, dose: Decimal, data: dict[str, Any]) -> None:
        if self.is_mismatched:
            words = "The reservoir holds another concentration than the pump is told: write why."
            self.add_error("reason", words)
        if self.old is not None and needs_reason(self.old.dose_mcg_per_day, dose):
            words = "This is more than double or less than half of the old dose: write why."
            self.add_error("reason", f"{words} {slips.other_reading(dose, self._last_dose)}".strip())
        elif self.old and goes_past_step(self.pump, self.old.dose_mcg_per_day, dose, self._today):
            self.add_error("reason", "This goes past the label’s step for this patient: write why.")
        if data.get("bridge") == NONE:
            self.add_error("reason", "The concentration changes without a bridge: write why.")

    @property
    def is_mismatched(self) -> bool:
        """Whether the pump is told another concentration than the reservoir holds."""
        return self.outlook is not None and "concentration_mismatch" in self.outlook.codes

    @property
    def step_notes(self) -> str:
        """How far one step goes for this patient, by the label."""
        return step_notes(self.pump.patient, timezone.localdate(self.now))

    @property
    def remark(self) -> str:
        """Where experience is limited: above the dose of a day that the catalogue names."""
        limit = catalogue().dosing.limited_experience_mcg_per_day
        if self.day_mcg is None or self.day_mcg <= limit.value:
            return ""
        mark = "unconfirmed" if limit.unconfirmed else limit.mark
        known = f"Above {limit.text} experience is limited ({mark}; {limit.source})."
        return f"{known} A sudden need for much more may be a catheter’s fault."

    @property
    def mean_mcg_per_h(self) -> Decimal | None:
        """The whole day's dose by the hour, in two decimals."""
        return None if self.day_mcg is None else round(self.day_mcg / 24, 2)

    @property
    def flow_ml_per_day(self) -> Decimal | None:
        """The mean flow, in four decimals."""
        strength = self.cleaned_data.get("concentration_mcg_per_ml")
        return None if self.day_mcg is None or strength is None else round(self.day_mcg / strength, 4)

    @property
    def patient_mcg(self) -> str:
        """What the patient may add, as typed; empty where nothing."""
        return str((self.pattern or {}).get(PATIENT, ""))

    @property
    def lines(self) -> list[Line]:
        """The old programme beside the new one, as far as it is typed."""
        new = self._sketch(self.cleaned_data) if self.pattern is not None else None
        after = self.outlook.after if self.outlook else None
        return compare(self.pump, self.old, new, after, self.now)

    def _sketch(self, data: dict[str, Any]) -> Programme:
        """The programme as far as it is typed, its day at least."""
        assert self.day_mcg is not None
        typed = {name: data.get(name) for name in self.typed}
        return Programme(
            pump=self.pump,
            mode=self.chosen,
            pattern=self.pattern,
            dose_mcg_per_day=self.day_mcg,
            **{**typed, **{name: data.get(name) or "" for name in ("reason", "late_reason")}},
        )

    def _bridge(self, data: dict[str, Any]) -> Adjustment | None:
        return bridge_of(self._sketch(data), self.plan) if self.plan else None

    def programme(self) -> Programme:
        """The programme as typed, not kept yet."""
        return self._sketch(self.cleaned_data)

    def bridging(self) -> Adjustment | None:
        """The bridge that goes with it, not kept yet; None where there is none."""
        return self._bridge(self.cleaned_data)

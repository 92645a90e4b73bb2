"""Anything else that was done to a pump, typed: a bolus, a prime, a draw, a stop, a resume."""

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError

from itb.fields import QuantityField
from itb.infusion.dosing import DosingError, Result, priming
from itb.infusion.quantities import plain
from refills import slips
from refills.bridge import MOST_LINE_ML, catheter_field, offer_catheter, offer_tubing, tubing_field
from refills.comparison import Line, content, dates
from refills.fact_form import FactForm
from refills.limits import MOST_MCG_PER_DAY
from refills.models import Adjustment, Programme
from refills.outlook import expected_ml, outlook_of_adjustment
from refills.standing import last_told, stop_at

Kind = Adjustment.Kind
KINDS: Final = (
    Kind.BOLUS,
    Kind.PRIME,
    Kind.WITHDRAW,
    Kind.STOP,
    Kind.RESUME,
)  # a bridge comes with its programme
KIND_FIELDS: Final[dict[str, tuple[str, ...]]] = {
    Kind.BOLUS: ("amount_mcg",),
    Kind.PRIME: ("prime_ml", "tubing_ml", "catheter_ml"),
    Kind.WITHDRAW: ("drawn_ml",),
}
QUANTITIES: Final = {
    Kind.BOLUS: ("amount_mcg", "amount_mcg"),
    Kind.PRIME: ("volume_ml", "prime_ml"),
    Kind.WITHDRAW: ("volume_ml", "drawn_ml"),
}
"""Of each kind that has one: its column, and the field in which it is typed."""
OPPOSITES: Final = {Kind.STOP: Kind.RESUME, Kind.RESUME: Kind.STOP}
NEEDS_FLOW: Final = (Kind.BOLUS, Kind.PRIME)
SAME_MINUTE = "This very minute has one recorded already: write another, or look at the chart's records."


class AdjustmentForm(FactForm):
    """What was done, and what of it each kind needs. The fields of the other kinds are not read."""

    printed_alarm_on = None  # type: ignore[assignment]  # no print-out comes with these: the field is taken away
    kind = forms.ChoiceField(
        label="What was done",
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.RadioSelect,
    )
    amount_mcg = QuantityField(
        label="Bolus", unit="mcg", max_decimals=2, most=MOST_MCG_PER_DAY, above_zero=True
    )
    prime_ml = QuantityField(
        label="Priming volume",
        unit="mL",
        max_decimals=3,
        most=MOST_LINE_ML,
        above_zero=True,
        help_text="As the programmer was told. The two volumes below only work out what it should be.",
    )
    tubing_ml = tubing_field(required=False)
    catheter_ml = catheter_field(required=False)
    drawn_ml = QuantityField(label="Drawn", unit="mL", max_decimals=2, above_zero=True)
    reason = forms.CharField(
        label="Reason",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed for a stop, for a bolus above the dose of a whole day, and for drawing more than is left.",
    )

    fact = Adjustment
    typed = ("at", "kind", "reason", "late_reason")
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        "adjustment_one_of_a_kind_at_an_instant": ("at", SAME_MINUTE),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        holds = f"This pump holds {plain(self.pump.reservoir_ml)} mL."
        self.fields["drawn_ml"].help_text = holds
        offer_tubing(self.fields["tubing_ml"], self.pump)
        offer_catheter(self.fields["catheter_ml"], self.pump)
        self.stop = stop_at(self.pump.adjustments.standing(), self.now)
        self.prime: Result | None = None
        self.primed_ml: Decimal | None = None

    @property
    def chosen(self) -> str:
        """The kind that is chosen, or nothing that is one."""
        return str(self["kind"].value())

    def unasked(self) -> set[str]:
        """The fields of the kinds that are not chosen."""
        every = {name for names in KIND_FIELDS.values() for name in names}
        return every - set(KIND_FIELDS.get(self.chosen, ()))

    def clean_drawn_ml(self) -> Decimal:
        """No more than the reservoir holds."""
        drawn: Decimal = self.cleaned_data["drawn_ml"]
        if drawn > self.pump.reservoir_ml:
            holds = plain(self.pump.reservoir_ml)
            raise ValidationError(f"{plain(drawn)} mL is more than this pump holds ({holds} mL).")
        return drawn

    def differs(self, kept: Adjustment, data: dict[str, Any]) -> bool:
        """Also in its quantity."""
        column, name = QUANTITIES.get(Kind(kept.kind), ("", ""))
        return super().differs(kept, data) or bool(column and getattr(kept, column) != data.get(name))

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Say what contradicts the records before the core would, ask for a reason, and ask the core for the dates."""
        kind, at = data.get("kind"), data.get("at")
        self._suggest(data)
        if kind == Kind.STOP and not data.get("reason") and "reason" not in self.errors:
            self.add_error("reason", ValidationError("Write why the pump was stopped.", code="required"))
        if kind is None or at is None or not self._fits(Kind(kind), at):
            return
        if kind in QUANTITIES and data.get(QUANTITIES[Kind(kind)][1]) is None:
            return
        if kind == Kind.BOLUS and not self._check_bolus(data["amount_mcg"], at):
            return
        if not data.get("reason"):
            self._check_reason(Kind(kind), at, data)
        self.outlook = outlook_of_adjustment(self._sketch(data), self.now)
        self._check_refusal(self.outlook.refusal)

    def _fits(self, kind: Kind, at: datetime) -> bool:
        """Whether it can follow what is recorded before it; if not, its field says why."""
        field, words = self._misfit(kind, at)
        if words:
            self.add_error(field, words)
        return not words

    def _misfit(self, kind: Kind, at: datetime) -> tuple[str, str]:
        there = set(self.pump.adjustments.standing().filter(at=at).values_list("kind", flat=True))
        if kind in there:
            return "at", SAME_MINUTE
        if OPPOSITES.get(kind) in there:
            return "at", "The opposite is recorded for this very minute: one of them was another one."
        stopped = stop_at(self.pump.adjustments.standing(), at) is not None
        if kind == Kind.RESUME and not stopped:
            return "kind", "The pump was running at this time: no stop is recorded before it."
        if stopped and kind not in (Kind.RESUME, Kind.WITHDRAW):
            return "kind", (
                "The pump was stopped already at this time."
                if kind == Kind.STOP
                else "The pump was stopped at this time, so nothing could flow: record first that it ran again."
            )
        if kind in NEEDS_FLOW and self._running(at) is None:
            return "kind", "No programme is recorded before this time: record the programme first."
        return "", ""

    def _check_bolus(self, mcg: Decimal, at: datetime) -> bool:
        """Whether the bolus can be meant at all; one that is seldom meant is ticked."""
        running = self._running(at)
        day_mcg = running.dose_mcg_per_day if running else None
        words = slips.refused_bolus(mcg, day_mcg)
        if words:
            self.add_error("amount_mcg", words)
        self.hazards = slips.bolus_hazards(mcg, day_mcg)
        return not words

    def _check_reason(self, kind: Kind, at: datetime, data: dict[str, Any]) -> None:
        if kind == Kind.BOLUS:
            running = self._running(at)
            if running is not None and data["amount_mcg"] > running.dose_mcg_per_day:
                day = plain(running.dose_mcg_per_day)
                self.add_error("reason", f"This is more than the dose of a whole day ({day} mcg): write why.")
        if kind == Kind.WITHDRAW:
            expected = expected_ml(self.pump, at)
            if expected is not None and data["drawn_ml"] > expected:
                left = plain(round(expected, 2))
                self.add_error("reason", f"On paper only {left} mL were left: write what you make of it.")

    def _running(self, at: datetime) -> Programme | None:
        return last_told(self.pump, at__lte=at)

    def _suggest(self, data: dict[str, Any]) -> None:
        """What a prime takes, as soon as the line and the drug in it are known."""
        tubing, catheter, at = data.get("tubing_ml"), data.get("catheter_ml"), data.get("at")
        running = self._running(at) if at else None
        if catheter is None or running is None:
            return
        strength = running.concentration_mcg_per_ml
        try:
            self.prime = priming(
                catheter_ml=catheter, pump_tubing_ml=tubing or 0, concentration_mcg_per_ml=strength
            )
        except DosingError as error:
            self.add_error("catheter_ml", error.message)
            return
        volume = self.prime.values["volume_ml"]
        assert isinstance(volume, Decimal)
        self.primed_ml = volume

    @property
    def is_other_prime(self) -> bool:
        """Whether the prime is another volume than the line's."""
        typed = self.cleaned_data.get("prime_ml")
        return self.primed_ml is not None and typed is not None and typed != self.primed_ml

    @property
    def lines(self) -> list[Line]:
        """What follows now beside what would follow."""
        after = self.outlook.after if self.outlook else None
        ahead = dates(self.pump, after, self.now)
        if (
            self.chosen == Kind.STOP
        ):  # the drug's expiry is all that is left to bind: no date to look forward to
            ahead = [line for line in ahead if line.name != "Refill by"]
        return [content(self.pump, after, self.now), *ahead]

    @property
    def in_words(self) -> str:
        """What the keeping button keeps: `single bolus, 50 mcg`."""
        kind = Kind(self.cleaned_data["kind"])
        column, name = QUANTITIES.get(kind, ("", ""))
        told = str(kind.label).lower()
        unit = "mcg" if column == "amount_mcg" else "mL"
        return f"{told}, {plain(self.cleaned_data[name])} {unit}" if column else told

    def _sketch(self, data: dict[str, Any]) -> Adjustment:
        kind = Kind(data["kind"])
        column, name = QUANTITIES.get(kind, ("", ""))
        quantity = {column: data[name]} if column else {}
        words = {name: data.get(name) or "" for name in ("reason", "late_reason")}
        return Adjustment(pump=self.pump, at=data["at"], kind=kind.value, **words, **quantity)

    def adjustment(self) -> Adjustment:
        """The adjustment as typed, not kept yet."""
        return self._sketch(self.cleaned_data)

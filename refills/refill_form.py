"""A refill, typed in the order of the hands."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.utils import timezone

from itb.accounts.models import Clinic
from itb.fields import DayField, QuantityField
from itb.infusion.catalogue import Product
from itb.infusion.quantities import plain
from itb.infusion.scenario import Refusal
from itb.templatetags.moments import day
from refills import slips
from refills.catalogue import is_own, products
from refills.comparison import Line, dates
from refills.fact_form import FactForm
from refills.limits import MOST_MCG_PER_ML
from refills.models import Refill
from refills.outlook import Outlook, outlook_of_refill
from refills.plans import Plan, plan_of
from refills.slips import Hazard
from refills.visit_form import refuse_odd_visit


class RefillForm(FactForm):
    """A refill, in the order of the hands."""

    serial_ending = forms.CharField(
        label="Last four of the pump's serial number",
        min_length=4,
        help_text="Read from the programmer, not from this page.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    product = forms.ChoiceField(label="Product")
    concentration_mcg_per_ml = QuantityField(
        label="Concentration on the label",
        unit="mcg/mL",
        max_decimals=1,
        most=MOST_MCG_PER_ML,
        above_zero=True,
    )
    lot = forms.CharField(label="Lot", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    withdrawn_ml = QuantityField(label="Withdrawn", unit="mL", max_decimals=2)
    emptied = forms.TypedChoiceField(
        label="After drawing",
        choices=[("yes", "The reservoir is empty"), ("no", "Some was left in")],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    filled_ml = QuantityField(label="Filled", unit="mL", max_decimals=2, above_zero=True)
    explanation = forms.CharField(
        label="What you make of it",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed where the residual is out of limits, or a concentration is not the labelled or told one.",
    )
    next_visit_on = DayField(label="Next visit", required=False)

    field_order = (
        *("serial_ending", "at", "withdrawn_ml", "emptied", "product", "concentration_mcg_per_ml", "lot"),
        *("filled_ml", "explanation", "printed_alarm_on", "next_visit_on"),
    )
    fact = Refill
    typed = (
        *("at", "product", "concentration_mcg_per_ml", "lot", "withdrawn_ml", "emptied", "filled_ml"),
        *("explanation", "printed_alarm_on", "late_reason"),
    )
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        "refill_one_at_an_instant": ("at", "A refill of this very minute is recorded already."),
        "refill_within_reservoir": ("filled_ml", "This is more than the pump holds."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._plan: Plan | None = None
        clinic = self.pump.patient.clinic
        self.listed = products(clinic)
        self.products = {key: product for key, (product, _) in self.listed.items()}
        told = ((key, _words(each, clinic)) for key, each in self.products.items())
        chosen = [("", "Choose what is in your hand"), *told]
        product: Any = self.fields["product"]
        product.choices = chosen
        holds = f"This pump holds {plain(self.pump.reservoir_ml)} mL."
        self.fields["filled_ml"].help_text = holds
        self._ask_what_was_drawn()

    def _ask_what_was_drawn(self) -> None:
        """Left out only at the first fill: then there is nothing of ours to draw."""
        field = self.fields["withdrawn_ml"]
        field.required = self.pump.refills.standing().exists()
        field.help_text = "0 if nothing came." if field.required else "Leave it out at a first fill."
        if not field.required:
            self.fields["emptied"].initial = "yes"  # nothing was in it; later it is for the person to say

    def clean_serial_ending(self) -> str:
        """The wrong patient's page is caught here."""
        ending: str = self.cleaned_data["serial_ending"]
        if len(ending) != len("1234"):
            raise forms.ValidationError("Write the last four characters, no more.")
        if not self.pump.serial.upper().endswith(ending.upper()):
            raise forms.ValidationError(
                "This pump's serial number ends otherwise. Is this the right patient's page?"
            )
        return ending

    def clean_filled_ml(self) -> Decimal:
        """No more than the reservoir holds, and no less than a fill."""
        filled = self._refuse_overfull(self.cleaned_data["filled_ml"])
        if words := slips.refused_fill(filled):
            raise forms.ValidationError(words)
        return filled

    def clean_withdrawn_ml(self) -> Decimal | None:
        """No more than the reservoir holds."""
        withdrawn: Decimal | None = self.cleaned_data["withdrawn_ml"]
        return None if withdrawn is None else self._refuse_overfull(withdrawn)

    def _refuse_overfull(self, volume: Decimal) -> Decimal:
        if volume > self.pump.reservoir_ml:
            holds = plain(self.pump.reservoir_ml)
            raise forms.ValidationError(f"{plain(volume)} mL is more than this pump holds ({holds} mL).")
        return volume

    @property
    def is_small_fill(self) -> bool:
        """Whether less than half of the reservoir was filled: seldom meant, and what a lost digit looks like."""
        filled: Decimal | None = self.cleaned_data.get("filled_ml") if self.is_bound else None
        return filled is not None and filled * 2 < self.pump.reservoir_ml

    def clean_next_visit_on(self) -> date | None:
        """Not in the past, and not in another year by a slip."""
        return refuse_odd_visit(self.cleaned_data["next_visit_on"], self.now)

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Compare with the label and with the reservoir, as soon as there is something to compare."""
        self._check_label(data)
        at = data.get("at")
        if at is None:
            return
        if self.pump.refills.standing().filter(at=at).exists():
            self.add_error("at", self.broken_rules["refill_one_at_an_instant"][1])
            return
        self.outlook = outlook_of_refill(self._sketch(data), self.now)
        self._check_outlook(self.outlook, data)
        self.hazards = list(self._hazards(data))

    def _hazards(self, data: dict[str, Any]) -> Iterator[Hazard]:
        """Volumes, and a concentration, that are seldom meant, each to be ticked."""
        filled, drawn, expected = (
            data.get("filled_ml"),
            data.get("withdrawn_ml"),
            self.outlook.expected_ml if self.outlook else None,
        )
        if filled is not None:
            yield from slips.fill_hazards(filled, self.pump.reservoir_ml)
        if drawn is not None:
            yield from slips.drawn_hazards(drawn, expected)
        if (strength := data.get("concentration_mcg_per_ml")) is not None:
            before = self.pump.refills.standing().filter(at__lt=data["at"]).order_by("at").last()
            yield from slips.strength_hazards(strength, before.concentration_mcg_per_ml if before else None)

    def _check_label(self, data: dict[str, Any]) -> None:
        product, typed = self.products.get(data.get("product", "")), data.get("concentration_mcg_per_ml")
        if product is None or typed is None:
            return
        label = product.concentration_mcg_per_ml
        if typed > label.value:
            words = f"{product.name} holds {label.text}, not {plain(typed)} mcg/mL."
            self.add_error("concentration_mcg_per_ml", words)
        elif typed < label.value and not data.get("explanation"):
            words = (
                f"{product.name} holds {label.text}. If it was diluted, say so under “What you make of it”."
            )
            self.add_error("concentration_mcg_per_ml", words)

    def _check_outlook(self, outlook: Outlook, data: dict[str, Any]) -> None:
        self._check_refusal(outlook.refusal)
        if outlook.finding and not data.get("explanation"):
            self.add_error("explanation", "The residual is out of limits: write what you make of it.")
        if self.is_mismatched and not data.get("explanation"):
            words = "The pump is told another concentration: write how it will be told this one."
            self.add_error("explanation", words)
        if self.is_dated and data.get("next_visit_on") and self.refill_by:
            self._check_visit(data["next_visit_on"], self.refill_by)

    def _check_refusal(self, refusal: Refusal | None) -> None:
        if refusal and refusal.code == "volume_exceeds_reservoir":
            self.add_error("filled_ml", "With what was left inside, this is more than the pump holds.")
        else:
            super()._check_refusal(refusal)

    def _check_visit(self, visit_on: date, refill_by: date) -> None:
        latest = self.plan_by(refill_by).latest_on or refill_by
        if visit_on > refill_by:
            words = f"This is after the refill-by date that follows, {day(refill_by)}."
        elif visit_on > latest:
            words = f"This is after the latest safe day that follows, {day(latest)}."
        else:
            closed = self.plan_by(refill_by).open_days.why_closed(visit_on)
            words = f"The clinic is {closed}." if closed else ""
        if words:
            self.add_error("next_visit_on", f"{words} Book another day on its own page.")

    def plan_by(self, refill_by: date) -> Plan:
        """By when the next visit must be if the pump must be refilled by this date."""
        if self._plan is None or self._plan.refill_by != refill_by:
            self._plan = plan_of(self.pump, refill_by, self.now)
        return self._plan

    @property
    def drawn_ml(self) -> Decimal | None:
        """What was drawn, as far as it is typed."""
        return self.cleaned_data.get("withdrawn_ml")

    @property
    def difference_ml(self) -> Decimal | None:
        """Withdrawn less expected, in mL; None where that says nothing."""
        return self.outlook.difference_ml if self.outlook else None

    @property
    def is_dated(self) -> bool:
        """Whether enough was typed for the dates that follow to mean something."""
        wanted = ("filled_ml", "concentration_mcg_per_ml", "emptied")
        return self.outlook is not None and all(self.cleaned_data.get(name) is not None for name in wanted)

    @property
    def must_accept_later(self) -> bool:
        """A refill that is written down on its day moves its date later by what it is for."""
        at = self.cleaned_data.get("at")
        return self.is_dated and timezone.localdate(at) != timezone.localdate(self.now)

    @property
    def is_mismatched(self) -> bool:
        """Whether the pump is told another concentration than it will hold."""
        known = self.outlook is not None and self.cleaned_data.get("concentration_mcg_per_ml") is not None
        return known and self.outlook is not None and "concentration_mismatch" in self.outlook.codes

    @property
    def lines(self) -> list[Line]:
        """The dates that are kept beside those with this refill."""
        return dates(self.pump, self.outlook.after if self.outlook and self.is_dated else None, self.now)

    @property
    def later_refill(self) -> Refill | None:
        """The last refill that is recorded after this one, where it is written down late."""
        at = self.cleaned_data.get("at")
        return self.pump.refills.standing().filter(at__gt=at).order_by("-at").first() if at else None

    def _sketch(self, data: dict[str, Any]) -> Refill:
        """The refill as far as it is typed. What is missing is stood in for; `is_dated` says whether that matters."""
        emptied = data.get("emptied")
        return Refill(
            pump=self.pump,
            at=data["at"],
            withdrawn_ml=data.get("withdrawn_ml"),
            emptied=True if emptied is None else emptied,
            filled_ml=data.get("filled_ml") or Decimal(0),
            concentration_mcg_per_ml=data.get("concentration_mcg_per_ml") or Decimal(1),
            printed_alarm_on=data.get("printed_alarm_on"),
        )

    def refill(self) -> Refill:
        """The refill as typed, not kept yet."""
        typed = {name: self.cleaned_data[name] for name in self.typed}
        expected = self.outlook.expected_ml if self.outlook else None
        kept = None if expected is None else expected.quantize(Decimal("0.0001"))
        _, version = self.listed[typed["product"]]
        return Refill(pump=self.pump, expected_ml=kept, product_version=version, **typed)


def _words(product: Product, clinic: Clinic) -> str:
    where = "" if product.market == "US" else f" · {product.market}"
    if is_own(product.key):
        where = f" (added by {clinic})"
    strength, volume = product.concentration_mcg_per_ml.text, product.volume_ml.text
    return f"{product.name} {strength} · {volume} {product.form}{where}"

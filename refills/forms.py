"""What is typed about a reservoir. A form shows what would follow before it lets anything be kept."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db.models import Max
from django.utils import timezone

from itb.accounts.models import Clinic
from itb.fields import DayField, NoteField, PlainWords, QuantityField
from itb.infusion.catalogue import Product
from itb.infusion.quantities import plain
from itb.infusion.scenario import Refusal
from itb.templatetags.moments import day
from refills.catalogue import is_own, products
from refills.comparison import Line, compare, needs_reason, step_notes
from refills.fact_form import FactForm
from refills.models import Programme, Refill
from refills.outlook import Outlook, outlook_of_programme, outlook_of_refill

MOST_MCG_PER_ML = 4000  # past the label's 2000 a preparation is compounded; past this it is refused
MOST_MCG_PER_DAY = 5000  # above every published dose
FARTHEST_VISIT = timedelta(days=366)


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
        initial="yes",  # errs to the earlier date
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
        *("explanation", "printed_alarm_on"),
    )
    broken_rules: ClassVar[dict[str, tuple[str, str]]] = {
        "refill_one_at_an_instant": ("at", "A refill of this very minute is recorded already."),
        "refill_within_reservoir": ("filled_ml", "This is more than the pump holds."),
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
        field.required = self.pump.refills.exists()
        field.help_text = "0 if nothing came." if field.required else "Leave it out at a first fill."

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
        """No more than the reservoir holds."""
        return self._refuse_overfull(self.cleaned_data["filled_ml"])

    def clean_withdrawn_ml(self) -> Decimal | None:
        """No more than the reservoir holds."""
        withdrawn: Decimal | None = self.cleaned_data["withdrawn_ml"]
        return None if withdrawn is None else self._refuse_overfull(withdrawn)

    def _refuse_overfull(self, volume: Decimal) -> Decimal:
        if volume > self.pump.reservoir_ml:
            holds = plain(self.pump.reservoir_ml)
            raise forms.ValidationError(f"{plain(volume)} mL is more than this pump holds ({holds} mL).")
        return volume

    def clean_next_visit_on(self) -> date | None:
        """Not in the past, and not in another year by a slip."""
        return refuse_odd_visit(self.cleaned_data["next_visit_on"], self.now)

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Compare with the label and with the reservoir, as soon as there is something to compare."""
        self._check_label(data)
        at = data.get("at")
        if at is None:
            return
        if self.pump.refills.filter(at=at).exists():
            self.add_error("at", self.broken_rules["refill_one_at_an_instant"][1])
            return
        self.outlook = outlook_of_refill(self._sketch(data), self.now)
        self._check_outlook(self.outlook, data)

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

    def _check_visit(self, visit_on: date, latest: date) -> None:
        if visit_on > latest:
            words = f"This is after the refill-by date that follows, {day(latest)}. Book a later day on its own page."
            self.add_error("next_visit_on", words)

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
    def is_mismatched(self) -> bool:
        """Whether the pump is told another concentration than it will hold."""
        known = self.outlook is not None and self.cleaned_data.get("concentration_mcg_per_ml") is not None
        return known and self.outlook is not None and "concentration_mismatch" in self.outlook.codes

    @property
    def later_refill(self) -> Refill | None:
        """The last refill that is recorded after this one, where it is written down late."""
        at = self.cleaned_data.get("at")
        return self.pump.refills.filter(at__gt=at).order_by("-at").first() if at else None

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


class VisitForm(PlainWords, forms.Form):
    """The next visit. `is_after` says that the day asked for is past the latest safe one."""

    on = DayField(label="Day of the visit")
    accepts_late = forms.BooleanField(
        label="There is no earlier day. Book it, and keep the alerts open until the refill.", required=False
    )
    opened_by = NoteField()

    def __init__(self, *args: Any, now: datetime, latest: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.latest, self.is_after = now, latest, False

    def clean_on(self) -> date:
        """Not past, and not in another year by a slip."""
        on = refuse_odd_visit(self.cleaned_data["on"], self.now)
        assert on is not None
        return on

    def clean(self) -> dict[str, Any]:
        """A day past the latest safe one is booked only by someone who says so: what is so must be recordable."""
        data = super().clean() or self.cleaned_data
        on = data.get("on")
        self.is_after = bool(self.latest and on and on > self.latest)
        if self.is_after and not data.get("accepts_late"):
            words = (
                f"This is after the refill-by date, {day(self.latest)}. Choose an earlier day, or tick below."
            )
            self.add_error("on", words)
        return data


def refuse_odd_visit(on: date | None, now: datetime) -> date | None:
    """`on`, unless it has passed or is over a year away, by the zone that is active."""
    today = timezone.localdate(now)
    if on and on < today:
        raise forms.ValidationError("This day has passed.")
    if on and on - today > FARTHEST_VISIT:
        raise forms.ValidationError("This is over a year away: look at the year again.")
    return on


def _words(product: Product, clinic: Clinic) -> str:
    where = "" if product.market == "US" else f" · {product.market}"
    if is_own(product.key):
        where = f" (added by {clinic})"
    strength, volume = product.concentration_mcg_per_ml.text, product.volume_ml.text
    return f"{product.name} {strength} · {volume} {product.form}{where}"

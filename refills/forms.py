"""What is typed about a reservoir. A form shows what would follow before it lets anything be kept."""

import hashlib
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Fieldset, Layout
from django import forms
from django.db.models import Max
from django.utils import timezone

from itb.fields import DayField, InstantField, QuantityField, refuse_future
from itb.infusion.catalogue import Product, catalogue
from patients.models import Pump
from refills.models import Programme, Refill
from refills.outlook import Outlook, outlook_of_programme, outlook_of_refill
from refills.services import Posted

MOST_MCG_PER_ML = 4000  # past the label's 2000 a preparation is compounded; past this it is refused
MOST_MCG_PER_DAY = 5000  # above every published dose
FARTHEST_VISIT = timedelta(days=366)


class FactForm(forms.Form):
    """What every fact's form carries: its instant, the key of this very form, how many facts its writer saw."""

    at = InstantField(label="When")
    printed_alarm_on = DayField(
        label="Alarm date on the programmer's print-out",
        required=False,
        help_text="If it is at hand: the earlier of it and our own date rules",
    )
    key = forms.UUIDField(widget=forms.HiddenInput)
    facts_version = forms.IntegerField(widget=forms.HiddenInput)
    opened_by = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, pump: Pump, now: datetime, opened_by: str, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "at": now,
            "key": uuid4(),
            "facts_version": pump.facts_version,
            "opened_by": opened_by,
            **kwargs.get("initial", {}),
        }
        super().__init__(*args, **kwargs)
        self.pump, self.now = pump, now
        self.helper = FormHelper()
        self.helper.form_tag = False

    def clean_at(self) -> datetime:
        """Refuse what lies ahead, and what was before the implant."""
        at = refuse_future(self.cleaned_data["at"], self.now)
        if at.date() < self.pump.implanted_on:
            raise forms.ValidationError(f"The pump was implanted on {self.pump.implanted_on:%d %b %Y}.")
        return at

    def clean_printed_alarm_on(self) -> date | None:
        """Refuse a date that no reservoir reaches."""
        day: date | None = self.cleaned_data["printed_alarm_on"]
        if day and abs((day - self.now.date()).days) > 366 * 10:
            raise forms.ValidationError("This is over ten years away: look at the year again.")
        return day

    @property
    def posted(self) -> Posted:
        """What the service needs to know of this form."""
        key: UUID = self.cleaned_data["key"]
        return Posted(key=key, facts_version=self.cleaned_data["facts_version"])

    def fingerprint(self) -> str:
        """Of what was typed: the keeping button carries it, so that nothing is kept that was not seen beside it."""
        typed = [f"{name}={self.cleaned_data.get(name)}" for name in self.fields if name != "opened_by"]
        return hashlib.sha256("\n".join(typed).encode()).hexdigest()[:32]


class RefillForm(FactForm):
    """A refill, in the order of the hands."""

    serial_ending = forms.CharField(
        label="Last four of the pump's serial number",
        min_length=4,
        max_length=4,
        help_text="Read from the programmer, not from this page",
    )
    product = forms.ChoiceField(label="Product")
    concentration_mcg_per_ml = QuantityField(
        label="Concentration on the label", unit="mcg/mL", max_decimals=1, most=MOST_MCG_PER_ML, above_zero=True
    )
    lot = forms.CharField(label="Lot", max_length=40)
    withdrawn_ml = QuantityField(label="Withdrawn", unit="mL", max_decimals=2, required=False)
    emptied = forms.BooleanField(label="The reservoir was emptied completely", required=False, initial=True)
    filled_ml = QuantityField(label="Filled", unit="mL", max_decimals=2, above_zero=True)
    explanation = forms.CharField(
        label="What you make of a difference",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed where the residual is out of limits or the concentrations differ",
    )
    next_visit_on = DayField(label="Next visit", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outlook: Outlook | None = None
        self.products = {key: product for key, product in catalogue().products.items() if product.use == "pump"}
        chosen = [("", "Choose what is in your hand"), *((key, _words(each)) for key, each in self.products.items())]
        self.fields["product"] = forms.ChoiceField(label="Product", choices=chosen)
        self.helper.layout = Layout(
            Fieldset("1. Identify", "at", "serial_ending"),
            Fieldset("2. Drug", "product", "concentration_mcg_per_ml", "lot"),
            Fieldset("3. Volumes", "withdrawn_ml", "emptied", "filled_ml", "explanation"),
            Fieldset("4. After", "printed_alarm_on", "next_visit_on"),
            "key",
            "facts_version",
            "opened_by",
        )

    def clean_serial_ending(self) -> str:
        """The wrong patient's page is caught here."""
        ending: str = self.cleaned_data["serial_ending"]
        if not self.pump.serial.upper().endswith(ending.upper()):
            raise forms.ValidationError("This pump's serial number ends otherwise: is this the right patient?")
        return ending

    def clean_filled_ml(self) -> Decimal:
        """No more than the reservoir holds."""
        return self._refuse_overfull(self.cleaned_data["filled_ml"])

    def clean_withdrawn_ml(self) -> Decimal | None:
        """No more than the reservoir holds; left out only at the first fill."""
        withdrawn: Decimal | None = self.cleaned_data["withdrawn_ml"]
        if withdrawn is not None:
            return self._refuse_overfull(withdrawn)
        if self.pump.refills.exists():
            raise forms.ValidationError("Write what was drawn, 0 if nothing came.")
        return None

    def _refuse_overfull(self, volume: Decimal) -> Decimal:
        if volume > self.pump.reservoir_ml:
            holds = f"{self.pump.reservoir_ml.normalize():f}"
            raise forms.ValidationError(f"{volume} mL is more than this pump holds ({holds} mL).")
        return volume

    def clean_next_visit_on(self) -> date | None:
        """Not in the past, and not in another year by a slip."""
        return refuse_odd_visit(self.cleaned_data["next_visit_on"], self.now)

    def clean(self) -> dict[str, Any]:
        """Compare with the label, then ask the core what would follow."""
        data = super().clean() or self.cleaned_data
        self._check_label(data)
        if not self.errors:
            self.outlook = outlook_of_refill(self.refill(), self.now)
            self._check_outlook(self.outlook, data)
        return data

    def _check_label(self, data: dict[str, Any]) -> None:
        product, typed = self.products.get(data.get("product", "")), data.get("concentration_mcg_per_ml")
        if product is None or typed is None:
            return
        label = product.concentration_mcg_per_ml
        if typed > label.value:
            self.add_error("concentration_mcg_per_ml", f"{product.name} holds {label.text}, not {typed} mcg/mL.")
        elif typed < label.value and not data.get("explanation"):
            words = f"{product.name} holds {label.text}. If it was diluted, say so in the explanation below."
            self.add_error("concentration_mcg_per_ml", words)

    def _check_outlook(self, outlook: Outlook, data: dict[str, Any]) -> None:
        if outlook.refusal and outlook.refusal.code == "volume_exceeds_reservoir":
            self.add_error("filled_ml", "With what was left inside, this is more than the reservoir holds.")
        elif outlook.refusal and outlook.refusal.code == "contradictory_facts":
            self.add_error("at", "This contradicts what is recorded at that time. Look at the chart's records.")
        if not data.get("explanation"):
            if outlook.finding:
                self.add_error("explanation", "The residual is out of limits: write what you make of it.")
            if "concentration_mismatch" in outlook.codes:
                words = "The pump is programmed for another concentration: write how it will be reprogrammed."
                self.add_error("explanation", words)
        self._check_visit(outlook, data.get("next_visit_on"))

    def _check_visit(self, outlook: Outlook, visit_on: date | None) -> None:
        if visit_on and outlook.after and outlook.after.refill_by and visit_on > outlook.after.refill_by:
            latest = f"{outlook.after.refill_by:%a %d %b %Y}"
            self.add_error("next_visit_on", f"This is after the refill-by date that follows: {latest} at the latest.")

    def refill(self) -> Refill:
        """The refill as typed, not kept yet."""
        names = ("at", "withdrawn_ml", "emptied", "filled_ml", "concentration_mcg_per_ml", "product", "lot")
        typed = {name: self.cleaned_data[name] for name in (*names, "printed_alarm_on", "explanation")}
        expected = self.outlook.expected_ml if self.outlook else None
        return Refill(pump=self.pump, expected_ml=expected and expected.quantize(Decimal("0.0001")), **typed)


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

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.outlook: Outlook | None = None
        self.helper.layout = Layout(
            Fieldset("1. When", "at"),
            Fieldset("2. Programme", "concentration_mcg_per_ml", "dose_mcg_per_day"),
            Fieldset("3. Print-out", "printed_alarm_on"),
            "key",
            "facts_version",
            "opened_by",
        )

    def clean(self) -> dict[str, Any]:
        """Ask the core what would follow, and refuse what the pump cannot deliver."""
        data = super().clean() or self.cleaned_data
        if not self.errors:
            self._check_instant(data["at"])
            self._check_flow(data["dose_mcg_per_day"] / data["concentration_mcg_per_ml"])
        if not self.errors:
            self.outlook = outlook_of_programme(self.programme(), self.now)
        return data

    def _check_instant(self, at: datetime) -> None:
        last = self.pump.programmes.aggregate(at=Max("at"))["at"]
        if last is not None and at <= last:
            words = f"A programme of {last.astimezone(at.tzinfo):%d %b %Y %H:%M} is recorded: this one must be later."
            self.add_error("at", words)

    def _check_flow(self, flow: Decimal) -> None:
        least, most = self.pump.min_flow_ml_per_day, self.pump.max_flow_ml_per_day
        if least is not None and 0 < flow < least:
            words = f"This is {flow:.4f} mL/day; this pump delivers no less than {least.normalize():f} mL/day."
        elif most is not None and flow > most:
            words = f"This is {flow:.3f} mL/day; this pump delivers no more than {most.normalize():f} mL/day."
        else:
            return
        self.add_error("dose_mcg_per_day", words)

    def programme(self) -> Programme:
        """The programme as typed, not kept yet."""
        names = ("at", "concentration_mcg_per_ml", "dose_mcg_per_day", "printed_alarm_on")
        typed = {name: self.cleaned_data[name] for name in names}
        return Programme(pump=self.pump, mode=Programme.Mode.CONTINUOUS, pattern={}, **typed)


class VisitForm(forms.Form):
    """The next visit."""

    on = DayField(label="Day of the visit")

    def __init__(self, *args: Any, now: datetime, latest: date | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now, self.latest = now, latest

    def clean_on(self) -> date:
        """Not past, and not past the refill-by date."""
        on = refuse_odd_visit(self.cleaned_data["on"], self.now)
        assert on is not None
        if self.latest and on > self.latest:
            raise forms.ValidationError(f"This is after the refill-by date, {self.latest:%a %d %b %Y}.")
        return on


def refuse_odd_visit(on: date | None, now: datetime) -> date | None:
    """`on`, unless it has passed or is over a year away, by the zone that is active."""
    today = timezone.localdate(now)
    if on and on < today:
        raise forms.ValidationError("This day has passed.")
    if on and on - today > FARTHEST_VISIT:
        raise forms.ValidationError("This is over a year away: look at the year again.")
    return on


def _words(product: Product) -> str:
    return f"{product.name}, {product.concentration_mcg_per_ml.text}, {product.volume_ml.text} {product.form}"

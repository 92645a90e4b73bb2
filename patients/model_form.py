"""A pump model of the clinic's own, typed: a new one, or the next version of one that is there."""

from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.db import IntegrityError
from django.utils.text import slugify

from itb.accounts.models import Clinic
from itb.fields import NoteField, PlainWords, QuantityField
from itb.infusion.quantities import plain
from patients.models import OwnEntry, OwnModel

MOVED = (
    "Someone has changed this since you opened this page. Look at it in the catalogue again, then keep it."
)
KEY_LENGTH = 40


class OwnEntryForm(PlainWords, forms.ModelForm):  # type: ignore[type-arg]  # not subscriptable at run time
    """What every own entry needs: a name that is told from the others, a maker, and where its figures come from.

    `entry` is the newest version of what is changed; None for something new. `same` is the entry that has the typed
    name already.
    """

    seen = forms.IntegerField(widget=forms.HiddenInput)
    opened_by = NoteField()

    kind: ClassVar[Any]
    thing: ClassVar[str]
    """What people call an entry of this kind."""
    typed: ClassVar[tuple[str, ...]]

    def __init__(self, *args: Any, clinic: Clinic, entry: OwnEntry | None, **kwargs: Any) -> None:
        told = {name: _told(getattr(entry, name)) for name in self.typed} if entry else {}
        fresh = {**told, "seen": entry.version if entry else 0}
        kwargs["initial"] = {**fresh, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.clinic, self.entry = clinic, entry
        self.same: OwnEntry | None = None
        if entry:
            del self.fields["name"]  # another name is another entry
        self.fields["source"].help_text = "Where these figures come from, so that anyone can look them up."

    def clean_name(self) -> str:
        """Refuse the name of another entry: a change of that one is made from it."""
        name: str = self.cleaned_data["name"]
        if _key(name) == OwnEntry.PREFIX:
            raise forms.ValidationError("Write a name with letters or digits.")
        self.same = self._newest(_key(name))
        if self.same is not None:
            raise forms.ValidationError(
                f"{self.same} is there already: change that one, or choose another name."
            )
        return name

    def clean(self) -> dict[str, Any]:
        """Notice that someone else has changed it meanwhile; what was typed stays."""
        data = super().clean() or self.cleaned_data
        current = self.next_version - 1
        if data.get("seen") != current:
            self.errors.pop("seen", None)
            self.data = {**dict(self.data.items()), "seen": str(current)}
            self.add_error(None, MOVED)
        return data

    @property
    def next_version(self) -> int:
        """What the version that is typed will be."""
        return (self.entry.version if self.entry else 0) + 1

    def refuse(self, error: IntegrityError) -> None:
        """Say in words that someone kept the same version a moment ago."""
        self.add_error(None, MOVED)

    def to_keep(self) -> Any:
        """The next version as typed, not kept yet."""
        made = self.save(commit=False)
        made.name = self.entry.name if self.entry else made.name
        made.key = self.entry.key if self.entry else _key(made.name)
        made.version = self.next_version
        return made

    def _newest(self, key: str) -> OwnEntry | None:
        entries: Any = self.kind.objects.filter(clinic=self.clinic, key=key)
        found: OwnEntry | None = entries.order_by("-version").first()
        return found


class ModelForm(OwnEntryForm):
    """A pump model with the figures that a forecast needs."""

    reservoir_ml = QuantityField(label="Reservoir", unit="mL", max_decimals=2, most=100, above_zero=True)
    alarm_ml = QuantityField(label="Low-reservoir alarm as delivered", unit="mL", max_decimals=2)
    accuracy_pct = QuantityField(
        label="Accuracy, ±",
        unit="%",
        max_decimals=2,
        most=50,
        help_text="How far the delivery may lie from what is programmed, by the maker's specification.",
    )
    longest_stay_days = QuantityField(
        label="Longest stay of a fill", unit="days", max_decimals=0, most=400, above_zero=True
    )
    unusable_ml = QuantityField(
        label="Volume that cannot be delivered",
        unit="mL",
        max_decimals=2,
        required=False,
        help_text="Forecasts end where this is left. Without it they end at 0 mL.",
    )
    min_flow_ml_per_day = QuantityField(label="Lowest flow", unit="mL/day", max_decimals=4, required=False)
    max_flow_ml_per_day = QuantityField(
        label="Highest flow", unit="mL/day", max_decimals=4, most=100, above_zero=True, required=False
    )
    tubing_ml = QuantityField(
        label="Tubing inside the pump", unit="mL", max_decimals=3, most=2, required=False
    )

    kind = OwnModel
    thing = "pump model"
    typed = ("name", "maker", "source", *OwnModel.UNITS)

    class Meta:
        model = OwnModel
        fields = ("name", "maker", "source", *OwnModel.UNITS)

    def clean(self) -> dict[str, Any]:
        """Compare what only together can be wrong."""
        data = super().clean()
        reservoir = data.get("reservoir_ml")
        for name in ("alarm_ml", "unusable_ml"):
            volume = data.get(name)
            if volume is not None and reservoir and volume >= reservoir:
                words = f"{plain(volume)} mL is not below the reservoir ({plain(reservoir)} mL)."
                self.add_error(name, words)
        least, most = data.get("min_flow_ml_per_day"), data.get("max_flow_ml_per_day")
        if least is not None and most is not None and least > most:
            self.add_error("max_flow_ml_per_day", f"This is below the lowest flow ({plain(least)} mL/day).")
        return data


def _key(name: str) -> str:
    return f"{OwnEntry.PREFIX}{slugify(name, allow_unicode=True)}"[:KEY_LENGTH]


def _told(value: Any) -> Any:
    return plain(value) if isinstance(value, Decimal) else value

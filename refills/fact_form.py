"""What the form of every fact shares: its instant, its key, what has moved since, and what it says is amiss."""

import hashlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

from django import forms
from django.db import IntegrityError
from django.utils import timezone

from itb.fields import DayField, InstantField, NoteField, PlainWords, constraint_of, refuse_future
from itb.infusion.scenario import Refusal
from itb.meanwhile import ShowsBoth
from itb.templatetags.moments import day
from patients.models import Pump
from refills.models import LATE, Adjustment, Correction, PendingProgramme, Programme, Refill
from refills.outlook import Outlook
from refills.projection import UNFINISHED, forecast_of
from refills.recorded_last import recorded_last
from refills.services import Posted
from refills.slips import Hazard

UNSEEN = ("opened_by", "accepts_later")  # carried by the page, and no part of what is kept
FARTHEST_PRINTED = timedelta(days=3660)

TICKED = "yes"

MOVED = "Something was recorded about this pump since you opened this page. Look at it again, then keep it."
LOST = "Part of this page was lost on its way. What you typed is here: look at it again, then keep it."
KEPT_BEFORE = (
    "This page was kept before with other figures. Nothing was kept now: open a new page from the chart."
)
CONTRADICTS = (
    "This contradicts what is recorded about the pump. Nothing was kept: look at the chart's records."
)


@dataclass(frozen=True, slots=True)
class Later:
    """The refill-by date would move from one day to a later one; to None where nothing would flow any more."""

    before: date
    after: date | None

    @property
    def words(self) -> str:
        """What is agreed to."""
        moved = f"to {day(self.after)}" if self.after else "away: nothing would flow"
        return f"This moves the refill-by date later, from {day(self.before)} {moved}. That is right."

    @property
    def token(self) -> str:
        """What the tick carries: ticked for one date, it says nothing about another."""
        return f"{self.after or 'never'}"


class FactForm(PlainWords, ShowsBoth, forms.Form):
    """What every fact's form carries: its instant, the key of this very form, how many facts its writer saw.

    `kept` is the fact of an earlier post of the same form; `moved` says that the facts are others than its writer saw,
    `is_short` that it would be kept if all that is to be ticked were.
    """

    at = InstantField(label="When")
    printed_alarm_on = DayField(
        label="Alarm date on the print-out",
        required=False,
        help_text="From the programmer. The earlier of it and our own date rules.",
    )
    late_reason = forms.CharField(
        label="Why it is written down late",
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
        max_length=2000,
        help_text="Needed for what happened over a day ago.",
    )
    accepts_later = forms.BooleanField(label="The date moves later", required=False)
    key = forms.UUIDField(widget=forms.HiddenInput)
    facts_version = forms.IntegerField(widget=forms.HiddenInput)
    opened_by = NoteField()

    fact: ClassVar[type[Refill | Programme | Adjustment | Correction]]
    typed: ClassVar[tuple[str, ...]]
    broken_rules: ClassVar[dict[str, tuple[str, str]]]

    def __init__(self, *args: Any, pump: Pump, now: datetime, opened_by: str, **kwargs: Any) -> None:
        fresh = {"at": now, "key": uuid4(), "facts_version": pump.facts_version, "opened_by": opened_by}
        kwargs["initial"] = {**fresh, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        self.pump, self.now = pump, now
        self.cleaned_data = {}  # a page that nothing was typed on shows what there is, which is nothing
        self.outlook: Outlook | None = None
        self.hazards: list[Hazard] = []
        self.kept: Refill | Programme | PendingProgramme | Adjustment | Correction | None = None
        self.moved = self.is_short = False

    def clean_at(self) -> datetime:
        """Refuse what lies ahead, and what was before the implant."""
        at = refuse_future(self.cleaned_data["at"], self.now)
        if timezone.localdate(at) < self.pump.implanted_on:
            raise forms.ValidationError(f"The pump was implanted on {day(self.pump.implanted_on)}.")
        return at

    def clean_printed_alarm_on(self) -> date | None:
        """Refuse a date that no reservoir reaches."""
        printed: date | None = self.cleaned_data["printed_alarm_on"]
        if printed and abs(printed - self.now.date()) > FARTHEST_PRINTED:
            raise forms.ValidationError("This is over ten years away: look at the year again.")
        at = self.cleaned_data.get("at")
        if printed and at and printed < timezone.localdate(at):
            raise forms.ValidationError("This is before the print-out was made: look at the date again.")
        return printed

    def clean(self) -> dict[str, Any]:
        """Put the hidden parts right, recognise a second post, notice that the facts moved; then look ahead."""
        data = super().clean() or self.cleaned_data
        for name in self.unasked():
            self.errors.pop(name, None)
            data.pop(name, None)
        self._mend_hidden_parts()
        self._check_late(data)
        self.read(data)
        self.kept = self.kept_before(data["key"]) if data.get("key") else None
        if self.kept is not None:
            if self.differs(self.kept, data):
                self.add_error(None, KEPT_BEFORE)
            return data
        self.moved = data.get("facts_version", self.pump.facts_version) != self.pump.facts_version
        if self.moved:
            number = self.pump.facts_version - data["facts_version"]
            self.meanwhile = recorded_last(self.pump, max(number, 1))
            self._carry(facts_version=self.pump.facts_version)
            self.add_error(None, MOVED)
        self.look_ahead(data)
        self._check_later()
        return data

    def was_overtaken(self) -> bool:
        """Whether something was recorded, by this very form too, while this one was being looked at."""
        if self.kept is not None or self.moved:
            return False
        newest = Pump.objects.values_list("facts_version", flat=True).get(pk=self.pump.pk)
        return newest != self.pump.facts_version

    def again(self) -> Self:
        """The same form with what was typed, over the facts as they are now; it says itself that they moved."""
        self.pump.refresh_from_db(fields=["facts_version"])
        form = type(self)(self.data, **self._arguments())
        form.full_clean()
        return form

    def _arguments(self) -> dict[str, Any]:
        return {"pump": self.pump, "now": self.now, "opened_by": self.data.get("opened_by", "")}

    def kept_before(self, key: UUID) -> Any:
        """What an earlier post of this very form has kept; None where there is none."""
        return self.fact.objects.filter(key=key, pump=self.pump).first()

    def unasked(self) -> set[str]:
        """Fields that what was chosen leaves aside: whatever stands in them is neither read nor owed."""
        return set()

    def read(self, data: dict[str, Any]) -> None:
        """Put together what is typed in several fields."""

    def differs(self, kept: Any, data: dict[str, Any]) -> bool:
        """Whether what was kept with this form's key is other than what it holds now."""
        return any(getattr(kept, name) != data.get(name) for name in self.typed)

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Compare what belongs together, and ask the core what would follow. Fills `outlook`."""
        raise NotImplementedError  # each fact's own; an abstract class does not mix with Django's form metaclass

    def _check_late(self, data: dict[str, Any]) -> None:
        """What happened over a day ago says why it is told only now; what did not needs no such words."""
        if not self.is_late:
            data["late_reason"] = ""
            return
        self["late_reason"].field.required = True  # it is no longer called optional
        if not data.get("late_reason") and "late_reason" not in self.errors:
            words = "This was over a day ago: write why it is written down only now."
            self.add_error("late_reason", forms.ValidationError(words, code="required"))

    def _check_later(self) -> None:
        """No date moves later unless someone says that it shall: the tick is for that very date."""
        if self.later is None:
            return
        self.offer_later(self.later)
        if self.data.get("accepts_later") != self.later.token:
            self._carry(accepts_later="")
            self.add_error("accepts_later", "Tick this if the later date is right.")

    def offer_later(self, later: Later) -> None:
        """Word the tick for the dates between which it moves."""
        tick = self["accepts_later"]  # whose label was copied from the field before the dates were known
        tick.label, tick.field.widget.attrs["value"] = later.words, later.token

    @cached_property
    def later(self) -> Later | None:
        """How the refill-by date moves later if this is kept; None where it does not, or where nobody can tell."""
        after = self.outlook.after if self.outlook else None
        kept = forecast_of(self.pump, self.now) if after and self.must_accept_later else None
        if after is None or kept is None or isinstance(kept, Refusal) or kept.refill_by is None:
            return None
        is_later = after.refill_by is None or after.refill_by > kept.refill_by
        return Later(kept.refill_by, after.refill_by) if is_later else None

    @property
    def must_accept_later(self) -> bool:
        """Whether a date that moves later is asked about."""
        return True

    def _check_refusal(self, refusal: Refusal | None) -> None:
        """What the core refuses is never kept in silence. That there is no forecast yet refuses nothing."""
        if refusal and refusal.code not in UNFINISHED:
            self.add_error(None, f"{CONTRADICTS} ({refusal.message})")

    def _mend_hidden_parts(self) -> None:
        """A hidden part that was damaged is said once, in words, and is whole again at the next press."""
        broken = self.errors.keys() & {"key", "facts_version"}
        for name in broken:
            del self.errors[name]
        if broken:
            self._carry(key=uuid4(), facts_version=self.pump.facts_version)
            self.add_error(None, LOST)

    def _carry(self, **parts: object) -> None:
        """Let the page that is shown next carry other hidden parts than the one that came."""
        data: Any = copy(self.data)  # of a QueryDict it keeps every answer where a field has several
        for name, value in parts.items():
            data[name] = str(value)
        self.data = data

    def refuse(self, error: IntegrityError) -> None:
        """Say in words which rule of the database was broken by what someone else kept a moment ago."""
        field, words = self.broken_rules.get(constraint_of(error), ("", CONTRADICTS))
        self.add_error(field or None, words)

    @property
    def boxes(self) -> list[tuple[Hazard, bool]]:
        """What must be ticked before this can be kept, and whether it is."""
        return [(each, self.data.get(each.name) == TICKED) for each in self.hazards]

    @property
    def is_confirmed(self) -> bool:
        """Whether every hazard is ticked."""
        return all(is_ticked for _, is_ticked in self.boxes)

    @property
    def posted(self) -> Posted:
        """What the service needs to know of this form."""
        key: UUID = self.cleaned_data["key"]
        return Posted(key=key, facts_version=self.cleaned_data["facts_version"])

    def fingerprint(self) -> str:
        """Of what was typed and what follows: the keeping button carries it, so that nothing is kept unseen."""
        seen = [f"{name}={self.cleaned_data.get(name)}" for name in self.fields if name not in UNSEEN]
        seen.append(f"refill_by={self.refill_by}")
        return hashlib.sha256("\n".join(seen).encode()).hexdigest()[:32]

    @property
    def refill_by(self) -> date | None:
        """By when the pump must be refilled if this is kept; None where nobody can tell."""
        return self.outlook.after.refill_by if self.outlook and self.outlook.after else None

    @property
    def is_late(self) -> bool:
        """Whether this is written down over a day after it happened."""
        at: datetime | None = self.cleaned_data.get("at")
        return at is not None and self.now - at > LATE

    @property
    def missing(self) -> list[forms.BoundField]:
        """What is still to be typed before this can be kept."""
        if not self.is_bound:
            unasked = self.unasked()
            owed = (field for field in self.visible_fields() if field.name not in unasked)
            return [field for field in owed if field.field.required and not field.initial]
        return [field for field, error in self._faults() if error.code == "required"]

    @property
    def wrong(self) -> list[tuple[forms.BoundField, str]]:
        """What was typed and cannot be kept so, with the sentence that says why."""
        return [
            (field, " ".join(error.messages)) for field, error in self._faults() if error.code != "required"
        ]

    def _faults(self) -> Iterator[tuple[forms.BoundField, forms.ValidationError]]:
        found = self.errors.as_data()
        return ((field, error) for field in self.visible_fields() for error in found.get(field.name, []))

"""The whole visit of a refill on one page, in the order of the hands."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone

from itb.accounts.models import Membership, User
from itb.accounts.permissions import Permission
from itb.fields import DayField, QuantityField
from itb.infusion.catalogue import Constant, catalogue
from itb.infusion.quantities import plain
from itb.templatetags.moments import day
from refills.limits import MOST_MCG_PER_DAY, MOST_MCG_PER_ML, MOST_OBSERVED_MIN
from refills.models import ChecklistStep, Followup, Interrogation, Procedure, Programme
from refills.procedure import Visit
from refills.procedure_policy import procedure_of
from refills.refill_form import RefillForm
from refills.standing import last_told
from refills.visit_form import refuse_odd_visit

Step = ChecklistStep.Step
About = Followup.About
Symptom = Procedure.Symptom
FARTHEST_EXPIRY = timedelta(days=3660)
TEACHING_HOLDS = timedelta(days=365)
VISIT = timedelta(hours=12)  # the longest from the fill until the pump is read again and the patient goes
LONG = 2000

NONE, SOME = "none", "some"
OWED = forms.ValidationError("Fill this in.", code="required")
CHOOSE = forms.ValidationError("Choose one.", code="required")
OF_A_STEP = {
    "alarmed": Step.INTERROGATED,
    "held_ml": Step.RUNNING,
    "shown_dose": Step.RUNNING,
    "shown_concentration": Step.RUNNING,
}
"""What is owed once its step is ticked."""
FOLLOWED = ("owner", "next_step", "due_on")
GRAVE = {Symptom.CONFUSION, Symptom.DROWSY, Symptom.BREATHING, Symptom.SEIZURE, Symptom.POCKET}
"""Of withdrawal, overdose and a pocket that holds drug or an infection: somebody has it, with a next step and a day."""


def _lines(label: str, *, rows: int = 1, help_text: str = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=LONG, widget=area, help_text=help_text)


def _asked(label: str, none: str, some: str) -> forms.ChoiceField:
    """A question with two answers; the second opens the list beside it."""
    return forms.ChoiceField(label=label, choices=[(NONE, none), (SOME, some)], widget=forms.RadioSelect)


def _several(label: str, choices: list[tuple[str, str]]) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
    )


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]  # as in itb.people.forms
    """Somebody of the clinic, by name."""

    def __init__(self, label: str, help_text: str = "") -> None:
        super().__init__(
            User.objects.none(), label=label, help_text=help_text, required=False, empty_label="Nobody chosen"
        )


class ProcedureForm(RefillForm):
    """A refill with all of its visit. Each step of the checklist is a field `step_…` of its own."""

    felt = _asked("Since the last visit", "Nothing new", "Something was noticed")
    symptoms = _several("What was noticed", Procedure.Symptom.choices)
    symptoms_note = _lines("In the patient's words")
    allergies = _lines("Allergies")
    new_drugs = _lines("New or changed drugs")

    before_volume_ml = QuantityField(
        label="Volume it shows", unit="mL", max_decimals=2, most=100, required=False
    )
    before_alarm_on = DayField(label="Alarm date it shows", required=False)
    alarmed = _asked("Alarms in its log", "None", "There are alarms")
    alarms = _several("Which alarms", Interrogation.Alarm.choices)
    replacement_on = DayField(label="Replace the pump by", required=False)

    expires_on = DayField(
        label="Expiry", help_text="Where the label names only a month: the last day of that month."
    )
    checker = PersonField("Second person who read the label")

    held_ml = QuantityField(
        label="Volume in the pump after the fill",
        unit="mL",
        max_decimals=2,
        most=100,
        help_text="As the programmer shows it, or measured.",
    )
    pocket_signs = forms.BooleanField(
        label="Something suggests a pocket fill: swelling, pain, or the feel at the needle", required=False
    )
    waste_ml = QuantityField(label="Destroyed", unit="mL", max_decimals=2, most=100, required=False)
    witness = PersonField("Witness of it")

    shown_dose = QuantityField(
        label="Dose that the programmer shows",
        unit="mcg/day",
        max_decimals=3,
        most=MOST_MCG_PER_DAY,
    )
    shown_concentration = QuantityField(
        label="Concentration that the programmer shows",
        unit="mcg/mL",
        max_decimals=1,
        most=MOST_MCG_PER_ML,
        above_zero=True,
    )
    alarm_explanation = _lines("Why the two alarm dates differ")
    observed_min = forms.IntegerField(
        label="Observed for",
        required=False,
        min_value=0,
        max_value=MOST_OBSERVED_MIN,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    undone_reason = _lines("Why a step was not done", help_text="Needed where a step above is not ticked.")

    books_latest = forms.BooleanField(label="Book the latest safe day", required=False)
    owner = PersonField("Who has it")
    next_step = _lines("What comes first")
    due_on = DayField(label="By", required=False)

    def __init__(self, *args: Any, member: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.member = member
        self.rules = procedure_of(self.pump.patient.clinic)
        self.fields["observed_min"].unit = "min"  # type: ignore[attr-defined]  # see bootstrap5/field.html
        self._name_people()
        for step in Step:
            self.fields[f"step_{step}"] = forms.BooleanField(label=step.label, required=False)
        self.fields["step_taught"].help_text = self._last_taught()
        self.order_fields(ORDER)

    def _name_people(self) -> None:
        of_the_clinic = Membership.objects.visible_to(self.member)
        who_records = of_the_clinic.who_may(Permission.RECORD).exclude(user=self.member.user_id)
        people = {
            "checker": who_records,
            "witness": of_the_clinic.active().exclude(user=self.member.user_id),
            "owner": of_the_clinic.who_may(Permission.ACKNOWLEDGE),
        }
        for name, members in people.items():
            field: Any = self.fields[name]
            field.queryset = User.objects.filter(pk__in=members.values("user")).order_by("name")
        self.fields["checker"].required = self.rules.demands_checker

    def _last_taught(self) -> str:
        """When it was gone over last; over a year ago it is due."""
        steps = ChecklistStep.objects.filter(refill__pump=self.pump, step=Step.TAUGHT, is_done=True)
        last = steps.order_by("-ticked_at").first()
        if last is None:
            return "Not yet recorded here."
        stale = ": over a year ago" if self.now - last.ticked_at > TEACHING_HOLDS else ""
        return f"Last on {day(last.ticked_at)}{stale}."

    def _arguments(self) -> dict[str, Any]:
        return {**super()._arguments(), "member": self.member}

    def clean_before_volume_ml(self) -> Decimal | None:
        """No more than the reservoir holds."""
        volume: Decimal | None = self.cleaned_data["before_volume_ml"]
        return None if volume is None else self._refuse_overfull(volume)

    def clean_held_ml(self) -> Decimal | None:
        """No more than the reservoir holds."""
        volume: Decimal | None = self.cleaned_data.get("held_ml")
        return None if volume is None else self._refuse_overfull(volume)

    def clean_due_on(self) -> date | None:
        """Not past, and not in another year by a slip."""
        return refuse_odd_visit(self.cleaned_data["due_on"], self.now)

    def unasked(self) -> set[str]:
        """What a step that was not done would have shown, and nobody wrote; and a programme that nobody recorded."""
        ticked, empty = self.cleaned_data, {name for name in OF_A_STEP if not self.data.get(name)}
        left = {name for name, step in OF_A_STEP.items() if not ticked.get(f"step_{step}")}
        if self.told is None:
            left |= {"shown_dose", "shown_concentration"}
        return left & empty

    def differs(self, kept: Any, data: dict[str, Any]) -> bool:
        """Whether the refill, or what its label said, is other than what was kept with this form's key."""
        procedure = getattr(kept, "procedure", None)
        expiry = procedure is not None and procedure.expires_on != data.get("expires_on")
        return expiry or super().differs(kept, data)

    def look_ahead(self, data: dict[str, Any]) -> None:
        """Compare with label, reservoir, programme and programmer, as soon as there is something to compare."""
        super().look_ahead(data)
        self._check_expiry(data)
        self._check_answers(data)
        self._check_steps(data)
        self._check_read_back(data)
        self._check_alarm_dates(data)
        self._check_followup(data)
        self._check_next(data)

    def _check_expiry(self, data: dict[str, Any]) -> None:
        expires, at = data.get("expires_on"), data.get("at") or self.now
        if expires is None:
            return
        if expires < timezone.localdate(at):
            self.add_error("expires_on", f"This drug expired on {day(expires)}. It is not to be filled.")
        elif expires - timezone.localdate(at) > FARTHEST_EXPIRY:
            self.add_error("expires_on", "This is over ten years away: look at the year again.")

    def _check_answers(self, data: dict[str, Any]) -> None:
        """Whoever says that there is something says what."""
        if data.get("felt") == SOME and not (data.get("symptoms") or data.get("symptoms_note")):
            self.add_error("symptoms", CHOOSE)
        if data.get("alarmed") == SOME and not data.get("alarms"):
            self.add_error("alarms", CHOOSE)

    def _check_steps(self, data: dict[str, Any]) -> None:
        if data.get("undone_reason"):
            return
        for step in ChecklistStep.CRITICAL:
            if not data.get(f"step_{step}"):
                words = f"Tick “{step.label}” once it is done, or write below why it was not."
                self.add_error(f"step_{step}", forms.ValidationError(words, code="required"))

    @property
    def told(self) -> Programme | None:
        """The programme that is recorded as running when the visit ends, signed or not; perhaps told after the fill."""
        at = self.cleaned_data.get("at") or self.now
        return last_told(self.pump, at__lte=min(at + VISIT, self.now))

    def _check_read_back(self, data: dict[str, Any]) -> None:
        """What the programmer shows after the last change is what is recorded."""
        told = self.told
        if told is None:
            return
        recorded = {
            "shown_dose": (told.dose_mcg_per_day, "mcg/day"),
            "shown_concentration": (told.concentration_mcg_per_ml, "mcg/mL"),
        }
        for name, (value, unit) in recorded.items():
            self._compare(name, value, unit, data)

    def _compare(self, name: str, recorded: Decimal, unit: str, data: dict[str, Any]) -> None:
        shown: Decimal | None = data.get(name)
        if shown is not None and not _reads_as(shown, recorded):
            words = (
                f"{plain(recorded)} {unit} is recorded as running, and the programmer shows {plain(shown)}."
            )
            self.add_error(
                name, f"{words} Look at both: if the pump was told another dose, record that first."
            )

    @property
    def alarm_difference_days(self) -> int | None:
        """The programmer's alarm date less ours, in days; None where one of them is missing."""
        printed = self.cleaned_data.get("printed_alarm_on")
        ours = self.outlook.after.alarm_at if self.is_dated and self.outlook and self.outlook.after else None
        return (printed - timezone.localdate(ours)).days if printed and ours else None

    @property
    def alarm_dates_differ(self) -> bool:
        """Whether the two alarm dates lie too far apart to go unexplained."""
        days, most = self.alarm_difference_days, catalogue().refill.printed_date_differs_days.value
        return days is not None and abs(days) > most

    def _check_alarm_dates(self, data: dict[str, Any]) -> None:
        if self.alarm_dates_differ and not data.get("alarm_explanation"):
            days = abs(self.alarm_difference_days or 0)
            words = f"The programmer's date and ours lie {days} days apart: write why. The earlier one rules."
            self.add_error("alarm_explanation", words)

    @property
    def pocket_fill_limit(self) -> Constant:
        """From where on the pump holds too little of what was filled; a size in between is judged by the smaller."""
        known = catalogue().discrepancy
        is_large = self.pump.reservoir_ml >= catalogue().pump_models["synchromed-ii-40"].reservoir_ml.value
        return known.pocket_fill_40_ml if is_large else known.pocket_fill_20_ml

    @property
    def fill_gap_ml(self) -> Decimal | None:
        """What was filled into an emptied pump less what it then holds; None where that cannot be told."""
        filled, held = self.cleaned_data.get("filled_ml"), self.cleaned_data.get("held_ml")
        if filled is None or held is None or not self.cleaned_data.get("emptied"):
            return None
        gap: Decimal = filled - held
        return gap

    @property
    def suspects_pocket_fill(self) -> bool:
        """Whether drug may have gone beside the pump."""
        gap = self.fill_gap_ml
        is_past = gap is not None and abs(gap) > self.pocket_fill_limit.value
        return is_past or bool(self.cleaned_data.get("pocket_signs"))

    @property
    def trend_ml(self) -> list[Decimal]:
        """The last differences, this one first, where all of them are far enough to one side; else none."""
        now, at = self.difference_ml, self.cleaned_data.get("at")
        if now is None or at is None:
            return []
        before = self.pump.refills.standing().filter(at__lt=at).order_by("-at")[: self.rules.trend_count - 1]
        found = [now, *(each.difference_ml for each in before)]
        known = [each for each in found if each is not None and each * now > 0]
        reach = [each for each in known if abs(each) >= self.rules.trend_ml]
        return reach if len(reach) == self.rules.trend_count else []

    @property
    def felt_grave(self) -> bool:
        """Whether something was noticed that nobody may just write down."""
        felt = self.cleaned_data.get("symptoms") if self.cleaned_data.get("felt") == SOME else None
        return bool(GRAVE & set(felt or ()))

    @property
    def about(self) -> str:
        """The gravest of what this refill leaves to be looked into; empty where there is nothing."""
        if self.outlook is None:
            return ""
        data = self.cleaned_data
        found = {
            About.POCKET_FILL: self.suspects_pocket_fill,
            About.NOT_RUNNING: data.get("undone_reason") and not data.get("step_running"),
            About.RESIDUAL: self.outlook.finding,
            About.TREND: self.trend_ml,
            About.OTHER: self.felt_grave or any(data.get(name) for name in FOLLOWED),
        }
        return next((about for about, is_so in found.items() if is_so), "")

    def _check_followup(self, data: dict[str, Any]) -> None:
        if self.about:
            for name in FOLLOWED:
                if not data.get(name) and name not in self.errors:
                    self.add_error(name, OWED)

    @property
    def latest_safe(self) -> date | None:
        """The last day on which the next visit is in time; None where nobody can tell."""
        return self.plan_by(self.refill_by).latest_on if self.is_dated and self.refill_by else None

    @property
    def next_visit(self) -> date | None:
        """The day that will be booked."""
        chosen: date | None = self.cleaned_data.get("next_visit_on")
        return self.latest_safe if self.cleaned_data.get("books_latest") else chosen

    def _check_next(self, data: dict[str, Any]) -> None:
        if not data.get("books_latest"):
            return
        if data.get("next_visit_on"):
            self.add_error("books_latest", "A day is written beside it: leave one of the two.")
        elif self.latest_safe is None and not self.errors:
            self.add_error("books_latest", "Nobody can tell the latest safe day yet: write a day.")
        elif self.latest_safe and self.latest_safe < timezone.localdate(self.now):
            self.add_error("books_latest", f"The latest safe day, {day(self.latest_safe)}, has passed.")

    def visit(self) -> Visit:
        """What is kept beside the refill, not kept yet."""
        return Visit(self._procedure(), self._interrogations(), self._steps(), self._followup())

    def _procedure(self) -> Procedure:
        data = self.cleaned_data
        names = ("symptoms_note", "allergies", "new_drugs", "expires_on", "checker", "waste_ml", "witness")
        return Procedure(
            **{name: data[name] for name in (*names, "alarm_explanation", "observed_min")},
            symptoms=data["symptoms"] if data["felt"] == SOME else [],
            pocket_fill_suspected=self.suspects_pocket_fill,
        )

    def _interrogations(self) -> list[Interrogation]:
        data, made = self.cleaned_data, []
        if data["step_interrogated"]:
            before = Interrogation(
                moment=Interrogation.Moment.BEFORE,
                volume_ml=data["before_volume_ml"],
                alarm_on=data["before_alarm_on"],
                alarms=data["alarms"] if data["alarmed"] == SOME else [],
                replacement_on=data["replacement_on"],
            )
            made.append(before)
        if data["step_running"]:
            after = Interrogation(
                moment=Interrogation.Moment.AFTER,
                volume_ml=data.get("held_ml"),
                alarm_on=data["printed_alarm_on"],
                dose_mcg_per_day=data.get("shown_dose"),
                concentration_mcg_per_ml=data.get("shown_concentration"),
            )
            made.append(after)
        return made

    def _steps(self) -> list[ChecklistStep]:
        data = self.cleaned_data
        done = {step: data[f"step_{step}"] for step in Step}
        return [
            ChecklistStep(step=step, is_done=is_done, reason="" if is_done else data["undone_reason"])
            for step, is_done in done.items()
        ]

    def _followup(self) -> Followup | None:
        data = self.cleaned_data
        return Followup(about=self.about, **{name: data[name] for name in FOLLOWED}) if self.about else None


ORDER = (
    *("serial_ending", "at", "late_reason", "step_identified"),
    *("felt", "symptoms", "symptoms_note", "allergies", "new_drugs"),
    *("step_interrogated", "before_volume_ml", "before_alarm_on", "alarmed", "alarms", "replacement_on"),
    *("product", "concentration_mcg_per_ml", "lot", "expires_on", "step_drug_read", "checker"),
    *("withdrawn_ml", "emptied", "filled_ml", "step_aspirated", "held_ml", "pocket_signs", "explanation"),
    *("waste_ml", "witness", "shown_dose", "shown_concentration", "step_running"),
    *("printed_alarm_on", "alarm_explanation", "observed_min", "step_well", "step_taught", "step_given"),
    *("undone_reason", "books_latest", "next_visit_on", "owner", "next_step", "due_on", "accepts_later"),
)
"""Of the page: the order of the hands, and the one in which it says what is missing."""


def _reads_as(shown: Decimal, recorded: Decimal) -> bool:
    """Whether a figure of fewer decimals is the recorded one, rounded."""
    exponent = shown.normalize().as_tuple().exponent
    places = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return abs(shown - recorded) <= Decimal(5).scaleb(-places - 1)

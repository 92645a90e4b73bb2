"""Facts that move the reservoir, the next visit, the clinic's margins, and the forecast stored as a row."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TypeVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from itb.accounts.models import Clinic, Membership, User
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import tracked
from itb.infusion.catalogue import Product
from itb.infusion.quantities import plain
from patients.models import OwnEntry, OwnEntryQuerySet, Pump
from refills.limits import MOST_OBSERVED_MIN
from refills.visit_models import (
    Authorisation,
    Closure,
    ContactAttempt,
    DrugOrder,
    HomeRefill,
    PlanningPolicy,
)

__all__ = [
    "Adjustment",
    "Appointment",
    "Authorisation",
    "Closure",
    "ContactAttempt",
    "Correction",
    "DrugOrder",
    "Fact",
    "HomeRefill",
    "OwnProduct",
    "PlanningPolicy",
    "Policy",
    "Programme",
    "Projection",
    "ProjectionQuerySet",
    "Refill",
]

LATE = timedelta(hours=24)
"""Past this, what happened is written down late: it owes a reason, and is marked."""

F_co = TypeVar("F_co", bound="Fact", covariant=True)


class FactQuerySet(AppendOnlyQuerySet[F_co]):
    """How facts are read."""

    def visible_to(self, member: Membership) -> "FactQuerySet[F_co]":
        """Those of the open clinic's pumps."""
        return self.filter(pump__clinic_id=member.clinic_id)

    def standing(self, known_at: datetime | None = None) -> "FactQuerySet[F_co]":
        """Those that count: not struck out. With `known_at`, by what was written down and struck until then."""
        if known_at is None:
            return self.filter(correction=None)
        struck_later = Q(correction=None) | Q(correction__struck_at__gt=known_at)
        return self.filter(struck_later, recorded_at__lte=known_at)


class Fact(AppendOnlyModel):
    """Something a person recorded about a pump: when it was (`at`), and when and by whom it was written down.

    It is never edited. What was wrong is struck out by a `Correction`, and what is right is another fact.
    """

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="%(class)ss")
    at = models.DateTimeField()
    printed_alarm_on = models.DateField(
        null=True, blank=True, help_text="The alarm date that the programmer printed"
    )
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(
        unique=True, help_text="Of the form that was posted: the same post twice is one fact"
    )
    late_reason = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Why this was written down over a day after it happened",
    )

    objects = FactQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id

    known_at: datetime | None = None
    """As of which moment this row is read: what came later is not known yet. None: now."""

    @property
    def struck(self) -> "Correction | None":
        """The correction that struck this out; None while it stands."""
        found: Correction | None = getattr(self, "correction", None)
        is_known = found is not None and (self.known_at is None or found.struck_at <= self.known_at)
        return found if is_known else None

    @property
    def is_late(self) -> bool:
        """Whether it was written down over a day after it happened."""
        return self.recorded_at - self.at > LATE


@tracked()
class Programme(Fact):
    """What the pump runs from `at` on, until the next programme."""

    class Mode(models.TextChoices):
        """How the dose is spread over the day."""

        CONTINUOUS = "continuous", "Simple continuous"
        FLEX = "flex", "Flex (steps over 24 h)"
        PERIODIC = "periodic", "Periodic boluses"

    mode = models.CharField(max_length=12, choices=Mode.choices)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2)
    dose_mcg_per_day = models.DecimalField(
        max_digits=8, decimal_places=3, help_text="Of a whole day, boluses counted"
    )
    pattern = models.JSONField(default=dict, help_text="The mode's own keys, as in a scenario file")
    reason = models.TextField(
        blank=True, help_text="Why the dose more than doubled or halved, or the strengths differ"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(concentration_mcg_per_ml__gt=0, concentration_mcg_per_ml__lte=4000),
                name="programme_concentration_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(dose_mcg_per_day__gte=0), name="programme_dose_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(dose_mcg_per_day__lte=5000), name="programme_dose_within_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    at__lte=models.F("recorded_at") + models.Value("5 minutes", models.DurationField())
                ),
                name="programme_not_in_the_future",
            ),
        ]

    def __str__(self) -> str:
        return f"{plain(self.dose_mcg_per_day)} mcg/day"


@tracked()
class Refill(Fact):
    """Drug drawn from the reservoir and drug put in."""

    withdrawn_ml = models.DecimalField(
        max_digits=5, decimal_places=2, null=True, help_text="None: a first fill"
    )
    filled_ml = models.DecimalField(max_digits=5, decimal_places=2)
    emptied = models.BooleanField(default=True)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2)
    product = models.CharField(max_length=60, help_text="The catalogue's key, or a clinic's own")
    product_version = models.PositiveIntegerField(
        null=True, help_text="Of the catalogue, or of the clinic's own product; None: not kept at the time"
    )
    lot = models.CharField(max_length=40)
    expected_ml = models.DecimalField(
        max_digits=8,
        decimal_places=4,
        null=True,
        help_text="Expected residual on the screen when this was saved",
    )
    explanation = models.TextField(blank=True, help_text="What was thought of a discrepancy out of limits")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(filled_ml__gt=0), name="refill_filled_above_zero"),
            models.CheckConstraint(
                condition=models.Q(withdrawn_ml=None) | models.Q(withdrawn_ml__gte=0),
                name="refill_withdrawn_not_negative",
            ),
            models.CheckConstraint(
                condition=models.Q(concentration_mcg_per_ml__gt=0, concentration_mcg_per_ml__lte=4000),
                name="refill_concentration_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    at__lte=models.F("recorded_at") + models.Value("5 minutes", models.DurationField())
                ),
                name="refill_not_in_the_future",
            ),
        ]

    def __str__(self) -> str:
        return f"{plain(self.filled_ml)} mL"

    @property
    def difference_ml(self) -> Decimal | None:
        """Withdrawn minus expected."""
        if self.withdrawn_ml is None or self.expected_ml is None:
            return None
        return self.withdrawn_ml - self.expected_ml


def _needs(kind: str, *quantities: str) -> models.Q:
    """The kind has these quantities above zero, and no others. A null must be ruled out: a CHECK lets it pass."""
    have = {f"{name}__{test}": value for name in quantities for test, value in (("isnull", False), ("gt", 0))}
    lack = {
        f"{name}__isnull": True for name in ("volume_ml", "amount_mcg", "hours") if name not in quantities
    }
    return models.Q(kind=kind, **have, **lack)


@tracked()
class Adjustment(Fact):
    """Anything else that was done to the pump and moves the reservoir; the kinds are the scenario format's."""

    class Kind(models.TextChoices):
        """What was done. Each has the quantities that it needs and no others."""

        BOLUS = "bolus", "Single bolus"
        PRIME = "prime", "Priming bolus"
        BRIDGE = "bridge", "Bridge bolus"
        WITHDRAW = "withdraw", "Drawn by needle, not refilled"
        STOP = "stop", "Pump stopped"
        RESUME = "resume", "Pump running again"

    printed_alarm_on = None
    kind = models.CharField(max_length=10, choices=Kind.choices)
    volume_ml = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    amount_mcg = models.DecimalField(max_digits=8, decimal_places=2, null=True)
    hours = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=_needs("bolus", "amount_mcg")
                | _needs("prime", "volume_ml")
                | _needs("withdraw", "volume_ml")
                | _needs("bridge", "volume_ml", "hours")
                | _needs("stop")
                | _needs("resume"),
                name="adjustment_has_what_its_kind_needs",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_mcg=None) | models.Q(amount_mcg__lte=5000),
                name="adjustment_amount_within_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    at__lte=models.F("recorded_at") + models.Value("5 minutes", models.DurationField())
                ),
                name="adjustment_not_in_the_future",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class PendingProgrammeQuerySet(models.QuerySet["PendingProgramme"]):
    """How a programme that is not signed is obtained."""

    def visible_to(self, member: Membership) -> "PendingProgrammeQuerySet":
        """Those of the open clinic's pumps that are implanted."""
        return self.filter(clinic_id=member.clinic_id, pump__explanted_on=None)

    def open(self) -> "PendingProgrammeQuerySet":
        """Those that still wait."""
        return self.filter(state=PendingProgramme.State.OPEN)

    def told(self) -> "PendingProgrammeQuerySet":
        """Those that the pump was told and nobody has signed, however they ended."""
        return self.filter(was_told=True).exclude(state=PendingProgramme.State.SIGNED)


@tracked()
class PendingProgramme(models.Model):
    """A programme, with its bridge, that the pump was told and that waits for a second signature.

    Signed, it becomes a Programme of the instant at which the pump was told it. Until then the countdown follows the
    more dangerous of the two: docs/decisions/0013. Only how it ended may change; PostgreSQL holds the rest.
    """

    class State(models.TextChoices):
        """How it stands."""

        OPEN = "open", "Waits for a second signature"
        SIGNED = "signed", "Signed"
        DECLINED = "declined", "Declined"
        REPLACED = "replaced", "Replaced by a later programme"

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="pending_programmes")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    printed_alarm_on = models.DateField(null=True, blank=True)
    mode = models.CharField(max_length=12, choices=Programme.Mode.choices)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2)
    dose_mcg_per_day = models.DecimalField(max_digits=8, decimal_places=3)
    pattern = models.JSONField(default=dict)
    reason = models.TextField(blank=True)
    late_reason = models.TextField(blank=True)
    bridge_volume_ml = models.DecimalField(max_digits=6, decimal_places=3, null=True)
    bridge_hours = models.DecimalField(max_digits=6, decimal_places=2, null=True)
    demands = models.JSONField(default=list, help_text="Why a second person signs, in sentences")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    was_told = models.BooleanField(
        default=True, help_text="Whether the pump was told it; a slip in writing it never was"
    )
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    note = models.TextField(blank=True, help_text="Why it was declined")
    programme = models.OneToOneField(
        Programme, on_delete=models.PROTECT, related_name="signature", null=True, help_text="What it became"
    )

    objects = PendingProgrammeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pump"], condition=Q(state="open"), name="pending_programme_one_open_a_pump"
            ),
            models.CheckConstraint(
                condition=Q(concentration_mcg_per_ml__gt=0, concentration_mcg_per_ml__lte=4000),
                name="pending_programme_concentration_in_range",
            ),
            models.CheckConstraint(
                condition=Q(dose_mcg_per_day__gte=0, dose_mcg_per_day__lte=5000),
                name="pending_programme_dose_in_range",
            ),
            models.CheckConstraint(
                condition=Q(
                    at__lte=models.F("recorded_at") + models.Value("5 minutes", models.DurationField())
                ),
                name="pending_programme_not_in_the_future",
            ),
            models.CheckConstraint(
                condition=Q(bridge_volume_ml=None, bridge_hours=None)
                | Q(
                    bridge_volume_ml__isnull=False,
                    bridge_volume_ml__gt=0,
                    bridge_hours__isnull=False,
                    bridge_hours__gt=0,
                ),
                name="pending_programme_bridge_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at=None, closed_by=None)
                | Q(
                    state__in=["signed", "declined", "replaced"],
                    closed_at__isnull=False,
                    closed_by__isnull=False,
                ),
                name="pending_programme_ends_once",
            ),
            models.CheckConstraint(
                condition=~Q(state="signed") | ~Q(closed_by=models.F("recorded_by")),
                name="pending_programme_signed_by_another",
            ),
            models.CheckConstraint(
                condition=Q(state="signed", programme__isnull=False)
                | (~Q(state="signed") & Q(programme__isnull=True)),
                name="pending_programme_signed_is_a_programme",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined", note=""), name="pending_programme_declined_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{plain(self.dose_mcg_per_day)} mcg/day"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id

    def as_programme(self) -> Programme:
        """The programme that it will be, not kept."""
        names = ("at", "printed_alarm_on", "mode", "concentration_mcg_per_ml", "dose_mcg_per_day", "pattern")
        return Programme(pump=self.pump, reason=self.reason, **{name: getattr(self, name) for name in names})

    def as_bridge(self) -> Adjustment | None:
        """The bridge that goes with it, not kept; None where there is none."""
        if self.bridge_volume_ml is None:
            return None
        return Adjustment(
            pump=self.pump,
            at=self.at,
            kind=Adjustment.Kind.BRIDGE.value,
            volume_ml=self.bridge_volume_ml,
            hours=self.bridge_hours,
        )


@tracked()
class Correction(AppendOnlyModel):
    """One fact struck out: by whom, when and why. It stays on the page, struck through, and counts for nothing.

    Of the standing facts of a kind there is one at an instant: triggers see to that (migration 0031).
    """

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="corrections")
    refill = models.OneToOneField(Refill, on_delete=models.PROTECT, null=True)
    programme = models.OneToOneField(Programme, on_delete=models.PROTECT, null=True)
    adjustment = models.OneToOneField(Adjustment, on_delete=models.PROTECT, null=True)
    reason = models.TextField()
    struck_at = models.DateTimeField()
    struck_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(
        unique=True, help_text="Of the form that was posted: the same post twice is one correction"
    )

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(refill__isnull=False, programme=None, adjustment=None)
                | Q(refill=None, programme__isnull=False, adjustment=None)
                | Q(refill=None, programme=None, adjustment__isnull=False),
                name="correction_of_one_fact",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="correction_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"{self.fact._meta.verbose_name} of {self.fact}"

    @property
    def fact(self) -> Fact:
        """What is struck out."""
        found = self.refill or self.programme or self.adjustment
        assert found is not None
        return found

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


@tracked()
class Procedure(AppendOnlyModel):
    """What the visit of a refill found and did, beside the volumes. Written with the refill, once."""

    class Symptom(models.TextChoices):
        """Signs of too little, of too much, and of a pocket fill: REFERENCE 1.7 and 1.8, the ITB emergency card."""

        SPASMS = "spasms", "More spasms or stiffness"
        ITCH = "itch", "Itching without a rash"
        TINGLING = "tingling", "Tingling"
        FEVER = "fever", "Fever"
        CONFUSION = "confusion", "Confused, or sees what is not there"
        DROWSY = "drowsy", "Drowsy or hard to wake"
        FLOPPY = "floppy", "Weak or floppy"
        BREATHING = "breathing", "Slow or shallow breathing"
        DIZZY = "dizzy", "Dizzy or light-headed"
        NAUSEA = "nausea", "Nausea or vomiting"
        SEIZURE = "seizure", "Seizure"
        POCKET = "pocket", "Swelling, pain or heat over the pump"
        OTHER = "other", "Something else"

    refill = models.OneToOneField(Refill, on_delete=models.PROTECT, related_name="procedure")
    symptoms = models.JSONField(default=list, help_text="Since the last visit; none is an answer too")
    symptoms_note = models.TextField(blank=True)
    allergies = models.TextField(blank=True)
    new_drugs = models.TextField(blank=True)
    expires_on = models.DateField(help_text="Of the drug, as its label says")
    checker = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="The second person who read the label",
    )
    waste_ml = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    witness = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    pocket_fill_suspected = models.BooleanField(default=False)
    alarm_explanation = models.TextField(
        blank=True, help_text="Why the programmer's alarm date is another than ours"
    )
    observed_min = models.PositiveSmallIntegerField(null=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(waste_ml=None) | models.Q(waste_ml__gte=0, waste_ml__lte=100),
                name="procedure_waste_in_range",
            ),
            models.CheckConstraint(
                condition=models.Q(observed_min=None) | models.Q(observed_min__lte=MOST_OBSERVED_MIN),
                name="procedure_observed_within_two_days",
            ),
        ]

    def __str__(self) -> str:
        return f"Procedure of refill {self.refill_id}"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.refill.patient_id

    @property
    def symptoms_in_words(self) -> list[str]:
        """As the form names them."""
        return [str(self.Symptom(each).label) for each in self.symptoms]


@tracked()
class Interrogation(AppendOnlyModel):
    """What the programmer showed, before the refill or after the last change."""

    class Moment(models.TextChoices):
        """On which side of the fill."""

        BEFORE = "before", "Before"
        AFTER = "after", "After"

    class Alarm(models.TextChoices):
        """What the pump's log tells of."""

        LOW = "low_reservoir", "Low reservoir"
        EMPTY = "empty_reservoir", "Empty reservoir"
        STALL = "motor_stall", "Motor stall"
        STOPPED = "stopped", "Pump stopped"
        END_OF_LIFE = "end_of_service", "Replacement due, or end of service"
        MEMORY = "memory_error", "Memory error"
        OTHER = "other", "Another one"

    refill = models.ForeignKey(Refill, on_delete=models.PROTECT, related_name="interrogations")
    moment = models.CharField(max_length=6, choices=Moment.choices)
    volume_ml = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    alarm_on = models.DateField(null=True)
    alarms = models.JSONField(default=list)
    replacement_on = models.DateField(null=True, help_text="When the pump itself must be replaced")
    dose_mcg_per_day = models.DecimalField(max_digits=8, decimal_places=3, null=True)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refill", "moment"], name="interrogation_once_a_moment"),
            models.CheckConstraint(
                condition=(models.Q(volume_ml=None) | models.Q(volume_ml__gte=0, volume_ml__lte=100))
                & (models.Q(dose_mcg_per_day=None) | models.Q(dose_mcg_per_day__gte=0))
                & (
                    models.Q(concentration_mcg_per_ml=None)
                    | models.Q(concentration_mcg_per_ml__gt=0, concentration_mcg_per_ml__lte=4000)
                ),
                name="interrogation_figures_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Interrogation {self.moment} refill {self.refill_id}"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.refill.patient_id

    @property
    def alarms_in_words(self) -> list[str]:
        """As the form names them."""
        return [str(self.Alarm(each).label) for each in self.alarms]


@tracked()
class ChecklistStep(AppendOnlyModel):
    """A step of the procedure: done or not, said by whom and when. A critical one that was not done has its reason."""

    class Step(models.TextChoices):
        """In the order of the hands, in the words of its checkbox."""

        IDENTIFIED = "identified", "Name and birth date asked: they are this patient's"
        INTERROGATED = "interrogated", "Pump interrogated before anything was done"
        DRUG_READ = "drug_read", "All four read from the container itself"
        ASPIRATED = "aspirated", "Drug came back on aspiration during the fill"
        RUNNING = "running", "Interrogated again after the last change: the pump is running"
        WELL = "well", "Observed, and well on leaving"
        TAUGHT = "taught", "Signs of overdose and withdrawal, and whom to call, gone over again"
        GIVEN = "given", "New date written down for the patient"

    CRITICAL = (Step.IDENTIFIED, Step.INTERROGATED, Step.DRUG_READ, Step.ASPIRATED, Step.RUNNING, Step.WELL)

    refill = models.ForeignKey(Refill, on_delete=models.PROTECT, related_name="steps")
    step = models.CharField(max_length=12, choices=Step.choices)
    is_done = models.BooleanField()
    reason = models.TextField(blank=True)
    ticked_at = models.DateTimeField()
    ticked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["refill", "step"], name="checklist_each_step_once"),
            models.CheckConstraint(
                condition=models.Q(is_done=True)
                | ~models.Q(reason="")
                | models.Q(step__in=["taught", "given"]),
                name="checklist_critical_step_done_or_reasoned",
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_step_display())

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.refill.patient_id

    @property
    def is_critical(self) -> bool:
        """Whether leaving it out needs a reason."""
        return self.step in self.CRITICAL


class FollowupQuerySet(models.QuerySet["Followup"]):
    """How follow-ups are obtained."""

    def visible_to(self, member: Membership) -> "FollowupQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "FollowupQuerySet":
        """Nobody has written down yet what came of them."""
        return self.filter(closed_at=None)


@tracked()
class Followup(models.Model):
    """What a refill left to be looked into: by whom, what first, by when. Open until a person writes the result."""

    class About(models.TextChoices):
        """Why it was opened: the gravest of what the refill found."""

        POCKET_FILL = "pocket_fill", "A pocket fill is suspected"
        RESIDUAL = "residual", "The residual was out of limits"
        TREND = "trend", "Several residuals in a row were off to one side"
        NOT_RUNNING = "not_running", "The pump was not confirmed running after the refill"
        OTHER = "other", "Something else is to be looked into"

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="followups")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    refill = models.OneToOneField(Refill, on_delete=models.PROTECT, related_name="followup")
    about = models.CharField(max_length=12, choices=About.choices)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    next_step = models.TextField()
    due_on = models.DateField()
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    result = models.TextField(blank=True)

    objects = FollowupQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_at=None, closed_by=None, result="")
                | (models.Q(closed_at__isnull=False, closed_by__isnull=False) & ~models.Q(result="")),
                name="followup_closed_with_a_result",
            ),
            models.CheckConstraint(condition=~models.Q(next_step=""), name="followup_has_a_next_step"),
        ]
        indexes = [
            models.Index(fields=["pump"], name="followup_open", condition=models.Q(closed_at=None)),
        ]

    def __str__(self) -> str:
        return str(self.get_about_display())

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


@tracked()
class Appointment(models.Model):
    """A visit and how it ended. One a pump is booked at a time."""

    class State(models.TextChoices):
        """How a visit stands."""

        BOOKED = "booked", "Booked"
        ATTENDED = "attended", "Attended"
        UNFILLED = "unfilled", "Attended, not refilled"
        MISSED = "missed", "Did not attend"
        MOVED = "moved", "Moved to another day"
        CANCELLED = "cancelled", "Cancelled"

    class Place(models.TextChoices):
        """Where it is."""

        CLINIC = "clinic", "At the clinic"
        HOME = "home", "At the patient's home"

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="appointments")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    time = models.TimeField(null=True, help_text="In the clinic's zone")
    place = models.CharField(
        max_length=10, choices=Place.choices, default=Place.CLINIC, db_default=Place.CLINIC
    )
    clinician = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, help_text="Whom the patient sees"
    )
    late_reason = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="Why a prescriber let it be past the latest safe day, or on a closed one",
    )
    reason = models.TextField(blank=True, default="", db_default="", help_text="Why it ended as it did")
    next_step = models.TextField(
        blank=True, default="", db_default="", help_text="What follows where no refill came of it"
    )
    state = models.CharField(max_length=10, choices=State.choices, default=State.BOOKED)
    booked_at = models.DateTimeField()
    booked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    confirmed_at = models.DateTimeField(
        null=True, help_text="When someone near the patient said they will come"
    )
    confirmed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        db_index=False,
        help_text="Who heard it; none: they said so themselves, by the link of a letter",
    )
    cannot_come_at = models.DateTimeField(
        null=True,
        help_text="When they said, by the link of a letter, that they cannot; none once they confirm",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pump"], condition=models.Q(state="booked"), name="appointment_one_booked_a_pump"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | models.Q(confirmed_at__isnull=False),
                name="appointment_confirmed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="unfilled") | ~(models.Q(reason="") | models.Q(next_step="")),
                name="appointment_without_a_refill_says_why_and_what_next",
            ),
        ]
        indexes = [models.Index(fields=["clinic", "on"], name="appointment_by_day")]

    def __str__(self) -> str:
        return f"{self.on} {self.get_state_display()}"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


@tracked()
class Policy(models.Model):
    """A clinic's own margins for the forecast. Each default stands in `refills.policy` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="refill_policy")
    margin_days = models.PositiveSmallIntegerField()
    max_interval_days = models.PositiveSmallIntegerField()
    accuracy_days = models.PositiveSmallIntegerField()
    shift_days = models.PositiveSmallIntegerField()
    shift_max_days = models.PositiveSmallIntegerField()
    changed_because = models.TextField(blank=True, default="", db_default="", help_text="Why it was set so")

    def __str__(self) -> str:
        return f"Margins of {self.clinic}"


@tracked()
class ProgrammingPolicy(models.Model):
    """What a clinic demands of a programme. Each default stands in `refills.programming` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="programming_policy")
    signature = models.CharField(max_length=10)
    signature_pct = models.PositiveSmallIntegerField(null=True)
    titration_days = models.PositiveSmallIntegerField()
    confirm_pct = models.PositiveSmallIntegerField()
    changed_because = models.TextField(blank=True, help_text="Why it was set so")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(signature__in=["always", "past", "never"]), name="programming_signature_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Programming at {self.clinic}"


@tracked()
class ProcedurePolicy(models.Model):
    """How a clinic wants its refills done. Each default stands in `refills.procedure_policy` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="procedure_policy")
    demands_checker = models.BooleanField()
    trend_ml = models.DecimalField(max_digits=4, decimal_places=2)
    trend_count = models.PositiveSmallIntegerField()
    emergency_numbers = models.TextField(
        blank=True, help_text="Whom to call, shown where the margin is short"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(trend_ml__gt=0, trend_ml__lte=5, trend_count__gte=2, trend_count__lte=6),
                name="procedurepolicy_trend_in_range",
            ),
        ]

    def __str__(self) -> str:
        return f"Procedure of {self.clinic}"


class ProjectionQuerySet(models.QuerySet["Projection"]):
    """How forecasts are listed."""

    def visible_to(self, member: Membership) -> "ProjectionQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def active(self) -> "ProjectionQuerySet":
        """Of pumps that are implanted."""
        return self.filter(is_watched=True)

    def due(self) -> "ProjectionQuerySet":
        """Whose moment to be looked at has come, by PostgreSQL's clock.

        A rule sets it a day ahead at most: one further away is the work of a clock that jumped, and counts as come.
        """
        return self.filter(Q(review_at__lte=Now()) | Q(review_at__gt=Now() + timedelta(hours=25)))

    def look_again(self, at: datetime) -> None:
        """Have the sweep look at each of them at once. Runs in the caller's transaction.

        In the order of `change_margins`: two administrators at once stand in line.
        """
        list(self.select_for_update(of=("self",)).order_by("pk").values_list("pk"))
        self.update(review_at=at)


class Projection(models.Model):
    """The forecast of one pump as a row: instants and what they came from, never a status or a colour.

    Every pump has one from its first moment: triggers insert it with the pump, empty it with each new fact, and put
    it back if it is deleted. Empty, or made from another `facts_version` than the pump's, it reads as unknown.
    """

    pump = models.OneToOneField(Pump, on_delete=models.PROTECT, related_name="projection", primary_key=True)
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    facts_version = models.BigIntegerField(null=True)
    computed_at = models.DateTimeField(null=True)
    danger_at = models.DateTimeField(
        null=True, help_text="Earliest empty less the vulnerability shift; none: unknown, sorts first"
    )
    alarm_at = models.DateTimeField(null=True)
    empty_at = models.DateTimeField(null=True)
    earliest_empty_at = models.DateTimeField(null=True)
    latest_empty_at = models.DateTimeField(null=True)
    band_is_learned = models.BooleanField(
        default=False, db_default=False, help_text="Earliest and latest come from the pump's own refills"
    )
    expires_on = models.DateField(null=True)
    refill_by = models.DateField(null=True)
    binding = models.CharField(max_length=10, blank=True)
    dose_mcg_per_day = models.DecimalField(max_digits=12, decimal_places=4, null=True)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2, null=True)
    error = models.CharField(
        max_length=40, blank=True, help_text="Why there is no forecast: a code of the scenario format"
    )
    findings = models.JSONField(default=list)
    scenario = models.JSONField(default=dict, help_text="From which facts, in the core's open format")
    forecast = models.JSONField(default=dict, help_text="The core's whole answer, with its steps")
    review_at = models.DateTimeField(help_text="When alerts must look again; never over 24 h ahead")
    # What lists ask for. A trigger sets these with every write of the row: what a program puts here is not kept.
    is_watched = models.BooleanField(default=True, db_default=True, help_text="The pump is implanted")
    is_reachable = models.BooleanField(default=False, db_default=False, help_text="Somebody can be called")
    visit_on = models.DateField(null=True, help_text="The visit that is booked")
    visit_is_refused = models.BooleanField(
        default=False, db_default=False, help_text="They have said that they cannot come to it"
    )
    visit_is_confirmed = models.BooleanField(
        default=False, db_default=False, help_text="They said they will come"
    )
    missed_on = models.DateField(
        null=True, help_text="The day of the last visit, where nobody came and none is booked since"
    )
    alarm_danger_at = models.DateTimeField(null=True, help_text="The alarm less the vulnerability shift")

    objects = ProjectionQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                models.F("clinic"),
                models.F("danger_at").asc(nulls_first=True),
                models.F("pump"),
                name="projection_by_danger",
            ),
            models.Index(fields=["clinic", "review_at"], name="projection_to_look_at"),
            models.Index(fields=["clinic", "refill_by"], name="projection_by_refill_by"),
            models.Index(
                fields=["clinic"], name="projection_unbooked", condition=Q(is_watched=True, visit_on=None)
            ),
            models.Index(
                fields=["clinic"],
                name="projection_unreachable",
                condition=Q(is_watched=True, is_reachable=False),
            ),
            models.Index(fields=["clinic", "alarm_danger_at"], name="projection_by_alarm_danger"),
        ]

    def __str__(self) -> str:
        return f"Forecast of {self.pump_id}"


@tracked()
class OwnProduct(OwnEntry):
    """A preparation of intrathecal baclofen that the catalogue does not hold, such as one compounded for the clinic."""

    UNITS = {"amount_mcg": "mcg", "volume_ml": "mL", "concentration_mcg_per_ml": "mcg/mL"}

    form = models.CharField("Container", max_length=30)
    amount_mcg = models.DecimalField(max_digits=9, decimal_places=2)
    volume_ml = models.DecimalField(max_digits=6, decimal_places=2)
    concentration_mcg_per_ml = models.DecimalField(max_digits=7, decimal_places=2)

    objects = OwnEntryQuerySet["OwnProduct"].as_manager()

    class Meta(OwnEntry.Meta):
        constraints = [
            *OwnEntry.Meta.constraints,
            models.CheckConstraint(
                condition=models.Q(
                    amount_mcg__gt=0,
                    volume_ml__gt=0,
                    concentration_mcg_per_ml__gt=0,
                    concentration_mcg_per_ml__lte=4000,
                ),
                name="ownproduct_figures_in_range",
            ),
        ]

    def as_product(self) -> Product:
        """The same as the catalogue's products are."""
        return Product(
            key=self.key,
            name=self.name,
            maker=self.maker,
            form=self.form,
            use="pump",
            market="",
            **self.constants(),
        )

"""Patients, who to call about them, and what is implanted."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar, Final, Self, TypeVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value
from django.db.models.functions import Upper
from django.utils import timezone

from itb.accounts.models import Clinic, Membership, User
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import tracked
from itb.infusion.catalogue import Constant, PumpModel
from itb.infusion.dosing import catheter_volume

CLINIC_MARK: Final = "clinic"
"""The mark of a constant that a clinic has added itself."""


class PatientQuerySet(models.QuerySet["Patient"]):
    """How a patient is obtained."""

    def visible_to(self, member: Membership) -> "PatientQuerySet":
        """Those of the open clinic: another clinic's patient does not exist."""
        return self.filter(clinic_id=member.clinic_id)

    def namesakes(self, family: Any, given: Any) -> "PatientQuerySet":
        """Those whose name reads nearly as these two keys, in either order. Such keys are what `key_of` gives."""
        straight = Q(family_key=family, given_key=given)
        return self.filter(straight | Q(family_key=given, given_key=family))


class NameKey(Func):
    """A name as it sounds at a counter, by PostgreSQL's `patients_name_key`: without case, accents, likely slips."""

    function = "patients_name_key"
    output_field = models.CharField()


def key_of(name: str) -> NameKey:
    """What the column holds for such a name."""
    return NameKey(Value(name))


@tracked(exclude=["family_key", "given_key", "version"])
class Patient(models.Model):
    """A person with, or about to have, an intrathecal pump."""

    class Origin(models.TextChoices):
        """Where the spasticity comes from: the label's dose steps differ."""

        SPINAL = "spinal", "Spinal"
        CEREBRAL = "cerebral", "Cerebral"

    RISK_FLAGS: ClassVar[dict[str, str]] = {
        "injury_at_t6_or_above": "Spinal injury at T6 or above",
        "communication_difficulty": "Trouble communicating",
        "earlier_withdrawal": "Earlier withdrawal",
        "cannot_hear_alarm": "Cannot hear the alarm",
    }

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="patients")
    record_number = models.CharField("Record number", max_length=40)
    family_name = models.CharField("Family name", max_length=120)
    given_name = models.CharField("Given name", max_length=120)
    birth_date = models.DateField("Birth date")
    origin = models.CharField("Origin of spasticity", max_length=10, choices=Origin.choices)
    injury_at_t6_or_above = models.BooleanField(RISK_FLAGS["injury_at_t6_or_above"], default=False)
    communication_difficulty = models.BooleanField(RISK_FLAGS["communication_difficulty"], default=False)
    earlier_withdrawal = models.BooleanField(RISK_FLAGS["earlier_withdrawal"], default=False)
    cannot_hear_alarm = models.BooleanField(RISK_FLAGS["cannot_hear_alarm"], default=False)
    indication = models.CharField("Indication", max_length=200, blank=True, default="", db_default="")
    goals = models.CharField("Goals of the therapy", max_length=1000, blank=True, default="", db_default="")
    clinician = models.ForeignKey(
        Membership,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        db_index=False,
        verbose_name="Own clinician",
        help_text="Who answers for the therapy here; a trigger lets go of them when the patient moves",
    )
    refusal = models.CharField(
        "Why nobody may be called",
        max_length=300,
        blank=True,
        default="",
        db_default="",
        help_text="In the patient's words",
    )
    refused_on = models.DateField("Refused on", null=True, blank=True)
    version = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of what is typed: two who edit at once notice"
    )
    family_key = models.CharField(
        max_length=160, default="", db_default="", help_text="Kept by a trigger, as given_key"
    )
    given_key = models.CharField(max_length=160, default="", db_default="")
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = PatientQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "clinic", Upper("record_number"), name="patient_record_number_once_a_clinic"
            ),
            # What composite foreign keys point at: what hangs on a patient is of the same clinic, and moves along.
            models.UniqueConstraint(fields=["id", "clinic"], name="patient_with_its_clinic"),
            models.CheckConstraint(
                condition=Q(refusal="", refused_on=None) | (~Q(refusal="") & Q(refused_on__isnull=False)),
                name="patient_refusal_has_a_day_and_a_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["clinic", "family_name", "given_name"], name="patient_by_name"),
            models.Index(fields=["clinic", "family_key", "given_key"], name="patient_by_name_key"),
            models.Index(fields=["clinic", "birth_date"], name="patient_by_birth_date"),
        ]

    def __str__(self) -> str:
        return f"{self.family_name.upper()}, {self.given_name}"

    @property
    def patient_id(self) -> int:
        """Whom this is about: what the trail asks of every subject."""
        return self.pk

    @property
    def risk_flags(self) -> list[str]:
        """The flags that are up, in words."""
        return [words for name, words in self.RISK_FLAGS.items() if getattr(self, name)]

    @property
    def namesakes(self) -> PatientQuerySet:
        """Others of the clinic with nearly the same name."""
        others = Patient.objects.filter(clinic=self.clinic_id).exclude(pk=self.pk)
        return others.namesakes(key_of(self.family_name), key_of(self.given_name))


@tracked()
class Custody(models.Model):
    """Which clinic holds a patient, from when until when. One period is open at a time, and access follows it.

    A trigger opens the first with the patient; the database's function `patients_hand_over` ends one and opens the
    next, and no other way is granted. `Patient.clinic`, and the clinic of all that hangs on the patient, follow by
    foreign keys that cascade: a transfer moves the whole history and touches no fact.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="custodies")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField()
    started_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at=None), name="custody_one_open_a_patient"
            ),
            ExclusionConstraint(
                name="custody_of_one_clinic_at_a_time",
                expressions=[
                    ("patient", "="),
                    (Func(F("started_at"), F("ended_at"), function="TSTZRANGE"), "&&"),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.clinic} from {self.started_at}"


class ContactQuerySet(models.QuerySet["Contact"]):
    """How the people around a patient are obtained."""

    def visible_to(self, member: Membership) -> "ContactQuerySet":
        """Those of the open clinic's patients."""
        return self.filter(clinic_id=member.clinic_id)

    def current(self) -> "ContactQuerySet":
        """Who is still one."""
        return self.filter(ended_at=None)

    def reachable(self) -> "ContactQuerySet":
        """Who can be called."""
        return self.current().exclude(phone="")

    def told(self) -> "ContactQuerySet":
        """To whom messages may go: who agreed to a channel, while no death and no explant is even asked about."""
        agreed = self.current().exclude(channel__in=[Contact.Channel.NOT_ASKED, Contact.Channel.NONE])
        silencing = Departure.objects.silencing().filter(pump__patient=OuterRef("patient"))
        return agreed.exclude(Exists(silencing))


@tracked(exclude=["version"])
class Contact(models.Model):
    """Someone to call: the patient or a person near them. Never deleted: it ends, with who ended it."""

    class Channel(models.TextChoices):
        """How reminders may reach them, as they said when asked."""

        NOT_ASKED = "", "Not asked yet"
        NONE = "none", "No message: call"
        EMAIL = "email", "E-mail"
        TELEPHONE = "telephone", "Telephone or text message"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="contacts")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    name = models.CharField("Name", max_length=120)
    relation = models.CharField("Relation", max_length=60)
    phone = models.CharField("Telephone", max_length=40)
    email = models.CharField("E-mail", max_length=254, blank=True, default="", db_default="")
    language = models.CharField("Language", max_length=60, blank=True, default="", db_default="")
    channel = models.CharField(
        "Reminders", max_length=10, choices=Channel.choices, blank=True, default="", db_default=""
    )
    asked_on = models.DateField("Asked on", null=True, blank=True)
    version = models.PositiveIntegerField(
        default=0, db_default=0, help_text="Of what is typed: two who edit at once notice"
    )
    added_at = models.DateTimeField(null=True, help_text="None: with the patient")
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True, db_index=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(channel="", asked_on=None)
                | Q(channel__in=["none", "email", "telephone"], asked_on__isnull=False),
                name="contact_consent_has_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(channel="email") | ~Q(email=""), name="contact_by_email_has_an_address"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.relation})"


_IMPLANTED = Func(F("implanted_on"), F("explanted_on"), function="DATERANGE")
"""From the day of the implant until before the day of the explant."""


class PumpQuerySet(models.QuerySet["Pump"]):
    """How a pump is obtained."""

    def visible_to(self, member: Membership) -> "PumpQuerySet":
        """Those of the open clinic's patients."""
        return self.filter(clinic_id=member.clinic_id)

    def active(self) -> "PumpQuerySet":
        """Implanted and not explanted: each of them is watched."""
        return self.filter(explanted_on=None)


@tracked(exclude=["facts_version"])
class Pump(models.Model):
    """An implanted pump. Its constants are copied from the catalogue's version of that day, and stay.

    `facts_version` counts the facts recorded about it: a trigger raises it with every fact, whoever wrote it, and a
    projection made from an older number is not believed.
    """

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="pumps")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    model = models.CharField("Model", max_length=40, help_text="The catalogue's key, or a clinic's own")
    catalogue_version = models.PositiveIntegerField(
        help_text="Of the catalogue, or of the clinic's own model"
    )
    serial = models.CharField("Serial number", max_length=40)
    reservoir_ml = models.DecimalField("Reservoir", max_digits=5, decimal_places=2)
    alarm_ml = models.DecimalField(
        "Low-reservoir alarm", max_digits=5, decimal_places=2, validators=[MinValueValidator(Decimal(0))]
    )
    unusable_ml = models.DecimalField(max_digits=5, decimal_places=2, default=Decimal(0))
    accuracy_pct = models.DecimalField(max_digits=5, decimal_places=2)
    min_flow_ml_per_day = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    max_flow_ml_per_day = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    implanted_on = models.DateField("Implanted on")
    explanted_on = models.DateField(
        "Explanted on",
        null=True,
        blank=True,
        help_text="Or left otherwise: its departure says why. A trigger demands that, or the pump in its place",
    )
    replacement_on = models.DateField(
        "To be replaced by", null=True, blank=True, help_text="As its interrogation says: the battery's end"
    )
    facts_version = models.BigIntegerField(default=0)

    objects = PumpQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="pump_one_a_patient_at_a_time", expressions=[("patient", "="), (_IMPLANTED, "&&")]
            ),
            ExclusionConstraint(
                # By clinic: a refusal that reached further would tell what another clinic holds.
                name="pump_serial_in_one_patient_of_a_clinic",
                expressions=[("clinic", "="), ("model", "="), (Upper("serial"), "="), (_IMPLANTED, "&&")],
            ),
            models.CheckConstraint(
                condition=Q(explanted_on=None) | Q(explanted_on__gte=F("implanted_on")),
                name="pump_explanted_after_its_implant",
            ),
            models.UniqueConstraint(fields=["id", "clinic"], name="pump_with_its_clinic"),
            models.CheckConstraint(condition=models.Q(reservoir_ml__gt=0), name="pump_reservoir_above_zero"),
            models.CheckConstraint(
                condition=models.Q(alarm_ml__gte=0, alarm_ml__lt=models.F("reservoir_ml")),
                name="pump_alarm_within_reservoir",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.serial}"


class CatheterQuerySet(models.QuerySet["Catheter"]):
    """How a catheter is obtained."""

    def visible_to(self, member: Membership) -> "CatheterQuerySet":
        """Those of the open clinic's patients."""
        return self.filter(clinic_id=member.clinic_id)

    def current(self) -> "CatheterQuerySet":
        """Those that are implanted."""
        return self.filter(explanted_on=None)


@tracked()
class Catheter(models.Model):
    """The way from the pump to the tip. What it holds is its implanted length times its volume by length."""

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="catheters")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    model = models.CharField("Model", max_length=60, help_text="As the catalogue or the theatre names it")
    maker = models.CharField("Maker", max_length=60)
    length_cm = models.DecimalField("Implanted length", max_digits=5, decimal_places=1)
    ml_per_cm = models.DecimalField("Volume by length", max_digits=7, decimal_places=5)
    source = models.CharField(
        max_length=300, help_text="Where the volume by length comes from, with its mark"
    )
    tip_level = models.CharField("Level of the tip", max_length=3)
    implanted_on = models.DateField("Implanted on")
    explanted_on = models.DateField("Explanted on", null=True, blank=True)
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = CatheterQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="catheter_one_a_patient_at_a_time", expressions=[("patient", "="), (_IMPLANTED, "&&")]
            ),
            models.CheckConstraint(
                condition=Q(
                    length_cm__gt=0, length_cm__lte=150, ml_per_cm__gt=0, ml_per_cm__lte=Decimal("0.02")
                ),
                name="catheter_length_and_volume_in_range",
            ),
            models.CheckConstraint(
                condition=Q(explanted_on=None) | Q(explanted_on__gte=F("implanted_on")),
                name="catheter_explanted_after_its_implant",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model}, {self.length_cm} cm"

    @property
    def volume_ml(self) -> Decimal:
        """What it holds."""
        found = catheter_volume(length_cm=self.length_cm, ml_per_cm=self.ml_per_cm).values["volume_ml"]
        assert isinstance(found, Decimal)
        return found


class DepartureQuerySet(models.QuerySet["Departure"]):
    """How departures are obtained."""

    def visible_to(self, member: Membership) -> "DepartureQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "DepartureQuerySet":
        """Waiting for a second person."""
        return self.filter(closed_at=None)

    def silencing(self) -> "DepartureQuerySet":
        """Deaths and explants, asked or confirmed: no message goes to anyone near, until a pump is there again."""
        kinds = [Departure.Kind.DEATH, Departure.Kind.EXPLANT]
        again = Exists(Pump.objects.active().filter(patient=OuterRef("pump__patient")))
        return self.filter(Q(closed_at=None) | Q(is_confirmed=True) & ~again, kind__in=kinds)


@tracked()
class Departure(models.Model):
    """One person says that a pump leaves monitoring, and why; a second one confirms it, or not.

    Until then the pump is watched as before. The database lets a pump end in no other way (docs/decisions/0018).
    """

    class Kind(models.TextChoices):
        """Why nothing is to be watched any more. A stay in hospital is no reason."""

        EXPLANT = "explant", "Explanted, no other pump in its place"
        DEATH = "death", "The patient has died"
        OTHER = "other", "Another reason"

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="departures")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField("Why", max_length=10, choices=Kind.choices)
    on = models.DateField("On")
    reason = models.CharField("Reason", max_length=500)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="None: it stayed behind in a move",
    )
    is_confirmed = models.BooleanField(default=False)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pump"], condition=Q(closed_at=None), name="departure_one_open_a_pump"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["explant", "death", "other"]), name="departure_kind_known"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="departure_has_a_reason"),
            models.CheckConstraint(
                condition=Q(is_confirmed=False)
                | (Q(closed_at__isnull=False, closed_by__isnull=False) & ~Q(closed_by=F("asked_by"))),
                name="departure_confirmed_by_a_second_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.on}"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


class OfferQuerySet(models.QuerySet["Offer"]):
    """How offers are obtained: by the clinic that offers. The other one is shown that there is one, and no row."""

    def visible_to(self, member: Membership) -> "OfferQuerySet":
        """Those of the open clinic's patients."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "OfferQuerySet":
        """Neither answered nor taken back."""
        return self.filter(closed_at=None)


@tracked(exclude=["code_hash"])
class Offer(models.Model):
    """A patient is offered to another clinic, and stays here until someone there has accepted (docs/decisions/0019).

    Whoever accepts knows the code and the birth date from the one who offers, by voice; only the code's hash is kept.
    """

    class Outcome(models.TextChoices):
        """How it ended."""

        OPEN = "", "Waits"
        ACCEPTED = "accepted", "Accepted"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Taken back"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="offers")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    to_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", verbose_name="Clinic")
    reason = models.CharField("Reason", max_length=500)
    code_hash = models.CharField(max_length=64, unique=True)
    offered_at = models.DateTimeField()
    offered_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = OfferQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(closed_at=None), name="offer_one_open_a_patient"
            ),
            models.CheckConstraint(
                condition=Q(outcome="", closed_at=None)
                | Q(outcome__in=["accepted", "declined", "withdrawn"], closed_at__isnull=False),
                name="offer_closed_has_an_outcome",
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=False) | ~Q(to_clinic=F("clinic")),
                name="offer_to_another_clinic",
            ),
        ]

    def __str__(self) -> str:
        return f"to {self.to_clinic}"


Entry_co = TypeVar("Entry_co", bound="OwnEntry", covariant=True)


class OwnEntryQuerySet(AppendOnlyQuerySet[Entry_co]):
    """How a clinic's own entries are obtained."""

    def visible_to(self, member: Membership) -> Self:
        """Those of the open clinic: another clinic's entry does not exist."""
        return self.filter(clinic_id=member.clinic_id)

    def newest(self) -> Self:
        """Of each key the last version."""
        return self.order_by("clinic", "key", "-version").distinct("clinic", "key")


class OwnEntry(AppendOnlyModel):
    """What a clinic has added to the catalogue for itself. A change is a new row: the same key, the next version."""

    PREFIX: ClassVar[str] = "own-"
    UNITS: ClassVar[Mapping[str, str]]
    """The constants, each with its unit."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="%(class)ss")
    key = models.CharField(max_length=40)
    version = models.PositiveIntegerField()
    name = models.CharField("Name", max_length=60)
    maker = models.CharField("Maker", max_length=60)
    source = models.CharField("Source", max_length=300)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        abstract = True
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.UniqueConstraint(fields=["clinic", "key", "version"], name="%(class)s_each_version_once"),
            models.CheckConstraint(
                condition=Q(key__startswith="own-", version__gte=1),
                name="%(class)s_is_told_from_the_catalogue",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def constants(self) -> dict[str, Any]:
        """The constants as the catalogue has them, those that nobody knows left out. Call it in the clinic's zone."""
        known = ((name, unit, getattr(self, name)) for name, unit in self.UNITS.items())
        return {name: self._constant(value, unit) for name, unit, value in known if value is not None}

    def _constant(self, value: Decimal | int, unit: str) -> Constant:
        added_on = timezone.localdate(self.added_at, self.clinic.tz).isoformat()
        return Constant(Decimal(value), unit, CLINIC_MARK, self.source, added_on, "entry")


@tracked()
class OwnModel(OwnEntry):
    """A pump model that the catalogue does not hold, or holds otherwise."""

    UNITS = {
        "reservoir_ml": "mL",
        "alarm_ml": "mL",
        "accuracy_pct": "%",
        "longest_stay_days": "days",
        "unusable_ml": "mL",
        "min_flow_ml_per_day": "mL/day",
        "max_flow_ml_per_day": "mL/day",
        "tubing_ml": "mL",
    }

    reservoir_ml = models.DecimalField(max_digits=5, decimal_places=2)
    alarm_ml = models.DecimalField(max_digits=5, decimal_places=2)
    accuracy_pct = models.DecimalField(max_digits=5, decimal_places=2)
    longest_stay_days = models.PositiveSmallIntegerField()
    unusable_ml = models.DecimalField(max_digits=5, decimal_places=2, null=True)
    min_flow_ml_per_day = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    max_flow_ml_per_day = models.DecimalField(max_digits=8, decimal_places=4, null=True)
    tubing_ml = models.DecimalField(max_digits=5, decimal_places=3, null=True)

    objects = OwnEntryQuerySet["OwnModel"].as_manager()

    class Meta(OwnEntry.Meta):
        constraints = [
            *OwnEntry.Meta.constraints,
            models.CheckConstraint(
                condition=Q(reservoir_ml__gt=0, alarm_ml__gte=0, alarm_ml__lt=F("reservoir_ml")),
                name="ownmodel_alarm_within_reservoir",
            ),
            models.CheckConstraint(
                condition=Q(accuracy_pct__gte=0, accuracy_pct__lt=100, longest_stay_days__gt=0),
                name="ownmodel_accuracy_and_stay_in_range",
            ),
            models.CheckConstraint(
                condition=Q(unusable_ml=None) | Q(unusable_ml__gte=0, unusable_ml__lt=F("reservoir_ml")),
                name="ownmodel_unusable_within_reservoir",
            ),
            models.CheckConstraint(
                condition=(Q(min_flow_ml_per_day=None) | Q(min_flow_ml_per_day__gte=0))
                & (Q(max_flow_ml_per_day=None) | Q(max_flow_ml_per_day__gt=0))
                & (
                    Q(min_flow_ml_per_day=None)
                    | Q(max_flow_ml_per_day=None)
                    | Q(min_flow_ml_per_day__lte=F("max_flow_ml_per_day"))
                ),
                name="ownmodel_flows_in_order",
            ),
        ]

    def as_model(self) -> PumpModel:
        """The same as the catalogue's models are."""
        return PumpModel(
            key=self.key, name=self.name, maker=self.maker, model_numbers=(), drive="", **self.constants()
        )

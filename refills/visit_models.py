"""What visits are planned by and what is done until one comes about: closed days, orders, authorisations, contacts."""

from django.db import models
from django.db.models import F, Q

from itb.accounts.models import Clinic, Membership, User
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import tracked
from patients.models import Patient, Pump


@tracked()
class PlanningPolicy(models.Model):
    """What a clinic plans visits by. Each default stands in `refills.planning_policy` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="planning_policy")
    lead_days = models.PositiveSmallIntegerField()
    authorisation_days = models.PositiveSmallIntegerField()
    failed_contacts = models.PositiveSmallIntegerField()
    visits_a_day = models.PositiveSmallIntegerField(help_text="0: no limit")
    closed_weekdays = models.CharField(
        max_length=7, blank=True, help_text="ISO numbers in order: 1 is Monday"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_weekdays__regex="^1?2?3?4?5?6?7?$") & ~Q(closed_weekdays="1234567"),
                name="planningpolicy_some_weekday_is_open",
            ),
            models.CheckConstraint(condition=Q(failed_contacts__gte=1), name="planningpolicy_contacts_end"),
        ]

    def __str__(self) -> str:
        return f"Planning of {self.clinic}"


class ClosureQuerySet(models.QuerySet["Closure"]):
    """How closed days are obtained."""

    def visible_to(self, member: Membership) -> "ClosureQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def standing(self) -> "ClosureQuerySet":
        """Not lifted again."""
        return self.filter(lifted_at=None)


@tracked()
class Closure(models.Model):
    """Days on which the clinic is closed, beside its weekly ones. Lifted, never deleted."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="closures")
    first_on = models.DateField()
    last_on = models.DateField()
    reason = models.CharField(max_length=80)
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = ClosureQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on"), last_on__lte=F("first_on") + 366),
                name="closure_ends_after_it_begins_and_within_a_year",
            ),
            models.UniqueConstraint(
                fields=["clinic", "first_on", "last_on"],
                condition=Q(lifted_at=None),
                name="closure_of_the_same_days_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} to {self.last_on}: {self.reason}"


@tracked()
class HomeRefill(models.Model):
    """Whether a patient is refilled at home, and how many days the way there takes."""

    MOST_DAYS = 30

    patient = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="home_refill")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    is_at_home = models.BooleanField()
    travel_days = models.PositiveSmallIntegerField()
    set_at = models.DateTimeField()
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(travel_days__lte=30), name="homerefill_way_of_a_month_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"at home, {self.travel_days} days on the way" if self.is_at_home else "at the clinic"


class Noted(AppendOnlyModel):
    """Something that was done about a pump and moves no reservoir: when, and by whom it was written down."""

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="%(class)ss")
    recorded_at = models.DateTimeField()
    recorded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recorded_clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    key = models.UUIDField(unique=True, help_text="Of the form that was posted: the same post twice is one")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


@tracked()
class Authorisation(Noted):
    """A payer's leave to refill. The newest that was recorded counts."""

    reference = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=F("starts_on")), name="authorisation_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} until {self.ends_on}"


@tracked()
class DrugOrder(Noted):
    """Drug that was ordered for a pump's next refill. It is used up by the refill that follows."""

    ordered_on = models.DateField()
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ordered_on__lte=F("recorded_at__date") + 1), name="drugorder_not_in_the_future"
            ),
        ]

    def __str__(self) -> str:
        return f"ordered {self.ordered_on}"


@tracked()
class ContactAttempt(Noted):
    """Someone tried to reach a patient about a visit: whom, how, what came of it, and what comes next."""

    class Way(models.TextChoices):
        """How it was tried."""

        TELEPHONE = "telephone", "Telephone"
        MESSAGE = "message", "Text message"
        EMAIL = "email", "E-mail"
        LETTER = "letter", "Letter"
        IN_PERSON = "in_person", "In person"

    class Outcome(models.TextChoices):
        """What came of it."""

        NO_ANSWER = "no_answer", "No answer"
        LEFT_MESSAGE = "left_message", "Left a message"
        AGREED = "agreed", "Agreed to come"
        CANNOT_COME = "cannot_come", "Cannot come"
        WRONG_NUMBER = "wrong_number", "Wrong number"
        REFUSED = "refused", "Refused"
        OTHER = "other", "Other"

    REACHED = (Outcome.AGREED, Outcome.CANNOT_COME, Outcome.REFUSED)
    """Someone was spoken to. What is none of these counts as not reached."""

    at = models.DateTimeField()
    whom = models.CharField(max_length=180)
    way = models.CharField(max_length=10, choices=Way.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices)
    next_step = models.CharField(max_length=200)
    next_on = models.DateField()
    note = models.TextField(blank=True)
    handed_to = models.ForeignKey(
        User,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        help_text="The clinician whose it is now, after too many tries or a refusal",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(way__in=["telephone", "message", "email", "letter", "in_person"])
                & Q(
                    outcome__in=[
                        *("no_answer", "left_message", "agreed", "cannot_come", "wrong_number"),
                        *("refused", "other"),
                    ]
                ),
                name="contactattempt_way_and_outcome_known",
            ),
            models.CheckConstraint(condition=~Q(next_step=""), name="contactattempt_has_a_next_step"),
            models.CheckConstraint(
                condition=~Q(outcome="refused") | Q(handed_to__isnull=False),
                name="contactattempt_refusal_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(at__lte=F("recorded_at") + models.Value("5 minutes", models.DurationField())),
                name="contactattempt_not_in_the_future",
            ),
        ]
        indexes = [models.Index(fields=["pump", "-at"], name="contactattempt_newest")]

    def __str__(self) -> str:
        return str(self.get_outcome_display())

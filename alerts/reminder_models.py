"""Letters to patients and the people near them: when a clinic sends them, and each that was owed with its answer."""

from typing import Final

from django.db import models
from django.db.models import F, Q

from alerts.cadence import Stage
from itb.accounts.models import Clinic
from itb.audit.history import tracked
from patients.models import Contact, Pump
from refills.models import Appointment


@tracked()
class CadencePolicy(models.Model):
    """When patients are written to. Each default stands in `alerts.cadence` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="cadence_policy")
    first_days = models.PositiveSmallIntegerField()
    last_days = models.PositiveSmallIntegerField()
    missed_days = models.PositiveSmallIntegerField()
    from_hour = models.PositiveSmallIntegerField()
    until_hour = models.PositiveSmallIntegerField()
    changed_because = models.TextField(blank=True, default="", db_default="", help_text="Why it was set so")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(last_days__lt=F("first_days")), name="cadencepolicy_last_letter_after_the_first"
            ),
            models.CheckConstraint(
                condition=Q(from_hour__lt=F("until_hour"), until_hour__lte=24),
                name="cadencepolicy_some_hours_are_left",
            ),
        ]

    def __str__(self) -> str:
        return f"Letters to patients of {self.clinic}"


class Reminder(models.Model):
    """One letter to one person about one visit, or about none being booked, once for ever; and what they answered.

    Whether its link still answers anything is read from the visit and the contact, and stored nowhere.
    """

    class Answer(models.TextChoices):
        """What was said by the link."""

        NONE = "", "No answer"
        COMES = "comes", "Will come"
        CANNOT = "cannot", "Cannot come"

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="reminders")
    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="reminders")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    visit = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="reminders", null=True)
    stage = models.CharField(max_length=10, choices=[(each.value, each.value) for each in Stage])
    occasion = models.CharField(max_length=60, help_text="The visit, or the fill that runs out without one")
    address = models.CharField(max_length=254, help_text="To which they had agreed when it was owed")
    token_hash = models.CharField(max_length=64, unique=True)
    owed_at = models.DateTimeField()
    answer = models.CharField(max_length=10, choices=Answer.choices, blank=True, default="")
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "stage", "occasion", "address"], name="reminder_once_a_step_and_address"
            ),
            models.CheckConstraint(
                condition=Q(answer="", answered_at=None)
                | Q(answer__in=["comes", "cannot"], answered_at__isnull=False, visit__isnull=False),
                name="reminder_answer_has_a_moment_and_a_visit",
            ),
            models.CheckConstraint(
                condition=Q(stage="unbooked", visit=None)
                | Q(stage__in=["first", "last", "missed"], visit__isnull=False),
                name="reminder_step_known_and_about_its_visit",
            ),
        ]

    def __str__(self) -> str:
        return self.topic

    @property
    def topic(self) -> str:
        """What its letter is about, and the letter's key."""
        return f"{TOPIC}{self.pk}"

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.contact.patient_id


TOPIC: Final = "reminder:"

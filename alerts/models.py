"""Alerts: what someone must know, opened by a rule, owned by a person, closed by facts."""

from typing import Final

from django.db import models
from django.db.models import Q
from django.db.models.functions import Upper

from alerts.rules import Kind, Tier
from itb.accounts.models import Clinic, Membership, User
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import tracked
from patients.models import Pump

QUERY_OF_A_VIEW: Final = r"^[a-z]+=[a-z0-9_.-]+(&[a-z]+=[a-z0-9_.-]+)*$"
"""How the address of a kept view may read: a few words, in which nothing personal can stand."""


class AlertQuerySet(models.QuerySet["Alert"]):
    """How alerts are obtained."""

    def visible_to(self, member: Membership) -> "AlertQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def open(self) -> "AlertQuerySet":
        """Not closed: acknowledged ones are open too."""
        return self.exclude(state=Alert.State.CLOSED)


@tracked()
class Alert(models.Model):
    """One thing about one pump. At most one of a kind is open."""

    class State(models.TextChoices):
        """Where an alert stands."""

        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        CLOSED = "closed", "Closed"

    pump = models.ForeignKey(Pump, on_delete=models.PROTECT, related_name="alerts")
    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, choices=[(kind.value, kind.words) for kind in Kind])
    tier = models.PositiveSmallIntegerField(choices=[(tier.value, tier.word) for tier in Tier])
    sentence = models.CharField(max_length=300, help_text="What the rule says, for people")
    occasion = models.CharField(
        max_length=60, blank=True, help_text="The fact it is about; a person may settle it"
    )
    resolved_occasion = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=15, choices=State.choices, default=State.OPEN)
    opened_at = models.DateTimeField()
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)
    acknowledged_until = models.DateTimeField(null=True, help_text="Then it opens again")
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pump", "kind"],
                condition=~models.Q(state="closed"),
                name="alert_one_open_a_pump_and_kind",
            ),
        ]
        indexes = [
            models.Index(
                fields=["clinic", "-tier", "opened_at", "id"],
                name="alert_open",
                condition=~models.Q(state="closed"),
            ),
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


class AlertEvent(AppendOnlyModel):
    """A step in an alert's life."""

    class Verb(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        RAISED = "raised", "Became more urgent"
        LOWERED = "lowered", "Became less urgent"
        CHANGED = "changed", "Is about something else now"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        EXPIRED = "expired", "Acknowledgement ran out"
        HANDED_OVER = "handed_over", "Handed over"
        ORPHANED = "orphaned", "Opened again: its owner has left"
        CLOSED = "closed", "Closed"

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="events")
    at = models.DateTimeField()
    verb = models.CharField(max_length=15, choices=Verb.choices)
    tier = models.PositiveSmallIntegerField(choices=[(tier.value, tier.word) for tier in Tier])
    by = models.ForeignKey(
        User, on_delete=models.PROTECT, related_name="+", null=True, help_text="None: a rule"
    )
    note = models.TextField(blank=True)

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alert_event_by_alert")]

    def __str__(self) -> str:
        return self.verb


@tracked()
class Policy(models.Model):
    """When each reminder step comes. Each default stands in `alerts.policy` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="alert_policy")
    routine_days = models.PositiveSmallIntegerField()
    due_days = models.PositiveSmallIntegerField()
    urgent_days = models.PositiveSmallIntegerField()
    critical_days_before_alarm = models.PositiveSmallIntegerField()
    confirm_days = models.PositiveSmallIntegerField(default=14, db_default=14)
    replacement_due_days = models.PositiveSmallIntegerField(default=180, db_default=180)
    replacement_urgent_days = models.PositiveSmallIntegerField(default=90, db_default=90)
    changed_because = models.TextField(blank=True, default="", db_default="", help_text="Why it was set so")

    def __str__(self) -> str:
        return f"Reminder steps of {self.clinic}"


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    """How kept views are obtained."""

    def visible_to(self, member: Membership) -> "SavedViewQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def kept(self) -> "SavedViewQuerySet":
        """Not dropped since."""
        return self.filter(dropped_at=None)


@tracked()
class SavedView(models.Model):
    """A part of the worklist that the clinic has given a name: an address that its people share."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="saved_views")
    name = models.CharField("Name", max_length=60)
    query = models.CharField(max_length=300, help_text="What stands behind the question mark of the address")
    kept_at = models.DateTimeField()
    kept_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "clinic", Upper("name"), condition=Q(dropped_at=None), name="savedview_name_once_a_clinic"
            ),
            models.CheckConstraint(
                condition=Q(query__regex=QUERY_OF_A_VIEW), name="savedview_query_says_little"
            ),
        ]

    def __str__(self) -> str:
        return self.name

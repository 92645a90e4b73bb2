"""Alerts: what someone must know, opened by a rule, owned by a person, closed by facts."""

from datetime import date
from typing import Final

from django.contrib.postgres.constraints import ExclusionConstraint
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.functions import Upper

from alerts.proof_models import Proof
from alerts.reminder_models import CadencePolicy, Reminder
from alerts.rules import Kind, Tier
from itb.accounts.models import Clinic, Membership, User
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet
from itb.audit.history import tracked
from itb.templatetags.moments import day as day_of
from patients.models import Pump

__all__ = ["CadencePolicy", "Proof", "Reminder"]
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

    def in_hand(self) -> "AlertQuerySet":
        """Somebody has it, by name and until a moment."""
        return self.open().filter(state__in=IN_HAND)  # "open" names the index


@tracked()
class Alert(models.Model):
    """One thing about one pump. At most one of a kind is open."""

    class State(models.TextChoices):
        """Where an alert stands."""

        OPEN = "open", "Open"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        SNOOZED = "snoozed", "Snoozed"
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
    next_on = models.DateField(null=True, help_text="When its owner goes on with it")
    note = models.TextField(blank=True)
    closed_at = models.DateTimeField(null=True)
    waits_since = models.DateTimeField(
        null=True, help_text="Since when nobody has it: its hops count from here"
    )
    round = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="How often it has begun to wait"
    )
    hop = models.PositiveSmallIntegerField(default=0, db_default=0, help_text="The last hop of this round")

    objects = AlertQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["pump", "kind"],
                condition=~models.Q(state="closed"),
                name="alert_one_open_a_pump_and_kind",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "closed"])
                | Q(acknowledged_by__isnull=False, acknowledged_until__isnull=False),
                name="alert_in_hand_has_an_owner_and_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(state="snoozed", tier=Tier.CRITICAL.value),
                name="alert_critical_is_never_snoozed",
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
    def is_in_hand(self) -> bool:
        """Whether somebody has it: acknowledged or snoozed, in their name."""
        return self.state in IN_HAND

    @property
    def patient_id(self) -> int:
        """Whom this is about."""
        return self.pump.patient_id


IN_HAND: Final = (Alert.State.ACKNOWLEDGED, Alert.State.SNOOZED)
"""The states in which an alert has an owner, until a moment that is set."""


class AlertEvent(AppendOnlyModel):
    """A step in an alert's life."""

    class Verb(models.TextChoices):
        """What happened."""

        OPENED = "opened", "Opened"
        RAISED = "raised", "Became more urgent"
        LOWERED = "lowered", "Became less urgent"
        CHANGED = "changed", "Is about something else now"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        PASSED = "passed", "Passed to a colleague"
        SNOOZED = "snoozed", "Snoozed"
        EXPIRED = "expired", "Ran out, and opened again"
        ESCALATED = "escalated", "Nobody took it: more people are told"
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
    state = models.CharField(
        max_length=15, blank=True, null=True, help_text="How it left the alert; a trigger writes it"
    )
    round = models.PositiveSmallIntegerField(null=True, help_text="Of a hop: which wait it belongs to")
    step = models.PositiveSmallIntegerField(null=True, help_text="Of a hop: the first, the second")

    objects = AppendOnlyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["alert", "at"], name="alert_event_by_alert")]
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "round", "step"],
                condition=Q(step__isnull=False),
                name="alert_event_each_hop_once",
            ),
        ]

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


@tracked()
class EscalationPolicy(models.Model):
    """When more people are told, and when letters wait. Each default stands in `alerts.escalation` with its source."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="escalation_policy")
    critical_second_minutes = models.PositiveSmallIntegerField()
    critical_all_minutes = models.PositiveSmallIntegerField()
    urgent_second_hours = models.PositiveSmallIntegerField()
    due_all_days = models.PositiveSmallIntegerField()
    evening_hour = models.PositiveSmallIntegerField()
    urgent_at_night = models.CharField(max_length=10)
    changed_because = models.TextField(blank=True, help_text="Why it was set so")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(critical_second_minutes__gte=5, critical_all_minutes__lte=480)
                & Q(critical_all_minutes__gt=F("critical_second_minutes")),
                name="escalation_of_critical_within_eight_hours",
            ),
            models.CheckConstraint(
                condition=Q(urgent_second_hours__range=(1, 24), due_all_days__range=(1, 10)),
                name="escalation_comes",
            ),
            models.CheckConstraint(
                condition=Q(evening_hour__range=(15, 23)), name="escalation_day_has_an_evening"
            ),
            models.CheckConstraint(
                condition=Q(urgent_at_night__in=["told", "waits"]), name="escalation_urgent_at_night_known"
            ),
        ]

    def __str__(self) -> str:
        return f"Escalation of {self.clinic}"


class AbsenceQuerySet(models.QuerySet["Absence"]):
    """How absences are obtained."""

    def visible_to(self, member: Membership) -> "AbsenceQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)

    def standing(self) -> "AbsenceQuerySet":
        """Neither taken back nor ended early."""
        return self.filter(ended_at=None)

    def on(self, day: date) -> "AbsenceQuerySet":
        """Standing, with this clinic day in it."""
        return self.standing().filter(first_on__lte=day, last_on__gte=day)


@tracked()
class Absence(models.Model):
    """Days on which a person is told of nothing; whoever covers is told in their stead."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="absences")
    cover = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="+", null=True, db_index=False
    )
    first_on = models.DateField("First day away")
    last_on = models.DateField("Last day away")
    added_at = models.DateTimeField()
    added_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, help_text="Back early, or never away")
    ended_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+", null=True)

    objects = AbsenceQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["clinic", "last_on"], name="absence_standing", condition=Q(ended_at=None)),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(last_on__gte=F("first_on"), last_on__lte=F("first_on") + 366),
                name="absence_ends_after_it_begins_and_within_a_year",
            ),
            models.CheckConstraint(
                condition=Q(cover=None) | ~Q(cover=F("member")), name="absence_covered_by_another"
            ),
            ExclusionConstraint(
                name="absence_one_at_a_time",
                expressions=[
                    ("member", "="),
                    (Func(F("first_on"), F("last_on"), Value("[]"), function="DATERANGE"), "&&"),
                ],
                condition=Q(ended_at=None),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member.user} away, {day_of(self.first_on)} to {day_of(self.last_on)}"


@tracked()
class Lead(models.Model):
    """Whom the clinic has named as the one who is told where nobody else is left."""

    clinic = models.OneToOneField(Clinic, on_delete=models.PROTECT, related_name="lead")
    member = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="+")
    named_at = models.DateTimeField()
    named_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return str(self.member.user)


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

"""The proof of each night: that every pump was looked at, and has a forecast or an open alert."""

from django.db import models
from django.db.models import F, Q

from itb.accounts.models import Clinic, Membership
from itb.audit.append_only import AppendOnlyModel, AppendOnlyQuerySet


class ProofQuerySet(AppendOnlyQuerySet["Proof"]):
    """How proofs are obtained."""

    def visible_to(self, member: Membership) -> "ProofQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)


class Proof(AppendOnlyModel):
    """What was counted at the beginning of one day of a clinic, and each pump that fell out, by its number."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField(help_text="The clinic's own day")
    at = models.DateTimeField()
    monitored = models.PositiveIntegerField(help_text="Pumps that are implanted")
    evaluated = models.PositiveIntegerField(
        help_text="Of them, those that were looked at when they should be"
    )
    covered = models.PositiveIntegerField(help_text="Of them, those with a forecast or an open alert")
    differences = models.JSONField(default=list, help_text="Of each pump that fell out its number, and why")

    objects = ProofQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["clinic", "on"], name="proof_once_a_clinic_day"),
            models.CheckConstraint(
                condition=Q(evaluated__lte=F("monitored"), covered__lte=F("monitored")),
                name="proof_counts_parts_of_a_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on}: {self.monitored} = {self.evaluated} = {self.covered}"

    @property
    def is_whole(self) -> bool:
        """Whether nothing fell out."""
        return self.monitored == self.evaluated == self.covered

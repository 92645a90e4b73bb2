"""The list of a morning, as it was when it was made, to be taken away on paper."""

from django.db import models

from itb.accounts.models import Clinic, Membership


class MorningListQuerySet(models.QuerySet["MorningList"]):
    """How lists are obtained."""

    def visible_to(self, member: Membership) -> "MorningListQuerySet":
        """Those of the open clinic."""
        return self.filter(clinic_id=member.clinic_id)


class MorningList(models.Model):
    """The whole worklist of one clinic at the beginning of one of its days. After a fortnight it is forgotten."""

    clinic = models.ForeignKey(Clinic, on_delete=models.PROTECT, related_name="+", db_index=False)
    on = models.DateField(help_text="The clinic's own day")
    made_at = models.DateTimeField()
    count = models.PositiveIntegerField(help_text="How many pumps stand on it")
    csv = models.BinaryField()
    pdf = models.BinaryField()

    objects = MorningListQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["clinic", "on"], name="morninglist_once_a_clinic_day")]

    def __str__(self) -> str:
        return f"{self.on}"

"""What a refill's page keeps beside the refill: procedure, interrogations, checklist, what is to follow."""

from dataclasses import dataclass
from datetime import datetime

from itb.accounts.models import Membership
from itb.accounts.services import hold_part
from itb.audit.services import record_act
from refills.models import ChecklistStep, Followup, Interrogation, Procedure, Refill


@dataclass(frozen=True, slots=True)
class Visit:
    """All of it unsaved, and without its refill."""

    procedure: Procedure
    interrogations: list[Interrogation]
    steps: list[ChecklistStep]
    followup: Followup | None


def hold_owner(visit: Visit, by: Membership) -> None:
    """Keep the part of whoever is to own the follow-up from ending meanwhile: before any lock on a pump."""
    if visit.followup is not None:
        members = Membership.objects.visible_to(by).filter(user=visit.followup.owner_id, ended_at=None)
        hold_part(members.get())


def keep_visit(*, visit: Visit, refill: Refill, by: Membership, at: datetime) -> None:
    """Keep `visit` with its refill. Runs inside the transaction that keeps the refill: half of one never exists."""
    visit.procedure.refill = refill
    visit.procedure.save()
    for shown in visit.interrogations:
        shown.refill = refill
        shown.save()
    for step in visit.steps:
        step.refill, step.ticked_at, step.ticked_by = refill, at, by.user
        step.save()
    if visit.followup is not None:
        _open(visit.followup, refill, by, at)


def _open(followup: Followup, refill: Refill, by: Membership, at: datetime) -> None:
    followup.refill, followup.pump, followup.clinic = refill, refill.pump, by.clinic
    followup.opened_at, followup.opened_by = at, by.user
    followup.save()
    record_act(verb="followup.opened", subject=followup, clinic_id=by.clinic_id, by_id=by.user_id, at=at)

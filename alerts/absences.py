"""Saying who is away and who stands in for them, and who is told where nobody else is left."""

from dataclasses import asdict, dataclass
from datetime import date, datetime

from django.db import transaction

from alerts.duty import there_for
from alerts.escalation import Escalation, midnight
from alerts.models import Absence, EscalationPolicy, Lead
from alerts.services import hand_over_alerts, lock_held
from itb.accounts.models import Membership
from itb.accounts.services import hold_part
from itb.audit.services import record_act
from refills.models import Projection


@dataclass(frozen=True, slots=True)
class Away:
    """Who is away, from which day to which, and who is told in their stead."""

    member: Membership
    first_on: date
    last_on: date
    cover: Membership | None


@transaction.atomic
def enter_absence(*, away: Away, by: Membership, at: datetime) -> Absence:
    """Keep an absence. What the absent one has in hand goes to the cover on the first day, or opens again.

    The same said twice is one. Raises IntegrityError where it overlaps another one of the same person.
    """
    hold_part(away.member)
    said = {"member": away.member, "first_on": away.first_on, "last_on": away.last_on, "cover": away.cover}
    absence, is_new = Absence.objects.standing().get_or_create(
        clinic=by.clinic, **said, defaults={"added_at": at, "added_by": by.user}
    )
    if is_new:
        _let_go(away, by, at)
        record_act(verb="absence.entered", subject=absence, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return absence


def _let_go(away: Away, by: Membership, at: datetime) -> None:
    """Nothing stays in the hands of one who is away: what is in them ends when they go, or is handed over now."""
    starts_at = midnight(away.first_on, by.clinic.tz)
    if starts_at <= at:
        successor = there_for(away.member, at)
        hand_over_alerts(leaving=away.member, successor=successor, by=by, at=at)
        return
    for alert in lock_held(away.member):
        if alert.acknowledged_until and alert.acknowledged_until > starts_at:
            alert.acknowledged_until = starts_at
            alert.save(update_fields=["acknowledged_until"])
            Projection.objects.filter(pump=alert.pump_id).update(review_at=at)


@transaction.atomic
def end_absence(*, absence: Absence, by: Membership, at: datetime) -> None:
    """Say that they are back, or never went. Nothing happens where it has ended already."""
    absence = Absence.objects.select_for_update(of=("self",)).get(pk=absence.pk)
    if absence.ended_at:
        return
    absence.ended_at, absence.ended_by = at, by.user
    absence.save(update_fields=["ended_at", "ended_by"])
    record_act(verb="absence.ended", subject=absence, clinic_id=by.clinic_id, by_id=by.user_id, at=at)


@transaction.atomic
def name_lead(*, member: Membership, by: Membership, at: datetime) -> Lead:
    """Say who is told where nobody else is left. Named twice, it is one."""
    hold_part(member)
    standing = Lead.objects.filter(clinic=by.clinic, member=member).first()
    if standing:
        return standing
    named = {"member": member, "named_at": at, "named_by": by.user}
    lead, _ = Lead.objects.update_or_create(clinic=by.clinic, defaults=named)
    record_act(verb="lead.named", subject=lead, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return lead


@transaction.atomic
def change_escalation(
    *, escalation: Escalation, because: str, by: Membership, at: datetime
) -> EscalationPolicy:
    """Set the clinic's timers. The sweep looks at every pump of the clinic again at once."""
    policy, _ = EscalationPolicy.objects.update_or_create(
        clinic=by.clinic, defaults={**asdict(escalation), "changed_because": because}
    )
    Projection.objects.visible_to(by).look_again(at)
    record_act(verb="policy.changed", subject=policy, clinic_id=by.clinic_id, by_id=by.user_id, at=at)
    return policy

"""The section of the clinic's policy that says when more people are told, and which letters wait for the morning."""

from datetime import datetime
from typing import Final

from alerts import absences
from alerts.escalation import Escalation, day_of, escalation_of, hops, leaves_at
from alerts.models import Alert, EscalationPolicy
from alerts.rules import Tier
from itb.accounts.models import Membership
from refills.section import Section, about_of

MOST: Final = 1000


def _hops_at_once(member: Membership, escalation: Escalation, at: datetime) -> list[str]:
    """Of how many alerts that nobody has more people would have been told by now, and how many as it is."""
    untaken = list(Alert.objects.visible_to(member).filter(state=Alert.State.OPEN)[:MOST])
    new, old = (
        sum(_has_hopped(alert, rules, member, at) for alert in untaken)
        for rules in (escalation, escalation_of(member.clinic))
    )
    waits = leaves_at(Tier.URGENT, at, escalation, day_of(member.clinic)) > at
    count = len(untaken)
    return [
        f"Of {count} alerts that nobody has, more people would have been told of {new}; as it is set, of {old}.",
        f"An urgent letter owed now {'would wait for the morning' if waits else 'leaves at once'}.",
    ]


def _has_hopped(alert: Alert, rules: Escalation, member: Membership, at: datetime) -> bool:
    first = next(
        hops(Tier(alert.tier), alert.waits_since or alert.opened_at, rules, day_of(member.clinic)), None
    )
    return first is not None and at >= first.at


ESCALATION: Final = Section(
    name="escalation",
    title="Escalation",
    sentence="When more people are told of an alert that nobody has taken. Routine and due ones come with the digest; a"
    " critical one never waits, and everyone hears of it anew each morning until somebody takes it.",
    url_name="alerts:escalation",
    kind=Escalation,
    about=about_of(Escalation),
    row=EscalationPolicy,
    read=escalation_of,
    keep=lambda settings, because, by, at: absences.change_escalation(
        escalation=settings, because=because, by=by, at=at
    ),
    preview=_hops_at_once,
)

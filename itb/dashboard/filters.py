"""What of the worklist is asked for. It stands in the address, so that another person can open the same list.

Nothing personal can stand there: each part is one of a few words. What was searched for waits in the session.
"""

import re
from collections.abc import Container, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final
from urllib.parse import urlencode

from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.utils import timezone

from alerts.models import Alert
from alerts.rules import Tier
from itb.accounts.models import Membership
from itb.dashboard.ranks import rank
from itb.dashboard.tallies import SHOWN, listed
from patients.models import Patient
from refills.catalogue import products
from refills.models import ProjectionQuerySet, Refill

MINE, NOBODY = "mine", "nobody"
VISITS: Final = {
    "past": "The booked visit has passed",
    "today": "A visit today",
    "week": "A visit within 7 days",
    "late": "A visit after the refill-by date",
}
TIERS: Final = {tier.name.lower(): tier for tier in reversed(Tier)}
LISTED: Final[dict[str, Container[str]]] = {
    "show": SHOWN,
    "tier": TIERS,
    "visit": VISITS,
    "flag": Patient.RISK_FLAGS,
}
WRITTEN: Final = {
    "owner": re.compile(r"mine|nobody|[0-9]{1,18}"),
    "product": re.compile(r"[a-z0-9-]{1,60}"),
    "strength": re.compile(r"[0-9]{1,4}(\.[0-9]{1,2})?"),
}
"""How each part may read; what reads otherwise asks for nothing."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which pumps; a part that is empty asks for nothing."""

    show: str = ""
    """The list behind a tally."""
    tier: str = ""
    visit: str = ""
    owner: str = ""
    """`mine`, `nobody`, or the number of a person."""
    flag: str = ""
    product: str = ""
    strength: str = ""

    @property
    def query(self) -> str:
        """As it stands in an address, always in the same order; empty where all pumps are asked for."""
        return urlencode({name: value for name, value in asdict(self).items() if value})


def read(parameters: Mapping[str, str]) -> Asked:
    """What an address asks for."""
    told = {each.name: parameters.get(each.name, "") for each in fields(Asked)}
    return Asked(**{name: value for name, value in told.items() if _can_be(name, value)})


def _can_be(name: str, value: str) -> bool:
    return value in LISTED[name] if name in LISTED else bool(WRITTEN[name].fullmatch(value))


def narrowed(
    found: ProjectionQuerySet, asked: Asked, member: Membership, now: datetime
) -> ProjectionQuerySet:
    """Those that are asked for, in every part at once."""
    found = listed(found, member, now, asked.show)
    if asked.tier:
        found = found.annotate(rank=rank(member.clinic, now)).filter(rank=TIERS[asked.tier])
    if asked.visit:
        found = found.filter(_visit(asked.visit, now))
    if asked.owner:
        found = found.filter(_owner(asked.owner, member))
    if asked.flag:
        found = found.filter(**{f"pump__patient__{asked.flag}": True})
    if asked.product:
        last = Refill.objects.standing().filter(pump=OuterRef("pump")).order_by("-at").values("product")[:1]
        found = found.annotate(product=Subquery(last)).filter(product=asked.product)
    if asked.strength:
        found = found.filter(concentration_mcg_per_ml=Decimal(asked.strength))
    return found


def words_of(asked: Asked, member: Membership) -> list[str]:
    """Each part in words."""
    told = [
        SHOWN.get(asked.show, ""),
        TIERS[asked.tier].word if asked.tier else "",
        VISITS.get(asked.visit, ""),
        f"Owner: {_name(asked.owner, member)}" if asked.owner else "",
        Patient.RISK_FLAGS.get(asked.flag, ""),
        _product(asked.product, member) if asked.product else "",
        f"{asked.strength} mcg/mL" if asked.strength else "",
    ]
    return [words for words in told if words]


def _visit(which: str, now: datetime) -> Q:
    today = timezone.localdate(now)
    return {
        "past": Q(visit_on__lt=today),
        "today": Q(visit_on=today),
        "week": Q(visit_on__range=(today, today + timedelta(days=7))),
        "late": Q(visit_on__gt=F("refill_by")),
    }[which]


def _owner(which: str, member: Membership) -> Q:
    """Who has an alert of the pump in hand, or is the patient's own clinician."""
    taken = Alert.objects.in_hand().filter(pump=OuterRef("pump"))
    if which == NOBODY:
        return ~Q(Exists(taken)) & Q(pump__patient__clinician=None)
    person = member.user_id if which == MINE else int(which)
    return Q(Exists(taken.filter(acknowledged_by=person))) | Q(pump__patient__clinician__user=person)


def _name(owner: str, member: Membership) -> str:
    if owner in (MINE, NOBODY):
        return {MINE: "me", NOBODY: "nobody"}[owner]
    known = Membership.objects.visible_to(member).filter(user=int(owner)).select_related("user").first()
    return known.user.name if known else "someone unknown here"


def _product(key: str, member: Membership) -> str:
    known = products(member.clinic).get(key)
    return known[0].name if known else key

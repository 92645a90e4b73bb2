"""The list of open alerts is paged by key: the next page begins behind the last row seen, whatever came since."""

from datetime import datetime

from django.db.models import Q
from django.utils import timezone

from alerts.models import Alert, AlertQuerySet

FIRST_YEAR, LAST_YEAR = 1900, 2999  # nearer the calendar's ends an instant cannot be moved to another zone


def key_of(alert: Alert) -> str:
    """Where `alert` stands in the order: tier, opening, number."""
    return f"{alert.tier}~{alert.opened_at.isoformat()}~{alert.pk}"


def after(alerts: AlertQuerySet, key: str) -> AlertQuerySet:
    """The most urgent first, then the oldest, behind `key`. A key that cannot be read begins at the start."""
    ordered = alerts.order_by("-tier", "opened_at", "id")
    try:
        tier, opened, number = key.split("~")
        opened_at, least_urgent, pk = read_instant(opened), int(tier), int(number)
    except ValueError:
        return ordered
    later = Q(opened_at__gt=opened_at) | Q(opened_at=opened_at, id__gt=pk)
    return ordered.filter(Q(tier__lt=least_urgent) | Q(tier=least_urgent) & later)


def read_instant(text: str) -> datetime:
    """The instant in a key. Raises ValueError for one that no key holds."""
    at = datetime.fromisoformat(text)
    if timezone.is_naive(at) or not FIRST_YEAR <= at.year <= LAST_YEAR:
        raise ValueError(text)
    return at

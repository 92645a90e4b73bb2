"""Who may be the same person: nearly the same name, or one of the names and a birth date that is a slip away."""

from datetime import date

from django.db.models import Q

from patients.models import PatientQuerySet, key_of

SHOWN = 5


def alike(among: PatientQuerySet, *, family: str, given: str, born: date) -> PatientQuerySet:
    """The first few of those whom a person of this name and birth date may be."""
    family_key, given_key = key_of(family), key_of(given)
    one_name = Q(family_key__in=[family_key, given_key]) | Q(given_key__in=[family_key, given_key])
    named = among.namesakes(family_key, given_key)
    born_alike = among.filter(one_name, birth_date__in=slips_of(born))
    return (named | born_alike).order_by("pk")[:SHOWN]


def slips_of(day: date) -> set[date]:
    """The day itself, with day and month exchanged, and with any two neighbouring digits exchanged."""
    digits = f"{day:%Y%m%d}"
    swapped = [digits[:n] + digits[n + 1] + digits[n] + digits[n + 2 :] for n in range(len(digits) - 1)]
    return {day, *filter(None, map(_day, [*swapped, digits[:4] + digits[6:] + digits[4:6]]))}


def _day(digits: str) -> date | None:
    try:
        return date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return None

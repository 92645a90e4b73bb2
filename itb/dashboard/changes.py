"""What the histories hold, put into words: old beside new, whatever wrote it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from django.db.models import Exists, Field, Model, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from alerts.models import Alert
from itb.accounts.models import Clinic, Membership, User
from itb.audit.history import HISTORIES, History
from itb.audit.models import AuditEvent
from itb.infusion.quantities import plain
from itb.walls import APPLICATION
from patients.models import Patient

KINDS: Final = {"insert": "new", "update": "changed", "delete": "deleted", "begun": "as it was found"}
UNTOLD: Final = frozenset({"id", "key", "patient", "pump", "clinic", "recorded_clinic"})
"""Fields that say where a row hangs, and nothing about what it holds."""

Rows: TypeAlias = "QuerySet[History]"
AnyField: TypeAlias = "Field[Any, Any]"


@dataclass(frozen=True, slots=True)
class Difference:
    """One field: what it was, and what it became."""

    words: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Change:
    """One row that became another, or came, or went."""

    what: str
    kind: str
    row: History
    differences: list[Difference]

    @property
    def itself(self) -> "list[Change]":
        """This one alone, where a template lists several."""
        return [self]


def histories_of(member: Membership, patient_id: int | None = None) -> Iterator[tuple[type[Model], Rows]]:
    """The history of every tracked model in the open clinic, or of one patient there."""
    for model, history in HISTORIES.items():
        scope = _of_clinic(model, member.clinic_id)
        about = _of_patient(model, patient_id) if patient_id else Q()
        if about is not None:
            yield model, history.objects.filter(scope, about)


def _of_clinic(model: type[Model], clinic_id: int) -> Q:
    """What is about a patient follows the patient; all else stays where it was made."""
    names = {field.name for field in model._meta.fields}
    if model is User:
        return Q(id__in=Membership.objects.filter(clinic=clinic_id).values("user"))
    if model is Clinic:
        return Q(id=clinic_id)
    if model is Patient:
        return Q(pgh_obj__clinic=clinic_id)
    if "patient" in names:
        return Q(patient__clinic=clinic_id)
    return Q(pump__patient__clinic=clinic_id) if "pump" in names else Q(clinic=clinic_id)


def _of_patient(model: type[Model], patient_id: int) -> Q | None:
    names = {field.name for field in model._meta.fields}
    if model is Patient:
        return Q(id=patient_id)
    if "patient" in names:
        return Q(patient=patient_id)
    return Q(pump__patient=patient_id) if "pump" in names else None


def changes_in(
    member: Membership, moments: Iterable[datetime], people: Mapping[int, str]
) -> dict[datetime, list[Change]]:
    """What the transactions that began at `moments` changed, by their beginning."""
    found: dict[datetime, list[Change]] = {moment: [] for moment in moments}
    for model, rows in histories_of(member):
        for change in _changes(model, rows.filter(pgh_created_at__in=list(found)), people):
            found[change.row.pgh_created_at].append(change)
    return found


def unexplained(
    member: Membership, patient_id: int | None, since: datetime, people: Mapping[int, str], most: int
) -> list[Change]:
    """Changes since then in whose transaction no act was written, the newest first: by hand, or past a service."""
    act = AuditEvent.objects.filter(written_at=OuterRef("pgh_created_at"))
    found: list[Change] = []
    for model, rows in histories_of(member, patient_id):
        alone = rows.filter(~Exists(act), ~_expected(model), pgh_created_at__gte=since)
        found += _changes(model, alone.order_by("-pgh_created_at", "-pgh_id")[:most], people)
    return sorted(found, key=lambda change: change.row.pgh_created_at, reverse=True)[:most]


def _changes(model: type[Model], rows: Rows, people: Mapping[int, str]) -> list[Change]:
    history: Any = HISTORIES[model]
    earlier = history.objects.filter(pgh_obj_id=OuterRef("pgh_obj_id"), pgh_id__lt=OuterRef("pgh_id"))
    told = list(rows.annotate(before=Subquery(earlier.order_by("-pgh_id").values("pgh_id")[:1])))
    before = history.objects.in_bulk([row.before for row in told if row.before])
    return [_change(model, row, before.get(row.before), people) for row in told]


def _change(model: type[Model], row: History, before: History | None, people: Mapping[int, str]) -> Change:
    gone = row.pgh_label == "delete"
    old, new = (row, None) if gone else (before, row)
    told = [
        (_words(field), _told(field, old, people), _told(field, new, people)) for field in _fields(model, row)
    ]
    return Change(
        what=f"{str(model._meta.verbose_name).capitalize()} {row.pgh_obj_id}",
        kind=KINDS[row.pgh_label],
        row=row,
        differences=[Difference(*each) for each in told if each[1] != each[2]],
    )


def _fields(model: type[Model], row: History) -> Iterator[AnyField]:
    """The tracked model's fields that its history holds, but for those that only say where a row hangs."""
    held = {field.name for field in row._meta.fields} - UNTOLD
    return (field for field in model._meta.fields if field.name in held)


def _words(field: AnyField) -> str:
    words = str(field.verbose_name)
    return words[:1].upper() + words[1:]


def _told(field: AnyField, row: History | None, people: Mapping[int, str]) -> str:
    """The value as a person reads it; empty where there is none."""
    value = getattr(row, field.attname, None)
    if value in (None, "", [], {}):
        return ""
    if field.related_model is User:
        return people.get(value, f"person {value}")
    match dict(field.flatchoices).get(value, value) if field.choices else value:
        case bool(up):
            return "yes" if up else "no"
        case datetime() as at:
            return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
        case Decimal() as number:
            return plain(number)
        case other:
            return str(other)


def _expected(model: type[Model]) -> Q:
    """What needs no act: how a history began; and what the rules did to an alert, which its events tell."""
    begun = Q(pgh_label="begun")
    return begun | Q(pgh_by_id=None, pgh_role=APPLICATION) if model is Alert else begun

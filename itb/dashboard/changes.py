"""What the histories hold, put into words: old beside new, whatever wrote it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, TypeAlias

from django.db.models import BigIntegerField, Exists, F, Field, Model, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.expressions import Combinable
from django.utils import timezone

from alerts.models import Alert
from itb.accounts.models import Clinic, Membership, User
from itb.audit.history import HISTORIES, History
from itb.audit.models import AuditEvent
from itb.infusion.quantities import plain
from itb.walls import APPLICATION
from patients.models import Patient

KINDS: Final = {"insert": "new", "update": "changed", "delete": "deleted", "begun": "as it was found"}
UNTOLD: Final = frozenset({"id", "key", "patient", "pump", "refill", "clinic", "recorded_clinic"})
"""Fields that say where a row hangs, and nothing about what it holds."""

SEEN: Final = ".seen"

Rows: TypeAlias = "QuerySet[Any]"
AnyField: TypeAlias = "Field[Any, Any]"
Home: TypeAlias = tuple[datetime, str, int | None]
"""A moment with a row, by label and number; or with a patient, by number alone."""


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


def histories_of(member: Membership) -> Iterator[tuple[type[Model], Rows]]:
    """The history of every tracked model in the open clinic, each row with the number of its patient as `whose`."""
    for model, history in HISTORIES.items():
        yield (
            model,
            history.objects.filter(_of_clinic(model, member.clinic_id)).annotate(whose=_patient_of(model)),
        )


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
    if "pump" in names:
        return Q(pump__patient__clinic=clinic_id)
    return Q(refill__pump__patient__clinic=clinic_id) if "refill" in names else Q(clinic=clinic_id)


def _patient_of(model: type[Model]) -> Combinable:
    names = {field.name for field in model._meta.fields}
    if model is Patient:
        return F("id")
    if "patient" in names:
        return F("patient_id")
    if "pump" in names:
        return F("pump__patient_id")
    return F("refill__pump__patient_id") if "refill" in names else Value(None, BigIntegerField())


def changes_of(
    member: Membership, acts: Sequence[AuditEvent], people: Mapping[int, str]
) -> dict[int, list[Change]]:
    """What each act changed, by its number: its subject, and what else its transaction changed about the patient.

    Where several acts share a transaction, what is the subject of none stands under the last about that patient.
    """
    moments = {act.written_at for act in acts if not act.verb.endswith(SEEN)}
    homes = _homes(member, moments)
    patients = {act.patient_id for act in acts if act.patient_id}
    found: dict[int, list[Change]] = defaultdict(list)
    for model, rows in histories_of(member):
        label = model._meta.label_lower
        near = Q(whose__in=patients) | Q(
            pgh_obj_id__in={act.subject_id for act in acts if act.subject == label}
        )
        for change in _changes(model, rows.filter(near, pgh_created_at__in=moments), people):
            moment = change.row.pgh_created_at
            subject, patient = (moment, label, change.row.pgh_obj_id), (moment, "", change.row.whose)
            found[homes.get(subject) or homes.get(patient, 0)].append(change)
    return found


def _homes(member: Membership, moments: set[datetime]) -> dict[Home, int]:
    """Under which act a change of these transactions stands: by its row, else by its patient."""
    acts = AuditEvent.objects.filter(clinic_id=member.clinic_id, written_at__in=moments).order_by("id")
    homes: dict[Home, int] = {}
    for act in acts.exclude(verb__endswith=SEEN):
        homes[act.written_at, "", act.patient_id] = act.pk
        homes[act.written_at, act.subject, act.subject_id] = act.pk
    return homes


def unexplained(
    member: Membership, patient_id: int | None, since: datetime, people: Mapping[int, str], most: int
) -> list[Change]:
    """Changes since then in whose transaction no act was written, the newest first: by hand, or past a service."""
    act = AuditEvent.objects.filter(written_at=OuterRef("pgh_created_at"))
    here = (member.clinic_id, 0)  # what another clinic did before a transfer, its own trail explains
    found: list[Change] = []
    for model, rows in histories_of(member):
        alone = rows.filter(
            ~Exists(act), ~_expected(model), pgh_created_at__gte=since, pgh_clinic_id__in=here
        )
        mine = alone.filter(whose=patient_id) if patient_id else alone
        found += _changes(model, mine.order_by("-pgh_created_at", "-pgh_id")[:most], people)
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

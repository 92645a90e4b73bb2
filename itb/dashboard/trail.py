"""The trail as people read it: acts in sentences, with what each changed, and the changes that no act explains."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from django.apps import apps
from django.db.models import Q, QuerySet
from django.utils import timezone

from itb.accounts.models import EmergencyAccess, Membership, User
from itb.audit.models import AuditEvent
from itb.audit.sentences import SENTENCES, sentence
from itb.dashboard.changes import Change, changes_of, unexplained
from itb.walls import APPLICATION
from patients.models import Patient

PAGE: Final = 50
EXPORTED: Final = 50_000
"""Of an export, at most so many rows: the newest."""
UNEXPLAINED: Final = 20
LOOK_BACK: Final = timedelta(days=30)
"""How far back the page looks for changes that no act explains, where no day is asked for."""
HEADER: Final = ("number", "at", "person", "verb", "sentence", "patient", "subject", "subject number", "role")


@dataclass(frozen=True, slots=True)
class Asked:
    """What of the trail is asked for; none: all of it."""

    patient: int | None = None
    person: int | None = None
    verb: str = ""
    since: date | None = None
    until: date | None = None
    """The last day."""


@dataclass(frozen=True, slots=True)
class Act:
    """One act in words, and what its transaction changed."""

    event: AuditEvent
    sentence: str
    changes: list[Change]


def acts(member: Membership, asked: Asked) -> QuerySet[AuditEvent]:
    """The clinic's acts that are asked for, the newest first."""
    wanted = {
        "patient_id": asked.patient,
        "by_id": asked.person,
        "verb": asked.verb or None,
        "at__gte": asked.since and _midnight(asked.since),
        "at__lt": asked.until and _midnight(asked.until + timedelta(days=1)),
    }
    found = AuditEvent.objects.filter(clinic_id=member.clinic_id)
    return found.filter(**{name: value for name, value in wanted.items() if value is not None}).order_by(
        "-id"
    )


def in_words(member: Membership, events: Sequence[AuditEvent]) -> list[Act]:
    """Each act with its sentence, and beside it what its transaction changed."""
    people = people_of(member)
    told = _sentences(member, events, people)
    changes = changes_of(member, events, people)
    return [Act(event, words, changes.get(event.pk, [])) for event, words in zip(events, told, strict=True)]


def strays(member: Membership, asked: Asked, now: datetime) -> list[Change]:
    """The newest changes that no act explains."""
    since = _midnight(asked.since) if asked.since else now - LOOK_BACK
    return unexplained(member, asked.patient, since, people_of(member), UNEXPLAINED)


def sheet(member: Membership, asked: Asked) -> list[tuple[object, ...]]:
    """The acts as rows of a spreadsheet, under HEADER."""
    events = list(acts(member, asked)[:EXPORTED])
    people = people_of(member)
    told = _sentences(member, events, people)
    return [
        (
            event.pk,
            timezone.localtime(event.at),
            _who(event, people),
            event.verb,
            words,
            event.patient_id,
            event.subject,
            event.subject_id,
            event.role,
        )
        for event, words in zip(events, told, strict=True)
    ]


def people_of(member: Membership) -> dict[int, str]:
    """Everyone who has or had a part in the open clinic, or came in an emergency, by number."""
    parts = Membership.objects.filter(clinic=member.clinic_id).values("user")
    emergencies = EmergencyAccess.objects.visible_to(member).values("opened_by")
    users = User.objects.filter(Q(pk__in=parts) | Q(pk__in=emergencies)).order_by("name", "pk")
    return dict(users.values_list("pk", "name"))


def _sentences(member: Membership, events: Sequence[AuditEvent], people: Mapping[int, str]) -> list[str]:
    patients = Patient.objects.visible_to(member).in_bulk({event.patient_id for event in events})
    subjects = _subjects(events)
    return [
        sentence(
            event.verb,
            who=_who(event, people),
            what=subjects.get((event.subject, event.subject_id), f"{event.subject} {event.subject_id}"),
            patient=patients.get(event.patient_id or 0, f"patient {event.patient_id}"),
            count=event.count,
        )
        for event in events
    ]


def _who(event: AuditEvent, people: Mapping[int, str]) -> str:
    """The person; else the program, or, where it was another role of PostgreSQL, that."""
    if event.by_id is not None:
        return people.get(event.by_id, f"Person {event.by_id}")
    return "The program" if event.role == APPLICATION else f"PostgreSQL’s role {event.role}"


def _subjects(events: Iterable[AuditEvent]) -> dict[tuple[str, int], str]:
    """What each act was done to, in its own few words."""
    numbers: dict[str, set[int]] = {}
    for event in events:
        if "{what}" in SENTENCES.get(event.verb, "{what}"):
            numbers.setdefault(event.subject, set()).add(event.subject_id)
    return {
        (label, row.pk): str(row)
        for label, wanted in numbers.items()
        for row in apps.get_model(label)._meta.default_manager.in_bulk(wanted).values()
    }


def _midnight(day: date) -> datetime:
    """Where the clinic's day begins; the door has set its zone."""
    return timezone.make_aware(datetime.combine(day, time()))

"""Roles, each a sentence and a set of permissions. Data, so that a page can show it."""

from dataclasses import dataclass
from typing import Final

from django.db import models


class Permission(models.TextChoices):
    """What a person may do in one clinic."""

    VIEW = "patient.view", "See patients, the worklist and alerts"
    REGISTER = "patient.register", "Register and change patients, contacts and pumps; ask that a pump leaves"
    LET_GO = "patient.let_go", "Confirm, as the second person, that a pump is watched no more"
    START = "programme.start", "Start a programme"
    SIGN = "programme.sign", "Sign a programme as the second person"
    RECORD = "refill.record", "Record a refill"
    BOOK = "visit.book", "Book, move and close visits"
    LATE = "visit.late", "Let a visit be past its latest safe day, with a reason"
    ACKNOWLEDGE = "alert.acknowledge", "Acknowledge alerts"
    LETTERS = "letter.view", "See the letters sent"
    POLICY = "policy.change", "Change the clinic's policy"
    PEOPLE = "people.manage", "Invite people, change their roles and end their part"
    CONFIRM = "administrator.confirm", "Confirm a new administrator"
    TRAIL = "trail.view", "Read the trail"
    EXPORT = "data.export", "Export what the clinic has recorded"
    RESUME = "sending.resume", "Let letters leave again after a restored backup"


class Role(models.TextChoices):
    """A person's part in a clinic."""

    NURSE = "nurse", "Nurse"
    PRESCRIBER = "prescriber", "Prescriber"
    COORDINATOR = "coordinator", "Coordinator"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


@dataclass(frozen=True, slots=True)
class Part:
    """What a role is for, in a sentence, and what it may do."""

    sentence: str
    may: frozenset[Permission]
    is_told: bool
    """Whether letters about pumps go to this role."""


P = Permission
PARTS: Final[dict[Role, Part]] = {
    Role.NURSE: Part(
        "Runs the refill visits and keeps the worklist.",
        frozenset({P.VIEW, P.REGISTER, P.LET_GO, P.START, P.RECORD, P.BOOK, P.ACKNOWLEDGE, P.LETTERS}),
        is_told=True,
    ),
    Role.PRESCRIBER: Part(
        "Answers for the therapy and its doses, and signs as the second person.",
        frozenset(
            {
                *{P.VIEW, P.REGISTER, P.LET_GO, P.START, P.SIGN, P.RECORD, P.BOOK, P.LATE},
                *{P.ACKNOWLEDGE, P.LETTERS, P.CONFIRM},
            }
        ),
        is_told=True,
    ),
    Role.COORDINATOR: Part(
        "Books visits and reaches patients.",
        frozenset({P.VIEW, P.REGISTER, P.BOOK, P.ACKNOWLEDGE, P.LETTERS}),
        is_told=False,
    ),
    Role.ADMINISTRATOR: Part(
        "Sets the clinic's policy and says who belongs to it.",
        frozenset({P.VIEW, P.LETTERS, P.POLICY, P.PEOPLE, P.CONFIRM, P.TRAIL, P.EXPORT, P.RESUME}),
        is_told=False,
    ),
    Role.AUDITOR: Part(
        "Reads, the trail too, and changes nothing.",
        frozenset({P.VIEW, P.LETTERS, P.TRAIL, P.EXPORT}),
        is_told=False,
    ),
}

EMERGENCY: Final = Part(
    "Reads for a short time what a nurse reads, because waiting would do harm.",
    frozenset({P.VIEW, P.LETTERS}),
    is_told=False,
)
"""What a person of another clinic may do who opened this one in an emergency (docs/decisions/0010)."""

TOLD: Final = [role.value for role, part in PARTS.items() if part.is_told]
"""The roles to which letters about pumps go."""


def roles_that_may(permission: Permission) -> list[str]:
    """The roles whose part allows `permission`."""
    return [role.value for role, part in PARTS.items() if permission in part.may]

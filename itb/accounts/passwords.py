"""Passwords that would be tried first: those known from breaches, two of them together, and the words of this place."""

from typing import Final

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

WORDS: Final = (
    "administrator", "alarm", "april", "auditor", "august", "autumn", "baclofen", "catheter", "clinic", "coordinator",
    "december", "doctor", "february", "flowonix", "friday", "gablofen", "hospital", "intrathecal", "itb", "january",
    "july", "june", "letmein", "lioresal", "march", "medtronic", "monday", "november", "nurse", "october", "password",
    "patient", "prescriber", "prometra", "pump", "pumps", "refill", "reservoir", "saturday", "secret", "september",
    "spasticity", "spring", "summer", "sunday", "synchromed", "thursday", "tuesday", "ward", "watch", "wednesday",
    "welcome", "winter", "worklist",
)  # fmt: skip
"""The product, the trade, the roles, and the calendar."""
LEAST_BESIDE: Final = 8
"""Signs that must be left when these words are taken away."""
TOO_PLAIN: Final = (
    "Most of this is what anyone would try here, such as pump, clinic or a month. Use other words."
)

SHORTEST_PIECE, LONGEST_PIECE, PIECES = 4, 24, 2
LEAST_BETWEEN: Final = 5
"""Signs that must stand beside two known passwords: `qwerty` and `123456` do not make a new one with a dot between."""
LONGEST_MADE: Final = PIECES * LONGEST_PIECE + LEAST_BETWEEN
KNOWN: Final = "This is made of passwords that are known from breaches. Use other words."


class KnownPasswordValidator(CommonPasswordValidator):
    """Refuses the 20,000 commonest that are known from breaches, and what is little but two of them.

    Few of those have twelve signs; what people make of them to reach twelve is as well known.
    """

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        if len(password) < LONGEST_MADE and self._left_over(password.casefold()) < LEAST_BETWEEN:
            raise ValidationError(KNOWN, code="password_too_common")

    def _left_over(self, password: str) -> int:
        """How many signs are left when the best two known passwords are taken out."""
        left = list(range(len(password) + 1))  # of the first so many signs, with no piece taken out yet
        for _ in range(PIECES):
            before, left = left, [0]
            for end in range(1, len(password) + 1):
                starts = range(max(0, end - LONGEST_PIECE), end - SHORTEST_PIECE + 1)
                taken = (before[start] for start in starts if password[start:end] in self.passwords)
                left.append(min(before[end], left[-1] + 1, *taken))
        return left[-1]


class OwnWordsValidator:
    """Refuses a password that is little but such words."""

    def validate(self, password: str, user: object = None) -> None:
        """Raises ValidationError."""
        rest = password.casefold()
        for word in sorted(WORDS, key=len, reverse=True):
            rest = rest.replace(word, "")
        if rest != password.casefold() and len(rest) < LEAST_BESIDE:
            raise ValidationError(TOO_PLAIN, code="own_words")

    def get_help_text(self) -> str:
        """Beside the field."""
        return "Not only words of this place, such as pump, clinic or a month."

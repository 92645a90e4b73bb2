"""Which passwords are refused, and in which words."""

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from itb.accounts.models import User
from itb.accounts.passwords import KNOWN, TOO_PLAIN, WORDS

SOMEBODY = User(email="nora.nurse@harbour.example", name="Nora Nurse")


@pytest.mark.parametrize(
    "password",
    ["Baclofen-Pump-2026!", "clinic-clinic-1", "November2026!!", "refill.the.pump", "itb-watch-nurse-7"],
)
def test_words_of_this_place_alone_are_no_password(password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, SOMEBODY)
    assert TOO_PLAIN in refusal.value.messages


@pytest.mark.parametrize(
    "password", ["keep-the-pumps-running", "correct-horse-battery", "blue kettle in november"]
)
def test_such_a_word_among_others_is_no_harm(password: str) -> None:
    validate_password(password, SOMEBODY)


@pytest.mark.parametrize("password", ["short-1", "nora.nurse@harbour"])
def test_what_is_short_or_ones_own_name_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        validate_password(password, SOMEBODY)


@pytest.mark.parametrize(
    "password",
    [
        "1q2w3e4r5t6y",
        "123456789012",
        "Password1234",
        "iloveyou.2024",
        "qwerty-123456",
        "PurpleMonkey1",
        "aaaaaaaaaaaa",
    ],
)
def test_what_is_known_from_breaches_or_made_of_two_such_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        validate_password(password, SOMEBODY)
    assert KNOWN in refusal.value.messages


@pytest.mark.parametrize(
    "password",
    ["a" * 8 + "bcdefghi" * 16, "только русские буквы", "  spaces stay as they are  ", "7392 4471 9982 1123"],
)
def test_any_sign_and_any_length_from_twelve_on_is_taken_as_it_is(password: str) -> None:
    validate_password(password, SOMEBODY)
    SOMEBODY.set_password(password)
    assert SOMEBODY.check_password(password)
    assert not SOMEBODY.check_password(password.strip()[:72].lower() + " ")


def test_the_words_are_written_as_they_are_compared() -> None:
    assert all(word.isalpha() and word == word.casefold() for word in WORDS)
    assert list(WORDS) == sorted(set(WORDS))

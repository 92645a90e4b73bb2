"""A key is exchanged without anybody losing anything; what is signed or sealed for one purpose serves no other."""

from typing import Any

import pytest
from cryptography.fernet import InvalidToken
from django.core import signing

from itb.accounts import drafts
from itb.accounts.factors import FactorAdapter

NEW, OLD = "a new key of some length", "the old key of some length"


def test_a_key_is_exchanged_and_what_the_old_one_signed_still_opens(settings: Any) -> None:
    settings.SECRET_KEY = OLD
    note = signing.dumps([1, 2], salt=drafts.SALT)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = NEW, [OLD]
    assert signing.loads(note, salt=drafts.SALT) == [1, 2]
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(signing.BadSignature):
        signing.loads(note, salt=drafts.SALT)


def test_a_note_for_one_purpose_opens_no_other() -> None:
    note = signing.dumps([1, 2], salt=drafts.SALT)
    with pytest.raises(signing.BadSignature):
        signing.loads(note, salt="another.purpose")


def test_a_sealed_seed_that_was_changed_does_not_open(settings: Any) -> None:
    settings.FACTOR_KEYS = [NEW]
    sealed = FactorAdapter().encrypt("JBSWY3DPEHPK3PXP")
    assert "JBSWY3DPEHPK3PXP" not in sealed
    assert FactorAdapter().decrypt(sealed) == "JBSWY3DPEHPK3PXP"
    middle = len(sealed) // 2
    changed = sealed[:middle] + ("A" if sealed[middle] != "A" else "B") + sealed[middle + 1 :]
    with pytest.raises(InvalidToken):
        FactorAdapter().decrypt(changed)

"""A database that was there before the trail: its old rows are linked and its histories begun, once."""

from io import StringIO

import pytest
from django.core.management import call_command

from itb.audit.history import HISTORIES
from itb.audit.models import Link
from patients.models import Patient, Pump
from tests.cast import Cast
from tests.security.trail import BOTH, unseen, verified


def begun() -> list[str]:
    out = StringIO()
    call_command("begin_trail", stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.django_db(transaction=True, databases=BOTH)
def test_what_was_there_before_is_linked_and_begun_and_then_the_trail_is_whole(
    cast: Cast, pump: Pump
) -> None:
    history = HISTORIES[Patient]._meta.db_table
    links = Link.objects.using("owner").exclude(relation=history).count()
    unseen(history, f"DELETE FROM {history}")
    unseen("audit_link", "DELETE FROM audit_link")
    said = verified()
    assert "of patients_patient is not what its history says" in said
    assert "of audit_auditevent has no link" in said
    assert begun() == [f"{links} rows linked", "1 histories begun"]
    assert "Nothing is wrong in what can be told." in verified()
    assert begun() == ["0 rows linked", "0 histories begun"]

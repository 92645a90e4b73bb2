"""Nothing clinical is deleted: not by a page, not by a slip in a query, not by the application's role at all."""

import pytest
from django.db import connection, models
from django.db.models import ProtectedError
from django.db.utils import ProgrammingError

from itb.audit.append_only import AppendOnlyModel
from patients.models import Patient, Pump
from tests.cast import Cast
from tests.house.models import own_models

MAY_GO = {
    "refills.Projection": "it comes back by itself, empty, and is computed anew",
    "accounts.Attempt": "who is unlocked begins to count anew; old ones are forgotten",
    "accounts.SignIn": "old ones are forgotten: they say from where people worked",
    "accounts.Notice": "old ones are forgotten: each became a letter",
    "accounts.CacheEntry": "a cache",
    "morning.MorningList": "a copy of what stands elsewhere, forgotten after a fortnight",
    "accounts.Draft": "it goes when its page is kept or begun anew, and when nobody came back to it",
}
STAYS = [model for model in own_models() if model._meta.label not in MAY_GO]


@pytest.mark.parametrize("model", STAYS, ids=lambda model: model._meta.label)
def test_the_applications_role_may_delete_no_row(model: type[models.Model], db: None) -> None:
    if issubclass(model, AppendOnlyModel):
        return  # refused by a trigger, for every role: tests/house/test_models.py
    with connection.cursor() as cursor:
        cursor.execute("SELECT has_table_privilege(current_user, %s, 'DELETE')", [model._meta.db_table])
        assert cursor.fetchone() == (False,), "revoke it in a migration, or name it here with the reason"


def test_a_patient_with_a_pump_is_deleted_by_nobody(cast: Cast, pump: Pump) -> None:
    with pytest.raises(ProtectedError):
        pump.patient.delete()
    with pytest.raises(ProgrammingError, match="permission denied"):
        Patient.objects.filter(pk=pump.patient_id)._raw_delete(using="default")  # type: ignore[attr-defined]

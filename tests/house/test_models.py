"""Rules that every model keeps."""

import pytest
from django.db import Error, connection, models, transaction

from alerts.absences import change_escalation, name_lead
from alerts.escalation import Escalation
from alerts.policy import DEFAULTS
from alerts.proof import prove
from alerts.services import change_steps
from itb.audit.append_only import AppendOnlyError, AppendOnlyModel
from itb.backup.models import Backup
from itb.outbox.policy import Pacing
from itb.outbox.services import change_pacing
from patients.models import Pump
from refills.policy import Margins
from refills.procedure_policy import ProcedureRules
from refills.services import book_visit, change_margins, change_procedure
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.models import own_models

FACTS = [model for model in own_models() if issubclass(model, AppendOnlyModel)]


def label(model: type[models.Model]) -> str:
    return model._meta.label


@pytest.mark.parametrize("model", own_models(), ids=label)
def test_no_model_orders_itself(model: type[models.Model]) -> None:
    assert not model._meta.ordering


@pytest.mark.parametrize("model", own_models(), ids=label)
def test_who_did_it_never_stands_without_when(model: type[models.Model]) -> None:
    names = {field.name for field in model._meta.get_fields()}
    people = {field.name for field in model._meta.get_fields() if field.is_relation}
    for name in people:
        if name == "by":
            assert "at" in names
        elif name.endswith("_by"):
            assert name.removesuffix("_by") + "_at" in names, f"{model._meta.label}.{name}"


@pytest.mark.parametrize("model", FACTS, ids=label)
def test_a_fact_is_never_changed_by_whatever_means(model: type[models.Model], cast: Cast, pump: Pump) -> None:
    cast.correction(cast.adjustment(pump, days_ago=1, kind="bolus", amount_mcg=50))
    cast.pending(pump)
    cast.signs_nothing()
    change_procedure(rules=ProcedureRules(), by=cast.administrator, at=cast.at)
    cast.followup(pump)
    cast.own_model()
    cast.own_product()
    change_margins(margins=Margins(), by=cast.administrator, at=cast.at)
    change_steps(steps=DEFAULTS, by=cast.administrator, at=cast.at)
    change_pacing(pacing=Pacing(), by=cast.administrator, at=cast.at)
    book_visit(pump=pump, on=cast.at.date(), by=cast.nurse, at=cast.at)
    cast.everything_planned(pump)
    cast.invitation()
    cast.grant()
    cast.emergency()
    cast.departure(pump)
    cast.catheter(pump.patient)
    cast.offered(pump)
    cast.saved_view()
    cast.absence()
    name_lead(member=cast.prescriber, by=cast.administrator, at=cast.at)
    change_escalation(escalation=Escalation(), because="", by=cast.administrator, at=cast.at)
    cast.cadence()
    prove(at=cast.at)
    swept(pump)
    Backup.objects.create(at=cast.at, name="itb.age", sha256="", size=1)
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # the links, which else are made by the commit
    row = model._default_manager.first()
    assert row is not None
    with pytest.raises(AppendOnlyError):
        row.save()
    with pytest.raises(AppendOnlyError):
        row.delete()
    with pytest.raises(AppendOnlyError):
        model._default_manager.all().delete()
    with pytest.raises(AppendOnlyError):
        model._default_manager.update(pk=1)
    table = model._meta.db_table
    for statement in (f"UPDATE {table} SET id = id", f"DELETE FROM {table}", f"TRUNCATE {table} CASCADE"):
        with (
            pytest.raises(Error, match=r"append-only|permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # TRUNCATE waits for no foreign key's check
            cursor.execute(statement)

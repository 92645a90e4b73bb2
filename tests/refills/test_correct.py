"""What was recorded wrong is struck out: seen with what follows, with a reason, once. Then it counts for nothing."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from itb.audit.sentences import SENTENCES
from itb.walls import enter, inside
from patients.models import Pump
from refills import services
from refills.models import Adjustment, Correction, Fact, Programme, Projection, Refill
from tests.cast import Cast, posted
from tests.pages import FormPage

WHY = {"reason": "Entered for the wrong patient."}


def address(fact: Fact) -> str:
    return reverse(f"refills:correct_{fact._meta.model_name}", args=[fact.pk])


def page(client: Client, cast: Cast, fact: Fact) -> FormPage:
    return FormPage(client, cast.nurse, address(fact))


def chart(client: Client, pump: Pump) -> str:
    return client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()


@pytest.fixture
def refill(cast: Cast, pump: Pump) -> Refill:
    """A second refill, which is wrong."""
    return cast.refill(pump, days_ago=2, withdrawn_ml=Decimal("34.4"))


def facts_of(pump: Pump) -> list[dict[str, Any]]:
    """From which facts the stored forecast was made."""
    row = Projection.objects.get(pump=pump)
    assert row.facts_version == Pump.objects.get(pk=pump.pk).facts_version
    return list(row.scenario["facts"])


def test_a_refill_struck_out_counts_for_nothing_and_stays_on_the_chart(
    client: Client, cast: Cast, pump: Pump, refill: Refill
) -> None:
    before = Projection.objects.get(pump=pump)
    assert page(client, cast, refill).keep(WHY).status_code == 302
    after = Projection.objects.get(pump=pump)
    assert len(facts_of(pump)) == len(before.scenario["facts"]) - 1
    assert after.refill_by is not None
    assert before.refill_by is not None
    assert after.refill_by < before.refill_by
    found = " ".join(chart(client, pump).split())
    assert found.count("Struck out</strong> by Nurse") == 1
    assert "“Entered for the wrong patient.”" in found
    assert found.count("/correct/") == 2, "what is struck out is not offered again"


def test_the_dates_without_it_stand_beside_those_with_it_before_anything_is_struck(
    client: Client, cast: Cast, pump: Pump, refill: Refill
) -> None:
    tab = page(client, cast, refill)
    lines = {line.name: line for line in tab.answer.context["form"].lines}
    assert lines["Refill by"].change.endswith("earlier")
    assert not Correction.objects.exists()
    seen = tab.answer.context["form"].fingerprint()
    assert tab.press(WHY, seen=seen).status_code == 302, "what was seen already is not asked twice"
    assert Correction.objects.get().fact == refill


def test_no_reason_strikes_nothing_in_the_form_and_in_the_database(
    client: Client, cast: Cast, refill: Refill
) -> None:
    assert page(client, cast, refill).errors({"reason": " "}) == {"reason": "Fill this in."}
    with pytest.raises(IntegrityError, match="correction_has_a_reason"), transaction.atomic():
        services.correct(fact=refill, reason="", posted=posted(refill.pump), by=cast.nurse, at=cast.at)


def test_a_date_moves_later_only_where_someone_says_so(client: Client, cast: Cast, pump: Pump) -> None:
    bolus = cast.adjustment(pump, days_ago=1, kind="withdraw", volume_ml=20)
    before = Projection.objects.get(pump=pump).refill_by
    tab = page(client, cast, bolus)
    tab.agrees = False
    later = tab.answer.context["form"].later
    assert later.before == before
    assert "Tick this" in tab.errors(WHY)["accepts_later"]
    assert "Tick this" in tab.errors({**WHY, "accepts_later": "2099-01-01"})["accepts_later"]
    assert not Correction.objects.exists()
    assert tab.keep({**WHY, "accepts_later": later.token}).status_code == 302
    assert Projection.objects.get(pump=pump).refill_by == later.after


def test_the_bridge_of_a_programme_goes_with_it_or_stays_as_is_said(
    client: Client, cast: Cast, pump: Pump
) -> None:
    for answer, left in (("strike", 0), ("leave", 1)):
        bridge = Adjustment(
            pump=pump, at=cast.ago(1), kind="bridge", volume_ml=Decimal("0.3"), hours=Decimal(9)
        )
        programme = cast.programme(pump, days_ago=1, dose="500", bridge=bridge)
        tab = page(client, cast, programme)
        assert tab.errors(WHY) == {"bridge": "Choose one."}
        assert tab.keep({**WHY, "bridge": answer}).status_code == 302
        assert pump.adjustments.standing().count() == left
        assert pump.programmes.standing().count() == 1


def test_struck_out_and_told_anew_begins_with_what_was_typed_and_never_with_the_drug(
    client: Client, cast: Cast, pump: Pump, refill: Refill
) -> None:
    answer = page(client, cast, refill).keep(WHY | {"anew": "yes"})
    assert answer.url == reverse("refills:record", args=[pump.pk])
    form = client.get(answer.url).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    assert (shown["withdrawn_ml"], shown["filled_ml"], shown["emptied"]) == ("34.4", "40", "yes")
    assert not any(shown[name] for name in ("product", "lot", "concentration_mcg_per_ml", "serial_ending"))
    assert client.get(answer.url).context["form"]["filled_ml"].value() is None, "once"


@pytest.mark.parametrize("kind", ["bolus", "stop"])
def test_anything_else_is_told_anew_on_its_own_form(
    client: Client, cast: Cast, pump: Pump, kind: str
) -> None:
    quantity = {"amount_mcg": 50} if kind == "bolus" else {}
    adjustment = cast.adjustment(pump, days_ago=0.5, kind=kind, **quantity)
    answer = page(client, cast, adjustment).keep(WHY | {"anew": "yes"})
    form = client.get(answer.url).context["form"]
    assert (form["kind"].value(), form["amount_mcg"].value()) == (kind, "50" if quantity else None)


def test_a_day_of_steps_is_told_anew_step_by_step(client: Client, cast: Cast, pump: Pump) -> None:
    steps = [{"from": "00:00", "mcg_per_h": "10"}, {"from": "08:00", "mcg_per_h": "25.50"}]
    programme = Programme(
        pump=pump, at=cast.ago(1), mode="flex", concentration_mcg_per_ml=Decimal(2000),
        dose_mcg_per_day=Decimal(488), pattern={"steps": steps},
    )  # fmt: skip
    services.start_programme(programme=programme, posted=posted(pump), by=cast.nurse, at=cast.at)
    answer = page(client, cast, programme).keep({**WHY, "anew": "yes"})
    form = client.get(answer.url).context["form"]
    assert [form[name].value() for name in ("mode", "from_1", "rate_1")] == ["flex", "08:00", "25.50"]
    assert form["concentration_mcg_per_ml"].value() is None


def test_at_the_instant_of_what_was_struck_out_there_is_room_for_one(cast: Cast, pump: Pump) -> None:
    for made, rule in (
        (lambda: cast.refill(pump, days_ago=2), "refill_one_at_an_instant"),
        (lambda: cast.programme(pump, days_ago=2), "programme_one_at_an_instant"),
        (
            lambda: cast.adjustment(pump, days_ago=2, kind="bolus", amount_mcg=9),
            "adjustment_one_of_a_kind_at_an_instant",
        ),
    ):
        cast.correction(made())
        made()
        with pytest.raises(IntegrityError) as refused, transaction.atomic():
            made()
        assert refused.value.__cause__.diag.constraint_name == rule  # type: ignore[union-attr]


def test_the_same_page_twice_strikes_once_and_another_page_is_told(
    client: Client, cast: Cast, pump: Pump, refill: Refill
) -> None:
    first, second = page(client, cast, refill), page(Client(), cast, refill)
    assert first.keep(WHY).status_code == 302
    assert first.press(WHY).status_code == 302
    assert second.press(WHY).status_code == 409
    assert "struck out before" in second.answer.content.decode()
    assert Correction.objects.count() == 1
    assert AuditEvent.objects.filter(verb="refill.corrected").count() == 1
    assert "struck out already" in first.open().content.decode()


def test_every_kind_leaves_its_own_act(cast: Cast, pump: Pump, refill: Refill) -> None:
    made = [refill, cast.programme(pump, days_ago=1), cast.adjustment(pump, days_ago=1, kind="stop")]
    for fact in made:
        correction = cast.correction(fact)
        act = AuditEvent.objects.latest("id")
        assert act.verb in SENTENCES
        assert (act.subject_id, act.patient_id, correction.patient_id) == (
            fact.pk,
            pump.patient_id,
            pump.patient_id,
        )


def test_what_is_contradicted_by_the_rest_is_said_and_unknown(client: Client, cast: Cast, pump: Pump) -> None:
    only = pump.programmes.get()
    tab = page(client, cast, only)
    assert "nothing can be forecast" in tab.answer.content.decode()
    tab.keep(WHY)
    assert Projection.objects.get(pump=pump).error == "no_programme"


def test_only_who_may_record_it_strikes_it_out(client: Client, cast: Cast, refill: Refill) -> None:
    client.force_login(cast.coordinator.user)
    assert client.get(address(refill)).status_code == 403
    assert "/correct/" not in chart(client, refill.pump)


def test_the_database_strikes_no_fact_of_another_pump(cast: Cast, pump: Pump, refill: Refill) -> None:
    other = cast.running_pump()
    with pytest.raises(IntegrityError, match="another pump"), transaction.atomic():
        Correction.objects.create(
            pump=other, refill=refill, reason="x", key=uuid4(), struck_at=cast.at,
            struck_by=cast.nurse.user, recorded_clinic=cast.clinic,
        )  # fmt: skip


def test_the_database_strikes_no_fact_of_another_clinic(cast: Cast, pump: Pump) -> None:
    theirs = cast.running_pump(by=cast.stranger)
    with inside(cast.stranger.clinic_id):
        their_refill = theirs.refills.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Correction.objects.create(
            pump=pump, refill=their_refill, reason="x", key=uuid4(), struck_at=cast.at,
            struck_by=cast.nurse.user, recorded_clinic=cast.clinic,
        )  # fmt: skip


def test_a_correction_past_the_services_makes_the_forecast_unknown(
    cast: Cast, pump: Pump, refill: Refill
) -> None:
    Correction.objects.create(
        pump=pump, refill=refill, reason="x", key=uuid4(), struck_at=cast.at,
        struck_by=cast.nurse.user, recorded_clinic=cast.clinic,
    )  # fmt: skip
    assert Projection.objects.get(pump=pump).danger_at is None


@pytest.mark.django_db(transaction=True)
def test_two_at_once_at_the_instant_of_a_struck_one_make_one(cast: Cast) -> None:
    """Past the services, where nobody has locked the pump: the database's own rule stands in line."""
    pump = cast.running_pump()
    cast.correction(pump.refills.get())
    at, barrier, made = cast.ago(30), threading.Barrier(2), []

    def save() -> None:
        enter(cast.clinic.pk, None)
        barrier.wait()
        try:
            made.append(
                Refill.objects.create(
                    pump_id=pump.pk, at=at, filled_ml=40, concentration_mcg_per_ml=2000, lot="L", key=uuid4(),
                    recorded_at=at + timedelta(days=1), recorded_by=cast.nurse.user, recorded_clinic=cast.clinic,
                )
            )  # fmt: skip
        except IntegrityError as error:
            made.append(error.__cause__.diag.constraint_name)  # type: ignore[union-attr]
        finally:
            connection.close()

    threads = [threading.Thread(target=save) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, made)) == ["40 mL", "refill_one_at_an_instant"]
    assert pump.refills.standing().count() == 1

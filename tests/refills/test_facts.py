"""Facts: written once, counted by the database, bounded by it, and raced for by two nurses."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from itb import clock
from itb.audit.models import AuditEvent
from itb.infusion.forecast import forecast_json
from itb.walls import enter
from patients.models import Pump
from refills import services
from refills.models import Appointment, Programme, Projection, Refill
from refills.scenario import scenario_of
from tests.cast import Cast, posted


def test_a_pump_has_a_projection_from_its_first_moment_and_it_is_unknown(cast: Cast) -> None:
    row = Projection.objects.get(pump=cast.bare_pump())
    assert (row.danger_at, row.error, row.clinic) == (None, "no_fill", cast.clinic)


def test_every_fact_raises_the_version_and_the_projection_follows_in_the_same_transaction(cast: Cast) -> None:
    pump = cast.bare_pump()
    cast.programme(pump, days_ago=3)
    cast.refill(pump, days_ago=3)
    pump.refresh_from_db()
    row = Projection.objects.get(pump=pump)
    assert row.facts_version == pump.facts_version == 2
    assert row.danger_at is not None


def test_a_fact_that_came_past_the_services_makes_the_forecast_unknown(cast: Cast, pump: Pump) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO refills_programme (pump_id, at, recorded_at, recorded_by_id, recorded_clinic_id, key, mode,"
            " concentration_mcg_per_ml, dose_mcg_per_day, pattern, reason)"
            " SELECT pump_id, at + interval '1 day', recorded_at, recorded_by_id, recorded_clinic_id,"
            " gen_random_uuid(), mode, concentration_mcg_per_ml, 800, pattern, reason FROM refills_programme"
        )
    assert Projection.objects.get(pump=pump).danger_at is None


def test_the_row_says_what_the_core_says_of_the_same_scenario(cast: Cast, pump: Pump) -> None:
    row = Projection.objects.get(pump=pump)
    answer = forecast_json(row.scenario)
    assert answer == row.forecast
    assert row.refill_by is not None
    assert answer["refill_by"] == row.refill_by.isoformat()
    assert scenario_of(pump, cast.at)["facts"] == row.scenario["facts"]


@pytest.mark.parametrize(
    ("column", "value", "constraint"),
    [
        ("filled_ml", Decimal("40.01"), "refill_within_reservoir"),
        ("withdrawn_ml", Decimal("40.01"), "refill_within_reservoir"),
        ("filled_ml", Decimal(0), "refill_filled_above_zero"),
        ("withdrawn_ml", Decimal(-1), "refill_withdrawn_not_negative"),
        ("concentration_mcg_per_ml", Decimal(4001), "refill_concentration_in_range"),
        ("concentration_mcg_per_ml", Decimal(0), "refill_concentration_in_range"),
    ],
)
def test_the_database_itself_refuses_what_cannot_be(
    cast: Cast, pump: Pump, column: str, value: Decimal, constraint: str
) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        unsaved(cast, pump, **{column: value}).save()
    assert refused.value.__cause__.diag.constraint_name == constraint  # type: ignore[union-attr]


def test_the_database_refuses_a_refill_from_the_future(cast: Cast, pump: Pump) -> None:
    with pytest.raises(IntegrityError, match="refill_not_in_the_future"), transaction.atomic():
        unsaved(cast, pump, at=cast.at + timedelta(minutes=6)).save()


def unsaved(cast: Cast, pump: Pump, **facts: Any) -> Refill:
    """A refill of now, with all that the table wants."""
    usual: dict[str, Any] = {
        "at": cast.at,
        "withdrawn_ml": Decimal(30),
        "filled_ml": Decimal(40),
        "concentration_mcg_per_ml": Decimal(2000),
        "product": "lioresal-2000-20",
        "lot": "L2",
        "recorded_at": cast.at,
        "recorded_by": cast.nurse.user,
        "recorded_clinic": cast.clinic,
        "key": uuid4(),
    }
    return Refill(pump=pump, **{**usual, **facts})


def keep(cast: Cast, pump: Pump, token: services.Posted, **facts: Any) -> Refill:
    return services.record_refill(
        refill=unsaved(cast, pump, **facts), next_visit_on=None, posted=token, by=cast.nurse, at=clock.now()
    )


def test_the_same_form_twice_is_one_refill(cast: Cast, pump: Pump) -> None:
    token = posted(pump)
    assert keep(cast, pump, token).pk == keep(cast, pump, token).pk
    assert Refill.objects.filter(pump=pump).count() == 2
    assert AuditEvent.objects.filter(verb="refill.recorded", at__gt=cast.at).count() == 1


def test_a_form_over_old_facts_is_refused(cast: Cast, pump: Pump) -> None:
    first, second = posted(pump), posted(pump)
    keep(cast, pump, first)
    with pytest.raises(services.FactsMovedError):
        keep(cast, pump, second, at=cast.at - timedelta(minutes=1))


def test_a_refill_ends_the_booked_visit_and_books_the_next(cast: Cast, pump: Pump) -> None:
    today = cast.at.astimezone(cast.clinic.tz).date()
    services.book_visit(pump=pump, on=today, by=cast.nurse, at=cast.at)
    services.record_refill(
        refill=unsaved(cast, pump),
        next_visit_on=today + timedelta(days=90),
        posted=posted(pump),
        by=cast.nurse,
        at=clock.now(),
    )
    states = list(Appointment.objects.filter(pump=pump).order_by("id").values_list("state", flat=True))
    assert states == [Appointment.State.ATTENDED, Appointment.State.BOOKED]


def test_a_refill_that_is_written_down_late_ends_no_visit_that_came_after_it(cast: Cast, pump: Pump) -> None:
    ahead = cast.at.date() + timedelta(days=60)
    services.book_visit(pump=pump, on=ahead, by=cast.nurse, at=cast.at)
    keep(cast, pump, posted(pump), at=cast.ago(100), withdrawn_ml=None)
    keep(cast, pump, posted(pump), at=cast.ago(2))
    assert Appointment.objects.get(pump=pump).state == Appointment.State.BOOKED


def test_half_a_refill_never_exists(cast: Cast, pump: Pump, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(services, "record_act", fail)
    before = Projection.objects.get(pump=pump).facts_version
    with pytest.raises(RuntimeError):
        keep(cast, pump, posted(pump))
    assert Refill.objects.filter(pump=pump).count() == 1
    assert Projection.objects.get(pump=pump).facts_version == before


@pytest.mark.django_db(transaction=True)
def test_two_nurses_who_save_at_once_make_one_refill_and_one_hears_of_the_other(cast: Cast) -> None:
    pump = cast.running_pump()
    heard: list[object] = []
    barrier = threading.Barrier(2)

    def save(minutes: int) -> None:
        enter(cast.clinic.pk, None)
        token = posted(Pump.objects.get(pk=pump.pk))
        barrier.wait()
        try:
            heard.append(keep(cast, pump, token, at=cast.at - timedelta(minutes=minutes)))
        except services.FactsMovedError as error:
            heard.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=save, args=[minutes]) for minutes in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(type(each).__name__ for each in heard) == ["FactsMovedError", "Refill"]
    assert Refill.objects.filter(pump=pump).count() == 2


def test_no_forecast_is_believed_of_a_pump_whose_programme_is_missing(cast: Cast) -> None:
    pump = cast.bare_pump()
    cast.refill(pump, days_ago=1)
    assert not Programme.objects.filter(pump=pump).exists()
    assert Projection.objects.get(pump=pump).error == "no_programme"

"""Pumps and catheters in sequence: one at a time, the old countdown ends, the new one starts clean, both are shown."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse

from alerts.sweep import sweep
from itb.audit.models import AuditEvent
from patients.models import Catheter, Pump
from patients.services import Implant, implant_pump, record_replacement
from refills.models import Appointment, Projection
from refills.services import book_visit
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.pages import FormPage

TYPED = {"model": "synchromed-ii-20", "serial": "NGV5555", "alarm_ml": "2"}
CATHETER = {"model": "ascenda-8781", "length_cm": "60", "tip_level": "T10", "implanted_on": "2024-01-15"}


@pytest.fixture
def page(client: Client, cast: Cast, pump: Pump) -> FormPage:
    return FormPage(client, cast.nurse, reverse("patients:implant", args=[pump.patient_id]))


@pytest.fixture
def typed(cast: Cast) -> dict[str, str]:
    return {**TYPED, "implanted_on": f"{cast.at:%Y-%m-%d}"}


def chart(page: FormPage, pump: Pump) -> str:
    return page.client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()


def check_now() -> None:
    """What is looked at when the transaction ends."""
    connection.cursor().execute("SET CONSTRAINTS ALL IMMEDIATE")


def test_a_replacement_ends_one_countdown_begins_another_and_the_chart_shows_both(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    book_visit(pump=pump, on=cast.at.date() + timedelta(days=9), by=cast.nurse, at=cast.at)
    alert = swept(pump)
    assert page.press(typed).status_code == 302
    check_now()
    pump.refresh_from_db()
    new = Pump.objects.active().get(patient=pump.patient_id)
    assert pump.explanted_on == new.implanted_on == cast.at.date()
    assert new.reservoir_ml == 20
    assert Projection.objects.get(pump=new).danger_at is None, "nothing is known of it: it sorts first"
    assert not Projection.objects.active().filter(pump=pump).exists()
    sweep()
    alert.refresh_from_db()
    assert alert.state == "closed"
    assert Appointment.objects.get(pump=pump).state == Appointment.State.CANCELLED
    body = chart(page, pump)
    for said in (pump.serial, "NGV5555", "replaced by the next pump", "Records of this pump", "First fill"):
        assert said in body
    verbs = set(AuditEvent.objects.filter(patient_id=pump.patient_id).values_list("verb", flat=True))
    assert {"pump.replaced", "pump.implanted"} <= verbs


def test_the_same_post_twice_is_one_pump(page: FormPage, typed: dict[str, str], pump: Pump) -> None:
    page.press(typed)
    page.press(typed)
    assert Pump.objects.filter(patient=pump.patient_id).count() == 2, "the old one and the new one"


def test_a_pump_that_is_to_leave_is_not_replaced_before_that_is_decided(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.departure(pump)
    assert "decide that first" in page.errors(typed)["__all__"]
    assert "Decide that first" in page.answer.content.decode()
    assert Pump.objects.active().get() == pump


def test_who_has_none_any_more_gets_a_pump_and_is_watched_again(
    page: FormPage, typed: dict[str, str], cast: Cast, pump: Pump
) -> None:
    cast.left(pump)
    body = chart(page, pump)
    assert reverse("patients:implant", args=[pump.patient_id]) in body
    assert "First fill" in body, "the records of who has left stay readable"
    page.open()
    assert page.press(typed).status_code == 302
    assert Projection.objects.active().filter(pump__patient=pump.patient_id).exists()


@pytest.mark.parametrize("day", ["2019-12-31", "1979-12-31", "2999-01-01"])
def test_a_day_that_cannot_be_is_refused(page: FormPage, typed: dict[str, str], day: str) -> None:
    assert page.errors({**typed, "implanted_on": day})["implanted_on"]


def test_a_serial_number_is_one_patients_at_a_time(page: FormPage, typed: dict[str, str], cast: Cast) -> None:
    other = cast.bare_pump(serial="NGV5555")
    typed |= {"model": "synchromed-ii-40", "serial": "ngv5555"}
    assert "already" in page.errors(typed)["serial"]
    cast.left(other)
    page.open()
    assert page.press(typed).status_code == 302, "from the day on which the other one had left"


def test_the_database_keeps_periods_apart(cast: Cast, pump: Pump) -> None:
    implant = Implant("synchromed-ii-40", "NGV9", date(2021, 1, 1), Decimal(2))
    with pytest.raises(IntegrityError, match="pump_one_a_patient_at_a_time"), transaction.atomic():
        implant_pump(patient=pump.patient, implant=implant, by=cast.nurse, at=cast.at)
    cast.left(pump)
    with pytest.raises(IntegrityError, match="pump_one_a_patient_at_a_time"), transaction.atomic():
        implant_pump(patient=pump.patient, implant=implant, by=cast.nurse, at=cast.at)
    other = cast.bare_pump().patient
    theirs = Implant("synchromed-ii-40", pump.serial, date(2021, 1, 1), Decimal(2))
    Pump.objects.filter(patient=other).update(implanted_on=cast.at.date(), serial="Z1")
    with pytest.raises(IntegrityError, match="pump_"), transaction.atomic():
        implant_pump(patient=other, implant=theirs, by=cast.nurse, at=cast.at)


def test_a_catheter_holds_its_length_times_its_volume_by_length_and_a_bridge_counts_with_it(
    page: FormPage, cast: Cast, pump: Pump
) -> None:
    page.address = reverse("patients:catheter", args=[pump.patient_id])
    page.open()
    for _ in "twice":
        assert page.press(CATHETER).status_code == 302
    catheter = Catheter.objects.get()
    assert (catheter.volume_ml, catheter.tip_level) == (Decimal("0.132"), "T10")
    assert "unconfirmed-M" in catheter.source
    form = page.client.get(reverse("refills:adjust", args=[pump.pk])).context["form"]
    assert form["catheter_ml"].value() == "0.132"
    assert "60 cm × 0.0022 mL/cm" in form.fields["catheter_ml"].help_text
    assert "tip at T10" in chart(page, pump)


def test_a_revision_ends_the_catheter_before_it(page: FormPage, cast: Cast, pump: Pump) -> None:
    former = cast.catheter(pump.patient)
    page.address = reverse("patients:catheter", args=[pump.patient_id])
    page.open()
    own = {
        "model": "other", "other_model": "Quay 1", "other_maker": "Quayside Works", "ml_per_cm": "0.003",
        "source": "Leaflet 3",
    }  # fmt: skip
    assert page.errors({**CATHETER, "model": "other"}).keys() >= {"other_model", "ml_per_cm", "source"}
    assert page.errors({**CATHETER, **own, "implanted_on": "2019-01-01"})["implanted_on"]
    assert page.press({**CATHETER, **own, "length_cm": "45.5"}).status_code == 302
    former.refresh_from_db()
    new = Catheter.objects.current().get()
    assert (former.explanted_on, new.volume_ml) == (date(2024, 1, 15), Decimal("0.1365"))
    for verb in ("catheter.implanted", "catheter.revised"):
        assert AuditEvent.objects.filter(verb=verb).count() == 1


@pytest.mark.parametrize(
    "slip", [{"length_cm": "600"}, {"length_cm": "0"}, {"tip_level": "X1"}, {"model": "x"}]
)
def test_what_no_catheter_is_is_refused(page: FormPage, pump: Pump, slip: dict[str, str]) -> None:
    page.address = reverse("patients:catheter", args=[pump.patient_id])
    page.open()
    assert page.errors({**CATHETER, **slip}).keys() == slip.keys()


@pytest.mark.parametrize(
    ("days", "mark"), [(181, ""), (180, "due"), (91, "due"), (90, "urgent"), (-1, "urgent")]
)
def test_the_replacement_date_is_work_from_180_days_and_urgent_from_90(
    page: FormPage, cast: Cast, pump: Pump, days: int, mark: str
) -> None:
    page.address = reverse("patients:replacement", args=[pump.pk])
    page.open()
    day = cast.at.astimezone(cast.clinic.tz).date() + timedelta(days=days)
    assert page.press({"on": f"{day}"}).status_code == 302
    answer = page.client.get(reverse("dashboard:chart", args=[pump.patient_id]))
    assert answer.context["replacement_tier"] == mark
    assert "To be replaced by" in answer.content.decode()


def test_the_same_replacement_date_twice_is_one_act(cast: Cast, pump: Pump) -> None:
    for _ in "twice":
        record_replacement(pump=pump, on=date(2030, 1, 1), by=cast.nurse, at=cast.at)
    assert AuditEvent.objects.filter(verb="replacement.recorded").count() == 1

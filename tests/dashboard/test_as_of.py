"""Row 7: dose, volume, forecast and records of any past day, from what was known then; nothing on that page writes."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from itb import clock
from itb.accounts.models import User
from itb.dashboard.chart import chart_as_of
from itb.templatetags.moments import day
from patients.models import Patient, Pump
from refills import services
from refills.models import Programme
from refills.policy import Margins
from refills.projection import forecast_of
from refills.replay import replay
from tests.cast import Cast, posted


@pytest.fixture
def pump(cast: Cast) -> Pump:
    """A pump that was filled and programmed 50 days ago, as was written down that day."""
    made = cast.bare_pump()
    then = replace(cast, at=cast.ago(50))
    then.programme(made, days_ago=0)
    then.refill(made, days_ago=0)
    return Pump.objects.select_related("patient__clinic").get(pk=made.pk)


def page(client: Client, cast: Cast, pump: Pump, as_of: str) -> Any:
    client.force_login(cast.nurse.user)
    return client.get(reverse("dashboard:chart", args=[pump.patient_id]), {"as_of": as_of})


def said(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_a_past_day_knows_nothing_of_what_was_written_down_later(cast: Cast, pump: Pump) -> None:
    before = forecast_of(pump, cast.ago(20))
    cast.programme(pump, days_ago=30, dose="800")  # written down today
    cast.correction(pump.refills.get())  # struck out today
    then = chart_as_of(replay(pump, cast.ago(20)))
    assert then.forecast == before
    assert then.programme is not None
    assert then.programme.dose_mcg_per_day == 400
    assert [record.struck for record in then.records] == [None, None]
    assert chart_as_of(replay(pump, cast.at)).forecast is None, "today no fill stands"


def test_the_page_of_a_past_day_says_so_and_writes_nothing(client: Client, cast: Cast, pump: Pump) -> None:
    on = cast.ago(20).astimezone(cast.clinic.tz).date()
    found = said(page(client, cast, pump, str(on)))
    assert f"As of {day(on)} 23:59, from what was known then." in found
    main = found.split("<main")[1].split("</main>")[0]
    assert 'method="post"' not in main
    for verb in ("record", "start", "adjust", "book"):
        assert reverse(f"refills:{verb}", args=[pump.pk]) not in main
    assert "/correct/" not in main
    assert "Back to today" in main


def test_a_day_ahead_and_a_day_before_the_pump_are_refused_in_words(
    client: Client, cast: Cast, pump: Pump
) -> None:
    tomorrow = str(cast.at.date() + timedelta(days=2))
    assert "This day has not come yet." in said(page(client, cast, pump, tomorrow))
    assert "No pump of this patient is recorded" in said(page(client, cast, pump, "2001-01-01"))
    assert "Write a date" in said(page(client, cast, pump, "yesterday"))


def test_the_day_of_today_is_now(client: Client, cast: Cast, pump: Pump) -> None:
    today = clock.now().astimezone(cast.clinic.tz).date()
    answer = page(client, cast, pump, str(today))
    assert abs(answer.context["then"].at - clock.now()) < timedelta(minutes=5)


@pytest.mark.django_db(transaction=True)
def test_margins_constants_and_flags_are_those_of_then(cast: Cast) -> None:
    pump = Pump.objects.select_related("patient__clinic__refill_policy").get(pk=cast.running_pump().pk)
    before = clock.now()
    services.change_margins(margins=replace(Margins(), margin_days=20), by=cast.administrator, at=clock.now())
    Pump.objects.filter(pk=pump.pk).update(alarm_ml=Decimal(5))
    Patient.objects.filter(pk=pump.patient_id).update(earlier_withdrawal=True)
    pump = Pump.objects.select_related("patient__clinic__refill_policy").get(pk=pump.pk)
    then, now = replay(pump, before), replay(pump, clock.now())
    assert then.notes == now.notes == ()
    margins = [each.projection.scenario["policy"]["margin_days"] for each in (then, now)]
    assert margins == [Margins().margin_days, 20]
    assert [each.pump.alarm_ml for each in (then, now)] == [2, 5]
    assert [each.pump.patient.earlier_withdrawal for each in (then, now)] == [False, True]


def test_what_no_history_reaches_is_named(cast: Cast, pump: Pump) -> None:
    assert "the pump's constants" in replay(pump, cast.ago(20)).notes


def test_of_pumps_in_sequence_each_day_has_its_own(client: Client, cast: Cast, pump: Pump) -> None:
    on = cast.ago(10).date()
    Pump.objects.filter(pk=pump.pk).update(explanted_on=on)
    constants = {
        field.attname: getattr(pump, field.attname)
        for field in Pump._meta.fields
        if field.name not in ("id", "serial", "implanted_on", "explanted_on", "facts_version")
    }
    Pump.objects.create(**constants, serial="NEXT77", implanted_on=on + timedelta(days=1))
    for ago, serial in ((20, pump.serial), (5, "NEXT77")):
        assert page(client, cast, pump, str(cast.ago(ago).date())).context["chart"].pump.serial == serial


def test_a_past_day_takes_four_queries_more_than_today(
    client: Client, cast: Cast, pump: Pump, django_assert_max_num_queries: Any
) -> None:
    cast.programme(pump, days_ago=30, dose="800")
    client.force_login(User.objects.get(pk=cast.nurse.user_id))
    address = reverse("dashboard:chart", args=[pump.patient_id])
    with django_assert_max_num_queries(17):
        client.get(address, {"as_of": str(cast.ago(20).date())})


def test_a_programme_that_is_told_late_is_known_from_the_day_it_was_told(cast: Cast, pump: Pump) -> None:
    services.start_programme(
        programme=Programme(
            pump=pump, at=cast.ago(30), mode="continuous", concentration_mcg_per_ml=Decimal(2000),
            dose_mcg_per_day=Decimal(600), late_reason="The paper came late.",
        ),
        posted=posted(pump), by=cast.nurse, at=cast.ago(10),
    )  # fmt: skip
    doses = [replay(pump, cast.ago(ago)).projection.dose_mcg_per_day for ago in (11, 9)]
    assert doses == [400, 600]

"""What a person does about an alert."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection

from alerts import services
from alerts.models import Alert, AlertEvent
from alerts.rules import Kind
from alerts.sweep import sweep
from itb import clock
from itb.audit.models import AuditEvent
from itb.outbox.models import Letter
from itb.walls import enter
from patients.models import Pump
from refills.models import Projection
from tests.alerts.test_sweep import look_again, swept
from tests.cast import Cast


def test_acknowledging_shows_who_and_takes_the_waiting_letters_back(cast: Cast, pump: Pump) -> None:
    alert = services.acknowledge_alert(alert=swept(pump), note="Calling now", by=cast.nurse, at=clock.now())
    assert (alert.state, alert.acknowledged_by) == (Alert.State.ACKNOWLEDGED, cast.nurse.user)
    event = alert.events.get(verb=AlertEvent.Verb.ACKNOWLEDGED)
    assert (event.by, event.note) == (cast.nurse.user, "Calling now")
    assert AuditEvent.objects.filter(
        verb="alert.acknowledged", subject_id=alert.pk, by_id=cast.nurse.user_id
    ).exists()
    assert (
        not Letter.objects.filter(topic=f"alert:{alert.pk}").exclude(state=Letter.State.SUPERSEDED).exists()
    )


def test_an_acknowledgement_lasts_three_days_at_most_and_ends_before_the_margin(
    cast: Cast, pump: Pump
) -> None:
    alert, at = swept(pump), clock.now()
    Projection.objects.update(earliest_empty_at=at + timedelta(days=60))
    assert services.acknowledged_until(alert, at) == at + timedelta(days=3)
    Projection.objects.update(earliest_empty_at=at + timedelta(days=8))
    assert services.acknowledged_until(alert, at) == at + timedelta(days=1)
    Projection.objects.update(earliest_empty_at=at)
    assert services.acknowledged_until(alert, at) == at + timedelta(hours=4)


@pytest.mark.parametrize(
    "unknown", [{"error": "not_computed"}, {"facts_version": -1}, {"earliest_empty_at": None}]
)
def test_where_nobody_can_tell_how_long_the_drug_lasts_an_acknowledgement_holds_half_a_day(
    cast: Cast, pump: Pump, unknown: dict[str, object]
) -> None:
    alert, at = swept(pump), clock.now()
    Projection.objects.update(**{"earliest_empty_at": at + timedelta(days=60), **unknown})
    assert services.acknowledged_until(alert, at) == at + timedelta(hours=12)


def test_an_acknowledgement_that_ran_out_opens_the_alert_again_and_tells_again(
    cast: Cast, pump: Pump
) -> None:
    alert = services.acknowledge_alert(alert=swept(pump), note="Later", by=cast.nurse, at=clock.now())
    told = Letter.objects.filter(topic=f"alert:{alert.pk}").count()
    sweep()
    alert.refresh_from_db()
    assert alert.state == Alert.State.ACKNOWLEDGED
    Alert.objects.update(acknowledged_until=clock.now())
    look_again(pump)
    alert.refresh_from_db()
    assert alert.state == Alert.State.OPEN
    assert Letter.objects.filter(topic=f"alert:{alert.pk}").count() == told + 2


def test_the_sweep_comes_back_when_an_acknowledgement_runs_out(cast: Cast, pump: Pump) -> None:
    alert = services.acknowledge_alert(alert=swept(pump), note="Later", by=cast.nurse, at=clock.now())
    sweep()
    assert Projection.objects.get(pump=pump).review_at == alert.acknowledged_until


def test_a_closed_alert_cannot_be_acknowledged(cast: Cast, pump: Pump) -> None:
    alert = swept(pump)
    Alert.objects.update(state=Alert.State.CLOSED)
    with pytest.raises(services.AlertClosedError):
        services.acknowledge_alert(alert=alert, note="Too late", by=cast.nurse, at=clock.now())


def test_a_discrepancy_once_settled_stays_settled_until_the_next_fill(cast: Cast, pump: Pump) -> None:
    cast.refill(pump, days_ago=0, withdrawn_ml="39")
    sweep()
    alert = Alert.objects.get(kind=Kind.DISCREPANCY.value)
    services.resolve_alert(alert=alert, note="Catheter revised", by=cast.prescriber, at=clock.now())
    look_again(pump)
    assert not Alert.objects.open().filter(kind=Kind.DISCREPANCY.value).exists()


def test_only_facts_end_a_countdown(cast: Cast, pump: Pump) -> None:
    with pytest.raises(services.NotYoursToResolveError):
        services.resolve_alert(alert=swept(pump), note="Fine", by=cast.prescriber, at=clock.now())


@pytest.mark.django_db(transaction=True)
def test_acknowledging_while_the_sweep_works_is_no_deadlock(cast: Cast) -> None:
    pump = cast.running_pump()
    alert = swept(pump)
    Projection.objects.update(review_at=clock.now())
    failed: list[BaseException] = []
    barrier = threading.Barrier(2)

    def run(act: Callable[[], object]) -> None:
        enter(cast.clinic.pk, None)
        barrier.wait()
        try:
            for _ in range(10):
                act()
        except services.AlertClosedError:
            pass
        except BaseException as error:  # noqa: BLE001  a thread must not swallow what it saw
            failed.append(error)
        finally:
            connection.close()

    def acknowledge() -> None:
        services.acknowledge_alert(alert=alert, note="Mine", by=cast.nurse, at=clock.now())

    threads = [threading.Thread(target=run, args=[act]) for act in (acknowledge, sweep)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failed

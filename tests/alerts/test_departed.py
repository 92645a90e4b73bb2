"""Who is watched no more is nobody's work at once; who is asked to leave, or lies in a hospital, is as before."""

from alerts.models import Alert
from alerts.sweep import sweep
from itb.outbox.models import Letter
from patients.departures import confirm_departure
from patients.models import Pump
from refills.models import Projection
from tests.alerts.test_sweep import look_again, swept
from tests.cast import Cast


def waiting(alert: Alert) -> int:
    return Letter.objects.filter(topic=f"alert:{alert.pk}", state=Letter.State.PENDING).count()


def test_the_second_person_ends_every_alert_and_letter_in_the_same_transaction(
    cast: Cast, pump: Pump
) -> None:
    alert = swept(pump)
    departure = cast.departure(pump, kind="death")
    look_again(pump)
    assert waiting(alert) == 2, "until then the pump is watched, and told of, as before"
    confirm_departure(departure=departure, by=cast.prescriber, at=cast.at)
    alert.refresh_from_db()
    assert (alert.state, waiting(alert)) == (Alert.State.CLOSED, 0)
    assert "watched no more" in alert.events.latest("id").note


def test_nothing_opens_for_it_again(cast: Cast, pump: Pump) -> None:
    swept(pump)
    cast.left(pump)
    Projection.objects.filter(pump=pump).update(review_at=cast.at)
    sweep()
    assert not Alert.objects.open().exists()


def test_another_patients_alerts_stay(cast: Cast, pump: Pump) -> None:
    other = swept(cast.running_pump())
    cast.left(pump)
    other.refresh_from_db()
    assert (other.state, waiting(other)) == (Alert.State.OPEN, 2)

"""How an alert may move: by the table, and in the database too."""

from datetime import timedelta
from itertools import product

import pytest
from django.db import IntegrityError, connection, transaction

from alerts.models import Alert, AlertEvent
from alerts.moves import BEGINS_TO_WAIT, MOVES, MoveRefusedError, State, Verb, move
from alerts.rules import Kind, Tier
from patients.models import Pump
from tests.alerts.test_views import opened
from tests.cast import Cast

PAIRS = list(product(State, Verb))
ALLOWED, REFUSED = [pair for pair in PAIRS if pair in MOVES], [pair for pair in PAIRS if pair not in MOVES]


def standing(cast: Cast, pump: Pump, state: State) -> Alert:
    """An alert that came to `state` by events of its own."""
    alert = opened(pump, Kind.REFILL_DUE, Tier.DUE, 30)
    event(alert, Verb.OPENED)
    way = {State.ACKNOWLEDGED: Verb.ACKNOWLEDGED, State.SNOOZED: Verb.SNOOZED, State.CLOSED: Verb.CLOSED}
    if state in way:
        put(alert, state, cast)
        event(alert, way[state])
    return alert


def put(alert: Alert, state: State, cast: Cast) -> None:
    Alert.objects.filter(pk=alert.pk).update(
        state=state, acknowledged_by=cast.nurse.user, acknowledged_until=cast.at + timedelta(hours=1)
    )


def event(alert: Alert, verb: Verb) -> AlertEvent:
    return AlertEvent.objects.create(alert=alert, at=alert.opened_at, verb=verb, tier=alert.tier)


@pytest.mark.parametrize(("state", "verb"), ALLOWED)
def test_what_the_table_allows_leads_where_it_says_and_the_database_agrees(
    cast: Cast, pump: Pump, state: State, verb: Verb
) -> None:
    alert = standing(cast, pump, state)
    alert.state = state
    move(alert, verb, cast.at)
    assert alert.state == MOVES[state, verb]
    put(alert, State(alert.state), cast)
    kept = event(alert, verb)
    kept.refresh_from_db()
    assert kept.state == MOVES[state, verb]


@pytest.mark.parametrize(("state", "verb"), REFUSED)
def test_what_is_not_in_the_table_is_refused_by_python_and_by_the_database(
    cast: Cast, pump: Pump, state: State, verb: Verb
) -> None:
    alert = standing(cast, pump, state)
    alert.state = state
    with pytest.raises(MoveRefusedError):
        move(alert, verb, cast.at)
    for wanted in State:
        with pytest.raises(IntegrityError), transaction.atomic():
            put(alert, wanted, cast)
            event(alert, verb)


def test_what_an_alert_waits_from_begins_a_round_and_being_taken_ends_it(cast: Cast) -> None:
    alert = Alert(state=State.ACKNOWLEDGED, tier=Tier.DUE, round=1, hop=2)
    move(alert, Verb.EXPIRED, cast.at)
    assert (alert.waits_since, alert.round, alert.hop) == (cast.at, 2, 0)
    move(alert, Verb.ACKNOWLEDGED, cast.at)
    assert (alert.waits_since, alert.round) == (None, 2)


def test_whatever_leads_to_nobody_begins_to_wait(cast: Cast) -> None:
    opens = {verb for (state, verb), then in MOVES.items() if then == State.OPEN and state != State.OPEN}
    assert opens <= BEGINS_TO_WAIT


@pytest.mark.parametrize("state", [State.ACKNOWLEDGED, State.SNOOZED])
def test_nothing_is_in_hand_without_an_owner_or_without_an_end(pump: Pump, cast: Cast, state: State) -> None:
    alert = opened(pump, Kind.REFILL_DUE, Tier.DUE, 30)
    for lacking in ({"acknowledged_until": cast.at}, {"acknowledged_by": cast.nurse.user}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Alert.objects.filter(pk=alert.pk).update(state=state, **lacking)


def test_no_critical_alert_rests_whoever_writes_it(pump: Pump, cast: Cast) -> None:
    alert = opened(pump, Kind.REFILL_DUE, Tier.CRITICAL, 30)
    with pytest.raises(IntegrityError), transaction.atomic():
        put(alert, State.SNOOZED, cast)


def test_nothing_rests_past_what_the_drug_allows_whoever_writes_it(pump: Pump, cast: Cast) -> None:
    alert = opened(pump, Kind.REFILL_DUE, Tier.DUE, 30)
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE alerts_alert SET state = 'snoozed', acknowledged_by_id = %s,"
            " acknowledged_until = now() + interval '2 years' WHERE id = %s",
            [cast.nurse.user_id, alert.pk],
        )

"""Celery and Valkey are doorbells: with both gone, `manage.py tick` does the whole job."""

import io
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from alerts.models import Alert
from alerts.rules import Kind
from itb.celery import app
from itb.outbox.models import Heartbeat, Letter
from tests.cast import Cast
from tests.outbox.sink import listening


@pytest.fixture
def nobody_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broker is gone, and with it every worker and every bell."""
    monkeypatch.setattr(app.conf, "broker_url", "redis://127.0.0.1:1/0")
    monkeypatch.setattr(app, "_pool", None)


def test_with_broker_and_workers_gone_the_tick_finds_tells_and_leaves_its_pulses(
    cast: Cast, settings: Any, nobody_rings: None
) -> None:
    cast.running_pump(filled_days_ago=189)
    said = io.StringIO()
    with listening() as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
        call_command("tick", stdout=said)
    assert Alert.objects.get().kind == Kind.WITHDRAWAL_RISK.value
    assert {to for to, _ in sink.accepted} >= {cast.nurse.user.email, cast.prescriber.user.email}
    assert not Letter.objects.exclude(state=Letter.State.SENT).exclude(template="trail/head").exists()
    assert {"sweep", "drain"} <= set(Heartbeat.objects.values_list("name", flat=True))
    assert said.getvalue() == f"1 pumps looked at\n{len(sink.accepted)} letters sent\n"


def test_a_page_is_kept_although_nobody_hears_the_bell(
    client: Client, cast: Cast, nobody_rings: None
) -> None:
    client.force_login(cast.nurse.user)
    answer = client.post("/views/keep/", {"name": "Mine", "query": "owner=mine"})
    assert answer.status_code == 302

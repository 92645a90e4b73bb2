"""A letter leaves over TLS only to a relay whose certificate is trusted; real SMTP, real certificates."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from itb import clock
from itb.outbox import delivery
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from tests.cast import Cast
from tests.outbox.sink import Sink, listening
from tests.security.certificate import own_certificate


@pytest.fixture
def relay(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    """A relay that takes letters over TLS alone, with a certificate of its own making in relay.pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "relay.pem"))
    with listening(tls_context=context, require_starttls=True) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, True
        yield sink


def owe(cast: Cast) -> Letter:
    """A letter to the nurse."""
    owed = {"recipients": [cast.nurse], "topic": "alert:1", "template": "alerts/urgent", "is_critical": False}
    enqueue(Owed(key="alert:1:4", at=clock.now(), **owed))
    return Letter.objects.get()


def test_a_mail_server_with_a_certificate_of_its_own_making_gets_no_letter(cast: Cast, relay: Sink) -> None:
    letter = owe(cast)
    assert delivery.drain() == 0
    letter.refresh_from_db()
    assert letter.state == Letter.State.PENDING
    assert relay.accepted == []


def test_one_that_is_trusted_gets_it(
    cast: Cast, relay: Sink, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "relay.pem"))
    owe(cast)
    assert delivery.drain() == 1
    assert len(relay.accepted) == 1

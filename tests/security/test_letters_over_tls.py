"""A letter leaves over TLS only to a relay whose certificate is trusted; real SMTP, real certificates."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from itb import clock
from itb.outbox import delivery
from itb.outbox.models import Letter
from itb.outbox.services import Owed, enqueue
from tests.cast import Cast
from tests.outbox.sink import Sink, listening


@pytest.fixture
def relay(settings: Any, tmp_path: Path) -> Iterator[Sink]:
    """A relay that takes letters over TLS alone, with a certificate of its own making in relay.pem."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own_certificate(tmp_path / "relay.pem"))
    with listening(tls_context=context, require_starttls=True) as sink:
        settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", sink.port, True
        yield sink


def own_certificate(path: Path) -> Path:
    """A key and a certificate for the loopback that nobody but itself vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "relay")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(private + certificate.public_bytes(Encoding.PEM))
    return path


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

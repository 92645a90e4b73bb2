"""`python -m tests.security.provider PORT CALLBACK ADDRESS…`: its database, its people, its one client; then serve."""

import os
import sys
from pathlib import Path
from wsgiref.simple_server import make_server

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa


def main(port: str, callback: str, *people: str) -> None:
    """Each of `people` is name:address:last-name; the password is the name."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (Path(os.environ["PROVIDER_FOLDER"]) / "key.pem").write_bytes(key.private_bytes(*form))
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.security.provider.settings"
    os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
    django.setup()

    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.core.wsgi import get_wsgi_application
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for person in people:
        name, address, last = person.split(":")
        User.objects.create_user(name, address, name, last_name=last)
    Application.objects.create(
        client_id="itb",
        client_secret="known to both",
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        redirect_uris=callback,
        algorithm=Application.RS256_ALGORITHM,
        skip_authorization=True,
    )
    with make_server("127.0.0.1", int(port), get_wsgi_application()) as server:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        server.serve_forever()


main(*sys.argv[1:])

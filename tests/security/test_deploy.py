"""What docker-compose.yml starts passes every check that Django makes of a deployment, and carries no admin."""

import os
import re
import subprocess
import sys

import pytest
from django.apps import apps

from itb.local.postgres import SETTINGS
from itb.settings import BASE_DIR
from tests.house.urls import addresses
from tests.local.test_compose import SERVICES

QUIET = (
    "log_error_verbosity",
    "log_parameter_max_length",
    "log_parameter_max_length_on_error",
    "log_min_error_statement",
    "password_encryption",
)
FILLED_IN = {
    "EMERGENCY_MINUTES": "60",
    "SECRET_KEY": "kD3v9Zq0mYx7Wn2Lr8Tb5Hc1Fs6Jp4Ga-Uo_EiQwXzVyRtNlMk",
    "SECRET_KEY_FALLBACKS": "aB7cD2eF9gH4iJ1kL6mN3oP8qR5sT0uV-Wx_YzXwVuTsRqPoNm",
    "EMAIL_URL": "smtp+tls://clinic:secret@mail.clinic.example:587",
    "DEFAULT_FROM_EMAIL": "worklist@clinic.example",
    "ALLOWED_HOSTS": "pumps.clinic.example",
    "SITE_URL": "https://pumps.clinic.example",
    "WATCH_URL": "https://watch.example/worklist",
    "BOUNCE_ADDRESS": "bounces@clinic.example",
    "CONTACT_FROM_EMAIL": "appointments@clinic.example",
    "WEBHOOK_NETWORKS": "10.20.0.0/16",
}
"""What a clinic writes into .env, besides passwords of letters and digits."""


def as_compose_fills_it(value: str) -> str:
    """`${NAME:?what is missing}` replaced."""
    return re.sub(r"\$\{(\w+)[^}]*\}", lambda name: FILLED_IN.get(name[1], "letters0and0digits"), str(value))


def surroundings(service: str) -> dict[str, str]:
    """The environment of one service, and nothing of this test run's."""
    given = SERVICES[service]["environment"].items()
    return {"PATH": os.environ["PATH"], **{name: as_compose_fills_it(value) for name, value in given}}


@pytest.mark.parametrize("service", ["migrate", "web", "worker", "beat"])
def test_a_deployment_passes_every_check(service: str) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=BASE_DIR,
        env=surroundings(service),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout


@pytest.mark.parametrize("setting", QUIET)
def test_the_database_of_a_deployment_says_as_little_as_the_one_that_is_tested(setting: str) -> None:
    assert f"{setting}={SETTINGS[setting]}" in SERVICES["postgres"]["command"]


def test_the_web_server_of_a_deployment_is_set_up_as_the_one_that_is_tested() -> None:
    assert '"-c", "python:itb.server"' in (BASE_DIR / "Dockerfile").read_text()


def test_no_admin_is_installed_and_no_address_leads_to_one() -> None:
    assert not apps.is_installed("django.contrib.admin")
    views = [address.view.__module__ for address in addresses()]
    assert not [module for module in views if module.startswith("django.contrib.admin")]

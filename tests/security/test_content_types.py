"""What comes back says truly what it is, in which signs; what is no page is a file to be saved."""

import json

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from patients.models import Pump
from tests.cast import Cast
from tests.security.test_headers import ROUTES

HTML, JSON, CSV = "text/html; charset=utf-8", "application/json", "text/csv; charset=utf-8"
MACHINES = {"healthz", "healthz_engine", "accounts:remaining"}  # JSON that is asked for by name, about nobody


def check(response: HttpResponse, route: str) -> None:
    """Its kind fits what is in it."""
    kind, body = response.headers["Content-Type"], response.content.decode("utf-8")
    assert kind in (HTML, JSON, CSV), kind
    if kind == JSON:
        json.loads(body)
    if kind == HTML:
        assert "<" in body
    elif route not in MACHINES:
        assert response.headers["Content-Disposition"].startswith("attachment; ")


@pytest.mark.parametrize("route", ROUTES)
def test_every_address_says_what_it_sends(route: str, client: Client, cast: Cast, pump: Pump) -> None:
    ids = {"patient_id": pump.patient_id, "pump_id": pump.pk}
    path = reverse(route, kwargs={name: ids.get(name, "1") for name in ROUTES[route]})
    for member in (None, cast.nurse, cast.administrator, cast.auditor):
        if member:
            client.force_login(member.user)
        response = client.get(path)
        if response.content:
            check(response, route)

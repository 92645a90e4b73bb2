"""Nothing here takes a file, and a form has a size: what is more is refused in words, and never breaks a page."""

from io import BytesIO

import pytest
from django.conf import settings as project
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.cast import Cast
from tests.security.test_headers import ROUTES

TAKES_NO_FILE = "Files are not taken here"
TOO_LARGE = "That is more than a form can hold"
MEGABYTE = 1024 * 1024
FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data; boundary=x"


@pytest.fixture
def browser(cast: Cast) -> Client:
    """The administrator's, for whom a page that fails is a page."""
    browser = Client(raise_request_exception=False)
    browser.force_login(cast.administrator.user)
    return browser


@pytest.mark.parametrize("route", ROUTES)
def test_no_address_takes_a_file(route: str, browser: Client) -> None:
    path = reverse(route, kwargs=dict.fromkeys(ROUTES[route], "1"))
    response = browser.post(path, {"name": "x", "file": SimpleUploadedFile("x.csv", b"a,b")})
    assert response.status_code == 415
    assert TAKES_NO_FILE in response.content.decode()


@pytest.mark.parametrize("kind", ["image/png", "application/json", "text/csv", "application/zip", ""])
def test_what_is_not_a_form_is_not_read(kind: str, browser: Client) -> None:
    response = browser.post("/patients/register/", b"%PDF-1.7", content_type=kind)
    assert response.status_code == 415
    assert TAKES_NO_FILE in response.content.decode()


def test_a_form_over_a_megabyte_is_refused_before_it_is_read(browser: Client) -> None:
    response = browser.post("/patients/register/", {"family_name": "x" * MEGABYTE})
    assert response.status_code == 413
    assert TOO_LARGE in response.content.decode()


def test_a_form_of_nearly_a_megabyte_is_read(browser: Client, cast: Cast) -> None:
    browser.force_login(cast.nurse.user)
    response = browser.post("/patients/register/", {"family_name": "x" * (MEGABYTE - 1000)})
    assert response.status_code == 200
    assert response.context["form"].errors["family_name"]


def test_a_form_of_too_many_fields_is_refused(browser: Client) -> None:
    response = browser.post("/patients/register/", {f"f{number}": "x" for number in range(300)})
    assert response.status_code == 413
    assert TOO_LARGE in response.content.decode()


def test_an_address_of_too_many_fields_is_refused(browser: Client) -> None:
    response = browser.get("/calculators/bridge/", {f"f{number}": "x" for number in range(300)})
    assert response.status_code == 413


@pytest.mark.parametrize("name", [project.SESSION_COOKIE_NAME, project.CSRF_COOKIE_NAME, "any"])
def test_a_cookie_that_no_column_can_hold_is_refused(name: str, db: None) -> None:
    stranger = Client(raise_request_exception=False)
    answer = stranger.get("/accounts/login/", headers={"cookie": f'{name}="abcdefgh\\000"'})
    assert answer.status_code == 400


@pytest.mark.parametrize("length", ["-1", "many", "1e3", "9" * 5000])
def test_a_length_that_is_none_is_refused(length: str, browser: Client) -> None:
    response = browser.post(
        "/patients/register/", data=b"", content_type=FORM, headers={"Content-Length": length}
    )
    assert response.status_code in (400, 413)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    kind=st.sampled_from(
        [FORM, MULTIPART, "multipart/form-data", f"{FORM}; charset=utf-16", "multipart/form-data; boundary="]
    ),
    body=st.binary(max_size=200)
    | st.builds(
        b"--x\r\nContent-Disposition: form-data; name=%b%b\r\n\r\n%b\r\n--x--".__mod__,
        st.tuples(
            st.binary(max_size=9),
            st.sampled_from([b"", b"; filename=a", b'; filename=""']),
            st.binary(max_size=9),
        ),
    ),
)
def test_a_body_that_makes_no_sense_breaks_no_page(kind: str, body: bytes, browser: Client) -> None:
    response = browser.generic("POST", "/patients/register/", body, content_type=kind)
    assert response.status_code in (200, 400, 403, 413, 415)
    assert BytesIO(response.content).read(15).lower().startswith((b"<!doctype html>", b"{#"))

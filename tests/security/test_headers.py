"""Every answer of every address carries the headers, by whatever method, to whomever, and when it is a refusal."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from alerts.models import Alert
from itb import limits
from itb.settings import BASE_DIR
from tests.alerts.test_sweep import swept
from tests.cast import Cast

METHODS = ("get", "head", "post", "put", "patch", "delete", "options", "trace")
EXACT = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains; preload",
}
POLICY = {
    "default-src 'self'",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
}
TELLTALE = ("Server", "X-Powered-By", "Via", "Access-Control-Allow-Origin")


def walk(resolver: URLResolver, namespace: str = "") -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every route by its name, with the names of what stands in it."""
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from walk(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        elif isinstance(pattern, URLPattern):
            groups = getattr(pattern.pattern, "regex").groupindex  # noqa: B009  django-stubs does not know it
            yield f"{namespace}{pattern.name}", tuple(groups)


ROUTES = dict(walk(get_resolver()))


def complaints(response: HttpResponse) -> list[str]:
    """What is missing from an answer, or should not be there."""
    wrong = [name for name, value in EXACT.items() if response.headers.get(name) != value]
    policy = response.headers.get("Content-Security-Policy", "")
    wrong += [each for each in POLICY if each not in policy]
    wrong += [each for each in ("unsafe", "http", "*") if each in policy]
    if "camera=()" not in response.headers.get("Permissions-Policy", ""):
        wrong.append("Permissions-Policy")
    wrong += [name for name in TELLTALE if name in response.headers]
    return wrong


def complaints_of_page(response: HttpResponse) -> list[str]:
    """The same of a page: it is kept by nobody, and its cookies are for this site and no script."""
    wrong = complaints(response)
    if "no-store" not in response.headers["Cache-Control"]:
        wrong.append("Cache-Control")
    for name, cookie in response.cookies.items():
        if cookie["max-age"] == 0:  # taken back
            continue
        kept = cookie["secure"] and cookie["httponly"] and cookie["samesite"] and cookie["path"] == "/"
        if not (kept and name.startswith("__Host-") and not cookie["domain"]):
            wrong.append(name)
    return wrong


@pytest.fixture
def browser(settings: Any) -> Client:
    """Over TLS, as in production; a failure comes as its page."""
    settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME = "__Host-sessionid", "__Host-csrftoken"
    return Client(raise_request_exception=False)


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_by_every_method(route: str, browser: Client, cast: Cast) -> None:
    path = reverse(route, kwargs=dict.fromkeys(ROUTES[route], "1"))
    wrong = {}
    for member in (None, cast.nurse, cast.administrator):
        for method in METHODS:
            if member:
                browser.force_login(member.user)
            response = getattr(browser, method)(path, secure=True)
            if found := complaints_of_page(response):
                wrong[method, bool(member)] = found
            if method.upper() not in limits.METHODS and response.status_code != limits.NO_METHOD:
                wrong[method, bool(member)] = [f"answered {response.status_code}"]
    assert not wrong


@pytest.mark.parametrize(
    ("status", "path"),
    [
        (400, "/broken/bad/"),
        (403, "/broken/refused/"),
        (404, "/nowhere/"),
        (404, "/patients/999999/"),
        (500, "/broken/failed/"),
        (500, "/broken/contradict/"),
        (503, "/broken/away/"),
    ],
)
def test_every_refusal_and_failure(
    status: int, path: str, browser: Client, cast: Cast, settings: Any
) -> None:
    settings.ROOT_URLCONF = "tests.security.broken"
    browser.force_login(cast.nurse.user)
    response = browser.get(path, secure=True)
    assert response.status_code == status
    assert not complaints_of_page(response)


@pytest.mark.parametrize(("method", "path"), [("put", "/"), ("post", "/clinic/catalogue/")])
def test_what_cannot_be_done_with_a_page_is_said(method: str, path: str, browser: Client, cast: Cast) -> None:
    browser.force_login(cast.nurse.user)
    response = getattr(browser, method)(path, secure=True)
    assert (response.status_code, response["Allow"]) in [(405, "GET, HEAD, POST"), (405, "GET, HEAD")]
    assert "That cannot be done with this page" in response.content.decode()


def test_an_unknown_host(browser: Client, db: None) -> None:
    response = browser.get("/", secure=True, headers={"Host": "elsewhere.example"})
    assert response.status_code == 400
    assert not complaints_of_page(response)


def test_a_conflict(browser: Client, cast: Cast) -> None:
    alert = swept(cast.running_pump(filled_days_ago=190))
    Alert.objects.filter(pk=alert.pk).update(state=Alert.State.CLOSED, closed_at=cast.at)
    browser.force_login(cast.nurse.user)
    response = browser.post(f"/alerts/{alert.pk}/acknowledge/", {"note": "calling"}, secure=True)
    assert response.status_code == 409
    assert not complaints_of_page(response)


def test_a_form_from_elsewhere(cast: Cast, browser: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.nurse.user)
    response = strict.post("/patients/register/", {"family_name": "x"}, secure=True)
    assert response.status_code == 403
    assert not complaints_of_page(response)


def test_plain_http_is_sent_to_tls_where_a_demonstration_is_not(
    browser: Client, db: None, settings: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    response = browser.get("/accounts/login/")
    assert (response.status_code, response["Location"]) == (301, "https://testserver/accounts/login/")


@pytest.mark.parametrize(
    "path", ["css/itb.css", "js/itb.js", "img/icon.svg", "vendor/bootstrap/bootstrap.min.css"]
)
def test_a_static_file_may_be_kept_and_is_for_our_pages_only(path: str, browser: Client, db: None) -> None:
    assert (BASE_DIR / "static" / path).exists()
    response = browser.get(f"/static/{path}", secure=True)
    assert response.status_code == 200
    assert "no-store" not in response["Cache-Control"]
    assert not complaints(response)
    response.close()

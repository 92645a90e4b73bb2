"""Invented data of one person go through everything that the product does, breaks included; then every place outside
the database is searched for them. A hit anywhere is a leak."""

import base64
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Request, Response, expect

from itb.local.grown import grown
from itb.local.postgres import throw_away
from itb.local.stack import Stack
from tests.journeys.conftest import CHROMIUM, FLAGS, rows, sign_in, soon
from tests.journeys.test_main_job import clinic_time
from tests.journeys.visit import look, nothing_amiss
from tests.security.canaries import BORN, GIVEN, NAME, PHONE, RECORD, SECRET, SERIAL, WORDS, found_in

pytestmark = pytest.mark.stack

NURSE = "nurse@harbour.example"
TYPED = "main form input:not([type]), main form input[type=text], main form textarea"
HASHED = re.compile(r"/static/.+\.[0-9a-f]{12}\.(css|js|svg)$")
BREAKS = {
    "patients_contact": "CHECK (relation <> 'breaks')",
    "refills_refill": f"CHECK (lot <> '{WORDS} breaks')",
    "alerts_alertevent": "CHECK (false)",
}
"""Constraints that only this test adds, so that a page and a worker fail with the row in PostgreSQL's message."""


@dataclass
class Seen:
    """What left the pages: to the network, to the browser, to the broker, to the disk."""

    stack: Stack
    profile: Path
    addresses: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    barriers: list[str] = field(default_factory=list)
    banners: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)
    stored: str = ""
    heard: bytearray = field(default_factory=bytearray)
    broker: str = ""

    def request(self, request: Request) -> None:
        """Every address, and the headers that quote one."""
        headers = request.headers
        self.addresses += [request.url, headers.get("referer", ""), headers.get("hx-current-url", "")]

    def response(self, response: Response) -> None:
        """Where it leads, and who says so."""
        self.addresses.append(response.headers.get("location", ""))
        self.banners.add(response.headers.get("server", ""))
        if HASHED.search(response.url):
            self.kept.add(response.headers["cache-control"])

    def look(self, name: str, page: Page) -> None:
        """What a failed page says, and what is wrong with it, wide and narrow."""
        self.failures[name] = page.locator("body").inner_text()
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            self.barriers += [f"{name}: {each['id']}" for each in Axe().run(page).response["violations"]]
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                self.barriers.append(f"{name}: scrolls sideways at {width}")

    def log(self, name: str) -> str:
        """What one process has written, this time and before."""
        found = sorted(self.stack.logs.glob(f"{name}.log*"))
        return "\n".join(path.read_text(errors="replace") for path in found)

    def mails(self) -> str:
        """Every message as it came, and as it reads."""
        raw = [path.read_bytes() for path in self.stack.mailbox.glob("[!.]*.eml")]
        read = [message_from_bytes(each, policy=policy.default) for each in raw]
        parts = [str(part.get_content()) for each in read for part in each.walk() if not part.is_multipart()]
        headers = [f"{name}: {value}" for each in read for name, value in each.items()]
        return "\n".join([*(each.decode(errors="replace") for each in raw), *parts, *headers])

    def messages(self) -> str:
        """What was said to the broker, with the bodies that Celery writes in base64."""
        said = self.heard.decode(errors="replace").replace("\\\\", "").replace('\\"', '"')
        bodies = [base64.b64decode(each).decode() for each in re.findall(r'"body": "([\w+/=]+)"', said)]
        return "\n".join([said, *bodies])

    def cached(self) -> str:
        """What the browser's caches hold on the disk."""
        files = [path for path in self.profile.rglob("*") if path.is_file() and "Cache" in str(path)]
        return "\n".join(path.read_bytes().decode("latin-1") for path in files)


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A product of its own: it is broken on purpose."""
    folder = tmp_path_factory.mktemp("canary")
    with Stack(folder, demo=True, durable=False, seed=grown()) as stack:
        yield stack
    throw_away(folder / "postgres")


@pytest.fixture(scope="module")
def seen(stack: Stack, tmp_path_factory: pytest.TempPathFactory, browser: Any) -> Seen:
    """Live through everything once, watching."""
    seen = Seen(stack, tmp_path_factory.mktemp("profile"))
    path = stack.environment["REDIS_URL"].removeprefix("redis+socket://")
    threading.Thread(target=listen, args=(path, seen.heard), daemon=True).start()
    context = browser.browser_type.launch_persistent_context(
        str(seen.profile), executable_path=CHROMIUM, args=FLAGS, base_url=stack.url, locale="en-GB"
    )
    context.set_default_timeout(15_000)
    context.on("request", seen.request)
    context.on("response", seen.response)
    page = context.new_page()
    live(page, seen)
    seen.stored = everything_stored(context, page)
    context.close()
    seen.broker = dumped(redis.Redis(unix_socket_path=path))
    return seen


def listen(path: str, heard: bytearray) -> None:
    """Every command that the broker gets, until it is gone."""
    with suppress(OSError), socket.socket(socket.AF_UNIX) as valkey:
        valkey.connect(path)
        valkey.sendall(b"MONITOR\r\n")
        while chunk := valkey.recv(65536):
            heard.extend(chunk)


def dumped(valkey: "redis.Redis") -> str:
    """All that the broker holds at the end, key by key, and in the form in which it would go to the disk."""
    return "\n".join(f"{key!r} {valkey.dump(key)!r}" for key in valkey.scan_iter())


def everything_stored(context: BrowserContext, page: Page) -> str:
    """Cookies, and every kind of storage that a page has."""
    held = page.evaluate("""async () => JSON.stringify([
        {...localStorage}, {...sessionStorage}, history.state, window.name,
        await indexedDB.databases(), await caches.keys().catch(() => [])])""")
    return f"{held} {context.cookies()} {context.storage_state(indexed_db=True)}"


def live(page: Page, seen: Seen) -> None:
    """From a wrong password to signing out."""
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(NURSE)
    page.get_by_label("Password").fill(SECRET)
    page.get_by_role("button", name="Sign in").click()
    sign_in(page, NURSE)
    register(page)
    patient = int(re.findall(r"/patients/(\d+)/$", page.url)[0])
    ((pump,),) = rows(seen.stack, "SELECT id FROM patients_pump WHERE patient_id = %s", patient)
    amiss(page, f"/pumps/{pump}")
    start(page, f"/pumps/{pump}/programme/")
    refill(page, f"/pumps/{pump}/refill/", f"{WORDS} 1")
    adjust(page, f"/pumps/{pump}/adjust/")
    search(page)
    old_token(page, seen)
    run_a_script(page)
    soon(seen.stack, "SELECT id FROM alerts_alert WHERE pump_id = %s AND kind = 'refill_due'", pump)
    acknowledge(page)
    break_things(page, seen, int(str(pump)))
    knock(seen.stack)
    page.goto("/")
    page.get_by_role("button", name="Sign out").click()


def register(page: Page) -> None:
    """First with everything wrong, then right."""
    page.goto("/patients/register/")
    for each in page.locator(TYPED).all():
        each.fill(WORDS)
    page.get_by_role("button", name="Register").click()
    page.get_by_text("Put this right first").wait_for()
    typed = {
        "Record number": RECORD, "Family name": NAME, "Given name": GIVEN, "Birth date": BORN, "Relation": WORDS,
        "Telephone": PHONE, "Serial number": SERIAL, "Implanted on": "2024-01-15", "Low-reservoir alarm": "2",
    }  # fmt: skip
    for label, value in typed.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Name", exact=True).fill(f"Kin {NAME}")
    page.get_by_label("Origin of spasticity").select_option("spinal")
    page.get_by_label("Model").select_option("synchromed-ii-40")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/patients/\d+/$"))
    page.goto("/patients/register/")  # the same person again: refused with words about them
    for label, value in typed.items():
        page.get_by_label(label).fill(value)
    page.get_by_role("button", name="Register").click()
    page.locator(".notice a").first.click()
    page.wait_for_url(re.compile(r"/patients/\d+/$"))


def amiss(page: Page, pump: str) -> None:
    """Canaries in every field of every form about the pump."""
    for form in ("programme", "refill", "adjust", "visit"):
        page.goto(f"{pump}/{form}/")
        for each in page.locator(TYPED).all():
            if each.is_visible():
                each.fill(f"{NAME} {WORDS}")
        page.locator("main form button.btn-primary").last.click()
        page.get_by_text("Put this right first").wait_for()


def start(page: Page, address: str) -> None:
    """A programme from long ago."""
    page.goto(address)
    page.get_by_label("When").fill(clinic_time(185))
    page.get_by_label("Concentration the pump is told").fill("2000")
    page.get_by_label("Dose").fill("157.3")
    keep(page)


def refill(page: Page, address: str, lot: str) -> None:
    """A fill from long ago, so that letters are owed."""
    fill_refill(page, address, lot)
    keep(page)


def fill_refill(page: Page, address: str, lot: str) -> None:
    """What is typed for it, on a page that is not a draft's."""
    page.goto(address)
    if page.get_by_text("Draft of").count():
        page.get_by_role("button", name="Start empty").click()
        expect(page.get_by_text("Draft of")).to_have_count(0)
    page.get_by_label("When").fill(clinic_time(185))
    page.get_by_label("Last four of the pump's serial number").fill(SERIAL[-4:])
    page.get_by_label("Product").select_option("lioresal-2000-20")
    page.get_by_label("Concentration on the label").fill("2000")
    page.get_by_label("Lot").fill(lot)
    page.get_by_label("Filled").fill("40")
    nothing_amiss(page, held_ml="40", dose="157.3", concentration="2000")


def fill_again(page: Page) -> None:
    """What a later refill has besides: its time, and what was drawn."""
    page.get_by_label("When").fill(clinic_time(0))
    page.get_by_label("Withdrawn").fill("25.5")
    page.get_by_label("The reservoir is empty").check()


def adjust(page: Page, address: str) -> None:
    """A bolus with a reason."""
    page.goto(address)
    page.get_by_label("Bolus", exact=False).first.check()
    page.get_by_label("When").fill(clinic_time(10))
    page.locator("[name=amount_mcg]").fill("30")
    page.get_by_label("Reason").fill(f"{WORDS} for {NAME}")
    keep(page)


def keep(page: Page) -> None:
    """Look, then keep."""
    look(page).click()
    page.wait_for_url(re.compile(r"/(patients|refills)/\d+/$"))


def search(page: Page) -> None:
    """By every word that finds the person, and on to where the search leads."""
    for words in (NAME, GIVEN, RECORD, SERIAL):
        page.get_by_role("searchbox").fill(words)
        page.get_by_role("searchbox").press("Enter")
        page.get_by_role("link", name=re.compile(NAME, re.IGNORECASE)).first.click()
        page.wait_for_url(re.compile(r"/patients/\d+/$"))


def old_token(page: Page, seen: Seen) -> None:
    """A form that was opened before its cookie went: what was typed waits where it was typed."""
    page.goto("/patients/register/")
    page.get_by_label("Family name").fill(f"{NAME} again")
    page.context.clear_cookies(name="csrftoken")
    page.get_by_role("button", name="Register").click()
    page.get_by_text("What you typed waits in the form").wait_for()
    seen.look("403", page)
    page.get_by_role("link", name="Open the form again").click()
    expect(page.get_by_label("Family name")).to_have_value(f"{NAME} again")


def run_a_script(page: Page) -> None:
    """As one that got into a page would: the policy stops it, and the browser says so."""
    page.goto("/")
    with page.expect_request("**/policy-report"):
        page.evaluate(
            "document.head.append(Object.assign(document.createElement('script'), {text: 'evil = 1'}))"
        )
    assert page.evaluate("typeof evil") == "undefined"


def acknowledge(page: Page) -> None:
    """Take the alert, with a note."""
    page.goto("/alerts/")
    row = page.locator("tr, li", has_text=re.compile(NAME, re.IGNORECASE)).filter(has_text="Refill due").last
    row.get_by_role("link", name="Acknowledge").click()
    page.get_by_label("What you will do, or did").fill(f"{WORDS} for {NAME}")
    page.get_by_label("When you go on with it").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    page.get_by_role("button", name="Acknowledge").click()
    page.wait_for_url("**/alerts/")


def break_things(page: Page, seen: Seen, pump: int) -> None:
    """A broken constraint in a page and in a worker, a table that is gone, a lock that is held."""
    with psycopg.connect(seen.stack.owner_url, autocommit=True) as database:
        for table, rule in BREAKS.items():
            database.execute(f"ALTER TABLE {table} ADD CONSTRAINT canary {rule} NOT VALID")
        fill_refill(page, f"/pumps/{pump}/refill/", f"{WORDS} breaks")
        fill_again(page)
        look(page).click()
        page.get_by_text("Put this right first").wait_for()
        contradict(database)
        worker_breaks(seen, database, pump)
        for table in BREAKS:
            database.execute(f"ALTER TABLE {table} DROP CONSTRAINT canary")
        database.execute("ALTER TABLE refills_appointment RENAME TO away")
        page.goto(f"/pumps/{pump}/visit/")
        seen.look("500", page)
        database.execute("ALTER TABLE away RENAME TO refills_appointment")
    locked(page, seen, pump)


def contradict(database: "psycopg.Connection[Any]") -> None:
    """A row twice in a table without walls: behind them, PostgreSQL leaves the row out of its message by itself."""
    database.execute("CREATE TEMPORARY TABLE canary (name text CONSTRAINT canary_once UNIQUE)")
    with pytest.raises(psycopg.errors.UniqueViolation, match=NAME):
        database.execute("INSERT INTO canary VALUES (%s), (%s)", [NAME, NAME])


def worker_breaks(seen: Seen, database: "psycopg.Connection[Any]", pump: int) -> None:
    """The sweep writes an event of this pump's alert, and PostgreSQL refuses the row."""
    database.execute("UPDATE alerts_alert SET acknowledged_until = now() WHERE pump_id = %s", [pump])
    database.execute("UPDATE refills_projection SET review_at = now() WHERE pump_id = %s", [pump])
    until = time.monotonic() + 60
    while "CheckViolation" not in seen.log("worker"):
        assert time.monotonic() < until, seen.log("worker")
        time.sleep(0.5)


def locked(page: Page, seen: Seen, pump: int) -> None:
    """The page waits, gives up in words, and what was typed is sent again with one press."""
    fill_refill(page, f"/pumps/{pump}/refill/", f"{WORDS} 2")
    fill_again(page)
    keeps = look(page)
    with psycopg.connect(seen.stack.owner_url) as database:
        database.execute("SELECT FROM patients_pump WHERE id = %s FOR UPDATE", [pump])
        keeps.click()
        page.get_by_role("button", name="Send it again").wait_for()
        seen.look("503", page)
    page.get_by_role("button", name="Send it again").click()
    page.wait_for_url(re.compile(r"/refills/\d+/$"))
    assert rows(seen.stack, "SELECT count(*) FROM refills_refill WHERE lot = %s", f"{WORDS} 2") == [(1,)]


def knock(stack: Stack) -> None:
    """As a stranger, with personal data where none belongs: addresses, headers, bodies, methods."""
    host, _, port = stack.url.removeprefix("http://").partition(":")
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    for method, path, body, headers in (
        ("GET", f"/patients/{NAME}/?q={NAME}", None, {}),
        ("GET", f"/?q={NAME}&search={NAME}&after={NAME}", None, {"Referer": f"http://x/{NAME}"}),
        ("GET", "/", None, {"Host": f"{NAME}.example"}),
        ("POST", "/patients/register/", f"family_name={NAME}", form),
        ("POST", f"/{NAME}", NAME, {"Content-Type": "text/plain"}),
        ("POST", "/accounts/login/", f"login={NAME}&password={SECRET}", form),
        (NAME.upper(), "/", None, {}),
        ("GET", f"/{NAME} x", None, {}),
        ("GET", "/", None, {f"{NAME}(": "x"}),
    ):
        connection = HTTPConnection(host, int(port), timeout=10)
        connection._validate_path = connection._validate_method = lambda _: None  # type: ignore[attr-defined]
        connection.request(method, path, body, headers)
        connection.getresponse().read()
        connection.close()


@pytest.mark.parametrize(
    "process", ["web", "worker", "beat", "postgres", "valkey", "mail", "prepare", "static"]
)
def test_no_log_holds_it(seen: Seen, process: str) -> None:
    text = seen.log(process)
    assert text or process in ("prepare", "static", "mail")
    assert not found_in(text)


def test_the_failures_that_were_forced_did_happen(seen: Seen) -> None:
    postgres = seen.log("postgres")
    assert 'violates check constraint "canary"' in postgres
    assert 'violates unique constraint "canary_once"' in postgres
    assert "DETAIL" not in postgres
    assert "lock timeout" in postgres
    assert "kind=IntegrityError" in seen.log("worker") + seen.log("beat")
    assert "event=database.away" in seen.log("web")
    assert "event=policy.broken rule=script-src" in seen.log("web")
    assert "kind=ProgrammingError<UndefinedTable" in seen.log("web")


def test_no_mail_holds_it(seen: Seen) -> None:
    mails = seen.mails()
    assert "Message-ID" in mails
    assert not found_in(mails)


def test_no_address_and_no_referrer_holds_it(seen: Seen) -> None:
    assert len([each for each in seen.addresses if each]) > 100
    assert not found_in("\n".join(seen.addresses))


def test_no_message_to_the_broker_holds_it(seen: Seen) -> None:
    messages = seen.messages()
    assert '"task": "alerts.tasks.sweep"' in messages
    assert '"callbacks": null' in messages, "the bodies were read"
    assert not found_in(messages + seen.broker)


def test_no_cookie_and_no_storage_of_the_browser_holds_it(seen: Seen) -> None:
    assert "csrftoken" in seen.stored
    assert not found_in(seen.stored)


def test_no_cache_of_the_browser_holds_it(seen: Seen) -> None:
    cached = seen.cached()
    assert "itb.css" in cached or "bootstrap" in cached, (
        "the static files are there, so this is the right place"
    )
    assert not found_in(cached)


def test_a_failed_page_says_what_happened_and_nothing_about_anyone(seen: Seen) -> None:
    assert "This page failed" in seen.failures["500"]
    assert "The database did not answer in time" in seen.failures["503"]
    assert not found_in("\n".join(seen.failures.values()))


def test_a_failed_page_can_be_read_by_anyone(seen: Seen) -> None:
    assert not seen.barriers


def test_the_server_carries_no_banner(seen: Seen) -> None:
    assert seen.banners <= {"web", ""}


def test_a_static_file_is_kept_for_long_since_its_name_changes_with_it(seen: Seen) -> None:
    assert seen.kept == {"max-age=315360000, public, immutable"}

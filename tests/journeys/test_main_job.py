"""The main job, end to end: a pump is registered, programmed, filled and refilled in the browser; unasked, a worker
finds the one that is overdue, and says so by letter."""

import hashlib
import json
import re
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Page, expect

from itb.local.stack import Stack
from tests.journeys.conftest import letters, rows
from tests.journeys.visit import look, nothing_amiss

pytestmark = pytest.mark.stack

DOSE = "157.3"  # of a real FDA adverse event report: 2,000 mcg/mL at 157.3 mcg/day


def register(page: Page, family: str, born: str, serial: str) -> int:
    """Register a patient with a 40 mL pump; its id."""
    page.get_by_role("link", name="Register patient").click()
    page.get_by_label("Record number").fill(f"J-{serial}")
    page.get_by_label("Family name").fill(family)
    page.get_by_label("Given name").fill(f"Given{serial}")
    page.get_by_label("Birth date").fill(born)
    page.get_by_label("Origin of spasticity").select_option("spinal")
    page.get_by_label("Name", exact=True).fill("Kin Journey")
    page.get_by_label("Relation").fill("sister")
    page.get_by_label("Telephone").fill("+00 000 000 002")
    page.get_by_label("Model").select_option("synchromed-ii-40")
    page.get_by_label("Serial number").fill(serial)
    page.get_by_label("Implanted on").fill("2024-01-15")
    page.get_by_role("button", name="Register").click()
    page.wait_for_url(re.compile(r"/patients/\d+/$"))
    return int(page.url.rstrip("/").rpartition("/")[2])


def start_programme(page: Page, days_ago: int) -> None:
    """2000 mcg/mL at 157.3 mcg/day: typed, seen beside the old one, kept."""
    page.get_by_role("link", name=re.compile("programme", re.IGNORECASE)).first.click()
    page.get_by_label("When").fill(clinic_time(days_ago))
    page.get_by_label("Concentration the pump is told").fill("2000")
    page.get_by_label("Dose").fill(DOSE)
    look(page).click()
    page.wait_for_url(re.compile(r"/patients/\d+/$"))


def record_refill(page: Page, serial: str, days_ago: int, withdrawn: str | None) -> None:
    """A whole fill of 40 mL."""
    page.get_by_role("link", name="Record refill").first.click()
    page.get_by_label("When").fill(clinic_time(days_ago))
    page.get_by_label("Last four of the pump's serial number").fill(serial[-4:])
    page.get_by_label("Product").select_option("lioresal-2000-20")
    page.get_by_label("Concentration on the label").fill("2000")
    page.get_by_label("Lot").fill("LOT-7")
    if withdrawn is not None:
        page.get_by_label("Withdrawn").fill(withdrawn)
        page.get_by_label("The reservoir is empty").check()
    page.get_by_label("Filled").fill("40")
    nothing_amiss(page, held_ml="40", dose=DOSE, concentration="2000")
    look(page).click()
    page.wait_for_url(re.compile(r"/refills/\d+/$"))
    page.get_by_role("link", name="Chart", exact=True).click()


def clinic_time(days_ago: int) -> str:
    """What a nurse types: the clinic's own time, to the minute."""
    return (datetime.now(UTC) - timedelta(days=days_ago, minutes=2)).strftime("%Y-%m-%dT%H:%M")


def as_said(day: str) -> str:
    """A date as the pages write it: Thu 14 May, with the year where it is another."""
    date = datetime.fromisoformat(day)
    said = f"{date:%a} {date.day} {date:%b}"
    return said if date.year == datetime.now(UTC).year else f"{said} {date.year}"


def test_a_pump_is_registered_and_refilled_and_every_page_and_the_core_say_the_same_dates(
    page: Page, stack: Stack
) -> None:
    patient = register(page, "Zwischenzug", "1971-05-04", "JRN157300")
    start_programme(page, days_ago=60)
    record_refill(page, "JRN157300", days_ago=60, withdrawn=None)
    record_refill(page, "JRN157300", days_ago=0, withdrawn="35.3")

    page.get_by_text("How each figure came about").click()
    with page.expect_download() as download:
        page.get_by_role("link", name=re.compile("scenario", re.IGNORECASE)).click()
    scenario = download.value.path().read_text()
    core = subprocess.run(
        [sys.executable, "-m", "itb.infusion", "forecast"],
        input=scenario,
        capture_output=True,
        text=True,
        check=True,
    )
    forecast = json.loads(core.stdout)

    chart = page.locator("main").inner_text()
    for moment in ("refill_by", "alarm_at", "empty_at", "earliest_empty_at"):
        assert as_said(forecast[moment][:10]) in chart, moment
    page.get_by_role("searchbox").fill("Zwischenzug")
    page.get_by_role("searchbox").press("Enter")
    row = page.get_by_role("row", name=re.compile("ZWISCHENZUG"))
    expect(row).to_contain_text(as_said(forecast["refill_by"]))
    expect(row).to_contain_text(as_said(forecast["alarm_at"][:10]))
    assert rows(
        stack,
        "SELECT count(*) FROM refills_refill r JOIN patients_pump p ON p.id = r.pump_id WHERE p.patient_id = %s",
        patient,
    ) == [(2,)]


def test_unasked_a_worker_finds_an_overdue_pump_and_writes_one_letter_a_recipient(
    page: Page, stack: Stack
) -> None:
    patient = register(page, "Overduenow", "1984-11-30", "JRN999000")
    many_letters_a_day = """
        INSERT INTO outbox_policy (clinic_id, morning_hour, letters_a_day) SELECT clinic_id, 7, 10
        FROM patients_patient WHERE id = %s RETURNING id
    """  # at night the digest that is to come counts as one of the two that it would be
    rows(stack, many_letters_a_day, patient)
    start_programme(page, days_ago=185)
    record_refill(page, "JRN999000", days_ago=185, withdrawn=None)

    open_alerts = """
        SELECT a.id, a.kind, a.tier FROM alerts_alert a JOIN patients_pump p ON p.id = a.pump_id
        WHERE p.patient_id = %s AND a.state <> 'closed' AND a.kind <> 'order'
    """  # that its drug is not ordered either is another matter
    sent = "SELECT key, state FROM outbox_letter WHERE topic = %s ORDER BY key"
    until = time.monotonic() + 60
    found: list[tuple[object, ...]] = []
    while time.monotonic() < until:
        found = [row for row in rows(stack, open_alerts, patient) if row[1] == "refill_due"]
        if found and {state for _, state in rows(stack, sent, f"alert:{found[0][0]}")} == {"sent"}:
            break
        time.sleep(0.5)
    ((alert, kind, _),) = found
    assert rows(stack, open_alerts, patient) == [(alert, kind, 3)]

    keys = [str(key) for key, _ in rows(stack, sent, f"alert:{alert}")]
    assert len(keys) == 2, "the nurse and the prescriber are told"
    about = """
        SELECT l.key FROM outbox_letter l JOIN alerts_alert a ON l.topic = 'alert:' || a.id
        JOIN patients_pump p ON p.id = a.pump_id
        WHERE p.patient_id = %s AND l.state = 'sent' AND a.kind <> 'order' ORDER BY l.key
    """
    assert [str(key) for (key,) in rows(stack, about, patient)] == keys, "and of nothing else about this pump"
    arrived = "\n".join(letters(stack))
    for key in keys:
        assert arrived.count(f"Message-ID: <{hashlib.sha256(key.encode()).hexdigest()[:40]}@") == 1
    assert "Overduenow" not in arrived

    page.get_by_role("link", name="Alerts", exact=True).click()
    row = page.locator("tr, li", has_text="OVERDUENOW").filter(has_text="Refill due").last
    row.get_by_role("link", name="Acknowledge").click()
    page.get_by_label("What you will do, or did").fill("Calling the ward now")
    page.get_by_label("When you go on with it").fill(f"{datetime.now(UTC):%Y-%m-%d}")
    page.get_by_role("button", name="Acknowledge").click()
    row = page.locator("tr, li", has_text="OVERDUENOW").filter(has_text="Refill due").last
    expect(row).to_contain_text("Nell Nurse")

    page.goto("/letters/")
    expect(page.locator("main")).to_contain_text("Nell Nurse")
    page.goto("/mailbox/")
    expect(page.locator("main")).to_contain_text("nurse@harbour.example")

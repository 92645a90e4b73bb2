"""The link in a reminder: reading acts on nothing, it works once, says nothing clinical, tells nothing by failing."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from alerts.models import Alert, Reminder
from alerts.rules import Kind, Tier
from alerts.sweep import sweep
from itb import clock
from itb.accounts.tokens import token_of
from itb.audit.models import AuditEvent
from itb.dashboard.ranks import rank
from itb.outbox.models import Letter
from patients.departures import decline_departure
from patients.models import Contact, Pump
from refills.models import Appointment, Projection
from refills.services import book_visit, close_visit, confirm_visit
from tests.cast import Cast
from tests.house.test_templates import CLINICAL


def token(reminder: Reminder) -> str:
    return token_of(Letter.objects.get(topic=reminder.topic).nonce)


def page(name: str, reminder: Reminder) -> str:
    return reverse(f"alerts:{name}", args=[token(reminder)])


@pytest.fixture
def asked(cast: Cast, pump: Pump) -> Reminder:
    return cast.reminder(pump)


def said(client: Client, reminder: Reminder, word: str) -> int:
    return client.post(page("answer", reminder), {"answer": word}).status_code


def test_reading_shows_the_day_and_acts_on_nothing(client: Client, asked: Reminder, pump: Pump) -> None:
    shown = client.get(page("answer", asked)).content.decode()
    visit = pump.appointments.get()
    assert f"{visit.on:%A} {visit.on.day} {visit.on:%B %Y}" in shown
    assert not CLINICAL.search(shown)
    for word in (pump.patient.family_name, "Harbour Row", "Kin"):
        assert word not in shown
    assert client.head(page("answer", asked)).status_code == 200
    visit.refresh_from_db()
    assert visit.confirmed_at is visit.cannot_come_at is None


def test_i_will_come_confirms_the_visit_once(client: Client, asked: Reminder, pump: Pump) -> None:
    assert said(client, asked, "comes") == 200
    visit = pump.appointments.get()
    assert visit.confirmed_at is not None
    assert visit.confirmed_by is None
    event = AuditEvent.objects.get(verb="visit.confirmed")
    assert (event.by_id, event.patient_id) == (None, pump.patient_id)
    assert said(client, asked, "cannot") == 410
    visit.refresh_from_db()
    assert visit.cannot_come_at is None


def test_i_cannot_is_work_for_the_clinic_until_the_visit_is_moved(
    client: Client, cast: Cast, asked: Reminder, pump: Pump
) -> None:
    assert said(client, asked, "cannot") == 200
    assert sweep() == 1, "looked at at once"
    alert = Alert.objects.open().get(pump=pump)
    assert (alert.kind, alert.tier) == (Kind.CANNOT_COME.value, Tier.DUE)
    in_sql = Projection.objects.annotate(tier=rank(cast.clinic, clock.now())).get(pump=pump)
    assert in_sql.tier == Tier.DUE
    client.force_login(cast.nurse.user)
    assert "they cannot come" in client.get(reverse("dashboard:worklist")).content.decode()
    book_visit(pump=pump, on=cast.open_day(9), by=cast.nurse, at=cast.at)
    sweep()
    assert not Alert.objects.open().filter(pump=pump).exists()


def test_a_visit_that_they_cannot_come_to_covers_nothing_of_the_countdown_and_the_last_word_counts(
    client: Client, cast: Cast
) -> None:
    pump = cast.running_pump(filled_days_ago=170)
    asked = cast.reminder(pump)
    assert said(client, asked, "cannot") == 200
    sweep()
    alert = Alert.objects.open().get(pump=pump)
    assert (alert.kind, alert.tier) == (Kind.CANNOT_COME.value, Tier.URGENT)
    assert "Call patient and contact today" in alert.sentence
    confirm_visit(visit=pump.appointments.get(), by=cast.nurse, at=clock.now())
    sweep()
    assert not Alert.objects.open().filter(pump=pump).exists()


def test_an_answer_that_is_none_keeps_nothing(client: Client, asked: Reminder) -> None:
    assert said(client, asked, "perhaps") == 200
    asked.refresh_from_db()
    assert asked.answer == ""


def test_no_answer_is_taken_from_another_site(asked: Reminder) -> None:
    assert said(Client(enforce_csrf_checks=True), asked, "comes") == 403


def gone(client: Client, address: str) -> tuple[int, bytes]:
    answer = client.get(address)
    return answer.status_code, answer.content


def test_a_link_that_never_was_was_used_or_is_too_old_gets_one_page(
    client: Client, cast: Cast, asked: Reminder, pump: Pump
) -> None:
    unknown = gone(client, reverse("alerts:answer", args=["0" * 64]))
    assert unknown[0] == 410
    address = page("answer", asked)
    with connection.cursor() as cursor:
        cursor.execute('UPDATE refills_appointment SET "on" = "on" - 30')
    assert gone(client, address) == unknown, "its day has passed"
    with connection.cursor() as cursor:
        cursor.execute('UPDATE refills_appointment SET "on" = "on" + 30')
    said(client, asked, "comes")
    assert gone(client, address) == unknown, "it was used"
    stop = gone(client, reverse("alerts:stop", args=["0" * 64]))
    assert stop == unknown


def test_a_link_answers_nothing_once_its_visit_is_moved_or_its_reader_is_to_be_left_in_peace(
    client: Client, cast: Cast, asked: Reminder, pump: Pump
) -> None:
    departure = cast.departure(pump)
    assert said(client, asked, "comes") == 410
    decline_departure(departure=departure, by=cast.prescriber, at=cast.at)
    assert client.get(page("answer", asked)).status_code == 200
    close_visit(pump=pump, state=Appointment.State.CANCELLED, by=cast.nurse, at=cast.at)
    assert said(client, asked, "comes") == 410


def test_no_more_letters_ends_all_of_them_at_once_and_someone_calls(
    client: Client, cast: Cast, asked: Reminder, pump: Pump
) -> None:
    assert client.get(page("stop", asked)).status_code == 200
    contact = Contact.objects.get(patient=pump.patient)
    assert contact.channel == Contact.Channel.EMAIL, "reading acts on nothing"
    assert client.post(page("stop", asked)).status_code == 200
    contact.refresh_from_db()
    assert (contact.channel, contact.asked_on) == (
        Contact.Channel.NONE,
        cast.at.astimezone(cast.clinic.tz).date(),
    )
    assert {letter.state for letter in Letter.objects.exclude(to_address="")} == {Letter.State.SUPERSEDED}
    assert AuditEvent.objects.filter(verb="contact.stopped").count() == 1
    assert client.post(page("stop", asked)).status_code == 410
    client.force_login(cast.nurse.user)
    chart = client.get(reverse("dashboard:chart", args=[pump.patient_id])).content.decode()
    assert "No message: call" in chart


def test_too_many_tries_from_one_network_wait(client: Client, asked: Reminder) -> None:
    address = reverse("alerts:answer", args=["0" * 64])
    codes = {client.post(address, {"answer": "comes"}).status_code for _ in range(31)}
    assert codes == {410, 429}


def test_a_page_behind_a_link_names_no_product_and_no_clinic(client: Client, asked: Reminder) -> None:
    for name in ("answer", "stop"):
        shown = client.get(page(name, asked)).content.decode()
        assert not CLINICAL.search(shown)
        assert "ITB" not in shown

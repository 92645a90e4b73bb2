"""What the worklist is narrowed to: a link that another person can open, in which nothing personal stands."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from alerts.knowledge import known_of
from alerts.models import Alert, SavedView
from alerts.rules import look
from alerts.services import acknowledge_alert, drop_view, keep_view
from itb.audit.models import AuditEvent
from itb.dashboard import worklist
from itb.dashboard.filters import TIERS, Asked, read, words_of
from itb.outbox.models import Letter
from patients.models import Contact, Patient, Pump
from refills.models import Appointment, Projection
from tests.cast import Cast
from tests.dashboard.many import Told, implant_many
from tests.pages import FormPage


def listed(cast: Cast, **wanted: str) -> set[int]:
    """The pumps of the whole list."""
    return {row.projection.pk for row in worklist.whole(cast.nurse, cast.at, read(wanted))}


def booked(cast: Cast, pump: Pump, on: date, **facts: Any) -> None:
    """A visit on whatever day, as one that was in time when it was booked."""
    told = {"clinic": cast.clinic, "booked_at": cast.ago(9), "booked_by": cast.nurse.user, **facts}
    Appointment.objects.create(pump=pump, on=on, **told)


def test_each_tier_holds_exactly_what_the_rules_put_there(cast: Cast) -> None:
    chance = random.Random(11)
    stories = [
        Told(
            earliest_h=(earliest := chance.choice([None, -3, 30, 200, 330, 400, 500, 700, 900])),
            alarm_h=chance.choice([None, 70, 239, 300, 410, 480, 530, 700, 1000]) if earliest else None,
            error=chance.choice(["", "", "", "", "no_fill"]),
            codes=chance.choice([(), (), (), ("residual_out_of_limits",), ("ran_empty",), ("pump_stopped",)]),
            flags=chance.choice([(), ("cannot_hear_alarm",), ("cannot_hear_alarm", "earlier_withdrawal")]),
        )
        for _ in range(200)
    ]
    today = cast.at.astimezone(cast.clinic.tz).date()
    pumps = implant_many(cast.nurse, stories, cast.at)
    for pump in pumps[::2]:
        said_at = chance.choice([None, cast.at])
        booked(cast, pump, today + timedelta(days=chance.randint(-3, 20)), confirmed_at=said_at)
    for pump in pumps[1::6]:
        ended = {"state": Appointment.State.MISSED, "closed_at": cast.at, "closed_by": cast.nurse.user}
        booked(cast, pump, today - timedelta(days=chance.randint(1, 9)), **ended)
    rows = Projection.objects.select_related("pump__patient__clinic")
    by_rules = {row.pk: look(known_of(row), cast.at).tier for row in rows}
    assert min(Counter(by_rules.values()).values()) > 8, "each tier is there"
    for name, tier in TIERS.items():
        assert listed(cast, tier=name) == {pk for pk, found in by_rules.items() if found is tier}, name


def test_a_visit_is_found_by_how_it_stands(cast: Cast) -> None:
    today = cast.at.astimezone(cast.clinic.tz).date()
    past, now, soon, late, none = implant_many(cast.nurse, [Told()] * 5, cast.at)
    for pump, days in ((past, -1), (now, 0), (soon, 6), (late, 300)):
        booked(cast, pump, today + timedelta(days=days))
    assert listed(cast, show="no_visit") == {none.pk}
    assert listed(cast, visit="past") == {past.pk}
    assert listed(cast, visit="today") == {now.pk}
    assert listed(cast, visit="week") == {now.pk, soon.pk}
    assert listed(cast, visit="late") == {late.pk}


def test_mine_is_what_i_have_in_hand_and_reads_otherwise_for_another(cast: Cast) -> None:
    mine, theirs, free = implant_many(cast.nurse, [Told(earliest_h=-1, alarm_h=2)] * 3, cast.at)
    for pump, by in ((mine, cast.nurse), (theirs, cast.prescriber)):
        alert = Alert.objects.create(
            pump=pump, clinic=cast.clinic, kind="withdrawal_risk", tier=4, sentence="x", opened_at=cast.at
        )
        acknowledge_alert(alert=alert, note="calling", by=by, at=cast.at)
    assert listed(cast, owner="mine") == {mine.pk}
    assert listed(cast, owner="nobody") == {free.pk}
    assert listed(cast, owner=str(cast.prescriber.user_id)) == {theirs.pk}
    seen = worklist.whole(cast.prescriber, cast.at, Asked(owner="mine"))
    assert {row.projection.pk for row in seen} == {theirs.pk}


def test_risk_drug_and_strength_narrow_the_list_together(cast: Cast) -> None:
    running = cast.running_pump()
    bare = cast.bare_pump(cannot_hear_alarm=True)
    assert listed(cast, product="lioresal-2000-20") == {running.pk}
    assert listed(cast, strength="2000") == {running.pk}
    assert listed(cast, strength="500") == set()
    assert listed(cast, flag="cannot_hear_alarm") == {bare.pk}
    assert listed(cast, flag="cannot_hear_alarm", strength="2000") == set()


@pytest.mark.parametrize(
    "odd",
    [
        {"tier": "red"},
        {"owner": "9" * 40},
        {"owner": "-1"},
        {"strength": "1e3"},
        {"strength": "NaN"},
        {"flag": "pk"},
        {"visit": "none'--"},
        {"product": "../x"},
        {"show": "\0"},
    ],
)
def test_what_cannot_be_read_asks_for_nothing_and_hides_nobody(
    client: Client, cast: Cast, pump: Pump, odd: dict[str, str]
) -> None:
    assert read(odd) == Asked()
    client.force_login(cast.nurse.user)
    assert len(client.get("/", odd).context["rows"]) == 1


def test_the_page_that_chooses_leads_to_an_address_with_nothing_else_in_it(
    client: Client, cast: Cast, pump: Pump
) -> None:
    client.force_login(cast.nurse.user)
    chosen = {"go": "1", "tier": "routine", "show": "", "owner": "nobody", "more": "x"}
    assert client.get("/views/", chosen)["Location"] == "/?tier=routine&owner=nobody"
    assert client.get("/views/", {"go": "1"})["Location"] == "/"
    assert words_of(read({"tier": "routine", "owner": "nobody"}), cast.nurse) == ["Routine", "Owner: nobody"]


def test_a_view_is_kept_under_a_name_and_opened_by_a_colleague(client: Client, cast: Cast) -> None:
    form = FormPage(client, cast.nurse, "/views/keep/?query=tier%3Durgent%26owner%3Dmine")
    assert form.press({"name": "Ours today"})["Location"] == "/?tier=urgent&owner=mine"
    form.press({"name": "Ours today"})
    assert SavedView.objects.count() == 1, "the same press twice is one view"
    client.force_login(cast.prescriber.user)
    assert 'href="/?tier=urgent&amp;owner=mine">Ours today</a>' in client.get("/").content.decode()
    assert "Ours today" in client.get("/views/").content.decode()


def test_a_name_that_is_taken_is_refused_in_words_and_by_the_database(client: Client, cast: Cast) -> None:
    cast.saved_view(name="Ours")
    form = FormPage(client, cast.nurse, "/views/keep/?query=tier%3Durgent")
    assert "another view of this name" in form.errors({"name": "OURS"})["name"]
    with pytest.raises(IntegrityError, match="savedview_name_once_a_clinic"), transaction.atomic():
        keep_view(name="ours", query="tier=due", by=cast.nurse, at=cast.at)


@pytest.mark.parametrize("query", ["", "search=Okafor Miriam", "tier=urgent&", "=x", "q=ä", "https://x/"])
def test_a_view_of_anything_else_is_refused_by_form_and_database(
    client: Client, cast: Cast, query: str
) -> None:
    form = FormPage(client, cast.nurse, "/views/keep/")
    assert "query" in form.press({"name": "Odd", "query": query}).context["form"].errors
    columns = "INSERT INTO alerts_savedview (clinic_id, name, query, kept_at, kept_by_id)"
    with (
        pytest.raises(IntegrityError, match="savedview_query_says_little"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"{columns} VALUES (%s, 'Odd', %s, now(), %s)", [cast.clinic.pk, query, cast.nurse.user_id]
        )


def test_a_dropped_view_is_gone_from_the_page_and_its_name_is_free(client: Client, cast: Cast) -> None:
    view = cast.saved_view(name="Ours")
    client.force_login(cast.nurse.user)
    assert client.post(f"/views/{view.pk}/drop/")["Location"] == "/views/"
    assert "Ours" not in client.get("/").content.decode().replace("“Ours” is dropped.", "")
    cast.saved_view(name="Ours")
    drop_view(view=view, by=cast.nurse, at=cast.at)
    assert SavedView.objects.kept().count() == 1


def test_the_sheet_holds_every_row_of_the_list_that_the_screen_shows(client: Client, cast: Cast) -> None:
    implant_many(
        cast.nurse,
        [Told(error="no_fill", person={"family_name": "=cmd()"})] * (worklist.PAGE + 3) + [Told()],
        cast.at,
    )
    client.force_login(cast.administrator.user)
    answer: Any = client.get("/worklist.csv", {"show": "critical"})
    header, *lines = answer.content.decode("utf-8-sig").splitlines()
    assert len(lines) == worklist.PAGE + 3
    assert header.count('","') == lines[0].count('","')
    assert all('"\'=cmd()"' in line for line in lines), "no cell is taken for a formula"


def test_a_search_narrows_the_sheet_too(client: Client, cast: Cast) -> None:
    cast.bare_pump(family_name="Harrowgate")
    cast.bare_pump(family_name="Other")
    client.force_login(cast.administrator.user)
    address = client.post("/search/", {"q": "harrow"})["Location"].partition("?")[2]
    sheet = client.get(f"/worklist.csv?{address}").content.decode()
    assert "Harrowgate" in sheet
    assert "Other" not in sheet


def test_alerts_and_letters_leave_as_sheets_with_an_act_that_counts_them(client: Client, cast: Cast) -> None:
    pumps = implant_many(cast.nurse, [Told()] * 2, cast.at)
    for pump in pumps:
        Alert.objects.create(
            pump=pump, clinic=cast.clinic, kind="refill_due", tier=2, sentence="Due.", opened_at=cast.at
        )
    acknowledge_alert(alert=Alert.objects.latest("pk"), note="calling", by=cast.nurse, at=cast.at)
    Letter.objects.create(
        key="x", clinic=cast.clinic, recipient=cast.nurse, topic="alert:1", template="alerts/due",
        state="dead", created_at=cast.at, due_at=cast.at,
    )  # fmt: skip
    client.force_login(cast.administrator.user)
    sheets = {"/alerts.csv": 2, "/alerts.csv?state=unacknowledged": 1, "/letters.csv?show=undelivered": 1}
    for address, count in sheets.items():
        answer: Any = client.get(address)
        assert len(answer.content.decode().splitlines()) == 1 + count, address
        assert AuditEvent.objects.filter(verb="list.exported").latest("id").count == count
    client.force_login(cast.nurse.user)
    assert client.get("/alerts.csv").status_code == 403


def test_the_row_tells_of_the_last_try_to_reach_the_patient(client: Client, cast: Cast, pump: Pump) -> None:
    cast.contact(pump, days_ago=4, outcome="left_message")
    cast.contact(pump, days_ago=1)
    (row,) = worklist.whole(cast.nurse, cast.at, Asked())
    assert row.last_contact == "no answer, yesterday"


def test_ones_own_patients_are_ones_own_even_where_no_alert_is_open(cast: Cast, pump: Pump) -> None:
    cast.bare_pump()
    Patient.objects.filter(pk=pump.patient_id).update(clinician=cast.prescriber)
    listed_to = worklist.whole(cast.prescriber, cast.at, Asked(owner="mine"))
    assert [(row.projection.pk, row.clinician) for row in listed_to] == [(pump.pk, "Prescriber")]
    assert pump.pk not in listed(cast, owner="nobody")


def test_who_refused_to_be_called_or_has_a_number_is_not_unreachable(cast: Cast) -> None:
    called, refusing, silent = cast.bare_pump(), cast.bare_pump(), cast.bare_pump()
    for each in (refusing, silent):
        Contact.objects.filter(patient=each.patient_id).update(phone="")
    Patient.objects.filter(pk=refusing.patient_id).update(
        refusal="Wants no calls.", refused_on=cast.at.date()
    )
    assert listed(cast, show="unreachable") == {silent.pk}
    assert called.pk in listed(cast)


def test_what_a_refill_left_is_due_and_past_its_day_urgent(cast: Cast, pump: Pump) -> None:
    cast.followup(pump)
    assert listed(cast, tier="due") == {pump.pk}
    late = cast.at + timedelta(days=7)
    assert [row.tier for row in worklist.whole(cast.nurse, late, read({"tier": "urgent"}))] == ["urgent"]

"""The worklist: who needs me, how soon, and what do I do; in eight queries, whatever the clinic's size."""

import random
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from alerts.knowledge import known_of
from alerts.models import Alert
from alerts.rules import Tier, look
from alerts.services import acknowledge_alert
from itb.dashboard import tallies, worklist
from itb.dashboard.filters import read
from patients.models import Contact, Pump
from refills.models import Appointment, Projection
from refills.services import book_visit
from refills.visit import VisitDetails
from tests.cast import Cast
from tests.dashboard.many import Told, implant_many

MOST_QUERIES = 8


def page(client: Client, cast: Cast, path: str = "/", **query: str) -> str:
    """What the nurse sees."""
    client.force_login(cast.nurse.user)
    response = client.get(path, query)
    assert response.status_code == 200
    return response.content.decode()


def find(client: Client, cast: Cast, words: str, **query: str) -> str:
    """What the nurse sees who searches."""
    return page(client, cast, **query, search=number_of(client, cast, words))


def number_of(client: Client, cast: Cast, words: str) -> str:
    """The number that stands in the address for what was typed; empty where nothing was."""
    client.force_login(cast.nurse.user)
    response = client.post("/search/", {"q": words})
    assert response.status_code in (302, 303)
    return response["Location"].partition("?search=")[2]


def whole_list(cast: Cast, **wanted: str) -> list[worklist.Row]:
    """Every page of the list, one behind the other."""
    search = wanted.pop("search", "")
    rows, after = worklist.rows(cast.nurse, cast.at, read(wanted), search=search)
    while after:
        more, after = worklist.rows(cast.nurse, cast.at, read(wanted), search=search, after=after)
        rows += more
    return rows


def names(rows: list[worklist.Row]) -> list[str]:
    return [row.projection.pump.patient.family_name for row in rows]


@pytest.mark.parametrize("query", [{}, {"show": "critical"}, {"search": "many00"}])
def test_a_thousand_pumps_are_listed_in_eight_queries(
    client: Client, cast: Cast, django_assert_max_num_queries: Any, query: dict[str, str]
) -> None:
    pumps = implant_many(
        cast.nurse, (Told(earliest_h=n / 10, alarm_h=60 + n / 10) for n in range(1000)), cast.at
    )
    Contact.objects.bulk_create(
        Contact(patient=pump.patient, clinic=cast.clinic, name="Kin", relation="sister", phone="3")
        for pump in pumps[::2]
    )
    Appointment.objects.bulk_create(
        Appointment(
            pump=pump, clinic=cast.clinic, on=cast.at.date(), booked_at=cast.at, booked_by=cast.nurse.user
        )
        for pump in pumps[::3]
    )
    query = {
        name: number_of(client, cast, words) if name == "search" else words for name, words in query.items()
    }
    client.force_login(cast.nurse.user)
    with django_assert_max_num_queries(MOST_QUERIES):
        response = client.get("/", query)
    assert len(response.context["rows"]) == worklist.PAGE
    assert response.context["next"]


def test_the_critical_list_holds_exactly_what_the_rules_call_critical(cast: Cast) -> None:
    chance = random.Random(7)
    hours: list[float | None] = [None, -30, -0.5, 0.5, 30, 100, 170, 200, 300, 340, 900]
    stories = [
        Told(
            earliest_h=chance.choice(hours),
            alarm_h=chance.choice([*hours, 71, 73, 239, 241, 407, 409]),
            error=chance.choice(["", "", "", "no_fill", "contradictory_facts", "made_up"]),
            codes=chance.choice(
                [(), (), ("concentration_mismatch",), ("pump_stopped",), ("residual_out_of_limits",)]
            ),
            is_behind=chance.random() < 0.1,
            flags=chance.choice([(), ("cannot_hear_alarm",), ("cannot_hear_alarm", "earlier_withdrawal")]),
        )
        for _ in range(600)
    ]
    implant_many(cast.nurse, stories, cast.at)
    rows = Projection.objects.select_related("pump__patient__clinic")
    by_rules = {row.pk for row in rows if look(known_of(row), cast.at).tier is Tier.CRITICAL}
    listed = {row.projection.pk for row in whole_list(cast, show="critical")}
    assert listed == by_rules
    assert 100 < len(by_rules) < 600


def test_the_tallies_count_what_their_lists_hold(cast: Cast) -> None:
    pumps = implant_many(
        cast.nurse, (Told(earliest_h=h, alarm_h=h + 60) for h in range(-50, 900, 10)), cast.at
    )
    Contact.objects.create(
        clinic=cast.clinic, patient=pumps[3].patient, name="Kin", relation="sister", phone="3"
    )
    Contact.objects.create(
        clinic=cast.clinic, patient=pumps[4].patient, name="Kin", relation="sister", phone=""
    )
    book_visit(pump=pumps[5], on=cast.at.date(), by=cast.nurse, at=cast.at)
    counts = {tally.name: tally.count for tally in tallies.front(cast.nurse, cast.at).tallies}
    assert {show: len(whole_list(cast, show=show)) for show in tallies.SHOWN} == {
        show: counts[show] for show in tallies.SHOWN
    }
    assert counts["unreachable"] == counts["no_visit"] == len(pumps) - 1


def test_a_tally_over_its_cap_says_so() -> None:
    assert tallies.Tally("critical", "Critical", 1001).text == "1000+"
    assert tallies.Tally("critical", "Critical", 1000).text == "1000"


def test_paging_visits_each_row_once_and_in_order_while_rows_come_and_go(cast: Cast) -> None:
    unknown = [Told(error="no_fill") for _ in range(60)]
    twins = [Told(earliest_h=50, alarm_h=90) for _ in range(60)]
    others = [Told(earliest_h=60 + hour, alarm_h=200) for hour in range(60)]
    pumps = implant_many(cast.nurse, [*unknown, *twins, *others], cast.at)
    order = [pump.pk for pump in pumps]
    seen, gone, after, number = [], set(), "", 1000
    while True:
        rows, after = worklist.rows(cast.nurse, cast.at, read({}), after=after)
        seen += [row.projection.pk for row in rows]
        if not after:
            break
        leaving = seen[-2]
        cast.left(Pump.objects.get(pk=leaving))
        gone.add(leaving)
        implant_many(
            cast.nurse, [Told(earliest_h=-500, alarm_h=1), Told(error="no_fill")], cast.at, first=number
        )
        number += 2
    known = [pk for pk in seen if pk in order]
    assert known == order
    assert len(seen) == len(set(seen))
    assert len(gone) == 3


def test_unknown_comes_first_then_the_nearest_to_empty_and_risk_moves_a_patient_up(cast: Cast) -> None:
    implant_many(
        cast.nurse,
        [
            Told(earliest_h=200, alarm_h=300, person={"family_name": "Later"}),
            Told(earliest_h=150, alarm_h=300, person={"family_name": "Sooner"}),
            Told(earliest_h=300, alarm_h=500, flags=("cannot_hear_alarm",), person={"family_name": "Atrisk"}),
            Told(error="no_programme", person={"family_name": "Unknown"}),
            Told(earliest_h=None, alarm_h=None, codes=("pump_stopped",), person={"family_name": "Stopped"}),
        ],
        cast.at,
    )
    assert names(whole_list(cast)) == ["Unknown", "Stopped", "Atrisk", "Sooner", "Later"]


def test_a_row_without_a_forecast_says_so_and_why(client: Client, cast: Cast) -> None:
    cast.bare_pump()
    found = page(client, cast)
    assert "unknown — no forecast" in found
    assert "No fill is recorded: what is in the reservoir is unknown." in found


def test_another_clinics_rows_never_appear(client: Client, cast: Cast) -> None:
    cast.running_pump(by=cast.stranger, family_name="Elsewhere", serial="NGVELSEWHERE")
    cast.running_pump(family_name="Here")
    for query in ({}, {"show": "no_visit"}, {"after": "~0"}):
        assert "ELSEWHERE" not in page(client, cast, **query)
    for words in ("elsewhere", "NGVELSE"):
        assert "ELSEWHERE" not in find(client, cast, words)
    assert [tally.count for tally in tallies.front(cast.nurse, cast.at).tallies][3] == 1


@pytest.mark.parametrize(
    "query", ["harrow", "HARR", "x-77", "nv 77", "ngq4411", "nova harrowgate", "HARROWGATE, Nova"]
)
def test_a_search_looks_at_name_record_number_and_serial_number(cast: Cast, query: str) -> None:
    cast.bare_pump(family_name="Harrowgate", given_name="Nova", record_number="X-77", serial="NGQ4411")
    cast.bare_pump(family_name="Other", record_number="Y-1")
    wanted = [] if query == "nv 77" else ["Harrowgate"]
    assert names(whole_list(cast, search=query)) == wanted


def test_the_next_page_keeps_the_search_and_the_list(client: Client, cast: Cast) -> None:
    implant_many(cast.nurse, [Told(error="no_fill")] * (worklist.PAGE + 1), cast.at)
    found = find(client, cast, "many", show="critical")
    (link,) = [each for each in found.split('"') if each.startswith("?") and "after=" in each]
    assert "show=critical" in link
    assert "many" not in link
    assert len(client.get("/" + link.replace("&amp;", "&")).context["rows"]) == 1


@pytest.mark.parametrize(
    "key", ["", "~", "x", "x~y", "~9" * 9, "2026-13-01~1", f"~{10**30}", "2026-01-01~1", "\0~\0"]
)
def test_a_key_that_cannot_be_read_begins_at_the_start(client: Client, cast: Cast, key: str) -> None:
    cast.running_pump()
    assert "TESTCASE1" in page(client, cast, after=key)


@pytest.mark.parametrize("key", ["0001-01-01T00:00:00+14:00~1", "9999-12-31T23:59:59-14:00~1"])
def test_a_key_at_the_end_of_the_calendar_is_only_a_key(client: Client, cast: Cast, key: str) -> None:
    page(client, cast, after=key)


@pytest.mark.parametrize("search", ["\0", "%", "_", "'; --", "a" * 10_000, "ß İ 𝔘 \u202e"])
def test_whatever_is_searched_for_is_only_words(client: Client, cast: Cast, search: str) -> None:
    cast.running_pump()
    find(client, cast, search)


def test_what_was_searched_for_stands_on_the_page_and_never_in_its_address(
    client: Client, cast: Cast
) -> None:
    cast.running_pump(family_name="Harrowgate")
    client.force_login(cast.nurse.user)
    response = client.post("/search/", {"q": "Harrowgate"}, follow=True)
    ((address, _),) = response.redirect_chain
    assert "arrowgate" not in address
    assert 'value="Harrowgate"' in response.content.decode()
    assert names(response.context["rows"]) == ["Harrowgate"]


def test_some_tabs_each_keep_their_own_search(client: Client, cast: Cast) -> None:
    numbers = {words: number_of(client, cast, words) for words in ("one", "two", "three", "four", "five")}
    for words, number in numbers.items():
        assert page(client, cast, search=number).count(f"“{words}”") == 1


def test_a_search_that_is_over_or_anothers_says_so_and_shows_all(client: Client, cast: Cast) -> None:
    cast.running_pump()
    number = number_of(client, cast, "nobody")
    assert "TESTCASE1" not in page(client, cast, search=number)
    client.logout()
    found = page(client, cast, search=number)
    assert "TESTCASE1" in found
    assert "That search is over: type it again." in found


def test_a_visit_ends_up_in_the_row_with_what_is_wrong_with_it(cast: Cast) -> None:
    today = cast.at.astimezone(cast.clinic.tz).date()
    soon, late, passed = implant_many(cast.nurse, [Told(), Told(), Told()], cast.at)
    book_visit(pump=soon, on=today + timedelta(days=3), by=cast.nurse, at=cast.at)
    said = VisitDetails(late_reason="Abroad.")
    book_visit(pump=late, on=today + timedelta(days=300), details=said, by=cast.prescriber, at=cast.at)
    book_visit(pump=passed, on=today - timedelta(days=1), by=cast.nurse, at=cast.at)
    rows = {row.projection.pk: row for row in whole_list(cast)}
    said = [(rows[each.pk].visit_trouble, rows[each.pk].next_step.step.word) for each in (soon, late, passed)]
    assert said == [("", "Open"), ("after the refill-by date", "Book"), ("has passed", "Record refill")]


def test_who_took_an_alert_stands_as_owner(cast: Cast) -> None:
    (pump,) = implant_many(cast.nurse, [Told(earliest_h=-1, alarm_h=2)], cast.at)
    alert = Alert.objects.create(
        pump=pump, clinic=cast.clinic, kind="withdrawal_risk", tier=4, sentence="x", opened_at=cast.at
    )
    assert whole_list(cast)[0].owner == ""
    acknowledge_alert(alert=alert, note="calling", by=cast.prescriber, at=cast.at)
    assert whole_list(cast)[0].owner == "Prescriber"
    Alert.objects.update(state=Alert.State.OPEN)
    assert whole_list(cast)[0].owner == "", "time was up, and nobody has it any more"


def test_a_figure_computed_over_a_day_ago_says_stale(client: Client, cast: Cast) -> None:
    pump = cast.running_pump()
    assert "stale: computed" not in page(client, cast)
    Projection.objects.filter(pump=pump).update(computed_at=cast.ago(1.1))
    assert "stale: computed" in page(client, cast)


def test_who_may_only_read_is_offered_no_step(client: Client, cast: Cast) -> None:
    cast.running_pump()
    assert ">Book<" in page(client, cast)
    client.force_login(cast.auditor.user)
    assert ">Book<" not in client.get("/").content.decode()


def test_a_clinic_without_pumps_is_told_what_to_do(client: Client, cast: Cast) -> None:
    assert "Register a patient with a pump" in page(client, cast)
    assert "No pump is in this list" in find(client, cast, "nobody")

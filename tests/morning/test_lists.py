"""The day's list: there before six, once a clinic day, whole, on paper in every alphabet, and forgotten in time."""

import csv
import io
import re
import zlib
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from itb.audit.models import AuditEvent
from itb.morning import lists
from itb.morning.font_file import font
from itb.morning.lists import make_lists
from itb.morning.models import MorningList
from itb.morning.pdf import Column, Sheet, pdf
from itb.walls import inside
from tests.cast import Cast


def morning(cast: Cast, hour: int = 5) -> datetime:
    return cast.at.astimezone(cast.clinic.tz).replace(hour=hour, minute=0)


def words(file: bytes) -> str:
    """What the pages of a PDF say, each text on a line, by the file's own map from glyphs to letters."""
    streams = [
        zlib.decompress(packed) for packed in re.findall(rb"stream\n(.*?)\nendstream", file, re.DOTALL)
    ]
    letters = dict(
        re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]{4})>", next(each for each in streams if b"bfchar" in each))
    )
    shown = [run for each in streams for run in re.findall(rb"<([0-9a-f]*)> Tj", each)]
    glyphs = ([run[n : n + 4] for n in range(0, len(run), 4)] for run in shown)
    return "\n".join("".join(chr(int(letters[each], 16)) for each in run) for run in glyphs)


def test_by_six_every_clinic_has_its_list_once_a_day_whatever_the_clocks_do(cast: Cast) -> None:
    autumn = datetime(
        2026, 10, 24, 0, 0, tzinfo=UTC
    )  # in the night that follows the clocks go back in London
    for quarter in range(4 * 24 * 3):
        make_lists(at=autumn + timedelta(minutes=15 * quarter))
    mine = MorningList.objects.order_by("on")
    assert [f"{each.on}" for each in mine] == ["2026-10-24", "2026-10-25", "2026-10-26"]
    for each in mine:
        local = each.made_at.astimezone(cast.clinic.tz)
        assert (local.hour, local.minute) == (5, 0)
    with inside(cast.stranger.clinic_id):
        days = [f"{each.on}" for each in MorningList.objects.order_by("on")]
        assert days == ["2026-10-23", "2026-10-24", "2026-10-25", "2026-10-26"], "it was evening there"


def test_the_list_is_the_worklist_with_whom_to_call(cast: Cast) -> None:
    cast.running_pump(family_name="Łukasiewicz-Őry", given_name="Þóra", record_number="R-77")
    cast.bare_pump(family_name="Ζορμπάς")
    make_lists(at=morning(cast))
    made = MorningList.objects.get()
    assert made.count == 2
    on_paper = words(bytes(made.pdf))
    for said in (
        "ŁUKASIEWICZ-ŐRY",
        "Þóra",
        "ΖΟΡΜΠΆΣ",
        "+44 20 7946 0003",
        "CRITICAL",
        "1 of 1",
        "400 mcg/d",
    ):
        assert said in on_paper
    rows = list(csv.reader(io.StringIO(bytes(made.csv).decode("utf-8-sig"))))
    assert [row[3] for row in rows] == ["family name", "Ζορμπάς", "Łukasiewicz-Őry"]


def test_a_long_list_goes_over_many_pages_and_loses_no_row() -> None:
    columns = (Column("Number", 1), Column("Words", 3))
    rows = [(f"row {n}", "a word " * 60 + "x" * 400) for n in range(200)]
    file = pdf(Sheet("All of them", "By hand.", columns, rows))
    said = words(file)
    assert all(f"row {n}\n" in said for n in range(200))
    pages = int(re.findall(rb"/Count (\d+)", file)[0])
    assert pages > 10
    assert f"Page {pages} of {pages}." in said
    assert all(font().width(line, 7.5) <= 800 for line in said.split("\n"))


def test_a_file_says_where_each_of_its_objects_begins() -> None:
    file = pdf(Sheet("One", "", (Column("A", 1),), [("é",)]))
    table = int(re.findall(rb"startxref\n(\d+)", file)[0])
    starts = [int(each) for each in re.findall(rb"(\d{10}) 00000 n", file[table:])]
    for number, start in enumerate(starts, 1):
        assert file[start:].startswith(f"{number} 0 obj".encode())


def test_after_a_fortnight_a_list_is_forgotten(cast: Cast) -> None:
    make_lists(at=morning(cast) - timedelta(days=15))
    make_lists(at=morning(cast) - timedelta(days=14))
    make_lists(at=morning(cast))
    assert MorningList.objects.count() == 2


def test_the_tick_makes_it_too_without_any_broker(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "FROM_HOUR", 0)
    call_command("tick")
    assert MorningList.objects.count() == 1


def test_who_sees_the_worklist_may_print_it_and_that_leaves_an_act(client: Client, cast: Cast) -> None:
    cast.running_pump()
    make_lists(at=morning(cast))
    client.force_login(cast.nurse.user)
    assert "Print" in client.get(reverse("morning:show")).content.decode()
    answer = client.get(reverse("morning:take"))
    assert answer.content.startswith(b"%PDF-")
    assert answer["Content-Disposition"].endswith('.pdf"')
    act = AuditEvent.objects.get(verb="list.exported")
    assert (act.by_id, act.count) == (cast.nurse.user_id, 1)
    assert client.get(reverse("morning:export")).status_code == 403
    for day in ("2020-01-01", "yesterday"):
        assert client.get(reverse("morning:take"), {"on": day}).status_code == 404


def test_another_clinic_sees_no_list_of_ours(client: Client, cast: Cast) -> None:
    cast.running_pump()
    make_lists(at=morning(cast, hour=12))
    client.force_login(cast.stranger.user)
    assert words(client.get(reverse("morning:take")).content).count("NGV") == 0

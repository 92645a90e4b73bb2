"""Row 90: a demonstration's clock moves ahead, and everything goes by it. There is none where there are real people."""

import json
from subprocess import CalledProcessError
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import NoReverseMatch, reverse

from itb.local.grown import grown
from itb.local.stack import SERVERS, Stack

ASK = """
import json
from datetime import timedelta
from django.test import Client
from django.test.utils import setup_test_environment
from itb import clock
from itb.accounts.models import Clinic, SignIn, User
from itb.walls import inside
from refills.models import Projection

setup_test_environment()
browser = Client(headers={"host": "localhost"})
browser.force_login(User.objects.get(email="nurse@harbour.example"))
clinic = Clinic.objects.order_by("id").first()

def overdue():
    with inside(clinic.pk):
        return Projection.objects.filter(refill_by__lt=clock.now().date()).count()

def move(**typed):
    answer = browser.post("/demo/clock/", typed)
    form = answer.context and answer.context.get("form")
    return {"status": answer.status_code, "errors": form and form.errors.get_json_data()}

said = {"began": clock.now().isoformat(), "overdue": overdue()}
"""
TELL = "\nprint(json.dumps(said))"


def ask(stack: Stack, script: str) -> dict[str, Any]:
    """What a script in a process of its own has put into `said`."""
    try:
        told = stack.manage("shell", "-v", "0", "-c", ASK + script + TELL)
    except CalledProcessError as error:
        pytest.fail(error.stderr[-2000:])
    found: dict[str, Any] = json.loads(told.splitlines()[-1])
    return found


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demonstration's database, and the pages with their files."""
    folder, parts = tmp_path_factory.mktemp("clock"), (*SERVERS, "web")
    with Stack(folder, demo=True, durable=False, seed=grown(), parts=parts) as stack:
        yield stack


def test_a_week_on_is_a_week_for_everything(stack: Stack) -> None:
    said = ask(
        stack,
        """
said["moved"] = move(step="7")
said["now"] = clock.now().isoformat()
page = browser.get("/").content.decode()
said["line"] = "7 days ahead" in page
said["overdue_then"] = overdue()
""",
    )
    assert said["moved"]["status"] == 302
    assert said["line"], "the striped line says so, and who was signed in still is"
    assert said["now"][:10] > said["began"][:10]
    assert said["overdue_then"] > said["overdue"]


def test_it_goes_to_a_day_and_back_and_not_behind_what_was_recorded(stack: Stack) -> None:
    said = ask(
        stack,
        """
day = (clock.now() + timedelta(days=30)).date().isoformat()
said["to"], said["now"] = move(step="day", day=day), clock.now().date().isoformat()
said["day"], said["past"] = day, move(step="day", day="2001-01-01")
said["missing"] = move(step="day")
said["back"] = move(step="0")
said["home"] = clock.now().isoformat()
from patients.models import Pump
from refills.services import book_visit
from itb.accounts.models import Membership
move(step="7")
with inside(clinic.pk):
    nurse = Membership.objects.get(user__email="nurse@harbour.example")
    pump = Pump.objects.active().filter(projection__refill_by__isnull=False).latest("projection__refill_by")
    book_visit(pump=pump, on=clock.now().date() + timedelta(days=3), by=nurse, at=clock.now())
said["refused"] = move(step="0")
""",
    )
    assert (said["to"]["status"], said["now"]) == (302, said["day"])
    assert "has passed" in str(said["past"]["errors"])
    assert "Write the day" in str(said["missing"]["errors"])
    assert said["back"]["status"] == 302
    assert said["home"] < said["now"]
    assert "does not go back behind it" in str(said["refused"]["errors"])


@pytest.mark.django_db
def test_outside_a_demonstration_there_is_no_such_clock_and_no_such_address(client: Client) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("local:move_clock")
    assert client.get("/demo/clock/").status_code == 404
    with pytest.raises(CommandError):
        call_command("demo")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
            " AND proname IN ('clock_timestamp', 'statement_timestamp')"
        )
        assert cursor.fetchone() == (0,)
        cursor.execute("SHOW search_path")
        assert "pg_catalog" not in cursor.fetchone()[0]

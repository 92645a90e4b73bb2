"""`./run.py up` with every real part: one run, and what it does when something goes wrong."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from itb.local.lock import Lock
from itb.local.postgres import throw_away
from itb.local.process import ROOT
from itb.local.stack import PRODUCT, SERVERS, listen
from itb.local.up import door, held, people
from tests.local.conftest import alone, descendants, ended, eventually, run_py, runs

pytestmark = pytest.mark.stack

UNTIL_KILLED = """
import sys, time
from pathlib import Path
from itb.local.grown import grown
from itb.local.stack import Stack
with Stack(Path(sys.argv[1]), seed=grown()) as stack:
    (stack.folder / "up").touch()
    time.sleep(600)
"""


class Running:
    """An `up` that has said where it is."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.said = folder, folder / "said"
        with self.said.open("wb") as said:
            self.process = subprocess.Popen(
                run_py(folder, "up"),
                cwd=ROOT,
                env=alone(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
            )
        eventually(lambda: "Stop: Ctrl-C" in self.said.read_text() or not runs(self.process.pid), 120)
        if "Stop: Ctrl-C" not in self.said.read_text():
            self.process.terminate()
            self.process.wait()
            pytest.fail(f"It did not come up: {self.said.read_text()}")

    @property
    def url(self) -> str:
        return str(re.findall(r"http://\S+", self.said.read_text())[0])

    def pid_of(self, words: str) -> int:
        """The first process whose command line holds the words; 0 when there is none."""
        for pid in descendants(self.process.pid):
            if words in Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " "):
                return pid
        return 0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    up = Running(folder)
    yield up
    up.process.send_signal(signal.SIGTERM)
    assert up.process.wait(30) == 0
    assert not list(folder.glob("sockets"))
    throw_away(folder / "postgres")


def test_the_sign_in_page_answers_where_it_says(running: Running) -> None:
    with urlopen(f"{running.url}accounts/login/", timeout=5) as page:
        assert page.status == 200


def test_it_names_the_demo_people_with_their_passwords(running: Running) -> None:
    assert re.search(r"^  \S.*@\S+\s+\S+", running.said.read_text(), re.MULTILINE)


def test_a_second_one_is_told_where_the_first_is(running: Running) -> None:
    second = ended(running.folder, "up")
    assert second.returncode == 1
    assert (
        second.stderr == f"It is up already, at {running.url.rstrip('/')}; stop that one with Ctrl-C first.\n"
    )


def test_a_second_one_waits_for_a_command_that_uses_the_database() -> None:
    assert held({}).startswith("Another ./run.py command uses this folder's database")


def test_fresh_throws_nothing_away_under_a_running_one(running: Running) -> None:
    assert ended(running.folder, "up", "--fresh", "--yes").returncode == 1
    assert running.folder.joinpath("postgres", "PG_VERSION").exists()


def test_python_beside_it_sees_the_same_database(running: Running) -> None:
    code = "import os; print(os.environ['DATABASE_URL'])"
    beside = ended(running.folder, "python", "-c", code)
    assert beside.stdout.strip() == Lock(running.folder / "run").read()["DATABASE_URL"]


def test_a_worker_that_is_killed_is_started_again(running: Running) -> None:
    first = running.pid_of("celery -A itb.celery worker")
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: "worker ended (-9)" in running.said.read_text())
    assert eventually(lambda: running.pid_of("celery -A itb.celery worker") not in (0, first))


def test_a_database_that_is_killed_comes_back_with_its_data(running: Running) -> None:
    first = running.pid_of("/postgres -D")
    os.kill(first, signal.SIGKILL)
    assert eventually(lambda: running.pid_of("/postgres -D") not in (0, first))

    def signs_in() -> bool:
        return ended(running.folder, "manage", "migrate", "--check").returncode == 0

    assert eventually(signs_in, 20)


def test_nothing_outlives_a_killed_supervisor(folder: Path) -> None:
    supervisor = subprocess.Popen([sys.executable, "-c", UNTIL_KILLED, str(folder)], cwd=ROOT, env=alone())
    assert eventually(lambda: (folder / "up").exists() or supervisor.poll() is not None, 120)
    assert (folder / "up").exists()
    everything, left = list(descendants(supervisor.pid)), (folder / "sockets").readlink()
    assert len(everything) >= len(SERVERS + PRODUCT)
    supervisor.kill()
    supervisor.wait()
    assert eventually(lambda: not any(map(runs, everything)))
    assert ended(folder, "manage", "migrate", "--check").returncode == 0
    assert not left.exists()


def test_a_taken_port_is_one_sentence(folder: Path) -> None:
    with listen(0) as taken:
        port = taken.getsockname()[1]
        done = ended(folder, "up", "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == f"Port {port} is taken: choose another with --port.\n"


def test_the_usual_port_makes_way_for_the_next_free_one() -> None:
    with door(None) as first, door(None) as second:
        assert second.getsockname()[1] > first.getsockname()[1]


@pytest.mark.parametrize("port", ["0", "-1", "65536", "eighty"])
def test_what_is_no_port_is_refused(folder: Path, port: str) -> None:
    done = ended(folder, "up", "--port", port)
    assert done.returncode != 0
    assert "Traceback" not in done.stderr


def test_fresh_asks_before_it_throws_anything_away(folder: Path) -> None:
    (folder / "mailbox").mkdir()
    done = ended(folder, "up", "--fresh")
    assert done.returncode == 1
    assert done.stderr.endswith("add --yes where nobody can answer.\n")
    assert (folder / "mailbox").exists()


def test_a_database_of_another_version_stops_it_with_one_sentence(folder: Path) -> None:
    (folder / "postgres").mkdir()
    (folder / "postgres" / "PG_VERSION").write_text("17\n")
    done = ended(folder, "up")
    assert done.returncode == 1
    assert "was made by PostgreSQL 17" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_people_stand_in_columns() -> None:
    assert people("noise\nnurse\ta@b\tpw\tNorth\nphysician\tlonger@b\tp\tSouth\n") == (
        "  nurse      a@b       pw  North\n  physician  longer@b  p   South\n"
    )

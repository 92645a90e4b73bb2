"""What `./run.py` does once the packages are there: test, manage, python, bench, fuzz, chaos, lint and others."""

import os
import secrets
import shutil
import sys
import tempfile
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from itb.local.grown import TEMPLATE, grown
from itb.local.lock import Lock
from itb.local.postgres import throw_away
from itb.local.process import ROOT
from itb.local.signals import foreground
from itb.local.stack import SERVERS, Stack
from itb.local.trouble import Trouble

FAR_AWAY = {"DATABASE_URL": "postgres://lint@/lint", "REDIS_URL": "redis://127.0.0.1:1", "SECRET_KEY": "lint"}
CHECKS = (
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("djlint", "templates", "--lint", "--quiet"),
    ("mypy",),
)
LONG = (
    "tests/security/test_matrix.py",
    "tests/security/test_mass_assignment.py",
    "tests/house/test_reversal.py",
    "tests/journeys/test_pages.py",
)
STATUS_OF_A_SIGNAL = 128
NOT_FOR_TESTS = ("ITB_DEMO", "ITB_ANCHOR_FILE")  # a test that wants them sets them


def test(urls: Mapping[str, str], words: Sequence[str]) -> int:
    """The tests on servers of their own, naming at the end what was skipped. `--long`: what they try in part, whole."""
    is_long, words = "--long" in words, [word for word in words if word != "--long"]
    if is_long and not any(word.startswith("tests") for word in words):
        words = [*LONG, *words]
    has_workers = any(word.startswith(("-n", "--numprocesses")) for word in words)
    share = (
        ("load",) if is_long else ("loadfile", "--no-loadscope-reorder")
    )  # tests/conftest.py orders the files
    workers = () if has_workers else ("-n", "2", "--dist", *share)
    with private_servers(urls) as environment:
        asked = {**environment, "ITB_LONG": "1"} if is_long else environment
        return python(asked, "-m", "pytest", "-ra", *workers, *words)


def beside(folder: Path, urls: Mapping[str, str], extra: Mapping[str, str], words: Sequence[str]) -> int:
    """Python with the servers of a running `up`, or with the same database for the length of this command."""
    lock = Lock(folder / "run")
    if environment := lock.take_or_read():
        return python({**os.environ, **environment}, *words)
    try:
        with Stack(folder, parts=SERVERS, urls=urls, extra=extra) as stack:
            lock.write(stack.environment)
            return python(stack.environment, *words)
    finally:
        lock.release()


def bench(urls: Mapping[str, str], words: Sequence[str]) -> int:
    """A script of benchmarks/, on servers of its own."""
    names = sorted(path.stem for path in ROOT.glob("benchmarks/[!_]*.py"))
    if not words or words[0] not in names:
        raise Trouble(f"Name a benchmark: {', '.join(names)}.")
    with private_servers(urls) as environment:
        return python(environment, f"benchmarks/{words[0]}.py", *words[1:])


def fuzz(urls: Mapping[str, str], words: Sequence[str]) -> int:
    """The fuzzer of the tests at length, by another seed each time; the seed is said, so that it can be repeated."""
    reader = ArgumentParser("./run.py fuzz")
    reader.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    reader.add_argument("--posts", type=int, default=500, help="to each form, as each person")
    reader.add_argument("--requests", type=int, default=200, help="of each address, as each person")
    reader.add_argument(
        "--people", default="", help="a few of them, with commas between: it takes hours for all"
    )
    asked = vars(reader.parse_args(words))
    print(*(f"{name} {count}" for name, count in asked.items()), sep=", ", flush=True)
    counts = {f"ITB_FUZZ_{name.upper()}": str(count) for name, count in asked.items()}
    with private_servers(urls) as environment:
        workers = ("-n", "2", "--dist", "load")
        return python(
            {**environment, **counts, "ITB_LONG": "1"},
            "-m",
            "pytest",
            "-v",  # each person is named as soon as they are through
            *workers,
            "tests/security/test_fuzz.py",
        )


def screenshots(urls: Mapping[str, str], words: Sequence[str]) -> int:
    """The pictures of README and docs, taken afresh by the journey that else compares them."""
    with private_servers(urls) as environment:
        taking = {**environment, "ITB_SCREENSHOTS": "1"}
        return python(taking, "-m", "pytest", "-q", *words, "tests/journeys/test_screenshots.py")


def chaos(words: Sequence[str]) -> int:
    """The promises about reminders, each on servers of its own, while they are killed and their clocks jump."""
    return python(os.environ, "-m", "tests.chaos", *words)


def mutants(words: Sequence[str]) -> int:
    """The safeguards taken away one by one in a copy of the tree, on servers of its own: which tests notice."""
    return python(os.environ, "-m", "tests.security.mutants", *words)


def lint() -> int:
    """Every check, whatever the one before it said; 1 when one has complained."""
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "itb.settings", **FAR_AWAY}
    complaints = [check for check in CHECKS if python(environment, "-m", *check)]
    for check in complaints:
        print("complains:", *check)
    return 1 if complaints else 0


def bom() -> int:
    """The bill of materials, in a process of its own: its library is there only beside lint's."""
    return python(os.environ, "-m", "itb.local.bom")


@contextmanager
def private_servers(urls: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey in a folder that is gone afterwards; the environment that leads to them.

    The embedded database has every migration and no row: test databases are copies of it (TEMPLATE).
    """
    folder = Path(tempfile.mkdtemp(prefix="itb-private-", dir="/tmp"))
    try:
        seed = None if "DATABASE_URL" in urls else grown()
        with Stack(folder, parts=("postgres", "valkey"), urls=urls, durable=False, seed=seed) as stack:
            ours = {name: value for name, value in stack.environment.items() if name not in NOT_FOR_TESTS}
            yield ours | ({TEMPLATE: "itb"} if seed else {})
    finally:
        throw_away(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


def python(environment: Mapping[str, str], *words: str) -> int:
    """Python in the foreground; the status as a shell tells it."""
    status = foreground([sys.executable, *words], environment)
    return status if status >= 0 else STATUS_OF_A_SIGNAL - status

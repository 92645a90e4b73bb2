"""`./run.py up`: the whole product with invented patients, until Ctrl-C."""

import argparse
import shutil
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from itb.local.grown import grown
from itb.local.lock import Lock
from itb.local.postgres import throw_away
from itb.local.signals import one_interrupt
from itb.local.stack import Stack, listen
from itb.local.trouble import Trouble

USUAL_PORT, PORTS_TRIED = 8000, 100
HIGHEST_PORT = 65535
DEMO_FOLDERS = ("mailbox", "static")
DEMO_FILES = ("secret_key", "static.sum", "anchor.json")


def up(folder: Path, urls: Mapping[str, str], extra: Mapping[str, str], words: Sequence[str]) -> int:
    """Start everything, say where it is, and watch it; 0 after Ctrl-C. Raises Trouble."""
    options, lock = parse(words), Lock(folder / "run")
    if not lock.take():
        raise Trouble(held(lock.read()))
    try:
        if options.fresh and "DATABASE_URL" in urls:
            raise Trouble(
                "--fresh throws the embedded database away, and DATABASE_URL names another: do without one."
            )
        if options.fresh:
            begin_afresh(folder, sure=options.yes)
        began, entrance = time.monotonic(), door(options.port)
        is_new = "DATABASE_URL" not in urls and not (folder / "postgres").exists()
        with (
            one_interrupt(),
            Stack(
                folder,
                demo=True,
                port=entrance,
                urls=urls,
                extra=extra,
                seed=grown() if is_new else None,
                say=tell,
            ) as stack,
        ):
            lock.write(stack.environment)
            tell(welcome(stack, time.monotonic() - began))
            until_interrupted()
    finally:
        lock.release()
    return 0


def held(note: Mapping[str, str]) -> str:
    """What to say to the second one."""
    if "SITE_URL" in note:
        return f"It is up already, at {note['SITE_URL']}; stop that one with Ctrl-C first."
    return "Another ./run.py command uses this folder's database: wait until it has started or ended."


def until_interrupted() -> None:
    """Sleep until somebody asks to stop."""
    try:
        while True:
            time.sleep(1)
    except KeyboardInterrupt:
        tell("Stopping …")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """--port, --fresh and --yes."""
    parser = argparse.ArgumentParser(
        prog="run.py up", description="The whole product with invented patients."
    )
    parser.add_argument(
        "--port", type=port, help=f"of the web pages; {USUAL_PORT} or the next free one by default"
    )
    parser.add_argument("--fresh", action="store_true", help="throw the demo's data away first, after asking")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    return parser.parse_args(words)


def port(text: str) -> int:
    """A port number."""
    if not text.isdecimal() or not 0 < int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError(f"{text} is not a port: 1 to {HIGHEST_PORT}")
    return int(text)


def door(wanted: int | None) -> socket.socket:
    """The port asked for or Trouble; without one, the usual port or the next free one."""
    if wanted is not None:
        return listen(wanted)
    for candidate in range(USUAL_PORT, USUAL_PORT + PORTS_TRIED):
        try:
            return listen(candidate)
        except Trouble:
            continue
    return listen(0)


def begin_afresh(folder: Path, *, sure: bool) -> None:
    """Throw the demo's database, mailbox and keys away, once somebody has typed yes."""
    if not sure:
        try:
            answer = input(f"Throw away the database and the mailbox in {folder}? Type yes: ")
        except EOFError:
            raise Trouble(
                "--fresh asks before it throws anything away; add --yes where nobody can answer."
            ) from None
        if answer.strip() != "yes":
            raise Trouble("Nothing was thrown away.")
    throw_away(folder / "postgres")
    for name in DEMO_FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in DEMO_FILES:
        (folder / name).unlink(missing_ok=True)


def welcome(stack: Stack, took_s: float) -> str:
    """The address, the people, and where to look when something is odd."""
    return f"""
Ready at {stack.url}/ after {took_s:.1f} s. Every patient, clinic and person in it is invented.

{people(stack.people)}
Logs: {stack.logs}/*.log
Stop: Ctrl-C
"""


def people(lines: str) -> str:
    """What `manage.py demo` printed, role, address, password and clinic, in columns."""
    rows = [line.split("\t") for line in lines.splitlines() if "\t" in line]
    widths = [max(map(len, column)) for column in zip(*rows, strict=False)]
    return "".join(
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() + "\n"
        for row in rows
    )


def tell(text: str) -> None:
    """To the terminal, at once."""
    print(text, file=sys.stdout, flush=True)

"""`python -m itb.local COMMAND …`, where run.py hands over."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from itb.local import commands
from itb.local.audit import audit
from itb.local.process import ROOT
from itb.local.stack import OWNER, REPLACED_BY
from itb.local.trouble import Trouble, in_words
from itb.local.up import up

KEPT_FROM_THE_CALLER = ("SECRET_KEY", "DEBUG")
CHECKING: dict[str, Callable[[list[str]], int]] = {
    "chaos": commands.chaos,
    "mutants": commands.mutants,
    "lint": lambda _: commands.lint(),
    "audit": audit,
    "bom": lambda _: commands.bom(),
}
"""What needs no servers, or starts its own."""
ON_SERVERS_OF_THEIR_OWN = {
    "test": commands.test,
    "bench": commands.bench,
    "fuzz": commands.fuzz,
    "screenshots": commands.screenshots,
}


def run(folder: Path, command: str, words: list[str]) -> int | str:
    """Do one command; its exit status, or the sentence to end with."""
    try:
        return dispatch(folder, command, words)
    except Trouble as trouble:
        return str(trouble)
    except OSError as error:
        return in_words(error)
    except KeyboardInterrupt:
        return "Stopped."


def dispatch(folder: Path, command: str, words: list[str]) -> int:
    """The command by its name; DATABASE_URL, REDIS_URL and EMAIL_URL of the caller replace what is embedded."""
    urls = {name: os.environ[name] for name in (*REPLACED_BY.values(), OWNER) if os.environ.get(name)}
    if ("DATABASE_URL" in urls) != (OWNER in urls):
        raise Trouble(
            f"Set both DATABASE_URL (the role itb, which owns nothing) and {OWNER} (the role that owns the"
            " tables), or neither."
        )
    extra = {name: os.environ[name] for name in KEPT_FROM_THE_CALLER if os.environ.get(name)}
    match command:
        case "up":
            return up(folder, urls, extra, words)
        case "manage":
            return commands.beside(folder, urls, extra, ["manage.py", *words])
        case "python":
            return commands.beside(folder, urls, extra, words)
        case _ if command in CHECKING:
            return CHECKING[command](words)
        case _:
            return ON_SERVERS_OF_THEIR_OWN[command](urls, words)


if __name__ == "__main__":
    sys.exit(run(ROOT / ".local", sys.argv[1], sys.argv[2:]))

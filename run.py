#!/usr/bin/env python3
"""One door to everything: ./run.py up | test | manage | bench | lint, and what `./run.py --help` lists besides.

Only the standard library, and readable by an old Python, so that a machine with nothing but python3 can start here.
It makes .venv, fills it from requirements/ with hashes checked, and hands over to `python -m itb.local`.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036  the whole point is to say so to an older one
    sys.exit("run.py needs Python 3.11 or newer; this is Python {}.{}.{}.".format(*sys.version_info))

import errno
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
INSTALLED = VENV / "installed.json"  # lock file -> its hash, written after the install has finished
LOCKS = ROOT / "requirements"
UNFINISHED = ROOT / ".local" / "installing"  # an install that was cut short is not mended but made anew
LOG = ROOT / ".local" / "log" / "install.log"

COMMANDS = {
    "up": "the whole product with invented patients: [--port N] [--fresh [--yes]]",
    "test": "the tests, on a database of their own: [--long] [pytest arguments]",
    "manage": "Django's manage.py, beside a running `up` or with servers of its own",
    "python": "Python in the same surroundings: [script] [arguments]",
    "bench": "a measurement from benchmarks/: NAME [arguments]",
    "fuzz": "every form and address given whatever may come: [--seed N] [--posts N] [--requests N]",
    "chaos": "reminders under kills and outages: [--short] [--seed N] [--kills N] [--times N] [NAME ...]",
    "mutants": "which tests notice that a safeguard is gone: [--short] [NAME ...]",
    "screenshots": "the pictures of README and docs, taken afresh from the demonstration",
    "lint": "formatting, lint, templates and types",
    "audit": "known faults of every locked package: [pip-audit arguments]",
    "bom": "writes docs/sbom.cdx.json, the bill of materials",
}
SETS = {
    "up": ("production", "local"),
    "test": ("production", "local", "test"),
    "manage": ("production", "local"),
    "python": ("production", "local"),
    "bench": ("production", "local"),
    "fuzz": ("production", "local", "test"),
    "chaos": ("production", "local", "test"),
    "mutants": ("production", "local", "test"),
    "screenshots": ("production", "local", "test", "browser"),
    "lint": ("production", "local", "test", "lint"),
    "audit": ("production", "local", "lint"),
    "bom": ("production", "local", "lint"),
}
HELP = "usage: ./run.py COMMAND [arguments]\n\n" + "\n".join(
    f"  {name:12}{text}" for name, text in COMMANDS.items()
)


def main(arguments: list[str]) -> None:
    """Install what the command needs and become it."""
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(HELP)
        return
    command, rest = arguments[0], arguments[1:]
    if command not in COMMANDS:
        sys.exit(f"run.py knows no command {command}; it knows {', '.join(COMMANDS)}.")
    os.chdir(ROOT)
    try:
        install(wanted(command, rest))
        os.execv(PYTHON, [str(PYTHON), "-m", "itb.local", *arguments])
    except OSError as error:
        sys.exit(in_words(error))
    except KeyboardInterrupt:
        sys.exit("Stopped during the installation; the same command takes it up again.")


def wanted(command: str, arguments: list[str]) -> list[str]:
    """The lock files that a command needs; the browser's driver in CI, when named, and where there is a Chromium.

    In CI the tests of the audit run too, with the tools that it needs.
    """
    sets = list(SETS[command])
    journeys = (
        os.environ.get("CI") or shutil.which("chromium") or any("journeys" in word for word in arguments)
    )
    if command == "test" and journeys:
        sets.append("browser")
    if command == "test" and os.environ.get("CI"):
        sets.append("lint")
    return sets


def install(sets: list[str]) -> None:
    """Bring .venv to what the lock files say; one process at a time, and quick when nothing has changed."""
    sums = {name: hashlib.sha256((LOCKS / (name + ".txt")).read_bytes()).hexdigest() for name in sets}
    if is_complete(sums):
        return
    LOG.parent.mkdir(parents=True, exist_ok=True)
    with LOG.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_complete(sums):  # another run.py has just done it
            return
        anew = not PYTHON.exists() or UNFINISHED.exists()
        UNFINISHED.touch()
        if anew:
            print("Making .venv …", flush=True)
            venv.create(VENV, clear=VENV.exists(), symlinks=True, with_pip=False)
        print(f"Installing {', '.join(sets)} (log: {LOG.relative_to(ROOT)}) …", flush=True)
        pip(sets)
        INSTALLED.write_text(json.dumps({**installed(), **sums}, indent=1))
        UNFINISHED.unlink()


def is_complete(sums: dict[str, str]) -> bool:
    """Whether an earlier install finished with these very lock files."""
    return PYTHON.exists() and not UNFINISHED.exists() and sums.items() <= installed().items()


def installed() -> dict[str, str]:
    """What the last finished installs held; empty for a .venv that is absent, half made or damaged."""
    try:
        return dict(json.loads(INSTALLED.read_text()))
    except (OSError, ValueError):
        return {}


def pip(sets: list[str]) -> None:
    """Run the vendored pip; exit with a sentence when it fails."""
    wheel = next((LOCKS / "vendor").glob("pip-*.whl"))
    command = [str(PYTHON), str(wheel / "pip"), "install", "--require-hashes", "--no-compile", "--no-deps"]
    command += ["--no-input", "--disable-pip-version-check", "--only-binary=:all:"]
    for name in sets:
        command += ["-r", str(LOCKS / (name + ".txt"))]
    with LOG.open("w") as file:
        done = subprocess.run(command, stdout=file, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        log = LOG.read_text(errors="replace")
        if (
            "Installing collected packages" not in log
        ):  # it had only fetched: what was there before still serves
            UNFINISHED.unlink()
        sys.exit(why_pip_failed(log))


def why_pip_failed(log: str) -> str:
    """One sentence for a person, from what pip wrote."""
    if "No space left on device" in log:
        return in_words(OSError(errno.ENOSPC, ""))
    if "DO NOT MATCH THE HASHES" in log:
        return f"A package is not the one that requirements/ names: nothing was installed. See {LOG}."
    if any(
        sign in log for sign in ("Connection", "name resolution", "Timeout", "ProxyError", "Could not find")
    ):
        return (
            f"The package index cannot be reached; run the same command when there is a network. See {LOG}."
        )
    return f"The packages could not be installed; run the same command again. See {LOG}."


def in_words(error: OSError) -> str:
    """One sentence for the failures of a disk."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free about 600 MB and run the same command again; nothing is damaged."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"This user may not write to {error.filename or ROOT}; run.py keeps everything it makes there."
    return f"{error.filename or ROOT}: {error.strerror or error}."


if __name__ == "__main__":
    main(sys.argv[1:])

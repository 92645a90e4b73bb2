"""`./run.py audit`: known faults of every locked package. What could not be asked is a failure, never a pass.

pip-audit alone calls it a success when the service knows none of the packages. So one whose faults everybody knows is
asked for first, and every package that was passed over is named.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from itb.local.process import ROOT
from itb.local.trouble import Trouble

LOCKS = tuple(sorted((ROOT / "requirements").glob("*.txt")))
KNOWN_FAULTY = "jinja2==2.4.1"
OPTIONS = ("--format", "json", "--desc", "off", "--progress-spinner", "off", "--no-deps", "--disable-pip")


def audit(words: Sequence[str]) -> int:
    """Ask for every lock; 0 when all were asked for and none has a known fault. Raises Trouble."""
    refuse_an_ignorant_service(words)
    answers = ask(LOCKS, words)
    verdict(answers)
    print(f"{len(answers)} packages of {len(LOCKS)} locks were checked; none has a known fault.")
    return 0


def verdict(answers: Sequence[dict[str, Any]]) -> None:
    """Raises Trouble that names what was passed over, else what has faults."""
    if passed_over := sorted({each["name"] for each in answers if "skip_reason" in each}):
        raise Trouble(f"{len(passed_over)} packages could not be checked: {', '.join(passed_over)}.")
    faults = [line for each in answers for line in faults_of(each)]
    if faults:
        raise Trouble("Known faults:\n" + "\n".join(sorted(set(faults))))


def refuse_an_ignorant_service(words: Sequence[str]) -> None:
    """A service that finds nothing wrong with KNOWN_FAULTY would find nothing in anything."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(KNOWN_FAULTY + "\n")
        file.flush()
        answers = ask([Path(file.name)], words)
    if not any(faults_of(each) for each in answers):
        raise Trouble(
            f"Nothing was checked: the service knows no fault of {KNOWN_FAULTY}, which has several."
        )


def ask(locks: Sequence[Path], words: Sequence[str]) -> list[dict[str, Any]]:
    """What pip-audit answers about each package. Raises Trouble where it gives no answer."""
    files = [word for lock in locks for word in ("--requirement", str(lock))]
    command = [sys.executable, "-m", "pip_audit", *OPTIONS, *files, *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    try:
        return list(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError):
        raise Trouble(
            f"Nothing was checked: the service of known faults gave no answer. {complaint(done)}"
        ) from None


def complaint(done: subprocess.CompletedProcess[str]) -> str:
    """The end of what it complained about."""
    return (done.stderr.strip().splitlines() or ["It said nothing."])[-1]


def faults_of(answer: dict[str, Any]) -> list[str]:
    """A line for each known fault of a package."""
    name = f"{answer['name']} {answer.get('version', '')}"
    return [
        f"{name}: {fault['id']}, mended in {', '.join(fault['fix_versions']) or 'no version yet'}"
        for fault in answer.get("vulns", ())
    ]

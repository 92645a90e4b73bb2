"""How long until the first page, and how much memory: `./run.py bench start`.

A copy of the working tree without .venv, in a folder of its own: `up` once cold, once warm. Seconds are from the
command to the first 200 of the sign-in page; megabytes are the proportional set size of every process, after the
cycles have run.
"""

import json
import os
import platform
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[1]
PAGE = "/accounts/login/"
GIVE_UP_AFTER_S, SETTLE_S = 300, 20
OURS = ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SECRET_KEY", "STATIC_ROOT", "SITE_URL", "ALLOWED_HOSTS")
KIB_PER_MIB = 1024


def main() -> None:
    """Measure, print the table, then one JSON object."""
    folder = Path(tempfile.mkdtemp(prefix="itb-start-"))
    try:
        copy_tree(folder)
        with up(folder) as (cold_s, _):
            pass
        with up(folder) as (warm_s, supervisor):
            time.sleep(SETTLE_S)
            memory = {name: pss_mb(pid) for pid, name in family(supervisor)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures = {"cold_s": round(cold_s, 1), "warm_s": round(warm_s, 1), "pss_mb": round(sum(memory.values()))}
    print(f"{platform.python_implementation()} {platform.python_version()}, {os.cpu_count()} cores")
    print(f"{'first page, cold':32}{figures['cold_s']:8.1f} s   (60 at most)")
    print(f"{'first page, warm':32}{figures['warm_s']:8.1f} s   (10 at most)")
    for name, megabytes in sorted(memory.items(), key=lambda item: -item[1]):
        print(f"{name:32}{megabytes:8.1f} MB")
    print(f"{'all processes':32}{figures['pss_mb']:8} MB  (700 at most)")
    print(json.dumps(figures))


def copy_tree(folder: Path) -> None:
    """What git knows or would know, as it stands now."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    names = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout.decode().split("\0")
    for name in filter(None, names):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)


@contextmanager
def up(folder: Path) -> Iterator[tuple[float, int]]:
    """`./run.py up` until its first page: the seconds it took and the supervisor's process number."""
    port, environment = free_port(), {name: value for name, value in os.environ.items() if name not in OURS}
    command = [os.path.realpath(sys.executable), "run.py", "up", "--port", str(port)]
    began = time.monotonic()
    with (folder / "up.log").open("wb") as log:
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)
    try:
        while not answers(f"http://127.0.0.1:{port}{PAGE}"):
            if child.poll() is not None or time.monotonic() - began > GIVE_UP_AFTER_S:
                sys.exit("up did not come up:\n" + (folder / "up.log").read_text())
            time.sleep(0.05)
        yield time.monotonic() - began, child.pid
    finally:
        child.send_signal(signal.SIGINT)
        child.wait()


def answers(address: str) -> bool:
    """Whether the page is there."""
    with suppress(URLError, OSError), urlopen(address, timeout=1) as page:
        return bool(page.status == HTTPStatus.OK)
    return False


def free_port() -> int:
    """A port that nobody uses at this moment."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def family(pid: int) -> Iterator[tuple[int, str]]:
    """A process and all that descend from it, each with a name for the table."""
    words = Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").split()
    known = ("valkey", "postgres", "sink", "gunicorn", "worker", "beat", "up")
    yield pid, f"{next((name for name in known if name in ' '.join(words)), words[0])} {pid}"
    for children in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in children.read_text().split():
            yield from family(int(child))


def pss_mb(pid: int) -> float:
    """The proportional set size in MiB."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("Pss:")) / KIB_PER_MIB


if __name__ == "__main__":
    main()

"""The units that run the tick where Celery does not: they can be read by what reads them, and name what exists."""

import configparser
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from itb.morning.management.commands.tick import Command

ROOT = Path(__file__).parent.parent.parent
UNITS = ROOT / "docs" / "systemd"


def unit(name: str) -> configparser.RawConfigParser:
    read = configparser.RawConfigParser(strict=True)
    read.optionxform = str  # type: ignore[assignment,method-assign]
    read.read_string((UNITS / name).read_text())
    return read


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not here")
def test_systemd_itself_finds_nothing_wrong(tmp_path: Path) -> None:
    for name in ("itb-tick.service", "itb-tick.timer"):
        text = (UNITS / name).read_text().replace("/srv/itb", str(tmp_path))
        (tmp_path / name).write_text(re.sub(r"(?m)^User=.*$", "User=root", text))
    command = ["systemd-analyze", "verify", "--man=no", str(tmp_path / "itb-tick.timer")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = "\n".join(line for line in (done.stdout + done.stderr).splitlines() if "itb-tick" in line)
    assert (done.returncode, said) == (0, "")


def test_the_service_runs_the_tick_once_and_ends_one_that_hangs() -> None:
    service = unit("itb-tick.service")["Service"]
    assert service["Type"] == "oneshot"
    assert service["ExecStart"].endswith("manage.py tick")
    assert 60 < int(service["TimeoutStartSec"]) < 180, (
        "longer than a drain, sooner than the banner's patience"
    )
    assert Command.help


def test_the_timer_comes_by_every_minute_whatever_the_wall_clock_does() -> None:
    timer = unit("itb-tick.timer")["Timer"]
    assert int(timer["OnUnitActiveSec"]) == 60
    assert "OnCalendar" not in timer
    assert unit("itb-tick.timer")["Install"]["WantedBy"] == "timers.target"


def test_the_line_for_cron_comes_by_every_minute_and_never_twice_at_once() -> None:
    (line,) = [
        each for each in (UNITS / "itb-tick.cron").read_text().splitlines() if not each.startswith("#")
    ]
    assert line.startswith("* * * * * itb ")
    assert "flock -n" in line
    assert line.endswith("manage.py tick")

"""`python -m itb.infusion`, from outside."""

from __future__ import annotations

import io
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import BinaryIO

import pytest

from itb.infusion.__main__ import forecast_lines, forecast_one, main
from itb.infusion.scenario import Refusal
from itb.infusion.wire import LONGEST_BYTES, read_json, write_json
from tests.infusion.pumps import continuous, fill, scenario

JAN = "2026-01-01T00:00:00Z"
GOOD = json.dumps(scenario(fill(JAN), continuous(JAN), at=JAN)).encode()


def run(*arguments: str, given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "itb.infusion", *arguments]
    root = Path(__file__).resolve().parents[2]
    return subprocess.run(command, input=given, capture_output=True, check=False, cwd=root, timeout=60)


def one(given: bytes) -> tuple[int, dict[str, object]]:
    sink = io.BytesIO()
    code = forecast_one(io.BytesIO(given), sink)
    return code, json.loads(sink.getvalue())


def lines(given: bytes) -> list[dict[str, object]]:
    sink = io.BytesIO()
    assert forecast_lines(io.BytesIO(given), sink) == 0
    return [json.loads(line) for line in sink.getvalue().splitlines()]


def test_one_scenario_gives_one_forecast() -> None:
    done = run("forecast", given=GOOD)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["alarm_at"] == "2026-07-10T00:00:00+00:00"


def test_a_refused_scenario_gives_an_error_object_and_exit_2() -> None:
    done = run("forecast", given=b"{}")
    assert (done.returncode, done.stderr) == (2, b"")
    assert json.loads(done.stdout) == {"error": "invalid", "message": "at: is missing"}


def test_a_scenario_a_line_gives_a_forecast_a_line() -> None:
    done = run("forecast", "--lines", given=GOOD + b"\nnonsense\n" + GOOD)
    assert (done.returncode, done.stderr) == (0, b"")
    good, bad, last = (json.loads(line) for line in done.stdout.splitlines())
    assert good == last
    assert good["volume_ml"] == "40"
    assert bad["error"] == "invalid"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"", "scenario: is not JSON"),
        (b"{", "scenario: is not JSON"),
        (b"\xff\xfe{}", "scenario: is not UTF-8"),
        (b"[" * 200_000, "scenario: is nested too deeply"),
        (b'{"a":' * 100_000, "scenario: is nested too deeply"),
        (b"1" * 100_000, "scenario: must be a JSON object"),
        (b"NaN", "scenario: must be a JSON object"),
        (b"null", "scenario: must be a JSON object"),
        (GOOD.replace(b'"40"', b"1e1"), "pump.reservoir_ml:"),
        (GOOD.replace(b'"40"', b"NaN"), "pump.reservoir_ml:"),
        (GOOD.replace(b'"40"', b"-Infinity"), "pump.reservoir_ml:"),
        (GOOD.replace(b'"40"', b"9" * 5000), "pump.reservoir_ml:"),
        (GOOD.replace(b'"UTC"', b'"\\ud800"'), "timezone:"),
        (GOOD.replace(b'"UTC"', b"5"), "timezone:"),
        (GOOD.replace(b'"pump": {', b'"pump": {"alarm_ml": "3", '), "pump.alarm_ml: is given twice"),
        (GOOD[:-1] + b', "format": 1}', "format: is given twice"),
        (GOOD.replace(b'"kind": "fill"', b'"kind": "fill", "kind": "stop"'), "facts[0].kind: is given twice"),
    ],
    ids=lambda value: ascii(value)[:40],
)
def test_a_line_that_is_no_scenario_has_an_error_in_its_place(line: bytes, message: str) -> None:
    before, bad, after = lines(GOOD + b"\n" + line + b"\n" + GOOD + b"\n")
    assert before == after
    assert bad["error"] == "invalid"
    assert str(bad["message"]).startswith(message)


def test_a_line_that_is_too_long_is_passed_over_without_being_kept() -> None:
    long = b" " * (2 * LONGEST_BYTES + 7)
    answers = lines(long + b"\n" + GOOD + b"\n" + long)
    assert [answer.get("error") for answer in answers] == ["invalid", None, "invalid"]
    assert "longer than" in str(answers[0]["message"])
    assert one(long)[0] == 2


def test_json_numbers_stay_as_they_were_written() -> None:
    exact = GOOD.replace(b'"40", "alarm_ml"', b'40.0, "alarm_ml"').replace(b'"400"', b"400.00")
    assert one(exact) == one(GOOD)
    third = GOOD.replace(b'"filled_ml": "40"', b'"filled_ml": 39.123456789012345678901')
    assert one(third)[1]["volume_ml"] == "39.123456789012345678901"


def test_a_byte_order_mark_is_forgiven() -> None:
    assert one(b"\xef\xbb\xbf" + GOOD) == one(GOOD)


def test_json_is_read_and_written_without_surprise() -> None:
    assert read_json(b'{"a": [1.50, "x"]}') == {"a": ["1.50", "x"]}
    assert isinstance(read_json(b"{"), Refusal)
    assert write_json({"a": "\ud800é"}) == b'{"a": "\\ud800\\u00e9"}\n'


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    root = Path(__file__).resolve().parents[2]
    shell = f"yes nonsense | {sys.executable} -m itb.infusion forecast --lines | head -n 3"
    done = subprocess.run(shell, shell=True, capture_output=True, check=False, cwd=root, timeout=60)
    assert done.stdout.count(b"invalid") == 3
    assert done.stderr == b""


def streams(monkeypatch: pytest.MonkeyPatch, given: bytes, sink: BinaryIO) -> None:
    """Makes these the standard input and output of this process."""
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given)))
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(sink))


def test_the_module_run_as_a_program_exits_with_the_code(monkeypatch: pytest.MonkeyPatch) -> None:
    sink = io.BytesIO()
    streams(monkeypatch, GOOD, sink)
    monkeypatch.setattr(sys, "argv", ["itb.infusion", "forecast", "--lines"])
    monkeypatch.delitem(sys.modules, "itb.infusion.__main__")
    with pytest.raises(SystemExit) as ended:
        runpy.run_module("itb.infusion", run_name="__main__")
    assert ended.value.code == 0
    assert json.loads(sink.getvalue())["volume_ml"] == "40"


def test_a_closed_reader_ends_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as sink:
        streams(monkeypatch, GOOD, sink)
        assert main(["forecast"]) == 1


def test_an_option_that_is_not_known_is_refused() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["forecast", "--fast"])
    assert ended.value.code == 2


def test_an_unknown_command_is_told_how_to_ask() -> None:
    done = run("guess")
    assert done.returncode == 2
    assert b"usage: python -m itb.infusion" in done.stderr


def test_worked_cases_and_the_simulation_are_commands_too(tmp_path: Path) -> None:
    file = tmp_path / "cases.json"
    case = {
        "id": "A",
        "kind": "forecast",
        "inputs": json.loads(GOOD),
        "expected": {"volume_ml": 40},
        "tolerance": 0,
    }
    file.write_text(json.dumps([case]))
    assert main(["cases", str(file)]) == 0
    file.write_text(json.dumps([case | {"expected": {"volume_ml": 41}}]))
    assert main(["cases", str(file)]) == 1
    assert main(["simulate", "--pumps", "2", "--years", "1", "--json"]) == 0


def test_the_core_loads_nothing_of_the_web_and_loads_quickly() -> None:
    program = (
        "import sys, time; before = time.process_time(); import itb.infusion; "
        "print(time.process_time() - before, *(n for n in sys.modules if n.split('.')[0] in ('django', 'celery')))"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, check=True, cwd=root, timeout=60
    )
    (seconds,) = done.stdout.split()
    assert float(seconds) < 0.5


def test_memory_does_not_grow_with_the_number_of_lines() -> None:
    program = (
        "import io, resource, sys; from itb.infusion.__main__ import forecast_lines\n"
        "class Sink:\n"
        "    def write(self, data): pass\n"
        "    def flush(self): pass\n"
        "def at_most(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "def pass_through(start, count):\n"
        "    doses = (b'\"%d.%03d\"' % divmod(300_000 + n, 1000) for n in range(start, start + count))\n"
        "    lines = (good.replace(b'\"400\"', dose) for dose in doses)\n"
        "    class Source:\n"
        "        def readline(self, limit): return next(lines, b'')\n"
        "    forecast_lines(Source(), Sink())\n"
        "good = sys.stdin.buffer.read() + b'\\n'\n"
        "pass_through(0, 9_000); before = at_most(); pass_through(9_000, 6_000); print(at_most() - before)"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program], input=GOOD, capture_output=True, check=True, cwd=root, timeout=120
    )
    assert int(done.stdout) < 1024  # KiB

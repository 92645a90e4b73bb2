"""`python -m itb.infusion`: forecasts from scenario files, for people and other programs.

forecast            one scenario on standard input, one forecast on standard output; exit 2 with an error object
forecast --lines    a scenario a line, a forecast or an error object a line, in order; memory stays flat
cases FILE...       files of worked cases; exit 1 if any failed
simulate            a cohort of pumps over five years, what each way of forecasting would have done
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import BinaryIO, Protocol, cast

from itb.infusion.forecast import forecast_json
from itb.infusion.scenario import Refusal
from itb.infusion.wire import LONGEST_BYTES, read_json, write_json


def main(arguments: list[str] | None = None) -> int:
    if arguments is None:
        arguments = sys.argv[1:]
    parser = argparse.ArgumentParser(
        prog="python -m itb.infusion", description=__doc__, formatter_class=_AsWritten
    )
    commands = parser.add_subparsers(dest="command", required=True)
    forecast = commands.add_parser("forecast", help="forecast a scenario given on standard input")
    forecast.add_argument("--lines", action="store_true", help="a scenario a line, a forecast a line")
    cases = commands.add_parser("cases", help="check files of worked cases")
    cases.add_argument("files", nargs="+", metavar="FILE")
    commands.add_parser("simulate", help="follow an invented cohort of pumps", add_help=False)
    chosen, rest = parser.parse_known_args(arguments)
    if chosen.command == "simulate":
        return _module("simulate").main(rest)
    if rest:
        parser.error(f"unrecognized arguments: {' '.join(rest)}")
    if chosen.command == "cases":
        return _module("cases").main(chosen.files)
    try:
        if chosen.lines:
            return forecast_lines(sys.stdin.buffer, sys.stdout.buffer)
        return forecast_one(sys.stdin.buffer, sys.stdout.buffer)
    except BrokenPipeError:  # the reader has seen enough, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


_AsWritten = argparse.RawDescriptionHelpFormatter


class _Command(Protocol):
    def main(self, arguments: list[str], /) -> int: ...


def _module(name: str) -> _Command:
    """Loaded only when asked for, so that a forecast starts quickly."""
    return cast(_Command, import_module(f"itb.infusion.{name}"))


def answer(data: bytes) -> dict[str, object]:
    """The forecast, or the error object, of the scenario written in `data`."""
    value = read_json(data)
    return value.as_json() if isinstance(value, Refusal) else forecast_json(value)


def forecast_one(source: BinaryIO, sink: BinaryIO) -> int:
    found = answer(source.read(LONGEST_BYTES + 1))
    sink.write(write_json(found))
    sink.flush()
    return 2 if "error" in found else 0


def forecast_lines(source: BinaryIO, sink: BinaryIO) -> int:
    """Answers each line as it comes, so that another program may ask and wait."""
    for line in _lines(source):
        sink.write(write_json(answer(line)))
        sink.flush()
    return 0


def _lines(source: BinaryIO) -> Iterator[bytes]:
    """The lines of `source`, one that is too long cut where that shows; the rest of it is passed over."""
    while line := source.readline(LONGEST_BYTES + 1):
        yield line
        while not line.endswith(b"\n") and (line := source.readline(LONGEST_BYTES)):
            pass


if __name__ == "__main__":
    sys.exit(main())

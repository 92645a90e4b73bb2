"""JSON in and out, strictly and without surprise: numbers stay as they were written, keys given twice are seen."""

from __future__ import annotations

import json

from itb.infusion.scenario import Doubled, Refusal

LONGEST_BYTES = 4 * 1024 * 1024  # of one scenario


class Written(str):
    """A JSON number, or NaN or Infinity, as it was written; whether it is one is for the reader of the key to say."""

    __slots__ = ()


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    return Doubled(next(key for key in found if keys.count(key) > 1))


_decoder = json.JSONDecoder(
    object_pairs_hook=_object, parse_float=Written, parse_int=Written, parse_constant=Written
)


def read_json(data: bytes) -> object:
    """The JSON value in `data`, UTF-8 with or without a mark; or a Refusal with code `invalid`."""
    if len(data) > LONGEST_BYTES:
        return Refusal("invalid", f"scenario: is longer than {LONGEST_BYTES} bytes")
    try:
        return _decoder.decode(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return Refusal("invalid", "scenario: is not UTF-8")
    except RecursionError:
        return Refusal("invalid", "scenario: is nested too deeply")
    except ValueError as error:
        return Refusal("invalid", f"scenario: is not JSON: {error}")


def write_json(value: object) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"

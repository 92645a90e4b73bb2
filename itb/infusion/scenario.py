"""A scenario: what is known about one pump, and an instant; read from JSON values, strictly.

Reading either gives a `Scenario`, every number exact and every key known, or a `Refusal` that names the first
fault with its key's path. Where the form leaves room, these readings were chosen:

- `withdrawn_ml` may be null but not absent; in a fill that did not empty the pump, null counts as nothing
  withdrawn.
- Amounts may be 0 but not negative; concentrations, the reservoir and lengths of time are above 0.
- The steps of a flex day ascend strictly: a step out of order or twice at one time is refused as overlapping.
- Instants are written `YYYY-MM-DDTHH:MM[:SS[.ffffff]]` with `Z` or an offset, in the years 1000 to 6999, so
  that no date worked out from them leaves the calendar.
- A key given twice in one object is refused, since only one of its values could be meant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import ClassVar, Literal, Never
from zoneinfo import ZoneInfo

from itb.infusion.plain import read_plain

ErrorCode = Literal["invalid", "no_fill", "no_programme", "contradictory_facts", "volume_exceeds_reservoir"]

MAX_FACTS = 10_000
MAX_POLICY_DAYS = 300_000
FIRST_YEAR, LAST_YEAR = 1000, 6999
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:[.,][0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}(?::?[0-9]{2}(?::?[0-9]{2})?)?)"
)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MINUTES = {f"{minute // 60:02}:{minute % 60:02}": minute for minute in range(1440)}
_ZONE = re.compile(
    r"(?!posix/|right/|localtime\Z|posixrules\Z)[A-Za-z][A-Za-z0-9_+-]{0,30}(?:/[A-Za-z0-9_+-]{1,30}){0,3}"
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why there is no forecast: one of the closed list of codes, and a sentence for a person."""

    code: ErrorCode
    message: str

    def as_json(self) -> dict[str, object]:
        return {"error": self.code, "message": self.message}


class RefusalError(Exception):
    """Carries a `Refusal` up to the function that answers with it; it never leaves the package."""

    def __init__(self, code: ErrorCode, message: str) -> None:
        super().__init__(message)
        self.refusal = Refusal(code, message)


class Doubled(dict[str, object]):
    """A JSON object that gave `key` twice; a reader of JSON hands it on so that the refusal can name the path."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


@dataclass(frozen=True, slots=True)
class Continuous:
    dose_mcg_per_day: Fraction


@dataclass(frozen=True, slots=True)
class Flex:
    """The day's steps: minutes after the pump's midnight, strictly ascending, and mcg per hour from then on."""

    steps: tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Periodic:
    """A bolus over `over_min` minutes every `every_h` hours after the pump's midnight, in place of the basal."""

    basal_mcg_per_day: Fraction
    bolus_mcg: Fraction
    every_h: Fraction
    over_min: Fraction


@dataclass(frozen=True, slots=True)
class Stop:
    """`at_us` of every fact: whole microseconds since 1970, UTC. `order` ranks the kinds at one instant."""

    kind: ClassVar = "stop"
    order: ClassVar = 0
    at_us: int


@dataclass(frozen=True, slots=True)
class Resume:
    kind: ClassVar = "resume"
    order: ClassVar = 1
    at_us: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    kind: ClassVar = "withdraw"
    order: ClassVar = 2
    at_us: int
    volume_ml: Fraction


@dataclass(frozen=True, slots=True)
class Fill:
    kind: ClassVar = "fill"
    order: ClassVar = 3
    at_us: int
    withdrawn_ml: Fraction | None
    filled_ml: Fraction
    concentration_mcg_per_ml: Fraction
    emptied: bool
    printed_alarm_on: date | None


@dataclass(frozen=True, slots=True)
class Programme:
    kind: ClassVar = "programme"
    order: ClassVar = 4
    at_us: int
    mode: Continuous | Flex | Periodic
    concentration_mcg_per_ml: Fraction
    patient_bolus_max_mcg_per_day: Fraction
    printed_alarm_on: date | None


@dataclass(frozen=True, slots=True)
class Bridge:
    kind: ClassVar = "bridge"
    order: ClassVar = 5
    at_us: int
    volume_ml: Fraction
    hours: Fraction


@dataclass(frozen=True, slots=True)
class Bolus:
    kind: ClassVar = "bolus"
    order: ClassVar = 6
    at_us: int
    mcg: Fraction


@dataclass(frozen=True, slots=True)
class Prime:
    kind: ClassVar = "prime"
    order: ClassVar = 7
    at_us: int
    volume_ml: Fraction


Fact = Stop | Resume | Withdraw | Fill | Programme | Bridge | Bolus | Prime


@dataclass(frozen=True, slots=True)
class Pump:
    reservoir_ml: Fraction
    alarm_ml: Fraction
    unusable_ml: Fraction
    accuracy_pct: Fraction
    min_flow_ml_per_day: Fraction | None
    max_flow_ml_per_day: Fraction | None


@dataclass(frozen=True, slots=True)
class Policy:
    """Days; `accuracy_days` None keeps the band of the delivery ratio out of the refill date."""

    margin_days: int
    max_interval_days: int
    accuracy_days: int | None


@dataclass(frozen=True, slots=True)
class Scenario:
    """One pump as known at `at_us`; `facts` in the order in which they take effect, those after `at_us` included.

    `unsigned` are programmes, with their bridges, that the pump may run and that no second person has signed.
    """

    at_us: int
    timezone: ZoneInfo
    pump: Pump
    policy: Policy
    facts: tuple[Fact, ...]
    unsigned: tuple[Fact, ...] = ()


def read_scenario(data: object) -> Scenario | Refusal:
    """The scenario in `data`, JSON values as Python's json module gives them, or a Refusal with code `invalid`."""
    try:
        return _scenario(data)
    except RefusalError as refused:
        return refused.refusal


def _scenario(data: object) -> Scenario:
    found = _object(data, "", _SCENARIO, _SCENARIO_ALL)
    if read_plain(found["format"]) != 1:
        _refuse("", "format", "must be 1")
    return Scenario(
        _instant(found, "", "at"),
        _zone(found),
        _pump(found["pump"]),
        _policy(found["policy"]),
        _facts(found["facts"], "facts", _READERS),
        _facts(found.get("unsigned", []), "unsigned", _UNSIGNED),
    )


def _pump(data: object) -> Pump:
    found = _object(data, "pump", _PUMP, _PUMP_ALL)
    pump = Pump(
        _positive(found, "pump", "reservoir_ml"),
        _amount(found, "pump", "alarm_ml"),
        _amount(found, "pump", "unusable_ml") if "unusable_ml" in found else Fraction(0),
        _amount(found, "pump", "accuracy_pct"),
        _amount(found, "pump", "min_flow_ml_per_day") if "min_flow_ml_per_day" in found else None,
        _amount(found, "pump", "max_flow_ml_per_day") if "max_flow_ml_per_day" in found else None,
    )
    low, high = pump.min_flow_ml_per_day, pump.max_flow_ml_per_day
    if low is not None and high is not None and low > high:
        _refuse("pump", "max_flow_ml_per_day", "must not be below min_flow_ml_per_day")
    return pump


def _policy(data: object) -> Policy:
    found = _object(data, "policy", _POLICY, _POLICY_ALL)
    return Policy(
        _days(found, "margin_days"),
        _days(found, "max_interval_days"),
        None
        if found.get("accuracy_days", 2) is None
        else _days({"accuracy_days": 2} | found, "accuracy_days"),
    )


def _facts(data: object, path: str, readers: _Readers) -> tuple[Fact, ...]:
    found = _list(data, path, MAX_FACTS)
    facts = [_fact(entry, f"{path}[{index}]", readers) for index, entry in enumerate(found)]
    facts.sort(key=lambda fact: (fact.at_us, fact.order))
    return tuple(facts)


def _fact(data: object, path: str, readers: _Readers) -> Fact:
    if type(data) is not dict:
        _refuse_object(data, path)
    kind = data.get("kind")
    read = readers.get(kind) if type(kind) is str else None
    if read is None:
        _refuse(path, "kind", f"must be one of {', '.join(readers)}")
    return read(data, path)


def _stop(data: object, path: str) -> Stop:
    found = _object(data, path, _BARE, _BARE)
    return Stop(_instant(found, path, "at"))


def _resume(data: object, path: str) -> Resume:
    found = _object(data, path, _BARE, _BARE)
    return Resume(_instant(found, path, "at"))


def _withdraw(data: object, path: str) -> Withdraw:
    found = _object(data, path, _VOLUME, _VOLUME)
    return Withdraw(_instant(found, path, "at"), _amount(found, path, "volume_ml"))


def _prime(data: object, path: str) -> Prime:
    found = _object(data, path, _VOLUME, _VOLUME)
    return Prime(_instant(found, path, "at"), _amount(found, path, "volume_ml"))


def _bolus(data: object, path: str) -> Bolus:
    found = _object(data, path, _BOLUS, _BOLUS)
    return Bolus(_instant(found, path, "at"), _amount(found, path, "mcg"))


def _bridge(data: object, path: str) -> Bridge:
    found = _object(data, path, _BRIDGE, _BRIDGE)
    return Bridge(
        _instant(found, path, "at"), _amount(found, path, "volume_ml"), _positive(found, path, "hours")
    )


def _fill(data: object, path: str) -> Fill:
    found = _object(data, path, _FILL, _FILL_ALL)
    emptied = found.get("emptied", True)
    if type(emptied) is not bool:
        _refuse(path, "emptied", "must be true or false")
    return Fill(
        _instant(found, path, "at"),
        None if found["withdrawn_ml"] is None else _amount(found, path, "withdrawn_ml"),
        _amount(found, path, "filled_ml"),
        _positive(found, path, "concentration_mcg_per_ml"),
        emptied,
        _date(found, path, "printed_alarm_on") if "printed_alarm_on" in found else None,
    )


def _programme(data: dict[str, object], path: str) -> Programme:
    mode = data.get("mode")
    known = _MODES.get(mode) if type(mode) is str else None
    if known is None:
        _refuse(path, "mode", f"must be one of {', '.join(_MODES)}")
    read, keys, all_keys = known
    found = _object(data, path, keys, all_keys)
    return Programme(
        _instant(found, path, "at"),
        read(found, path),
        _positive(found, path, "concentration_mcg_per_ml"),
        _amount(found, path, _PATIENT) if _PATIENT in found else Fraction(0),
        _date(found, path, "printed_alarm_on") if "printed_alarm_on" in found else None,
    )


def _continuous(found: dict[str, object], path: str) -> Continuous:
    return Continuous(_amount(found, path, "dose_mcg_per_day"))


def _flex(found: dict[str, object], path: str) -> Flex:
    steps: list[tuple[int, Fraction]] = []
    for index, entry in enumerate(_list(found["steps"], f"{path}.steps", len(_MINUTES))):
        where = f"{path}.steps[{index}]"
        step = _object(entry, where, _STEP, _STEP)
        minute = _minute(step, where)
        if steps and minute <= steps[-1][0]:
            _refuse(where, "from", "overlaps: each step must start after the one before it")
        steps.append((minute, _amount(step, where, "mcg_per_h")))
    if not steps:
        _refuse(path, "steps", "must hold at least one step")
    return Flex(tuple(steps))


def _periodic(found: dict[str, object], path: str) -> Periodic:
    mode = Periodic(
        _amount(found, path, "basal_mcg_per_day"),
        _amount(found, path, "bolus_mcg"),
        _positive(found, path, "every_h"),
        _positive(found, path, "over_min"),
    )
    if mode.over_min >= 60 * mode.every_h:
        _refuse(path, "over_min", "must be less than 60 times every_h")
    return mode


def _object(data: object, path: str, keys: frozenset[str], all_keys: frozenset[str]) -> dict[str, object]:
    """`data` as an object that holds every one of `keys` and none outside `all_keys`."""
    if type(data) is not dict:
        _refuse_object(data, path)
    found: dict[str, object] = data
    if not keys <= found.keys() <= all_keys:
        for key in found:
            if key not in all_keys:
                _refuse(path, str(key)[:60], "is not a known key")
        _refuse(path, min(keys - found.keys()), "is missing")
    return found


def _list(data: object, path: str, longest: int) -> Sequence[object]:
    if type(data) is not list:
        raise RefusalError("invalid", f"{path}: must be a list")
    found: list[object] = data
    if len(found) > longest:
        raise RefusalError("invalid", f"{path}: must hold at most {longest} entries")
    return found


def _amount(found: dict[str, object], path: str, key: str) -> Fraction:
    number = read_plain(found[key])
    if number is None:
        _refuse(path, key, "must be a number in plain decimal notation, without exponent")
    if number.numerator < 0:
        _refuse(path, key, "must not be below 0")
    return number


def _positive(found: dict[str, object], path: str, key: str) -> Fraction:
    number = _amount(found, path, key)
    if not number.numerator:
        _refuse(path, key, "must be above 0")
    return number


def _days(found: dict[str, object], key: str) -> int:
    number = _amount(found, "policy", key)
    if number.denominator != 1 or number > MAX_POLICY_DAYS:
        _refuse("policy", key, f"must be a whole number of days, at most {MAX_POLICY_DAYS}")
    return number.numerator


def _instant(found: dict[str, object], path: str, key: str) -> int:
    text = found[key]
    if type(text) is not str or not _INSTANT.fullmatch(text):
        _refuse(path, key, "must be an ISO 8601 instant with an offset, like 2026-03-01T09:00:00-05:00")
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        _refuse(path, key, "is not an instant of the calendar")
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        _refuse(path, key, f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    since = at - EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _date(found: dict[str, object], path: str, key: str) -> date:
    text = found[key]
    if type(text) is not str or not _DATE.fullmatch(text):
        _refuse(path, key, "must be a date, like 2026-07-15")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        _refuse(path, key, "is not a date of the calendar")
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        _refuse(path, key, f"must lie in the years {FIRST_YEAR} to {LAST_YEAR}")
    return day


def _minute(found: dict[str, object], path: str) -> int:
    text = found["from"]
    minute = _MINUTES.get(text) if type(text) is str else None
    if minute is None:
        _refuse(path, "from", "must be a time of day, 00:00 to 23:59")
    return minute


def _zone(found: dict[str, object]) -> ZoneInfo:
    name = found["timezone"]
    if type(name) is not str or not _ZONE.fullmatch(name):
        _refuse("", "timezone", "must be the name of a time zone, like America/New_York")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):  # absent, no zone file, or a folder of zones
        _refuse("", "timezone", "is not a known time zone")


def _refuse(path: str, key: str, why: str) -> Never:
    raise RefusalError("invalid", f"{path}.{key}: {why}" if path else f"{key}: {why}")


def _refuse_object(data: object, path: str) -> Never:
    if isinstance(data, Doubled):
        _refuse(path, data.key[:60], "is given twice")
    raise RefusalError("invalid", f"{path or 'scenario'}: must be a JSON object")


_PATIENT = "patient_bolus_max_mcg_per_day"
_SCENARIO = frozenset({"format", "at", "timezone", "pump", "policy", "facts"})
_SCENARIO_ALL = _SCENARIO | {"unsigned"}
_PUMP = frozenset({"reservoir_ml", "alarm_ml", "accuracy_pct"})
_PUMP_ALL = _PUMP | {"unusable_ml", "min_flow_ml_per_day", "max_flow_ml_per_day"}
_POLICY = frozenset({"margin_days", "max_interval_days"})
_POLICY_ALL = _POLICY | {"accuracy_days"}
_BARE = frozenset({"kind", "at"})
_VOLUME = _BARE | {"volume_ml"}
_BOLUS = _BARE | {"mcg"}
_BRIDGE = _VOLUME | {"hours"}
_FILL = _BARE | {"withdrawn_ml", "filled_ml", "concentration_mcg_per_ml"}
_FILL_ALL = _FILL | {"emptied", "printed_alarm_on"}
_STEP = frozenset({"from", "mcg_per_h"})
_PROGRAMME = _BARE | {"mode", "concentration_mcg_per_ml"}

_Mode = Continuous | Flex | Periodic


def _mode(
    read: Callable[[dict[str, object], str], _Mode], *keys: str
) -> tuple[Callable[[dict[str, object], str], _Mode], frozenset[str], frozenset[str]]:
    needed = _PROGRAMME | set(keys)
    return read, needed, needed | {_PATIENT, "printed_alarm_on"}


_MODES = {
    "continuous": _mode(_continuous, "dose_mcg_per_day"),
    "flex": _mode(_flex, "steps"),
    "periodic": _mode(_periodic, "basal_mcg_per_day", "bolus_mcg", "every_h", "over_min"),
}
_Readers = dict[str, Callable[[dict[str, object], str], Fact]]
_READERS: _Readers = {
    "fill": _fill,
    "programme": _programme,
    "bolus": _bolus,
    "prime": _prime,
    "withdraw": _withdraw,
    "bridge": _bridge,
    "stop": _stop,
    "resume": _resume,
}
_UNSIGNED: _Readers = {"programme": _programme, "bridge": _bridge}

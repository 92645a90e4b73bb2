"""Scenarios for Hypothesis: lives of a pump as a clinic would record them, and lives that cannot have been.

Magnitudes are those of the therapy (fills of 10–40 mL, 50–1,500 mcg a day). Many numbers divide each other,
so that levels are reached exactly at midnight, where a date turns on the last digit.
"""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Scenario = dict[str, Any]

ZONES = [
    "America/New_York",
    "Europe/Berlin",
    "Europe/London",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Santiago",
    "UTC",
]

zones = st.sampled_from(ZONES)
concentrations = st.sampled_from([500, 1000, 2000, 2000, 3000, 1850])
FIFTEEN_YEARS = 15 * 365 * 86_400


def decimals(low: int, high: int, places: int = 1) -> st.SearchStrategy[Decimal]:
    """Between `low` and `high` in units of the last place."""
    return st.integers(low, high).map(lambda units: Decimal(units).scaleb(-places))


def plain(value: Decimal | int | None) -> str | None:
    return None if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)


@st.composite
def doses(draw: st.DrawFn, concentration: int) -> Decimal:
    """A day's dose: often one whose flow divides a reservoir into whole days."""
    if draw(st.booleans()):
        flow = draw(st.sampled_from(["0.1", "0.125", "0.2", "0.25", "0.4", "0.5", "1"]))
        return Decimal(flow) * concentration
    return draw(decimals(500, 15_000)) if draw(st.integers(0, 9)) else Decimal(0)


@st.composite
def programmes(draw: st.DrawFn) -> Scenario:
    """A programme without its instant, with the mean flow under `flow`, for the caller to take out."""
    concentration = draw(concentrations)
    dose = draw(doses(concentration))
    fact: Scenario = {"kind": "programme", "concentration_mcg_per_ml": plain(concentration)}
    mode = draw(st.sampled_from(["continuous", "flex", "periodic"]))
    fact["mode"] = mode
    if mode == "continuous":
        fact["dose_mcg_per_day"] = plain(dose)
    elif mode == "flex":
        minutes = draw(st.lists(st.integers(0, 47), min_size=1, max_size=6, unique=True).map(sorted))
        rate = (dose / 24).quantize(Decimal("0.1"))
        fact["steps"] = [
            {
                "from": f"{half // 2:02}:{half % 2 * 30:02}",
                "mcg_per_h": plain(rate * draw(st.sampled_from([1, 1, 0, 2, 3]))),
            }
            for half in minutes
        ]
    else:
        every = draw(st.sampled_from(["2", "3", "4", "5", "6", "8", "12", "24", "7.5", "0.5", "30"]))
        fact["every_h"] = every
        longest = int(Decimal(every) * 60) - 1
        fact["over_min"] = plain(draw(st.integers(1, min(longest, 600))))
        count = max(1, int(24 / Decimal(every)))
        fact["bolus_mcg"] = plain((dose / count / 2).quantize(Decimal("0.1")))
        fact["basal_mcg_per_day"] = plain((dose / 2).quantize(Decimal("0.1")))
    if draw(st.integers(0, 5)) == 0:
        fact["patient_bolus_max_mcg_per_day"] = plain(draw(st.integers(0, 200)))
    fact["flow"] = dose / concentration
    return fact


@dataclass
class Life:
    """A pump's facts as they are drawn, with a rough paper balance so that refills look like refills."""

    draw: st.DrawFn
    zone: ZoneInfo
    now: datetime
    size: int
    tidy: bool
    facts: list[Scenario] = field(default_factory=list)
    left: Decimal = Decimal(0)
    flow: Decimal = Decimal(0)
    told: str | None = None
    stopped: bool = False

    def written(self, at: datetime) -> str:
        """One instant, as people write it: with the local offset, in UTC, or with another one."""
        form = self.draw(st.sampled_from(["local", "local", "utc", "other"]))
        if form == "utc":
            return at.astimezone(UTC).isoformat().replace("+00:00", "Z")
        zone = ZoneInfo("Asia/Kolkata") if form == "other" else self.zone
        return at.astimezone(zone).isoformat()

    def record(self, kind: str, **rest: Any) -> None:
        self.facts.append({"kind": kind, "at": self.written(self.now), **rest})

    def wait(self, days: int, clock: str | None = None) -> None:
        """Some days on, at a time of the local day, or at the same instant of it."""
        later = (self.now.astimezone(UTC) + timedelta(days=days)).astimezone(self.zone)
        if clock is not None:
            hour, minute = map(int, clock.split(":"))
            later = later.replace(hour=hour, minute=minute, second=0, microsecond=0)
        later = max(later.astimezone(UTC), self.now.astimezone(UTC))
        passed = later - self.now.astimezone(UTC)
        if not self.stopped:
            self.left -= self.flow * Decimal(passed.total_seconds()) / 86_400
        self.now = later

    def wait_a_while(self, most: int = 200) -> None:
        days = self.draw(st.integers(1, most))
        clock = self.draw(st.sampled_from([None, "00:00", "09:30", "02:30", "23:59", "14:07"]))
        self.wait(days, "00:00" if self.tidy else clock)

    def wait_until_it_is_low(self) -> None:
        """Until about a fifth is left, as a clinic that keeps its dates would."""
        days = int(self.left / self.flow * 4 / 5) if self.flow else 30
        self.wait(min(max(days - self.draw(st.integers(0, 3)), 1), 200))

    def programme(self, fact: Scenario) -> None:
        fact = dict(fact)
        self.flow = fact.pop("flow")
        self.told = fact["concentration_mcg_per_ml"]
        fact["at"] = self.written(self.now)
        self.printed(fact)
        self.facts.append(fact)

    def printed(self, fact: Scenario) -> None:
        if self.draw(st.integers(0, 4)) == 0:
            days = int(self.left / self.flow) if self.flow else 100
            shift = self.draw(st.integers(-12, 3))
            fact["printed_alarm_on"] = (self.now.date() + timedelta(days=min(days, 5000) + shift)).isoformat()

    def fill(self, *, emptied: bool = True) -> None:
        noise = self.draw(st.one_of(decimals(-8, 8), decimals(-45, 45)))
        drawn = max(Decimal(0), (self.left + noise).quantize(Decimal("0.1")))
        if emptied:
            filled = Decimal(self.draw(st.sampled_from([self.size, self.size, self.size - 2, 10])))
            self.left = filled
        else:
            filled = self.draw(decimals(0, 100))
            drawn = min(drawn, self.draw(decimals(0, 30)))
            self.left = max(Decimal(0), self.left - drawn) + filled
        other = plain(self.draw(concentrations))
        fact: Scenario = {
            "kind": "fill",
            "at": self.written(self.now),
            "withdrawn_ml": None if self.draw(st.integers(0, 11)) == 0 else plain(drawn),
            "filled_ml": plain(filled),
            "concentration_mcg_per_ml": self.told if self.told and self.draw(st.integers(0, 4)) else other,
        }
        if not emptied or self.draw(st.booleans()):
            fact["emptied"] = emptied
        if not emptied and fact["withdrawn_ml"] is None:
            fact["withdrawn_ml"] = "0"
        self.printed(fact)
        self.facts.append(fact)

    def something(self) -> None:
        """One thing that happens at a visit, or between two."""
        event = self.draw(
            st.sampled_from(
                ["bolus", "prime", "withdraw", "bridge", "stop", "resume", "part", "programme", "programme"]
            )
        )
        if event in ("bolus", "prime", "bridge") and self.stopped:
            event = "resume"
        if event == "bolus":
            self.record("bolus", mcg=plain(self.draw(decimals(0, 2000))))
        elif event in ("prime", "withdraw"):
            self.record(event, volume_ml=plain(self.draw(decimals(0, 300, 2))))
        elif event == "bridge":
            hours = plain(self.draw(st.one_of(decimals(1, 600), st.sampled_from([Decimal(24), Decimal(48)]))))
            self.record("bridge", volume_ml=plain(self.draw(decimals(0, 100, 2))), hours=hours)
        elif event in ("stop", "resume"):
            self.stopped = event == "stop"
            self.record(event)
        elif event == "part":
            self.fill(emptied=False)
        else:
            self.programme(self.draw(programmes()))

    def visit(self) -> None:
        if self.draw(st.integers(0, 3)):
            self.fill()
        if self.draw(st.integers(0, 2)) == 0:
            self.programme(self.draw(programmes()))

    def scenario(self) -> Scenario:
        """All of it, seen from an instant that may lie before its last facts."""
        pump: Scenario = {
            "reservoir_ml": plain(self.size + self.draw(st.sampled_from([0, 0, 20]))),
            "alarm_ml": plain(
                self.draw(st.sampled_from([Decimal(2), Decimal(0), Decimal("1.5"), Decimal(4)]))
            ),
            "accuracy_pct": plain(
                self.draw(st.sampled_from([Decimal("14.5"), Decimal(10), Decimal(25), Decimal(0)]))
            ),
        }
        unusable = self.draw(st.sampled_from([None, "0", "1", "0.5", "2", "3"]))
        if unusable is not None:
            pump["unusable_ml"] = unusable
        if self.draw(st.booleans()):
            pump |= {"min_flow_ml_per_day": "0.048", "max_flow_ml_per_day": "24"}
        policy: Scenario = {
            "margin_days": self.draw(st.sampled_from([7, 0, 10, 3])),
            "max_interval_days": self.draw(st.sampled_from([180, 90, 365, 1, 0])),
        }
        accuracy = self.draw(st.sampled_from([None, 2, 0, "out"]))
        if accuracy != "out":
            policy["accuracy_days"] = accuracy
        facts = self.facts[::-1] if self.draw(st.booleans()) else self.facts
        return {
            "format": 1,
            "at": self.written(self.now),
            "timezone": self.zone.key,
            "pump": pump,
            "policy": policy,
            "facts": facts,
        }


def _lived(life: Life) -> Life:
    """A first fill and programme, then visits, with something in between now and then."""
    draw = life.draw
    if draw(st.integers(0, 5)):
        life.fill(emptied=draw(st.integers(0, 4)) > 0)
        if draw(st.integers(0, 4)) == 0:
            life.wait_a_while(20)
        life.programme(draw(programmes()))
    else:
        life.programme(draw(programmes()))
        life.wait_a_while(20)
        life.fill()
    regular = draw(st.booleans())
    for _ in range(draw(st.integers(0, 9 if regular else 7))):
        if draw(st.integers(0, 7 if regular else 2)) == 0:
            if draw(st.integers(0, 3)):
                life.wait_a_while(30)
            life.something()
        if regular:
            life.wait_until_it_is_low()
            life.fill()
        else:
            life.wait_a_while(150)
            life.visit()
    if draw(st.booleans()):
        life.wait_a_while(draw(st.sampled_from([3, 200, 2000])))
    return life


def _of_the_instant(fact: Scenario) -> tuple[datetime, str]:
    return datetime.fromisoformat(fact["at"]), fact["kind"]


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Lives that begin at any second, or tidy ones, where all that happens happens at midnight."""
    zone = ZoneInfo(draw(zones))
    tidy = draw(st.booleans())
    now = datetime(2017, 1, 1, tzinfo=UTC) + timedelta(seconds=draw(st.integers(0, FIFTEEN_YEARS)))
    if tidy:
        now = now.astimezone(zone).replace(hour=0, minute=0, second=0).astimezone(UTC)
    return _lived(Life(draw, zone, now, draw(st.sampled_from([20, 40])), tidy))


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """One scenario that holds together, unless the drawn events happen to fall together."""
    return draw(lives()).scenario()


@st.composite
def impossible(draw: st.DrawFn) -> Scenario:
    """A scenario with something in it that cannot have been, or that lacks what a forecast needs."""
    scenario = draw(scenarios())
    facts = [dict(fact) for fact in scenario["facts"]]
    slip = draw(
        st.sampled_from(["twice", "both", "early", "stopped", "overfull", "no fill", "no programme", "at"])
    )
    some = draw(st.sampled_from(facts))
    if slip == "twice":
        facts.append(dict(some))
    elif slip == "both":
        facts += [{"kind": "stop", "at": some["at"]}, {"kind": "resume", "at": some["at"]}]
    elif slip == "early":
        before = min(map(_of_the_instant, facts))[0] - timedelta(hours=1)
        facts.append({"kind": "prime", "at": before.isoformat(), "volume_ml": "0.2"})
    elif slip == "stopped":
        facts += [{"kind": "stop", "at": some["at"]}, {"kind": "prime", "at": some["at"], "volume_ml": "0.2"}]
    elif slip == "overfull":
        for fact in facts:
            if fact["kind"] == "fill":
                fact["filled_ml"] = draw(st.sampled_from(["60", "60.1", "40", "40.1", "20", "20.1"]))
    elif slip == "at":
        scenario["at"] = some["at"]
    else:
        facts = [fact for fact in facts if fact["kind"] != slip.removeprefix("no ")]
    return {**scenario, "facts": facts}

"""What a programme delivers, as an exact integral over the pump's day.

Everything here is whole numbers: time in ticks, volume in units, both chosen for one scenario so fine
(`Scale`) that no division leaves a rest. A flow answers two questions in closed form, so that neither costs
more for more days: how much it has given at a tick (`given`, counted from any fixed origin), and at which
tick it has first given so much (`reached`, a quotient of two whole numbers).

Chosen reading: a patient's boluses, counted in full, are spread evenly over the day, on top of basal and
steps alike.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

from itb.infusion.scenario import (
    Bolus,
    Bridge,
    Continuous,
    Fact,
    Fill,
    Flex,
    Periodic,
    Prime,
    Programme,
    Pump,
    RefusalError,
    Withdraw,
)

MINUTE_US = 60_000_000
HOUR_US = 60 * MINUTE_US
DAY_US = 24 * HOUR_US

FINEST_BITS = 50_000  # a pump's own numbers take a few hundred; the bound is on what a hostile file can cost


@dataclass(frozen=True, slots=True)
class Scale:
    """Ticks in a microsecond and units in a millilitre: the finest that one scenario needs."""

    ticks: int
    units: int

    @property
    def day(self) -> int:
        return DAY_US * self.ticks

    def volume(self, volume_ml: Fraction) -> int:
        return volume_ml.numerator * (self.units // volume_ml.denominator)

    def bolus(self, mcg: Fraction, concentration_mcg_per_ml: Fraction) -> int:
        return mcg.numerator * (self._per_mcg(concentration_mcg_per_ml, 1) // mcg.denominator)

    def rates(
        self, doses_mcg: Iterable[Fraction], concentration_mcg_per_ml: Fraction, per_us: int
    ) -> list[int]:
        """Units a tick for each of the doses, given over `per_us` microseconds."""
        each = self._per_mcg(concentration_mcg_per_ml, per_us * self.ticks)
        return [mcg.numerator * (each // mcg.denominator) for mcg in doses_mcg]

    def _per_mcg(self, concentration: Fraction, ticks: int) -> int:
        return self.units // (concentration.numerator * ticks) * concentration.denominator


def scale_for(facts: Iterable[Fact], pump: Pump) -> Scale:
    """The scale on which every rate, volume and length of time in `facts` is a whole number.

    Raises RefusalError where the numbers are so many and so unlike that this would take a scale of over
    `FINEST_BITS`.
    """
    ticks, concentration = 1, 1
    shares = {pump.alarm_ml.denominator, pump.unusable_ml.denominator}
    for fact in facts:
        match fact:
            case Fill():
                shares.add(fact.filled_ml.denominator)
                if fact.withdrawn_ml is not None:
                    shares.add(fact.withdrawn_ml.denominator)
            case Programme():
                concentration = fact.concentration_mcg_per_ml.numerator
                doses = lcm(fact.patient_bolus_max_mcg_per_day.denominator, _dose_denominator(fact.mode))
                shares.add(concentration * doses)
                ticks = lcm(ticks, _mode_ticks(fact.mode))
            case Bolus():
                shares.add(concentration * fact.mcg.denominator)
            case Bridge():
                ticks = lcm(ticks, _ticks(fact.hours, HOUR_US))
                shares.add(fact.volume_ml.denominator * fact.hours.numerator)
            case Prime() | Withdraw():
                shares.add(fact.volume_ml.denominator)
    units = DAY_US * ticks
    for share in shares:
        units = lcm(units, DAY_US * ticks * share)
        if units.bit_length() > FINEST_BITS:
            raise RefusalError(
                "invalid", "facts: hold too many unlike numbers of too many digits to be worked out exactly"
            )
    return Scale(ticks, units)


def _mode_ticks(mode: Continuous | Flex | Periodic) -> int:
    if not isinstance(mode, Periodic):
        return 1
    return lcm(_ticks(mode.every_h, HOUR_US), _ticks(mode.over_min, MINUTE_US))


def _ticks(length: Fraction, unit_us: int) -> int:
    """Ticks a microsecond that make `length` × `unit_us` whole."""
    return length.denominator // gcd(length.denominator, unit_us)


def _dose_denominator(mode: Continuous | Flex | Periodic) -> int:
    if isinstance(mode, Continuous):
        return mode.dose_mcg_per_day.denominator
    if isinstance(mode, Flex):
        return lcm(*(mcg_per_h.denominator for _, mcg_per_h in mode.steps))
    return lcm(mode.basal_mcg_per_day.denominator, mode.bolus_mcg.denominator * mode.over_min.numerator)


@dataclass(slots=True)
class Steps:
    """A day of constant rates: tick of the day and units a tick from then on; the first step starts at 0.

    `shift` is what added to a tick makes the pump's midnights multiples of `day`; `sums` what was given at
    each step's start and at the day's end.
    """

    day: int
    shift: int
    starts: list[int]
    rates: list[int]
    sums: list[int]

    @property
    def a_day(self) -> int:
        return self.sums[-1]

    def given(self, tick: int) -> int:
        days, inside = divmod(tick + self.shift, self.day)
        step = bisect_right(self.starts, inside) - 1
        return days * self.sums[-1] + self.sums[step] + self.rates[step] * (inside - self.starts[step])

    def reached(self, units: int, share: int) -> tuple[int, int]:
        """The first tick, as a quotient, at which `given` is units ÷ share; the day gives more than 0."""
        days, rest = _last_before(units, self.sums[-1] * share)
        step = bisect_left(self.sums, -(-rest // share)) - 1
        rate = self.rates[step] * share
        tick = days * self.day + self.starts[step] - self.shift
        return tick * rate + rest - self.sums[step] * share, rate


@dataclass(slots=True)
class Pulses:
    """A day of equal boluses: from each multiple of `every` ticks, for `over` ticks, at their own rate."""

    day: int
    shift: int
    every: int
    over: int
    rates: list[int]  # basal, bolus
    a_day: int

    def given(self, tick: int) -> int:
        days, inside = divmod(tick + self.shift, self.day)
        basal, bolus = self.rates
        return days * self.a_day + basal * inside + (bolus - basal) * on_ticks(inside, self.every, self.over)

    def reached(self, units: int, share: int) -> tuple[int, int]:
        """As in `Steps`."""
        basal, bolus = self.rates
        days, rest = _last_before(units, self.a_day * share)
        pulse = bolus * self.over * share
        pulses, rest = _last_before(rest, pulse + basal * (self.every - self.over) * share)
        tick = days * self.day + pulses * self.every - self.shift
        if rest <= pulse:
            return tick * bolus * share + rest, bolus * share
        return (tick + self.over) * basal * share + rest - pulse, basal * share


Flow = Steps | Pulses


def on_ticks(inside: int, every: int, over: int) -> int:
    """How long boluses have run since midnight, `inside` ticks after it."""
    pulses, since = divmod(inside, every)
    return pulses * over + min(since, over)


def _last_before(units: int, each: int) -> tuple[int, int]:
    """How many whole `each` lie before `units`, and the rest, above 0: the first arrival there, not the last."""
    whole = -(-units // each) - 1
    return whole, units - whole * each


def steady(rate: int, scale: Scale) -> Steps:
    """A constant flow, such as a bridge."""
    return Steps(scale.day, 0, [0], [rate], [0, rate * scale.day])


def flow_of(programme: Programme, offset_us: int, scale: Scale) -> Flow:
    """What `programme` makes flow, on a pump whose clock is `offset_us` ahead of UTC."""
    mode, concentration = programme.mode, programme.concentration_mcg_per_ml
    patient = 0
    if programme.patient_bolus_max_mcg_per_day.numerator:
        (patient,) = scale.rates([programme.patient_bolus_max_mcg_per_day], concentration, DAY_US)
    if isinstance(mode, Continuous):
        (rate,) = scale.rates([mode.dose_mcg_per_day], concentration, DAY_US)
        return steady(rate + patient, scale)
    shift = offset_us * scale.ticks
    if isinstance(mode, Flex):
        rates = scale.rates((mcg_per_h for _, mcg_per_h in mode.steps), concentration, HOUR_US)
        return _flex(mode, [rate + patient for rate in rates], shift, scale)
    (basal,) = scale.rates([mode.basal_mcg_per_day], concentration, DAY_US)
    bolus = scale.bolus(mode.bolus_mcg, concentration)
    every = mode.every_h.numerator * (HOUR_US * scale.ticks // mode.every_h.denominator)
    over = mode.over_min.numerator * (MINUTE_US * scale.ticks // mode.over_min.denominator)
    rates = [basal + patient, bolus // over + patient]
    a_day = rates[0] * scale.day + (rates[1] - rates[0]) * on_ticks(scale.day, every, over)
    return Pulses(scale.day, shift, every, over, rates, a_day)


def _flex(mode: Flex, rates: list[int], shift: int, scale: Scale) -> Steps:
    starts = [minute * MINUTE_US * scale.ticks for minute, _ in mode.steps]
    if starts[0]:  # the last step holds through midnight
        starts, rates = [0, *starts], [rates[-1], *rates]
    sums = [0]
    for start, end, rate in zip(starts, [*starts[1:], scale.day], rates, strict=True):
        sums.append(sums[-1] + rate * (end - start))
    return Steps(scale.day, shift, starts, rates, sums)

"""A clinic's year in virtual time: its pumps run, its people book, answer and forget.

The rules and the ledger of the product decide what is told, to whom and when. No database: the ledger's book is read
instead of written. Pumps do not touch each other, so each lives its year alone, from one moment at which something
changes to the next. What its letters become, a digest, a letter of the day or one at once, is settled afterwards.
"""

import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from heapq import heappop, heappush
from itertools import count
from typing import Any, Final
from zoneinfo import ZoneInfo

from alerts.duty import Roster, Rosters
from alerts.escalation import day_of, midnight
from alerts.knowledge import known_of
from alerts.ledger import Book, settle
from alerts.models import Alert, AlertEvent
from alerts.moves import BEGINS_TO_WAIT, State, Verb, move
from alerts.policy import DEFAULTS
from alerts.rules import Around, Finding, Kind, Tier, look
from alerts.services import LONGEST_ACKNOWLEDGEMENT, SHORTEST_ACKNOWLEDGEMENT
from itb.accounts.models import Clinic, Membership, User
from itb.accounts.permissions import Role
from itb.outbox.models import Letter
from itb.outbox.policy import Pacing
from patients.models import Patient, Pump
from refills.policy import margins_of
from refills.projection import projection_from
from refills.scenario import Json, framed

ZONE: Final = ZoneInfo("Europe/London")
BEGINS_AT: Final = datetime(2027, 1, 4, tzinfo=UTC)
POLICIES: Final = ("refill_policy", "alert_policy", "planning_policy", "escalation_policy", "letter_policy")
TICK_SECONDS: Final = 15
OPENS, NOON, CLOSES, SATURDAY = 8, 12, 17, 5
"""Hours of the clinic, and the first day of its weekend."""
Pace = Letter.Pace


@dataclass(frozen=True, slots=True)
class Habits:
    """How people go about it. Invented, for want of a published figure: another clinic is one edit away."""

    books_next: float = 0.85
    """At a refill, the next visit is booked at once."""
    answers: float = 0.5
    """A patient says to the letter before the visit that they will come."""
    reached: float = 0.85
    """A call about an unconfirmed visit confirms it."""
    comes: float = 0.94
    says_missed: float = 0.7
    """A visit to which nobody came is recorded on the day."""
    heeds: float = 0.85
    """A letter that is no critical one leads to something."""
    heeds_critical: float = 0.95
    misfit: float = 0.02
    """A pump that delivers a fifth less than it is told."""
    alarm_heard: float = 0.01
    """A refill finds an alarm in the pump's log."""
    doses_a_year: float = 2.0
    """Changes of dose between refills."""
    replaced_in_years: float = 6.5
    unreachable: float = 0.02
    flag: float = 0.12
    """Each of two risk flags."""


HABITS: Final = Habits()


class Ward(Rosters):
    """One clinic with its people, a prescriber to four nurses, as the rules ask for them: nobody is away."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.clinic = Clinic(pk=1, name="Year", zone=ZONE.key)
        self.clinic._state.fields_cache.update(dict.fromkeys(POLICIES))
        self.people = {
            number: Membership(
                pk=number,
                user=User(pk=number, name=f"P{number}"),
                clinic=self.clinic,
                role=Role.NURSE if number % 5 else Role.PRESCRIBER,
            )
            for number in range(1, people + 1)
        }
        self.told: dict[str, list[Letter]] = defaultdict(list)
        """By topic, of the pump that lives now."""

    def of(self, clinic: Clinic, at: datetime) -> Roster:
        """Everyone, every day."""
        return Roster(self.people, {})

    def leads_of(self, clinic: Clinic, at: datetime) -> list[Membership]:
        """The last who came."""
        return [self.people[len(self.people)]]

    def told_before(self, alert: Alert) -> set[int | None]:
        """Who has been told since the alert began to wait."""
        since = alert.waits_since or alert.opened_at
        letters = self.told[f"alert:{alert.pk}"]
        return {each.recipient_id for each in letters if each.created_at >= since}


class Memory(Book):
    """A book that is never written: its letters are kept with the moment at which they were taken back, if ever."""

    numbers = count(1)

    def __init__(self, ward: Ward, settled: set[tuple[str, str]]) -> None:
        super().__init__()
        self.ward, self.settled = ward, settled

    def is_settled(self, pump: Pump, finding: Finding) -> bool:
        """Whether somebody has resolved this occasion."""
        return (finding.kind.value, finding.occasion) in self.settled

    def open(self, alert: Alert) -> None:
        """Number it, since letters name it."""
        alert.pk = next(self.numbers)
        super().open(alert)

    def note(self, alert: Alert, verb: Verb, at: datetime, **more: Any) -> AlertEvent:
        """Number it too."""
        event = super().note(alert, verb, at, **more)
        event.pk = next(self.numbers)
        return event

    def letters(self) -> Iterator[Letter]:
        """What is owed now."""
        for tidings in self.tidings:
            for letter in tidings.owed(self.ward).letters([]):
                letter.taken_back_at = None  # type: ignore[attr-defined]
                self.ward.told[letter.topic].append(letter)
                yield letter


@dataclass(slots=True)
class Tally:
    """What the year has brought."""

    opened: Counter[str] = field(default_factory=Counter)
    taken: set[int] = field(default_factory=set)
    """Alerts that somebody took while they were open."""
    ended: set[int] = field(default_factory=set)
    """Those that ended, and those that the year's end found open."""
    escalated: int = 0
    refills: int = 0
    dry: int = 0
    """Refills that found the pump past its alarm."""
    patient_days: float = 0
    letters: list[Letter] = field(default_factory=list)


class Life:
    """One pump's year."""

    def __init__(self, ward: Ward, number: int, draw: random.Random, until: datetime, tally: Tally) -> None:
        self.ward, self.draw, self.until, self.tally = ward, draw, until, tally
        flags = dict.fromkeys(("injury_at_t6_or_above", "earlier_withdrawal"), False)
        for flag in flags:
            flags[flag] = draw.random() < HABITS.flag
        patient = Patient(pk=number, clinic=ward.clinic, clinician_id=draw.choice(list(ward.people)), **flags)
        self.pump = Pump(
            pk=number,
            patient=patient,
            clinic=ward.clinic,
            serial=f"Y{number}",
            reservoir_ml=Decimal(draw.choice((20, 40))),
            alarm_ml=Decimal(2),
            unusable_ml=Decimal(0),
            accuracy_pct=Decimal("14.5"),
            facts_version=0,
            implanted_on=date(2022, 1, 1),
        )
        self.ratio = 0.8 if draw.random() < HABITS.misfit else draw.gauss(1, 0.02)
        flow = float(self.pump.reservoir_ml) / draw.uniform(60, 150)
        self.dose, self.facts, self.filled_at = flow * 2000, [], BEGINS_AT
        self.visit: Json = {
            "visit_on": None,
            "visit_is_confirmed": False,
            "visit_is_refused": False,
            "missed_on": None,
        }
        self.around: Json = {"is_reachable": draw.random() >= HABITS.unreachable}
        if draw.random() < 1 / HABITS.replaced_in_years:
            self.around["replacement_on"] = (BEGINS_AT + timedelta(days=draw.uniform(30, 540))).date()
        self.plans: list[tuple[datetime, int, Any]] = []
        self.order = count()
        self.alerts: list[Alert] = []
        self.settled: set[tuple[str, str]] = set()
        self._before(flow)

    def _before(self, flow: float) -> None:
        """Three refills before the year begins, the last one some time ago."""
        interval = timedelta(days=(float(self.pump.reservoir_ml) - 5) / flow)
        last = BEGINS_AT - interval * self.draw.random()
        self._programme(last - 3 * interval)
        for back in (3, 2, 1, 0):
            self._fill(last - back * interval)
        self._compute(BEGINS_AT)
        if self.draw.random() < HABITS.books_next:
            self._book_latest(BEGINS_AT)

    # -- what is written --

    def _programme(self, at: datetime) -> None:
        self.facts.append({"kind": "programme", "at": at.isoformat(), "mode": "continuous",
                           "concentration_mcg_per_ml": "2000", "dose_mcg_per_day": f"{self.dose:.1f}"})  # fmt: skip

    def _fill(self, at: datetime) -> None:
        full = float(self.pump.reservoir_ml)
        spent = (at - self.filled_at) / timedelta(days=1) * self.dose / 2000 * self.ratio
        left = max(full - spent, 0) + self.draw.gauss(0, 0.25) if len(self.facts) > 1 else 4
        self.facts.append({"kind": "fill", "at": at.isoformat(), "withdrawn_ml": f"{min(max(left, 0), full):.1f}",
                           "filled_ml": f"{full:.1f}", "concentration_mcg_per_ml": "2000"})  # fmt: skip
        self.filled_at = at

    def _compute(self, at: datetime) -> None:
        self.row = projection_from(framed(self.pump, at, self.facts), self.pump, at)

    # -- what happens --

    def live(self) -> None:
        """From change to change."""
        at = BEGINS_AT
        self._plan(at + timedelta(days=self.draw.expovariate(HABITS.doses_a_year / 365)), self._change_dose)
        while at < self.until:
            ahead = [moment for moment in (*self._look(at), *(plan[0] for plan in self.plans[:1])) if moment]
            at = min(ahead, default=self.until)
            while self.plans and self.plans[0][0] <= at < self.until:
                heappop(self.plans)[2](at)
        self.tally.ended |= {each.pk for each in self.alerts}
        self.tally.patient_days += (self.until - BEGINS_AT) / timedelta(days=1)
        self.ward.told.clear()

    def _look(self, at: datetime) -> list[datetime | None]:
        """As the sweep does."""
        for name, value in self.visit.items():
            setattr(self.row, name, value)
        found = look(known_of(self.row, around=Around(**self.around)), at)
        book = Memory(self.ward, self.settled)
        moments = settle(self.pump, found.findings, self.alerts, at, book)
        self._read(book, at)
        self.alerts = [each for each in (*self.alerts, *book.opened) if each.state != State.CLOSED]
        unsettled = {each.kind.value for each in found.findings if not book.is_settled(self.pump, each)}
        assert unsettled <= {each.kind for each in self.alerts}, f"found and not open: {unsettled}"
        return [found.changes_at, *(moment for moment in moments if moment > at)]

    def _read(self, book: Memory, at: datetime) -> None:
        self.tally.opened.update(each.kind for each in book.opened)
        self.tally.escalated += sum(each.verb == Verb.ESCALATED for each in book.events)
        self.tally.ended |= {each.pk for each in book.ended}
        for alert in book.ended:
            self._take_back(alert, at)
        letters = list(book.letters())
        owed = {tidings.event.pk for tidings in book.tidings}
        heard = [each.pk in owed for each in book.events if each.verb in (*BEGINS_TO_WAIT, Verb.ESCALATED)]
        assert all(heard), "an alert of which nobody hears"
        for tidings in book.tidings:
            told = sum(each.topic == f"alert:{tidings.alert.pk}" for each in letters)
            is_anew = tidings.alert.tier == Tier.CRITICAL and tidings.event.verb != Verb.ESCALATED
            assert told >= (2 if is_anew else 1), "an alert of which nobody hears"
        self.tally.letters += letters
        for topic in {letter.topic for letter in letters}:
            alert = next(each for each in (*self.alerts, *book.opened) if f"alert:{each.pk}" == topic)
            self._heed(alert, at)

    def _take_back(self, alert: Alert, at: datetime) -> None:
        for letter in self.ward.told[f"alert:{alert.pk}"]:
            letter.taken_back_at = letter.taken_back_at or at  # type: ignore[attr-defined]

    # -- what people do --

    def _plan(self, at: datetime, deed: Any) -> None:
        heappush(self.plans, (at, next(self.order), deed))

    def _heed(self, alert: Alert, at: datetime) -> None:
        """A letter was owed: somebody acts on it after a while, or nobody does until it goes further."""
        is_critical = alert.tier == Tier.CRITICAL
        if self.draw.random() >= (HABITS.heeds_critical if is_critical else HABITS.heeds):
            return
        if is_critical:
            when = at + timedelta(minutes=self.draw.lognormvariate(3, 0.6))
        elif alert.tier == Tier.URGENT:
            when = _at_work(at + timedelta(hours=self.draw.expovariate(1 / 1.5)))
        else:
            morning = day_of(self.ward.clinic).morning_after(at)
            when = _at_work(morning) + timedelta(hours=self.draw.uniform(0.5, 7))
        self._plan(when, lambda at: self._act(alert, at))

    def _act(self, alert: Alert, at: datetime) -> None:
        if alert.state != State.OPEN:
            return
        self.tally.taken.add(alert.pk)
        if alert.occasion:
            self._close(alert, at)
            return
        rests = alert.kind == Kind.REPLACEMENT.value and (until := self._rests_until(at))
        move(alert, Verb.SNOOZED if rests else Verb.ACKNOWLEDGED, at)
        alert.acknowledged_at, alert.acknowledged_by_id = at, self.pump.patient.clinician_id
        alert.acknowledged_until = until if rests else self._in_hand_until(at)
        self._take_back(alert, at)
        soon = at + timedelta(minutes=self.draw.uniform(5, 60))
        self._plan(soon, lambda at: self._deed(Kind(alert.kind), at))

    def _close(self, alert: Alert, at: datetime) -> None:
        move(alert, Verb.CLOSED, at)
        self.settled.add((alert.kind, alert.occasion))
        self.alerts.remove(alert)
        self.tally.ended.add(alert.pk)
        self._take_back(alert, at)
        if alert.kind == Kind.ALARM.value:
            self.around.pop("alarms", None)

    def _in_hand_until(self, at: datetime) -> datetime:
        """As alerts.services.acknowledged_until, where nobody names a day."""
        margin = timedelta(days=margins_of(self.ward.clinic).margin_days)
        latest = at + LONGEST_ACKNOWLEDGEMENT
        if self.row.earliest_empty_at is not None:
            latest = min(latest, self.row.earliest_empty_at.astimezone(UTC) - margin)
        return max(latest, at + SHORTEST_ACKNOWLEDGEMENT)

    def _rests_until(self, at: datetime) -> datetime | None:
        """As alerts.services.snoozable_until."""
        row = self.row
        before = row.alarm_at - timedelta(days=DEFAULTS.critical_days_before_alarm)
        latest = min(midnight(row.refill_by, ZONE), before, row.earliest_empty_at)
        latest -= margins_of(self.ward.clinic).shift(self.pump.patient)
        return latest if latest > at else None

    def _deed(self, kind: Kind, at: datetime) -> None:
        """What was to be done about it."""
        today = at.astimezone(ZONE).date()
        if kind == Kind.UNREACHABLE:
            self.around["is_reachable"] = True
        elif kind in (Kind.WITHDRAWAL_RISK, Kind.EMERGENCY):
            self._book(today + timedelta(days=at.astimezone(ZONE).hour >= NOON), at, is_confirmed=True)
        elif kind in (Kind.REFILL_DUE, Kind.VISIT_LATE, Kind.MISSED, Kind.CANNOT_COME):
            booked = self.visit["visit_on"]
            if booked and today <= booked <= self.row.refill_by and not self.visit["visit_is_refused"]:
                self.visit["visit_is_confirmed"] |= self.draw.random() < HABITS.reached
            else:
                until = max(self.row.refill_by, today + timedelta(days=2))
                days = min((until - today).days, 8)
                self._book(
                    _weekday(today + timedelta(days=self.draw.randint(1, days))), at, is_confirmed=True
                )

    def _book_latest(self, at: datetime) -> None:
        latest = self.row.refill_by - timedelta(days=self.draw.randint(0, 6))
        self._book(_weekday(max(latest, at.date() + timedelta(days=1)), back=True), at)

    def _book(self, on: date, at: datetime, *, is_confirmed: bool = False) -> None:
        self.visit.update(
            visit_on=on, visit_is_confirmed=is_confirmed, visit_is_refused=False, missed_on=None
        )
        begins = datetime.combine(on, time(10), ZONE).astimezone(UTC) + timedelta(
            minutes=self.draw.uniform(0, 300)
        )
        self._plan(max(begins, at + timedelta(hours=1)), lambda at: self._come(on, at))
        asked = midnight(on - timedelta(days=10), ZONE) + timedelta(hours=self.draw.uniform(8, 40))
        if not is_confirmed and asked > at and self.draw.random() < HABITS.answers:
            self._plan(asked, lambda _at: self._confirm(on))

    def _confirm(self, on: date) -> None:
        if self.visit["visit_on"] == on:
            self.visit["visit_is_confirmed"] = True

    def _come(self, on: date, at: datetime) -> None:
        if self.visit["visit_on"] != on:
            return
        if self.draw.random() < HABITS.comes:
            self._refill(at)
        elif self.draw.random() < HABITS.says_missed:
            self.visit.update(visit_on=None, visit_is_confirmed=False, missed_on=on)

    def _refill(self, at: datetime) -> None:
        self.tally.refills += 1
        self.tally.dry += self.row.alarm_at <= at
        self._fill(at)
        self._compute(at)
        self.visit.update(visit_on=None, visit_is_confirmed=False, visit_is_refused=False, missed_on=None)
        self.around.pop("alarms", None)  # of the log that was read at the last refill
        if self.draw.random() < HABITS.alarm_heard:
            self.around.update(alarms="Its log holds an alarm.", alarms_of=at.isoformat())
        if self.draw.random() < HABITS.books_next:
            self._book_latest(at)

    def _change_dose(self, at: datetime) -> None:
        self._plan(at + timedelta(days=self.draw.expovariate(HABITS.doses_a_year / 365)), self._change_dose)
        spent = (at - self.filled_at) / timedelta(days=1) * self.dose / 2000
        if (
            spent < float(self.pump.reservoir_ml) - 4
        ):  # nobody changes the dose of a pump that is to be filled today
            self.dose *= self.draw.uniform(0.9, 1.12)
            self._programme(at)
            self._compute(at)


def _at_work(at: datetime) -> datetime:
    """Then, or when the clinic opens next."""
    local = at.astimezone(ZONE)
    if local.hour >= CLOSES:
        local = datetime.combine(local.date() + timedelta(days=1), time(OPENS), ZONE)
    if local.hour < OPENS:
        local = datetime.combine(local.date(), time(OPENS), ZONE)
    while local.weekday() >= SATURDAY:
        local = datetime.combine(local.date() + timedelta(days=1), time(OPENS), ZONE)
    return local.astimezone(UTC)


def _weekday(day: date, *, back: bool = False) -> date:
    while day.weekday() >= SATURDAY:
        day += timedelta(days=-1 if back else 1)
    return day


def year(*, pumps: int, people: int, days: int, seed: int) -> Tally:
    """Let so many pumps live so many days. Raises AssertionError where something is found and nobody has been told."""
    ward, tally, until = Ward(people), Tally(), BEGINS_AT + timedelta(days=days)
    for number in range(1, pumps + 1):
        Life(ward, number, random.Random(f"{seed} {number}"), until, tally).live()
    return tally


def messages(letters: Iterable[Letter], until: datetime) -> tuple[Counter[Any], Counter[Any], int]:
    """Messages by person and clinic day: critical ones, the others; and how many waited for want of room in a day.

    Written out a second time, since itb.outbox paces in SQL: that nobody has three a day is so here by construction.
    """
    by_person: dict[int, list[Letter]] = defaultdict(list)
    for letter in letters:
        by_person[letter.recipient_id].append(letter)
    critical: Counter[Any] = Counter()
    others: Counter[Any] = Counter()
    put_off = sum(_paced(person, owed, until, critical, others) for person, owed in by_person.items())
    return critical, others, put_off


def _paced(
    person: int, owed: list[Letter], until: datetime, critical: Counter[Any], others: Counter[Any]
) -> int:
    pacing, ahead, waiting = Pacing(), sorted(owed, key=lambda each: (each.due_at, each.pk or 0)), []
    sent: set[Any] = set()
    position, day, put_off = 0, BEGINS_AT.date(), 0
    while (morning := datetime.combine(day, time(pacing.morning_hour), ZONE).astimezone(UTC)) < until:
        for is_before in (
            True,
            False,
        ):  # the morning's digest leaves between what was due before it and after it
            end = morning if is_before else midnight(day + timedelta(days=1), ZONE)
            while position < len(ahead) and ahead[position].due_at < end:
                letter = ahead[position]
                position += 1
                bucket = int(letter.due_at.timestamp()) // TICK_SECONDS, letter.template
                if _is_taken_back(letter, letter.due_at + timedelta(seconds=TICK_SECONDS)):
                    continue
                if letter.pace == Pace.AT_ONCE:
                    critical[person, day] += bucket not in sent
                elif letter.pace == Pace.BUDGET and (
                    bucket in sent or others[person, day] + is_before < pacing.letters_a_day
                ):
                    others[person, day] += bucket not in sent
                else:
                    put_off += letter.pace == Pace.BUDGET
                    waiting.append(letter)
                    continue
                sent.add(bucket)
            if is_before and any(not _is_taken_back(letter, morning) for letter in waiting):
                others[person, day] += 1
            if is_before:
                waiting = []
        day += timedelta(days=1)
    return put_off


def _is_taken_back(letter: Letter, at: datetime) -> bool:
    return letter.taken_back_at is not None and letter.taken_back_at <= at  # type: ignore[attr-defined]

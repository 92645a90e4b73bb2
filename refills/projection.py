"""The forecast of a pump, computed from its facts and stored as a row that can be rebuilt at any time."""

from collections.abc import Collection, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db.models import Max

from itb.infusion.forecast import Forecast, forecast
from itb.infusion.scenario import Refusal, Scenario, read_scenario
from itb.templatetags.moments import day
from patients.models import Pump
from refills.models import Fact, Followup, PendingProgramme, Projection
from refills.policy import margins_of
from refills.scenario import Json, scenario_of

NOT_COMPUTED = "not_computed"
PENDING, DECLINED = "pending_signature", "declined_programme"
FOLLOWUP_OPEN, RESIDUAL_FOLLOWED = "followup_open", "residual_followed"
UNFINISHED = frozenset({"no_fill", "no_programme"})  # a pump's first facts come in any order
WHY_UNKNOWN = {
    NOT_COMPUTED: "The forecast could not be computed. Look at the facts by hand.",
    "no_fill": "No fill is recorded: what is in the reservoir is unknown.",
    "no_programme": "No programme is recorded: what flows is unknown.",
    "contradictory_facts": "The recorded facts contradict each other.",
    "volume_exceeds_reservoir": "On paper the reservoir holds more than it can.",
}


def forecast_of(
    pump: Pump,
    at: datetime,
    extra: Iterable[Json] = (),
    *,
    without: Collection[Fact] = (),
    known_at: datetime | None = None,
) -> Forecast | Refusal:
    """The forecast at `at`: see scenario_of for the rest."""
    return answer(scenario_of(pump, at, extra, without=without, known_at=known_at))


def answer(scenario: Json) -> Forecast | Refusal:
    """The forecast of a scenario, or why there is none."""
    read = read_scenario(scenario)
    return forecast(read) if isinstance(read, Scenario) else read


def store_projection(pump: Pump, at: datetime) -> Projection:
    """Compute and store. Call it inside the transaction that changed the facts, with the pump locked.

    `review_at` becomes `at`: the alerts look at what has changed.
    """
    pump.refresh_from_db(fields=["facts_version"])
    row = projection_from(scenario_of(pump, at), pump, at)
    row.findings = [*row.findings, *_unsettled(pump), *_left_open(pump, row.scenario)]
    row.save(force_update=True)
    return row


def projection_from(scenario: Json, pump: Pump, at: datetime) -> Projection:
    """The row, computed from a scenario of `pump` and not stored."""
    row = Projection(pump=pump, clinic_id=pump.patient.clinic_id, facts_version=pump.facts_version)
    row.computed_at = row.review_at = at
    row.scenario = scenario
    found = answer(scenario)
    if isinstance(found, Refusal):
        row.error = found.code
    else:
        _fill_in(row, found, scenario)
        row.danger_at = _danger(found, margins_of(pump.patient.clinic).shift(pump.patient))
    return row


def _left_open(pump: Pump, scenario: Json) -> list[Json]:
    """What refills left to be looked into, for the rules to read beside the core's own findings, the first due first.

    `residual_followed`: the last fill's residual has its follow-up, open or closed, and needs no word of the core's.
    """
    kept = list(pump.followups.select_related("owner", "refill").order_by("due_on", "id"))
    last = max((fact["at"] for fact in scenario["facts"] if fact["kind"] == "fill"), default="")
    found = [
        {
            "code": FOLLOWUP_OPEN,
            "sentence": _in_hand(each),
            "due_on": each.due_on.isoformat(),
            "followup": each.pk,
        }
        for each in kept
        if each.closed_at is None
    ]
    if any(each.refill.at.isoformat() == last for each in kept):
        found.append({"code": RESIDUAL_FOLLOWED, "sentence": "The last residual has its follow-up."})
    return found


def _in_hand(followup: Followup) -> str:
    return f"{followup}. {followup.owner} has it, by {day(followup.due_on)}: {followup.next_step}"


def _fill_in(row: Projection, found: Forecast, scenario: Json) -> None:
    for name in (
        "alarm_at",
        "empty_at",
        "earliest_empty_at",
        "latest_empty_at",
        "expires_on",
        "refill_by",
        "binding",
    ):
        setattr(row, name, getattr(found, name))
    row.band_is_learned = found.delivery_ratio.source == "learned"
    row.forecast = found.as_json()
    row.findings = row.forecast["findings"]
    row.dose_mcg_per_day = _column(found.dose_mcg_per_day)
    row.concentration_mcg_per_ml = _programmed(scenario)


def _danger(found: Forecast, shift: timedelta) -> datetime | None:
    """A mismatched pump's every figure is wrong by a ratio: like one that nobody knows, it sorts first."""
    is_mismatched = any(finding.code == "concentration_mismatch" for finding in found.findings)
    if found.earliest_empty_at is None or found.alarm_at is None or is_mismatched:
        return None
    return found.earliest_empty_at.astimezone(UTC) - shift  # whole days of 24 hours, as the rules count them


def _unsettled(pump: Pump) -> Iterator[Json]:
    """What a person still owes to a programme that nobody has signed: that it waits, or that it was declined."""
    last = pump.programmes.standing().aggregate(at=Max("at"))["at"]
    for pending in pump.pending_programmes.filter(was_told=True):
        if pending.state == PendingProgramme.State.OPEN:
            yield {"code": PENDING, "sentence": "A programme waits for a second signature."}
        elif pending.state == PendingProgramme.State.DECLINED and (last is None or last < pending.at):
            yield {
                "code": DECLINED,
                "sentence": "A programme was declined: record the one that the pump runs now.",
            }


def _column(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.0001"))


def _programmed(scenario: Json) -> Decimal:
    facts = [*scenario["facts"], *scenario.get("unsigned", [])]
    told = [fact for fact in facts if fact["kind"] == "programme"]
    last = max(told, key=lambda fact: datetime.fromisoformat(fact["at"]))
    return Decimal(last["concentration_mcg_per_ml"])

"""What a person types: an answer that makes sense to every field, so that forms are kept and not only refused."""

from datetime import date, timedelta

from itb import clock
from refills.models import ChecklistStep
from tests.cast import PASSWORD
from tests.security.pages import Field, Form

Values = dict[str, list[str]]
FRIDAY = 4


def sensible() -> Values:
    """By a field's name: what makes sense in it, the likeliest first. Dates count from the present."""
    today = clock.now().date()
    soon, later = (str(_weekday(today + timedelta(days=days))) for days in (9, 30))
    past = str(today - timedelta(days=400))
    return {
        "q": ["living"],
        # A refill
        "serial_ending": ["1001"],
        "withdrawn_ml": ["39.8", "39.5"],
        "product": ["lioresal-2000-20"],
        "concentration_mcg_per_ml": ["2000"],
        "lot": ["L2"],
        "filled_ml": ["40", "20.5"],
        "explanation": ["Looked at with a colleague."],
        "printed_alarm_on": ["", later],
        "next_visit_on": ["", later],
        **{f"step_{step}": ["on"] for step in ChecklistStep.Step},
        "felt": ["none", "some"],
        "symptoms_note": ["", "Sleeps badly."],
        "alarmed": ["none", "some"],
        "before_volume_ml": ["39.8"],
        "before_alarm_on": ["", later],
        "expires_on": [str(today + timedelta(days=400))],
        "held_ml": ["40"],
        "shown_dose": ["900", "400"],  # what the world's pumps were told last waits for a signature
        "shown_concentration": ["2000"],
        "observed_min": ["30"],
        "waste_ml": ["39.8"],
        "undone_reason": ["", "No time."],
        "next_step": ["Dye study."],
        "acknowledge.next_on": [str(today)],
        "snooze.until": [f"{clock.now() + timedelta(hours=20):%Y-%m-%dT%H:%M}"],
        "webhook.url": ["https://gateway.example/worklist"],
        "enter.first_on": [soon],
        "enter.last_on": [soon],
        "enter.cover": [""],
        "due_on": [soon],
        "result": ["The catheter was kinked."],
        "changed_because": ["Agreed in the clinic."],
        "trend_ml": ["1.2"],
        "trend_count": ["4"],
        "emergency_numbers": ["On call: 4711"],
        # A programme and what else is done to a pump
        "dose_mcg_per_day": ["840", "380.5"],
        "basal_mcg_per_day": ["300"],
        "bolus_mcg": ["20"],
        "every_h": ["6"],
        "over_min": ["10"],
        "patient_bolus_max_mcg_per_day": ["", "20"],
        "from_0": ["00:00"],
        "rate_0": ["16"],
        "from_1": ["12:00"],
        "rate_1": ["18"],
        "tubing_ml": ["0.2"],
        "catheter_ml": ["0.15"],
        "amount_mcg": ["2000"],
        "prime_ml": ["0.3"],
        "drawn_ml": ["1"],
        "reason": ["Agreed with the prescriber."],
        # A visit, an alert
        "on": [soon, later],
        "late_reason": ["The paper came from the ward."],
        "time": ["09:30"],
        "state": ["cancelled"],
        "next_on": [soon],
        "leave.on": [str(today - timedelta(days=1))],
        "catheter.model": ["ascenda-8781"],
        "catheter.source": [""],
        "adjust.kind": ["bolus"],
        "adjust.amount_mcg": ["30"],
        "query": ["owner=mine"],
        "first_on": [later],
        "reference": ["A-7"],
        "starts_on": [past],
        "ends_on": [later],
        "ordered_on": [str(today - timedelta(days=1))],
        "is_at_home": ["yes"],
        "travel_days": ["2"],
        "last_on": ["", later],
        "note": ["Called, comes tomorrow."],
        # A patient with pump and contact
        "record_number": ["Q-77"],
        "family_name": ["Quillfeather"],
        "given_name": ["Ann"],
        "birth_date": ["1980-01-01"],
        "origin": ["spinal"],
        "contact_name": ["Kim"],
        "contact_relation": ["sister"],
        "contact_phone": ["+44 20 7946 0000"],
        "model": ["synchromed-ii-40"],
        "serial": ["QX2001"],
        "implanted_on": [past],
        "alarm_ml": ["2"],
        "is_another": ["on"],
        "indication": ["Multiple sclerosis"],
        "goals": ["Transfers without help"],
        "clinician": [""],
        "refusal": [""],
        "refused_on": [""],
        "relation": ["daughter"],
        "phone": ["+44 20 7946 0001"],
        "language": ["English"],
        "channel": ["telephone"],
        "asked_on": [past],
        "kind": ["other"],
        "length_cm": ["60"],
        "ml_per_cm": [""],
        "tip_level": ["T10"],
        "other_model": [""],
        "other_maker": [""],
        "code": ["ABCDEFGHJK"],
        # An entry of the clinic's own
        "name": ["Quay"],
        "maker": ["Works"],
        "source": ["Leaflet 7"],
        "reservoir_ml": ["30"],
        "accuracy_pct": ["10"],
        "longest_stay_days": ["90"],
        "unusable_ml": ["1"],
        "min_flow_ml_per_day": ["0.05"],
        "max_flow_ml_per_day": ["20"],
        "form": ["vial"],
        "volume_ml": ["1"],
        # People of a clinic
        "role": ["auditor"],
        # A person at the entrance
        "login": ["nobody@example.org"],
        "email": ["nobody@example.org"],
        "password": [PASSWORD],
        "oldpassword": [PASSWORD],
        "password1": ["another-horse-battery"],
        "password2": ["another-horse-battery"],
    }


def _weekday(on: date) -> date:
    """The first day from `on` on that is no weekend: clinics are closed then."""
    return on + timedelta(days=(7 - on.weekday()) if on.weekday() > FRIDAY else 0)


def options(form: Form, sense: Values) -> Values:
    """By name: what may stand in each field of the form, the likeliest first."""
    page = (
        form.action.partition("?")[0].rstrip("/").rpartition("/")[2]
    )  # where a name means something of its own
    return {
        name: _options(form, name, sense.get(f"{page}.{name}") or sense.get(name, [])) for name in form.names
    }


def _options(form: Form, name: str, sense: list[str]) -> list[str]:
    mine = [each for each in form.fields if each.name == name]
    if all(each.kind == "submit" for each in mine):  # a button beside the usual one is pressed now and then
        return ["" for _ in mine if not form.is_only_buttons][:1] + [each.value for each in mine]
    held = [each.value for each in mine if each.is_on and each.value]
    offered = [value for each in mine for value in _offered(each)]
    if any(each.kind == "select" for each in mine):
        held, sense = sense, held  # what is chosen already may be the very thing that is to change
    return list(dict.fromkeys([*held, *sense, *offered])) or [""]


def _offered(each: Field) -> tuple[str, ...]:
    return (each.value,) if each.kind == "radio" else tuple(filter(None, each.choices))


def likeliest(form: Form, sense: Values) -> Values:
    """The form as someone fills it who does nothing odd."""
    return {name: [first] for name, (first, *_) in options(form, sense).items() if first}

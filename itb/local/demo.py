"""Two invented clinics with some forty invented people, built through the services that the product itself uses.

Each pump is told a story that ends at a known distance from its alarm: healthy, due, overdue, at risk, without a
visit, vulnerable, discrepant, stopped short of a programme or of a fill.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

from django.db import transaction

from itb.accounts.models import Clinic, Membership, User
from itb.accounts.permissions import Role
from itb.accounts.services import set_up_clinic, start_membership
from itb.infusion.catalogue import catalogue
from itb.walls import inside
from patients.models import Contact, Patient, Pump
from patients.services import Implant, register_patient
from refills import services
from refills.contacts import needs_owner, record_contact
from refills.models import (
    Appointment,
    ChecklistStep,
    ContactAttempt,
    DrugOrder,
    Followup,
    Procedure,
    Programme,
    Refill,
)
from refills.outlook import outlook_of_refill
from refills.planning_services import arrange_home, close_days, note
from refills.procedure import Visit
from refills.scenario import Json
from refills.visit import VisitDetails
from refills.whole_day import day_dose

PASSWORD = "keep-the-pumps-running"  # printed for everyone to see; the demo holds no real person

STAFF = {
    "Harbour Row Spasticity Clinic (demo)": [
        ("Nell Nurse", "nurse@harbour.example", Role.NURSE),
        ("Pascal Prescriber", "prescriber@harbour.example", Role.PRESCRIBER),
        ("Cora Coordinator", "coordinator@harbour.example", Role.COORDINATOR),
        ("Ada Administrator", "administrator@harbour.example", Role.ADMINISTRATOR),
        ("Otto Auditor", "auditor@harbour.example", Role.AUDITOR),
    ],
    "Mill Lane Rehabilitation (demo)": [
        ("Nico Nurse", "nurse@mill.example", Role.NURSE),
        ("Petra Prescriber", "prescriber@mill.example", Role.PRESCRIBER),
    ],
}
ZONES = {
    "Harbour Row Spasticity Clinic (demo)": "Europe/London",
    "Mill Lane Rehabilitation (demo)": "America/New_York",
}

FAMILY = (
    "Amberfield", "Birchwater", "Coppertree", "Dovecroft", "Elmstone", "Fernhollow", "Gingerbread",
    "Hazelwick", "Inkwell", "Juniperry", "Kettlewick", "Larkspur", "Marblethorpe", "Nettlebed",
    "Oatcake", "Puddlemere", "Quillfeather", "Rosethorn", "Saddlebow", "Thistledown", "Umberleigh",
    "Violetstone", "Willowby", "Yarrowfield", "Zephyrine", "Applejack", "Bramblewood",
    "Candlewick", "Dandelion", "Everbright", "Foxglove", "Greengage", "Honeydew", "Ironbark",
    "Jackdaw", "Kingfisher", "Lanternby", "Mistletoe", "Nightingale", "Oxlip",
)  # fmt: skip
GIVEN = "Orla Teun Mirri Bo Saffi Jory Ilse Pip Wren Cas Liv Ansel Tamsin Edda Rafi".split()  # noqa: SIM905


@dataclass(frozen=True, slots=True)
class Kit:
    """A pump and what it is filled with."""

    model: str = "synchromed-ii-40"
    concentration: str = "1000"
    product: str = "gablofen-1000-20-vial"
    origin: Patient.Origin = Patient.Origin.SPINAL


USUAL = Kit()
SMALL = Kit("synchromed-ii-20", "500", "gablofen-500-20-vial")
PROMETRA = Kit("prometra-ii-20", "2000", "gablofen-2000-20-vial")
CEREBRAL = Kit("synchromed-ii-40", "2000", "lioresal-2000-20", Patient.Origin.CEREBRAL)


@dataclass(frozen=True, slots=True)
class Story:
    """How a pump's life ends up today."""

    alarm_in_days: float
    """From now to its low-reservoir alarm, on paper; negative: it has passed."""
    visit_in_days: int | None = None
    ratio: str = "1.01"
    """Delivered over programmed at each of its refills."""
    last_slip_ml: str = "0"
    """Added to what was drawn at the last refill: a discrepancy."""
    flags: tuple[str, ...] = ()
    kit: Kit = USUAL
    refills: int = 3
    phone: bool = True
    missed_days_ago: int | None = None
    """When nobody came to a visit."""
    contacts: tuple[str, ...] = ()
    """What came of each try to reach the patient, a day apart, the last one yesterday."""
    travel_days: int | None = None
    """Of one who is refilled at home."""
    is_ordered: bool = False
    """Whether the drug for the next refill is."""
    mode: Programme.Mode = Programme.Mode.CONTINUOUS
    without: str = ""
    """`programme` or `fill`: what nobody recorded."""
    slip: str = ""
    """`struck`: a refill entered twice, and one of them struck out; `late`: the last one written down days later."""


@dataclass(slots=True)
class Names:
    """Invented names, none twice."""

    number: int = 0

    def next(self) -> tuple[str, str, str]:
        """Family name, given name, record number."""
        self.number += 1
        return (
            FAMILY[(self.number - 1) % len(FAMILY)],
            GIVEN[self.number % len(GIVEN)],
            f"DEMO-{self.number:03}",
        )


FLEX, PERIODIC = Programme.Mode.FLEX, Programme.Mode.PERIODIC

HARBOUR = [
    Story(-2, None, flags=("injury_at_t6_or_above",)),
    Story(1.2, None, flags=("communication_difficulty", "earlier_withdrawal")),
    Story(2.5, 1, kit=SMALL, is_ordered=True),
    Story(6, None, is_ordered=True, contacts=("no_answer", "left_message", "no_answer")),
    Story(8, 0, is_ordered=True),
    Story(11, None, kit=PROMETRA),
    Story(14, 5, flags=("cannot_hear_alarm",), is_ordered=True),
    Story(16, None, phone=False, missed_days_ago=2),
    Story(20, 11, mode=FLEX),
    Story(24, None, kit=SMALL),
    Story(27, 15, last_slip_ml="3.4"),
    Story(30, 20, last_slip_ml="-2.6", travel_days=2),
    Story(33, None, flags=("injury_at_t6_or_above",), missed_days_ago=4, contacts=("agreed",)),
    Story(37, 25, kit=CEREBRAL),
    Story(41, 30, mode=FLEX, slip="struck"),
    Story(45, 33, kit=PROMETRA, slip="late"),
    Story(52, None),
    Story(58, 45, ratio="1.06", refills=6),
    Story(63, 50, ratio="0.97", refills=7),
    Story(70, 60, kit=SMALL),
    Story(81, None),
    Story(95, 80, mode=PERIODIC),
    Story(110, 100, kit=CEREBRAL),
    Story(124, None),
    Story(150, 140),
    Story(0, without="programme"),
    Story(0, without="fill"),
]
MILL = [
    Story(3.5, None),
    Story(9, 1),
    Story(15, None, flags=("earlier_withdrawal",)),
    Story(22, 12, kit=SMALL),
    Story(29, 20),
    Story(36, None, kit=CEREBRAL),
    Story(48, 40, mode=FLEX),
    Story(60, 51, kit=PROMETRA),
    Story(77, 66),
    Story(90, None),
    Story(105, 95),
    Story(130, 120),
    Story(30, 21, last_slip_ml="2.9"),
]


@transaction.atomic
def build(at: datetime) -> None:
    """Build both clinics as of `at`; all of it or nothing."""
    names = Names()
    for (name, staff), stories in zip(STAFF.items(), (HARBOUR, MILL), strict=True):
        clinic = set_up_clinic(
            name=name,
            zone=ZONES[name],
            phone="+00 000 000 000 (invented)",
            demands_second_factor=False,  # their passwords stand in the README
            at=at,
        )
        with inside(clinic.pk):
            members = [_join(clinic, person, email, role, at) for person, email, role in staff]
            for story in stories:
                _tell(story, names, members, at)
            _close_for_a_week(members[0], at)
    # One person works in both, so that the switch between clinics can be seen.
    both = Membership.objects.get(role=Role.COORDINATOR)
    with inside(clinic.pk):
        start_membership(user=both.user, clinic=clinic, role=Role.COORDINATOR, by=None, at=at)


def people() -> list[tuple[str, str, str, str]]:
    """Role, e-mail, password and clinic of every demo person."""
    return [
        (str(Role(role).label), email, PASSWORD, clinic)
        for clinic, staff in STAFF.items()
        for _, email, role in staff
    ]


def _join(clinic: Clinic, name: str, email: str, role: Role, at: datetime) -> Membership:
    user = User.objects.create_user(email, PASSWORD, name=name)
    return start_membership(user=user, clinic=clinic, role=role, by=None, at=at)


def _tell(story: Story, names: Names, members: list[Membership], at: datetime) -> None:
    """Live the story through: register, programme, fill, refill after refill, and book the next visit."""
    by, *_ = members
    start = at - timedelta(days=700)
    pump = _register(story, names, by, start)
    pattern = _pattern(story.mode, _dose(story, pump, names.number))
    dose = day_dose(story.mode, pattern)
    if story.without != "programme":
        programme = Programme(
            pump=pump,
            at=start,
            mode=story.mode,
            concentration_mcg_per_ml=Decimal(story.kit.concentration),
            dose_mcg_per_day=dose,
            pattern=pattern,
        )
        services.start_programme(programme=programme, posted=_posted(pump), by=by, at=start)
    if story.without != "fill":
        _fill_and_refill(story, pump, dose, by, at)
    _plan(story, pump, members, at)


def _plan(story: Story, pump: Pump, members: list[Membership], at: datetime) -> None:
    """What stands around the visits: one that was missed, tries to reach the patient, the way home, the next one."""
    nurse, prescriber, *_ = members
    today = at.astimezone(nurse.clinic.tz).date()
    if story.travel_days is not None:
        arrange_home(patient=pump.patient, is_at_home=True, travel_days=story.travel_days, by=nurse, at=at)
    if story.missed_days_ago is not None:
        before = at - timedelta(days=story.missed_days_ago + 20)
        on = today - timedelta(days=story.missed_days_ago)
        services.book_visit(pump=pump, on=on, by=nurse, at=before)
        services.close_visit(pump=pump, state=Appointment.State.MISSED, by=nurse, at=at)
    if story.is_ordered:
        drug = DrugOrder(pump=pump, ordered_on=today - timedelta(days=3), note="Invented")
        note(noted=drug, verb="drug.ordered", key=uuid4(), by=nurse, at=at)
    for days, outcome in zip(range(len(story.contacts), 0, -1), story.contacts, strict=True):
        _try_to_reach(pump, outcome, days, members, at)
    if story.visit_in_days is not None:
        late = VisitDetails(late_reason="Invented: there is no earlier day.")  # kept where it is late
        on = today + timedelta(days=story.visit_in_days)
        services.book_visit(pump=pump, on=on, details=late, by=prescriber, at=at)


def _try_to_reach(pump: Pump, outcome: str, days: int, members: list[Membership], at: datetime) -> None:
    nurse, prescriber, *_ = members
    attempt = ContactAttempt(
        pump=pump,
        at=at - timedelta(days=days),
        whom=str(pump.patient.contacts.get()),
        way=ContactAttempt.Way.TELEPHONE,
        outcome=outcome,
        next_step="Invented: call again.",
        next_on=at.astimezone(nurse.clinic.tz).date(),
        handed_to=prescriber.user if needs_owner(pump, outcome) else None,
    )
    record_contact(attempt=attempt, key=uuid4(), by=nurse, at=at)


def _close_for_a_week(by: Membership, at: datetime) -> None:
    """Closed days far enough ahead that something can still be done about the visits on them."""
    first_on = at.astimezone(by.clinic.tz).date() + timedelta(days=18)
    close_days(first_on=first_on, last_on=first_on + timedelta(days=6), reason="Invented: move", by=by, at=at)


def _dose(story: Story, pump: Pump, number: int) -> Decimal:
    """A dose that empties the pump to its alarm in 70 to 170 days, and after the story's present."""
    days = max(70 + number * 11 % 60, round(story.alarm_in_days) + 12)
    return ((pump.reservoir_ml - pump.alarm_ml) * Decimal(story.kit.concentration) / days).quantize(
        Decimal("0.1")
    )


def _pattern(mode: Programme.Mode, dose: Decimal) -> Json:
    """A day of about that dose: more by day than by night, or boluses every four hours over a basal rate."""
    if mode == FLEX:
        night, day = (f"{dose * share / 24:.2f}" for share in (Decimal("0.75"), Decimal("1.15")))
        rates = (("00:00", night), ("07:00", day), ("22:00", night))
        return {"steps": [{"from": start, "mcg_per_h": rate} for start, rate in rates]}
    if mode == PERIODIC:
        basal, bolus = f"{dose * Decimal('0.4'):.1f}", f"{dose / 10:.1f}"
        return {"basal_mcg_per_day": basal, "bolus_mcg": bolus, "every_h": "4", "over_min": "5"}
    return {"dose_mcg_per_day": f"{dose:f}"}


def _fill_and_refill(story: Story, pump: Pump, dose: Decimal, by: Membership, at: datetime) -> None:
    """Fills at equal distances, the last one so long ago that the alarm lies where the story wants it."""
    flow = dose / Decimal(story.kit.concentration)
    to_alarm = float((pump.reservoir_ml - pump.alarm_ml) / flow)
    last = at - timedelta(days=to_alarm - story.alarm_in_days)
    apart = timedelta(days=min(to_alarm * 0.85, 550 / story.refills))
    for number in range(story.refills, -1, -1):
        when = (last - apart * number).replace(second=0, microsecond=0)
        first = number == story.refills
        slip = Decimal(story.last_slip_ml) if number == 0 else Decimal(0)
        drawn = None if first else _drawn(pump.reservoir_ml, flow, apart, Decimal(story.ratio), slip)
        _refill(story, pump, when, drawn, by)
    if story.slip == "struck":
        _enter_twice(story, pump, last, by)


def _enter_twice(story: Story, pump: Pump, last: datetime, by: Membership) -> None:
    """The last refill once more a little later, with a slip in its volume, and struck out the same day."""
    when = (last + timedelta(minutes=20)).replace(second=0, microsecond=0)
    twin = _refill(replace(story, slip=""), pump, when, pump.reservoir_ml / 2, by)
    services.correct(
        fact=twin,
        reason="Invented: entered twice, the second time with a slip.",
        posted=_posted(pump),
        by=by,
        at=when + timedelta(minutes=10),
    )


def _drawn(full: Decimal, flow: Decimal, apart: timedelta, ratio: Decimal, slip: Decimal) -> Decimal:
    delivered = flow * Decimal(apart / timedelta(days=1)) * ratio
    return max(full - delivered + slip, Decimal(0)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def _refill(story: Story, pump: Pump, when: datetime, drawn: Decimal | None, by: Membership) -> Refill:
    refill = Refill(
        pump=pump,
        at=when,
        withdrawn_ml=drawn,
        filled_ml=pump.reservoir_ml,
        emptied=True,
        concentration_mcg_per_ml=Decimal(story.kit.concentration),
        product=story.kit.product,
        lot="DEMO-LOT",
    )
    expected = outlook_of_refill(refill, when).expected_ml
    refill.expected_ml = expected and expected.quantize(Decimal("0.0001"))
    refill.explanation = "Invented: a difference to look at." if story.last_slip_ml != "0" else ""
    visit, is_late = _visit(refill, by), story.slip == "late"
    refill.late_reason = "Invented: the paper came from the ward days later." if is_late else ""
    at = when + timedelta(days=3) if is_late else when
    return services.record_refill(
        refill=refill, visit=visit, next_visit_on=None, posted=_posted(pump), by=by, at=at
    )


def _visit(refill: Refill, by: Membership) -> Visit:
    """What the page of the refill asks beside it; more left than expected is somebody's work."""
    when, left = refill.at, None
    if (refill.difference_ml or 0) > catalogue().discrepancy.difference_ml.value:
        left = Followup(
            about=Followup.About.RESIDUAL,
            owner=by.user,
            next_step="X-ray of the catheter, then a dye study (invented).",
            due_on=(when + timedelta(days=14)).date(),
        )
    steps = [ChecklistStep(step=step, is_done=True) for step in ChecklistStep.Step]
    return Visit(Procedure(expires_on=(when + timedelta(days=500)).date()), [], steps, left)


def _register(story: Story, names: Names, by: Membership, start: datetime) -> Pump:
    family, given, record_number = names.next()
    patient = Patient(
        record_number=record_number,
        family_name=family,
        given_name=given,
        birth_date=date(1950 + names.number, 1 + names.number % 12, 1 + names.number % 28),
        origin=story.kit.origin,
        **dict.fromkeys(story.flags, True),
    )
    contact = Contact(
        name=f"Kin {family}", relation="sibling", phone="+00 000 000 001" if story.phone else ""
    )
    if names.number % 2:
        contact.email, contact.channel = f"kin{names.number}@home.example", Contact.Channel.EMAIL
        contact.asked_on = start.date()
    implant = Implant(
        model=story.kit.model,
        serial=f"NGV{100000 + names.number * 137}",
        implanted_on=(start - timedelta(days=3)).date(),
        alarm_ml=Decimal(2),
    )
    return register_patient(patient=patient, contact=contact, implant=implant, by=by, at=start)


def _posted(pump: Pump) -> services.Posted:
    pump.refresh_from_db(fields=["facts_version"])
    return services.Posted(key=uuid4(), facts_version=pump.facts_version)

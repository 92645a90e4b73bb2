"""The cast: a clinic's owner and colleague, a stranger from another clinic, and pumps with a history."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

from alerts.absences import Away, enter_absence
from alerts.cadence import Cadence
from alerts.cadence_section import change_cadence
from alerts.models import Absence, CadencePolicy, Reminder, SavedView
from alerts.services import keep_view
from alerts.sweep import sweep
from itb.accounts.models import Clinic, EmergencyAccess, Grant, Invitation, Membership, User
from itb.accounts.permissions import Role
from itb.accounts.services import start_membership
from itb.people.emergencies import open_emergency
from itb.people.grants import ask
from itb.people.invitations import invite
from itb.walls import enter, inside
from patients.departures import Leaving, ask_to_leave, confirm_departure
from patients.models import Catheter, Contact, Departure, OwnModel, Patient, Pump
from patients.services import Implant, add_model, edit_contact, implant_catheter, register_patient
from patients.transfers import offer_patient
from refills import services
from refills.contacts import record_contact
from refills.models import (
    Adjustment,
    Authorisation,
    ChecklistStep,
    Closure,
    ContactAttempt,
    Correction,
    DrugOrder,
    Fact,
    Followup,
    Interrogation,
    OwnProduct,
    PendingProgramme,
    Procedure,
    Programme,
    ProgrammingPolicy,
    Refill,
)
from refills.outlook import outlook_of_refill
from refills.planning_policy import Planning
from refills.planning_services import arrange_home, change_planning, close_days, note
from refills.procedure import Visit
from refills.programming import Programming

PASSWORD = "correct-horse-battery"
FRIDAY = 4


@dataclass(slots=True)
class Cast:
    """People by their part, and ways to make a pump. Times count back from `at`, PostgreSQL's present."""

    clinic: Clinic
    nurse: Membership
    prescriber: Membership
    coordinator: Membership
    administrator: Membership
    auditor: Membership
    stranger: Membership
    at: datetime
    pumps: int = 0

    @classmethod
    def assemble(cls) -> "Cast":
        """Two clinics with their people; the first is open, for what a test does without a request."""
        usual = {"demands_second_factor": False}
        here = Clinic.objects.create(name="Harbour Row", zone="Europe/London", phone="1", **usual)
        there = Clinic.objects.create(name="Mill Lane", zone="America/New_York", phone="2", **usual)
        with inside(there.pk) as at:
            stranger = join(there, "stranger", Role.NURSE, at)
        at = enter(here.pk, None)
        members = {role.value: join(here, role.value, role, at) for role in Role}
        return cls(clinic=here, stranger=stranger, at=at, **members)

    def bare_pump(self, *, by: Membership | None = None, serial: str = "", **patient: Any) -> Pump:
        """A registered patient with a 40 mL pump that nobody has filled or programmed."""
        self.pumps += 1
        facts: dict[str, Any] = {
            "record_number": f"R{self.pumps}",
            "family_name": f"Testcase{self.pumps}",
            "given_name": "Alex",
            "birth_date": date(1980, 1, 1),
            "origin": Patient.Origin.SPINAL,
        }
        by = by or self.nurse
        with inside(by.clinic_id, by.user_id):
            return register_patient(
                patient=Patient(**{**facts, **patient}),
                contact=Contact(name="Kin", relation="sister", phone="+44 20 7946 0003"),
                implant=Implant(
                    "synchromed-ii-40", serial or f"NGV{1000 + self.pumps}", date(2020, 1, 1), Decimal(2)
                ),
                by=by,
                at=self.at - timedelta(days=300),
            )

    def running_pump(self, *, filled_days_ago: float = 30, dose: str = "400", **pump: Any) -> Pump:
        """A pump at 2000 mcg/mL that was filled whole so many days ago."""
        made = self.bare_pump(**pump)
        by = pump.get("by") or self.nurse
        with inside(by.clinic_id, by.user_id):
            self.programme(made, days_ago=filled_days_ago, dose=dose, by=by)
            self.refill(made, days_ago=filled_days_ago, by=by)
        return made

    def programme(
        self,
        pump: Pump,
        *,
        days_ago: float,
        dose: str = "400",
        bridge: Adjustment | None = None,
        by: Membership | None = None,
    ) -> Programme:
        """A continuous programme at 2000 mcg/mL, signed by the prescriber where it has to be."""
        at = self.ago(days_ago)
        programme = Programme(
            pump=pump,
            at=at,
            mode=Programme.Mode.CONTINUOUS,
            concentration_mcg_per_ml=Decimal(2000),
            dose_mcg_per_day=Decimal(dose),
        )
        kept = services.start_programme(
            programme=programme, bridge=bridge, posted=posted(pump), by=by or self.nurse, at=self.at
        )
        if isinstance(kept, Programme):
            return kept
        return services.sign_programme(pending=kept, by=self.prescriber, at=self.at)

    def programming(self, **settings: Any) -> None:
        """What the clinic demands of a programme, in other words than the defaults."""
        ProgrammingPolicy.objects.update_or_create(
            clinic=self.clinic, defaults={**asdict(Programming()), **settings}
        )

    def signs_nothing(self) -> None:
        """The clinic demands no second signature but past double or half."""
        self.programming(signature="never")

    def pending(
        self, pump: Pump, *, days_ago: float = 1, dose: str = "900", by: Membership | None = None
    ) -> PendingProgramme:
        """A programme at 2000 mcg/mL that waits for a second signature."""
        programme = Programme(
            pump=pump,
            at=self.ago(days_ago),
            mode=Programme.Mode.CONTINUOUS,
            concentration_mcg_per_ml=Decimal(2000),
            dose_mcg_per_day=Decimal(dose),
            reason="Spasms at night",
        )
        kept = services.start_programme(
            programme=programme, posted=posted(pump), by=by or self.nurse, at=self.at
        )
        assert isinstance(kept, PendingProgramme)
        pump.refresh_from_db()
        return kept

    def refill(
        self,
        pump: Pump,
        *,
        days_ago: float,
        by: Membership | None = None,
        visit: Visit | None = None,
        **facts: Any,
    ) -> Refill:
        """A whole fill with 2000 mcg/mL."""
        kept = services.record_refill(
            refill=self._refill(pump, days_ago=days_ago, **facts),
            visit=visit,
            next_visit_on=None,
            posted=posted(pump),
            by=by or self.nurse,
            at=self.at,
        )
        pump.refresh_from_db()
        return kept

    def _refill(self, pump: Pump, *, days_ago: float, **facts: Any) -> Refill:
        usual: dict[str, Any] = {
            "withdrawn_ml": None,
            "filled_ml": Decimal(40),
            "concentration_mcg_per_ml": Decimal(2000),
            "product": "lioresal-2000-20",
            "lot": "L1",
        }
        return Refill(pump=pump, at=self.ago(days_ago), **{**usual, **facts})

    def followup(self, pump: Pump, *, by: Membership | None = None) -> Followup:
        """What a refill of yesterday left to be looked into; its residual was as expected."""
        by = by or self.nurse
        drawn = outlook_of_refill(
            self._refill(pump, days_ago=1, withdrawn_ml=Decimal(30)), self.at
        ).expected_ml
        assert drawn is not None
        left = Followup(
            about=Followup.About.OTHER,
            owner=by.user,
            next_step="Have the pocket looked at.",
            due_on=self.ago(-5).date(),
        )
        visit = Visit(
            Procedure(expires_on=self.ago(-400).date()),
            [Interrogation(moment=Interrogation.Moment.BEFORE)],
            [ChecklistStep(step=ChecklistStep.Step.WELL, is_done=True)],
            left,
        )
        self.refill(pump, days_ago=1, by=by, visit=visit, withdrawn_ml=round(drawn, 1))
        return left

    def adjustment(
        self, pump: Pump, *, days_ago: float, kind: str, by: Membership | None = None, **quantities: Any
    ) -> Adjustment:
        """A bolus, prime, bridge, draw, stop or resume."""
        quantities = {name: Decimal(str(value)) for name, value in quantities.items()}
        adjustment = Adjustment(pump=pump, at=self.ago(days_ago), kind=kind, **quantities)
        return services.record_adjustment(
            adjustment=adjustment, posted=posted(pump), by=by or self.nurse, at=self.at
        )

    def correction(self, fact: Fact, reason: str = "Entered for the wrong patient.") -> Correction:
        """`fact`, struck out."""
        return services.correct(fact=fact, reason=reason, posted=posted(fact.pump), by=self.nurse, at=self.at)

    def own_model(self, *, by: Membership | None = None, version: int = 1, **facts: Any) -> OwnModel:
        """A 30 mL pump model that the clinic has added."""
        usual: dict[str, Any] = {
            "key": "own-quayside-30",
            "name": "Quayside 30",
            "maker": "Quayside Works",
            "source": "Leaflet 7",
            "reservoir_ml": Decimal(30),
            "alarm_ml": Decimal(3),
            "accuracy_pct": Decimal(10),
            "longest_stay_days": 90,
        }
        model = OwnModel(version=version, **{**usual, **facts})
        return add_model(model=model, by=by or self.administrator, at=self.at)

    def own_product(self, *, by: Membership | None = None, version: int = 1, **facts: Any) -> OwnProduct:
        """A bag of 1500 mcg/mL that the clinic has compounded for it."""
        usual: dict[str, Any] = {
            "key": "own-quay-compound",
            "name": "Quay compound",
            "maker": "Harbour pharmacy",
            "source": "Protocol 12",
            "form": "bag",
            "amount_mcg": Decimal(30000),
            "volume_ml": Decimal(20),
            "concentration_mcg_per_ml": Decimal(1500),
        }
        product = OwnProduct(version=version, **{**usual, **facts})
        return services.add_product(product=product, by=by or self.administrator, at=self.at)

    def open_day(self, days: int, *, of: Clinic | None = None) -> date:
        """The first day from so many days ahead on that is no weekend: the clinics of the cast are closed then."""
        on = self.at.astimezone((of or self.clinic).tz).date() + timedelta(days=days)
        return on + timedelta(days=7 - on.weekday() if on.weekday() > FRIDAY else 0)

    def closure(self, *, days: int = 40, by: Membership | None = None, reason: str = "Training") -> Closure:
        """A closed day so many days ahead."""
        on = self.open_day(days)
        return close_days(first_on=on, last_on=on, reason=reason, by=by or self.administrator, at=self.at)

    def contact(
        self, pump: Pump, *, outcome: str = "no_answer", days_ago: float = 0, **facts: Any
    ) -> ContactAttempt:
        """A telephone call about the pump's visit."""
        usual = {
            "whom": "Kin (sister)",
            "way": "telephone",
            "next_step": "Call again",
            "next_on": self.open_day(1),
        }
        attempt = ContactAttempt(pump=pump, at=self.ago(days_ago), outcome=outcome, **{**usual, **facts})
        return record_contact(attempt=attempt, key=uuid4(), by=self.nurse, at=self.at)

    def authorisation(self, pump: Pump, *, days: int, reference: str = "A-7") -> None:
        """One that ends so many days ahead."""
        today = self.at.astimezone(self.clinic.tz).date()
        noted = Authorisation(
            pump=pump, reference=reference, starts_on=date(2020, 1, 1), ends_on=today + timedelta(days=days)
        )
        note(noted=noted, verb="authorisation.recorded", key=uuid4(), by=self.nurse, at=self.at)

    def order(self, pump: Pump) -> None:
        """Drug ordered today."""
        noted = DrugOrder(pump=pump, ordered_on=self.at.astimezone(self.clinic.tz).date())
        note(noted=noted, verb="drug.ordered", key=uuid4(), by=self.nurse, at=self.at)

    def everything_planned(self, pump: Pump) -> None:
        """A row in every table about visits."""
        change_planning(planning=Planning(), by=self.administrator, at=self.at)
        self.closure()
        self.contact(pump)
        arrange_home(patient=pump.patient, is_at_home=False, travel_days=0, by=self.nurse, at=self.at)
        self.authorisation(pump, days=90)
        self.order(pump)

    def departure(self, pump: Pump, *, by: Membership | None = None, kind: str = "death") -> Departure:
        """The nurse, or `by`, has asked that the pump leaves."""
        leaving = Leaving(kind=kind, on=self.at.date(), reason="The ward telephoned this morning.")
        return ask_to_leave(pump=pump, leaving=leaving, by=by or self.nurse, at=self.at)

    def left(self, pump: Pump, *, kind: str = "explant") -> Departure:
        """The pump has left: the nurse asked, the prescriber confirmed."""
        departure = self.departure(pump, kind=kind)
        confirm_departure(departure=departure, by=self.prescriber, at=self.at)
        pump.refresh_from_db()
        return departure

    def catheter(self, patient: Patient, **facts: Any) -> Catheter:
        """A one-piece catheter of 60 cm."""
        usual: dict[str, Any] = {
            "model": "Ascenda 8781, one piece",
            "maker": "Medtronic",
            "length_cm": Decimal(60),
            "ml_per_cm": Decimal("0.0022"),
            "source": "Catalogue",
            "tip_level": "T10",
            "implanted_on": date(2020, 1, 1),
        }
        made = Catheter(patient=patient, **{**usual, **facts})
        return implant_catheter(catheter=made, by=self.nurse, at=self.at)

    def agrees(self, pump: Pump, *, email: str = "kin@quay.example") -> Contact:
        """Who is called about the pump's patient has agreed to e-mail."""
        contact = pump.patient.contacts.current().earliest("pk")
        contact.channel, contact.email, contact.asked_on = Contact.Channel.EMAIL, email, self.ago(5).date()
        return edit_contact(contact=contact, seen=contact.version, by=self.nurse, at=self.at)

    def cadence(self, **settings: int) -> CadencePolicy:
        """The clinic writes to patients at any hour, and otherwise as `settings` say."""
        cadence = Cadence(**{"from_hour": 0, "until_hour": 24, **settings})
        return change_cadence(settings=cadence, because="Agreed.", by=self.administrator, at=self.at)

    def reminder(self, pump: Pump, *, days: int = 2, email: str = "kin@quay.example") -> Reminder:
        """A visit so many days ahead about which someone near the patient is written to, found by the real sweep."""
        self.agrees(pump, email=email)
        self.cadence()
        with inside(pump.clinic_id, self.nurse.user_id):
            services.book_visit(pump=pump, on=self.open_day(days), by=self.nurse, at=self.at)
        sweep()
        return Reminder.objects.filter(pump=pump).latest("pk")

    def offered(self, pump: Pump, *, by: Membership | None = None, to: Membership | None = None) -> str:
        """The pump's patient is offered to the stranger's clinic, or to `to`'s; the code."""
        by, to = by or self.nurse, to or self.stranger
        with inside(by.clinic_id, by.user_id):
            reason = "Moves house next month"
            return offer_patient(patient=pump.patient, to=to.clinic, reason=reason, by=by, at=self.at)

    def nurse_works_there_too(self) -> Membership:
        """The nurse gets a part in the stranger's clinic."""
        there = self.stranger.clinic
        with inside(there.pk):
            return start_membership(user=self.nurse.user, clinic=there, role=Role.NURSE, by=None, at=self.at)

    def invitation(self, *, email: str = "new@quay.example") -> Invitation:
        """An address that the administrator has invited as nurse."""
        return invite(email=email, role=Role.NURSE, by=self.administrator, at=self.at)

    def grant(self) -> Grant:
        """The coordinator, proposed as administrator."""
        return ask(member=self.coordinator, by=self.administrator, at=self.at)

    def emergency(self) -> EmergencyAccess:
        """The stranger, who has opened the clinic."""
        reason = "A patient of yours is here and does not wake"
        return open_emergency(clinic=self.clinic, reason=reason, by=self.stranger, at=self.at)

    def saved_view(self, *, by: Membership | None = None, name: str = "Ours") -> SavedView:
        """What is in one's own hands, under a name."""
        return keep_view(name=name, query="owner=mine", by=by or self.nurse, at=self.at)

    def absence(
        self,
        *,
        member: Membership | None = None,
        cover: Membership | None = None,
        first: int = 0,
        last: int = 6,
        by: Membership | None = None,
    ) -> Absence:
        """The prescriber, or `member`, is away between these days, counted from today."""
        today = self.at.astimezone((by or self.nurse).clinic.tz).date()
        away = Away(
            member=member or self.prescriber,
            first_on=today + timedelta(days=first),
            last_on=today + timedelta(days=last),
            cover=cover,
        )
        return enter_absence(away=away, by=by or self.nurse, at=self.at)

    def ago(self, days: float) -> datetime:
        """A whole second so long ago."""
        return (self.at - timedelta(days=days)).replace(microsecond=0).astimezone(UTC)


def join(clinic: Clinic, name: str, role: Role, at: datetime) -> Membership:
    """A person with a part in a clinic."""
    user = User.objects.create_user(f"{name}@{clinic.pk}.example", PASSWORD, name=name.capitalize())
    with inside(clinic.pk):
        return start_membership(user=user, clinic=clinic, role=role, by=None, at=at)


def posted(pump: Pump) -> services.Posted:
    """What a form that was opened just now knows."""
    pump.refresh_from_db(fields=["facts_version"])
    return services.Posted(key=uuid4(), facts_version=pump.facts_version)

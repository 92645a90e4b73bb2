"""Two clinics with everything in them, and everyone who may ask: where the generated proofs are asked."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.test import Client

from alerts.absences import end_absence
from alerts.models import Absence, Alert, SavedView
from alerts.services import drop_view
from alerts.sweep import sweep
from itb.accounts.middleware import EMERGENCY, OPEN_CLINIC
from itb.accounts.models import Clinic, EmergencyAccess, Grant, Invitation, Membership, User
from itb.accounts.permissions import Role
from itb.accounts.services import end_membership, start_membership
from itb.morning.lists import make_lists
from itb.outbox.models import Letter
from itb.people.emergencies import end_emergency, open_emergency
from itb.people.grants import ask, decline
from itb.people.invitations import invite, revoke
from itb.walls import inside
from patients.departures import confirm_departure
from patients.models import Contact, Departure, OwnModel, Pump
from patients.services import add_contact, end_contact, hand_over_patient
from refills import services
from refills.followups import close_followup
from refills.models import Closure, OwnProduct, PendingProgramme
from refills.planning_services import lift_closure
from tests.alerts.test_sweep import swept
from tests.cast import PASSWORD, Cast, join
from tests.house.urls import Address
from tests.security.things import ASKED, KINDS, Kind


@dataclass(frozen=True, slots=True)
class Side:
    """What is in one clinic, living and ended, or was in it until it was handed over; and who recorded it."""

    by: Membership
    pump: Pump
    ended_pump: Pump
    moved_pump: Pump
    facts: dict[str, int]
    """Of each of the three pumps one fact of each kind, by its number."""
    pending: PendingProgramme
    ended_pending: PendingProgramme
    moved_pending: PendingProgramme
    alert: Alert
    ended_alert: Alert
    moved_alert: Alert
    model: OwnModel
    product: OwnProduct
    closure: Closure
    ended_closure: Closure
    passkey: Authenticator
    colleague: Membership
    leaver: Membership
    invitation: Invitation
    ended_invitation: Invitation
    grant: Grant
    ended_grant: Grant
    access: EmergencyAccess
    ended_access: EmergencyAccess
    contact: Contact
    ended_contact: Contact
    moved_contact: Contact
    departure: Departure
    ended_departure: Departure
    moved_departure: Departure
    view: SavedView
    ended_view: SavedView
    absence: Absence
    ended_absence: Absence


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who asks. `member` is their part in the clinic that they have open; None where they have none."""

    name: str
    user: User | None = None
    member: Membership | None = None
    access: EmergencyAccess | None = None

    def may(self, permission: Any) -> bool:
        """Whether their part allows it."""
        return self.member is not None and self.member.may(permission)

    def browser(self) -> Client:
        """A browser of theirs, signed in with their clinic open."""
        browser = Client(raise_request_exception=False)
        if self.user:
            browser.force_login(self.user)
            session = browser.session
            session[OPEN_CLINIC] = self.member and self.member.clinic_id
            session[EMERGENCY] = self.access and self.access.pk
            session.save()
        return browser


@dataclass(frozen=True, slots=True)
class World:
    """The two clinics, and the people by name."""

    here: Side
    there: Side
    people: dict[str, Person]

    @classmethod
    def make(cls) -> "World":
        """All of it, by the product's own services."""
        cast = Cast.assemble()
        here = _side(cast, cast.nurse, cast.stranger, "Near")
        there = _side(cast, cast.stranger, cast.nurse, "Far")
        make_lists(at=cast.at.replace(hour=12))  # as of a moment at which every clinic's morning has come
        return cls(here, there, _people(cast, here))

    @property
    def clinics(self) -> tuple[int, int]:
        """The numbers of both."""
        return self.here.by.clinic_id, self.there.by.clinic_id

    def side(self, person: Person, whose: str) -> Side:
        """The clinic whose object `person` asks for: the one that they have open, or the other one."""
        is_there = person.member is not None and person.member.clinic_id == self.there.by.clinic_id
        return self.there if is_there != (whose == "other") else self.here

    def foreign(self, person: Person) -> re.Pattern[bytes]:
        """What stands in a page only where it shows something that is not of the clinic that `person` has open."""
        own, other = ("Far", "Near") if self.side(person, "own") is self.there else ("Near", "Far")
        people = "living|ended|leaving|colleague|leaver|candidate|1@|2@"
        marks = f"{other}({people}|1001|1002|1004| 30| bag| training|mail)|{own}(moved|1003)"
        return re.compile(marks.encode(), re.IGNORECASE)

    def path(self, address: Address, person: Person, whose: str) -> str:
        """Where `person` finds an object of the address: `own`, `other`, `missing`, `archived` or `moved`."""
        side = self.side(person, whose)

        def value(kind: Kind) -> Any:
            return kind.missing if whose == "missing" else kind.of(whose)(side)

        path = address.path_of({name: value(KINDS[name]) for name in address.converters})
        asked = {name: value(kind) for name, kind in ASKED.get(address.name, {}).items()}
        return f"{path}?{urlencode(asked)}" if asked else path


PEOPLE = ("anonymous", "nobody", *(role.value for role in Role), "guest", "helper")
"""`nobody` has a part in no clinic; `guest` has one in both, the other one open; `helper` came in an emergency."""


def _people(cast: Cast, here: Side) -> dict[str, Person]:
    nobody = User.objects.create_user("nobody@example.org", PASSWORD, name="Nobody")
    guest = User.objects.create_user("guest@example.org", PASSWORD, name="Guest")
    for clinic in (cast.clinic, cast.stranger.clinic):
        with inside(clinic.pk):
            away = start_membership(user=guest, clinic=clinic, role=Role.NURSE, by=None, at=cast.at)
    staff = [Person(role.value, getattr(cast, role.value).user, getattr(cast, role.value)) for role in Role]
    with inside(cast.clinic.pk):
        helper = Person("helper", cast.stranger.user, here.access.as_member(), here.access)
    everyone = [Person("anonymous"), Person("nobody", nobody), *staff, Person("guest", guest, away), helper]
    return {person.name: person for person in everyone}


def _side(cast: Cast, by: Membership, stranger: Membership, mark: str) -> Side:
    """A clinic's things, living, ended and handed over. `mark` begins every name in it, so that a leak is found."""
    pump, ended, moved, leaving = (
        cast.running_pump(by=by, family_name=f"{mark}{word}", serial=f"{mark}{1001 + number}")
        for number, word in enumerate(("living", "ended", "moved", "leaving"))
    )
    staff = _staff(cast, by, mark)
    with inside(by.clinic_id, by.user_id):
        followups = _followups(cast, by, ended, moved, mark)
        cast.refill(
            pump, days_ago=1, by=by, withdrawn_ml=Decimal(20)
        )  # far less than was left: to be settled
        facts = _facts(cast, by, {"living": pump, "ended": ended, "moved": moved}) | followups
        pendings = [cast.pending(each, days_ago=0.5, by=by) for each in (pump, ended, moved)]
        ended_alert, moved_alert = swept(ended), swept(moved)
        alert = Alert.objects.open().exclude(occasion="").get(pump=pump)
        services.book_visit(pump=pump, on=cast.at.date(), by=by, at=cast.at)
    around = _around(cast, by, staff[1], (pump, ended, moved, leaving))
    with inside(by.clinic_id, by.user_id):
        hand_over_patient(patient=moved.patient, to=stranger.clinic, by=by, at=cast.at)
        sweep()
        model = cast.own_model(by=by, key=f"own-{mark.lower()}-30", name=f"{mark} 30")
        product = cast.own_product(by=by, key=f"own-{mark.lower()}-bag", name=f"{mark} bag")
        closures = [cast.closure(days=days, by=by, reason=f"{mark} training") for days in (40, 50)]
        lift_closure(closure=closures[1], by=by, at=cast.at)
        views = [cast.saved_view(by=by, name=f"{mark} {word}") for word in ("view", "dropped")]
        drop_view(view=views[1], by=by, at=cast.at)
        absences = [
            cast.absence(member=staff[1], first=days, last=days, by=by) for days in (40, 50)
        ]  # far ahead: everyone is told meanwhile
        end_absence(absence=absences[1], by=by, at=cast.at)
    TOTP.activate(by.user, generate_totp_secret())
    RecoveryCodes.activate(by.user)
    things = (
        by,
        pump,
        ended,
        moved,
        facts,
        *pendings,
        alert,
        ended_alert,
        moved_alert,
        model,
        product,
        *closures,
    )
    return Side(*things, *staff, *_emergencies(cast, by.clinic, stranger), *around, *views, *absences)


def _around(cast: Cast, by: Membership, colleague: Membership, pumps: tuple[Pump, ...]) -> tuple[Any, ...]:
    """Whom to call about them, and pumps that are to leave: one waits, one has left, one was taken along by a move."""
    pump, ended, moved, leaving = pumps
    with inside(by.clinic_id, by.user_id):
        contact, moved_contact = pump.patient.contacts.get(), moved.patient.contacts.get()
        former = Contact(patient=pump.patient, name="Former", relation="son", phone="12345")
        former = add_contact(contact=former, by=by, at=cast.at)
        end_contact(contact=former, by=by, at=cast.at)
        left, taken = (cast.departure(each, by=by) for each in (ended, moved))
    with inside(by.clinic_id, colleague.user_id):
        waits = cast.departure(leaving, by=colleague)
        confirm_departure(departure=left, by=colleague, at=cast.at)
    return contact, former, moved_contact, waits, left, taken


def _facts(cast: Cast, by: Membership, pumps: dict[str, Pump]) -> dict[str, int]:
    facts = {}
    for word, pump in pumps.items():
        bolus = cast.adjustment(pump, days_ago=1, by=by, kind="bolus", amount_mcg=50)
        facts[f"{word} adjustment"] = bolus.pk
        facts[f"{word} refill"] = pump.refills.latest("at").pk
        facts[f"{word} programme"] = pump.programmes.latest("at").pk
    return facts


def _followups(cast: Cast, by: Membership, ended: Pump, moved: Pump, mark: str) -> dict[str, int]:
    """An open one of a pump of its own, so that the alert of the living one stays what a word settles; two closed."""
    pump = cast.running_pump(by=by, family_name=f"{mark}living-on", serial=f"{mark}1010")
    left = {
        f"{word} followup": cast.followup(each, by=by) for word, each in (("ended", ended), ("moved", moved))
    }
    for each in left.values():
        close_followup(followup=each, result="The syringe had leaked.", by=by, at=cast.at)
    return {word: each.pk for word, each in {**left, "living followup": cast.followup(pump, by=by)}.items()}


def _staff(cast: Cast, by: Membership, mark: str) -> tuple[Any, ...]:
    """Someone who is there and someone who has left, invited and proposed ones."""
    colleague = join(by.clinic, f"{mark}colleague", Role.PRESCRIBER, cast.at)
    leaver, candidate = (
        join(by.clinic, f"{mark}{word}", Role.COORDINATOR, cast.at) for word in ("leaver", "candidate")
    )
    with inside(by.clinic_id, by.user_id):
        end_membership(member=leaver, by=by.user, at=cast.at)
        invitations = [
            invite(email=f"{mark}{number}@quay.example", role=Role.NURSE, by=by, at=cast.at)
            for number in "12"
        ]
        revoke(invitation=invitations[1], by=by, at=cast.at)
        declined = ask(member=candidate, by=by, at=cast.at)
        decline(grant=declined, by=by, at=cast.at)
        grant = ask(member=candidate, by=by, at=cast.at)
    data = {"name": f"{mark}passkey"}
    kind = Authenticator.Type.WEBAUTHN
    passkey = Authenticator.objects.create(user=colleague.user, type=kind, data=data)
    return passkey, colleague, leaver, *invitations, grant, declined


def _emergencies(cast: Cast, clinic: Clinic, stranger: Membership) -> tuple[EmergencyAccess, EmergencyAccess]:
    reason = "A patient of yours is here and does not wake"
    ended, access = (
        open_emergency(clinic=clinic, reason=reason, by=stranger, at=cast.at) for _ in ("ended", "lasting")
    )
    end_emergency(access=ended, by=stranger.user, at=cast.at)
    with inside(clinic.pk):
        Letter.objects.update(state=Letter.State.SENT)  # none grows late, however long the proofs take
    return access, ended

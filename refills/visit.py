"""What is agreed about a visit beside its day."""

from dataclasses import dataclass, fields
from datetime import time as time_of_day
from typing import Final, Self

from itb.accounts.models import User
from refills.models import Appointment


@dataclass(frozen=True, slots=True)
class VisitDetails:
    """At what time, where, with whom; and why it may be past the latest safe day. Named as a visit's fields are."""

    time: time_of_day | None = None
    place: str = Appointment.Place.CLINIC
    clinician: User | None = None
    late_reason: str = ""

    @classmethod
    def of(cls, visit: Appointment) -> Self:
        """Those of a visit."""
        return cls(**{each.name: getattr(visit, each.name) for each in fields(cls)})

    def put_on(self, visit: Appointment) -> None:
        """Let a visit, which the caller saves, have these."""
        for each in fields(self):
            setattr(visit, each.name, getattr(self, each.name))


AT_THE_CLINIC: Final = VisitDetails()

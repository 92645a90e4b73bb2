"""The section of the clinic's policy that says when its people are written to."""

from datetime import datetime, timedelta
from typing import Final

from itb.accounts.models import Membership
from itb.outbox import services
from itb.outbox.models import Policy
from itb.outbox.mornings import last_morning, morning_of
from itb.outbox.policy import Pacing, pacing_of
from refills.section import Section, about_of


def _next_digest(member: Membership, pacing: Pacing, at: datetime) -> list[str]:
    """When the next digest would leave, and for how many letters a day there would be room beside it."""
    zone = member.clinic.tz
    day, _ = last_morning(at, pacing.morning_hour, zone)
    following = morning_of(day + timedelta(days=1), pacing.morning_hour, zone).astimezone(zone)
    others = pacing.letters_a_day - 1
    return [
        f"The next digest leaves on {following:%a} {following.day} {following:%b} at {following:%H:%M}.",
        f"Beside a digest, {others} a day can leave for each person; what is over comes with the next one.",
    ]


LETTERS: Final = Section(
    name="letters",
    title="Letters",
    sentence="What is routine or due comes once a clinic day in one letter, the digest. What is urgent leaves at once"
    " while the day’s letters last, then with the next digest. What is critical leaves at once, always.",
    url_name="alerts:letters_policy",
    kind=Pacing,
    about=about_of(Pacing),
    row=Policy,
    read=pacing_of,
    keep=lambda settings, because, by, at: services.change_pacing(
        pacing=settings, because=because, by=by, at=at
    ),
    preview=_next_digest,
)

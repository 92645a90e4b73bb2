"""A form page as a person works it: opened, typed on, looked at, kept. Only what its page carries is posted."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.test import Client

from itb import clock
from itb.accounts.models import Membership


@dataclass(slots=True)
class FormPage:
    """One tab of `member` with the form at `address` open. Where a date moves later, it `agrees` to what is asked."""

    client: Client
    member: Membership
    address: str
    hidden: dict[str, str] = field(default_factory=dict)
    agrees: bool = True
    answer: Any = None

    def __post_init__(self) -> None:
        self.client.force_login(self.member.user)
        self.open()

    def open(self) -> Any:
        """The form, fresh."""
        return self._took(self.client.get(self.address))

    def press(self, typed: dict[str, str], **more: str) -> Any:
        """Post what was typed with what the page carries; once more with a tick where the page asks for one."""
        answer = self._took(self.client.post(self.address, {**self.hidden, **typed, **more}))
        later = getattr(answer.context and answer.context.get("form"), "later", None)
        if not (self.agrees and later and "accepts_later" in answer.context["form"].errors):
            return answer
        ticked = {**self.hidden, **typed, **more, "accepts_later": later.token}
        return self._took(self.client.post(self.address, ticked))

    def glance(self, typed: dict[str, str], **more: str) -> Any:
        """Let htmx ask for a fresh summary."""
        header = {"HX-Request": "true"}
        return self.client.post(self.address, {**self.hidden, **typed, **more}, headers=header)

    def keep(self, typed: dict[str, str]) -> Any:
        """Look, tick what is to be ticked, then press the button that says what will happen."""
        seen = self.look(typed)
        return self.press(typed, seen=seen, **self.ticks())

    def ticks(self) -> dict[str, str]:
        """Every box of the page that came, ticked."""
        form = self.answer.context["form"]
        return {each.name: "yes" for each, _ in getattr(form, "boxes", [])}

    def look(self, typed: dict[str, str]) -> str:
        """Press once, and read what the keeping button carries; what is wrong fails here, in words."""
        form = self.press(typed).context["form"]
        assert not form.errors, form.errors.as_text()
        return str(form.fingerprint())

    def errors(self, typed: dict[str, str]) -> dict[str, str]:
        """What is wrong after one press, each field's sentences as one."""
        return {name: " ".join(words) for name, words in self.press(typed).context["form"].errors.items()}

    def _took(self, answer: HttpResponse) -> Any:
        """What the page that came carries in its hidden fields."""
        self.answer = answer
        form = answer.context and answer.context.get("form")  # type: ignore[attr-defined]
        if form is not None:
            values = {each.name: each.value() for each in form.hidden_fields()}
            self.hidden = {name: "" if value is None else str(value) for name, value in values.items()}
        return answer


def clinic_time(member: Membership, **ago: float) -> str:
    """What is typed for an instant so long ago: the clinic's own time, to the minute."""
    at: datetime = clock.now() - timedelta(**ago)
    return at.astimezone(member.clinic.tz).strftime("%Y-%m-%dT%H:%M")


TYPED_AMISS = {
    "a comma": "1,5",
    "a comma for thousands": "1,000",
    "a point for thousands": "1.000",
    "no digit before the point": ".5",
    "no digit after the point": "5.",
    "another unit": "12 mg",
    "a negative": "-1",
    "an exponent": "1e3",
    "words": "about ten",
    "nothing but a space": " ",
    "digits of another script": "१२",
    "not a number": "NaN",
    "infinity": "Infinity",
    "a character of nothing": "1\x000",
    "a novel": "9" * 100_000,
}
"""Ways to type a number wrong, each of which every quantity refuses in words."""

TIMES_AMISS = {
    "the first year": "0001-01-01T00:00",
    "the last year": "9999-12-31T23:59",
    "past the calendar": "275760-09-13T00:00",
    "a day alone": "2026-11-24",
    "with an offset": "2026-11-24T09:30+02:00",
    "no such day": "2026-02-30T09:30",
    "words": "yesterday",
    "a character of nothing": "2026-11-24T09:30\x00",
    "a novel": "2026-11-24T09:30" * 10_000,
}
"""Ways to type an instant wrong."""

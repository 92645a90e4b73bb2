"""How a letter is shown: its state's tier, and the subject that its recipient reads."""

from functools import cache

from django import template
from django.template.loader import render_to_string

from itb.outbox.models import Letter

register = template.Library()

TIERS = {
    Letter.State.DEAD: "critical",
    Letter.State.BOUNCED: "critical",
    Letter.State.UNCERTAIN: "critical",
    Letter.State.SENT: "routine",
    Letter.State.SUPERSEDED: "stale",
}


@register.filter
def letter_tier(state: str) -> str:
    """A refused or uncertain letter is critical; one that waits is due."""
    return TIERS.get(Letter.State(state), "due")


@register.filter
@cache
def letter_subject(name: str) -> str:
    """The subject of the letter's template: the same for everyone, since a letter says nothing about anyone."""
    return render_to_string(f"emails/{name}.subject.txt").strip()

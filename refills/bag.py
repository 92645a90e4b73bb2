"""What goes along to a refill at home: the steps of a refill, walked through for what each needs at hand."""

from dataclasses import dataclass
from typing import Final

SOURCE: Final = (
    "Our proposal, from the steps of the refill procedure; the pump maker's own kit and manual rule"
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to pack, and the step that needs it."""

    words: str
    why: str


THINGS: Final = (
    Thing("Programmer with its reader, charged, and its spare", "interrogate before and after"),
    Thing("Way to print, or to keep the print-out", "the alarm date is kept beside ours"),
    Thing("Drug for this patient, and its lot and expiry read aloud", "verify the drug"),
    Thing("A second person, or a telephone to reach one", "check the drug"),
    Thing("Refill kit for this pump model: template, needles, tubing, filter", "draw and fill"),
    Thing("Syringes for drawing and for filling, of more than the reservoir holds", "draw and fill"),
    Thing("Sterile gloves, drapes, skin disinfectant, dressings", "asepsis"),
    Thing("Sharps box and a closed container for what was drawn", "waste"),
    Thing("Blood-pressure meter and oximeter", "observe afterwards"),
    Thing("The clinic's emergency procedure and numbers", "withdrawal or overdose"),
    Thing("This sheet and an empty record of the refill", "where there is no network"),
)

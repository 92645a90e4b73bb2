"""Every act has a sentence that a person can read."""

import re
from pathlib import Path

import pytest

from alerts.models import AlertEvent
from itb.audit.sentences import SENTENCES, sentence
from refills.models import Appointment

ROOT = Path(__file__).parent.parent.parent
CODE = [
    path
    for folder in ("itb", "patients", "refills", "alerts")
    for path in (ROOT / folder).rglob("*.py")
    if "migrations" not in path.parts and path.name != "sentences.py"
]
VERB = re.compile(r'(?:verb ?= ?|, |\(|else )"([a-z]+\.[a-z_]+)"')
USED = {verb for path in CODE if "record_act" in path.read_text() for verb in VERB.findall(path.read_text())}
MADE = {
    *(f"visit.{state}" for state in Appointment.State),
    *(f"alert.{verb}" for verb in (AlertEvent.Verb.HANDED_OVER, AlertEvent.Verb.ORPHANED)),
    *(f"credential.{kind}" for kind in ("password", "factor_added", "factor_removed")),
}
"""Verbs that are put together."""


def test_the_verbs_are_found() -> None:
    assert {"refill.recorded", "patient.registered", "policy.changed", "trail.exported"} <= USED


@pytest.mark.parametrize("verb", sorted(USED | MADE))
def test_every_verb_of_the_code_has_its_sentence(verb: str) -> None:
    assert verb in SENTENCES


@pytest.mark.parametrize("verb", SENTENCES)
def test_a_sentence_names_who_did_it(verb: str) -> None:
    told = sentence(verb, who="Nora", what="38 mL", patient="QUILL, Orla", count=3)
    assert told.startswith("Nora ")
    assert "{" not in told


def test_a_verb_of_another_version_is_told_all_the_same() -> None:
    assert (
        sentence("pump.blessed", who="Nora", what="NGV1", patient="", count=None)
        == "Nora: pump.blessed, NGV1"
    )

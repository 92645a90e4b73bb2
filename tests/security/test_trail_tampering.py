"""S9: each of the eight kinds of tampering with the trail is found, by whoever owns the database too."""

import pytest

from itb.audit.chain import AS_OWNER, LINK, Head
from itb.audit.models import AuditEvent, Link
from patients.models import Pump
from tests.cast import Cast
from tests.security.trail import BOTH, as_owner, head, unseen, verified

pytestmark = pytest.mark.django_db(transaction=True, databases=BOTH)

WHOLE = "Nothing is wrong in what can be told."
AT_FAULT = "The trail is not whole"
EVENTS, LINKS = "audit_auditevent", "audit_link"


@pytest.fixture
def anchor(cast: Cast, pump: Pump) -> Head:
    """A clinic with a pump, a refill and a programme; its trail is whole, and its head was sent."""
    sent = head(cast.clinic.pk)
    assert WHOLE in verified(sent)
    return sent


def second(clinic_id: int) -> int:
    """The number of an event in the middle."""
    return AuditEvent.objects.filter(clinic_id=clinic_id).order_by("id")[1].pk


def test_kind_one_an_event_was_changed(cast: Cast, anchor: Head) -> None:
    number = second(cast.clinic.pk)
    unseen(EVENTS, f"UPDATE {EVENTS} SET by_id = {cast.stranger.user_id} WHERE id = {number}")
    said = verified()
    assert f"row {number} of {EVENTS} is not what was linked here" in said
    assert AT_FAULT in said


def test_kind_two_an_event_was_deleted_in_the_middle(cast: Cast, anchor: Head) -> None:
    number = second(cast.clinic.pk)
    unseen(EVENTS, f"DELETE FROM {EVENTS} WHERE id = {number}")
    assert f"row {number} of {EVENTS} is gone" in verified()


def test_kind_two_an_event_was_deleted_with_its_link(cast: Cast, anchor: Head) -> None:
    number = second(cast.clinic.pk)
    place = Link.objects.get(relation=EVENTS, row_id=number).sequence
    unseen(EVENTS, f"DELETE FROM {EVENTS} WHERE id = {number}")
    unseen(LINKS, f"DELETE FROM {LINKS} WHERE relation = '{EVENTS}' AND row_id = {number}")
    assert f"Clinic {cast.clinic.pk}: links {place} to {place} are missing." in verified()


def test_kind_three_the_tail_was_cut_which_takes_the_anchor_to_see(cast: Cast, anchor: Head) -> None:
    last = Link.objects.get(clinic_id=cast.clinic.pk, sequence=anchor.sequence)
    assert last.relation == EVENTS
    unseen(EVENTS, f"DELETE FROM {EVENTS} WHERE id = {last.row_id}")
    unseen(LINKS, f"DELETE FROM {LINKS} WHERE id = {last.pk}")
    assert "the end of the trail was cut off" in verified(anchor)
    blind = verified()
    assert WHOLE in blind
    assert f"No anchor was given for clinic {cast.clinic.pk}: that its end was cut off" in blind


def put_in(cast: Cast) -> str:
    return f"""
        INSERT INTO {EVENTS} (at, verb, by_id, clinic_id, subject, subject_id)
        VALUES (now(), 'refill.recorded', {cast.nurse.user_id}, {cast.clinic.pk}, 'refills.refill', 1)
    """


def test_kind_four_an_event_was_put_in_without_a_link(cast: Cast, anchor: Head) -> None:
    unseen(EVENTS, put_in(cast))
    number = AuditEvent.objects.latest("id").pk
    assert f"Row {number} of {EVENTS} has no link" in verified()


def test_kind_four_an_event_was_put_in_with_a_forged_link(cast: Cast, anchor: Head) -> None:
    unseen(EVENTS, put_in(cast))
    number = AuditEvent.objects.latest("id").pk
    as_owner(
        f"""
        INSERT INTO {LINKS} (clinic_id, sequence, relation, row_id, width, hash)
        VALUES ({cast.clinic.pk}, {anchor.sequence + 1}, '{EVENTS}', {number}, 11, repeat('a', 64))
        """
    )
    assert f"row {number} of {EVENTS} is not what was linked here" in verified()


def test_kind_five_two_events_were_exchanged(cast: Cast, anchor: Head) -> None:
    one, other = AuditEvent.objects.filter(clinic_id=cast.clinic.pk).order_by("id")[:2]
    unseen(
        EVENTS,
        f"UPDATE {EVENTS} SET id = -1 WHERE id = {one.pk}",
        f"UPDATE {EVENTS} SET id = {one.pk} WHERE id = {other.pk}",
        f"UPDATE {EVENTS} SET id = {other.pk} WHERE id = -1",
    )
    said = verified()
    for number in (one.pk, other.pk):
        assert f"row {number} of {EVENTS} is not what was linked here" in said


def test_kind_five_two_links_were_exchanged(cast: Cast, anchor: Head) -> None:
    here = f"clinic_id = {cast.clinic.pk}"
    unseen(
        LINKS,
        f"UPDATE {LINKS} SET sequence = -1 WHERE {here} AND sequence = 1",
        f"UPDATE {LINKS} SET sequence = 1 WHERE {here} AND sequence = 2",
        f"UPDATE {LINKS} SET sequence = 2 WHERE {here} AND sequence = -1",
    )
    said = verified()
    assert f"Clinic {cast.clinic.pk}, link 1:" in said
    assert f"Clinic {cast.clinic.pk}, link 2:" in said


LINK_ANEW = """
DO $$ DECLARE link record; BEGIN
    FOR link IN SELECT * FROM before ORDER BY sequence LOOP
        EXECUTE format(
            'SELECT itb_append_link(%L, to_jsonb(item)) FROM %I AS item WHERE %I = $1', link.relation, link.relation,
            CASE WHEN link.relation LIKE '%history' THEN 'pgh_id' ELSE 'id' END
        ) USING link.row_id;
    END LOOP;
END $$
"""


def test_kind_six_all_was_written_anew_with_its_links_which_takes_the_anchor_to_see(
    cast: Cast, anchor: Head
) -> None:
    number = second(cast.clinic.pk)
    unseen(EVENTS, f"UPDATE {EVENTS} SET by_id = {cast.stranger.user_id} WHERE id = {number}")
    as_owner(
        f"CREATE TEMPORARY TABLE before AS SELECT * FROM {LINKS} WHERE clinic_id = {cast.clinic.pk}",
        f"ALTER TABLE {LINKS} DISABLE TRIGGER USER",
        f"DELETE FROM {LINKS} WHERE clinic_id = {cast.clinic.pk}",
        f"ALTER TABLE {LINKS} ENABLE TRIGGER USER",
        LINK_ANEW,
    )
    assert "what lies at or before it was written anew" in verified(anchor)
    assert WHOLE in verified()


RELINK = "CREATE CONSTRAINT TRIGGER linked AFTER INSERT ON {} DEFERRABLE INITIALLY DEFERRED FOR EACH ROW"
REFUSAL = "CREATE OR REPLACE TRIGGER append_only BEFORE UPDATE OR DELETE ON audit_link FOR EACH ROW"
HARMS = {
    "ALTER TABLE audit_auditevent DISABLE TRIGGER linked": (
        "linked on audit_auditevent is switched off",
        "ALTER TABLE audit_auditevent ENABLE TRIGGER linked",
    ),
    "ALTER TABLE audit_auditevent DISABLE TRIGGER append_only": (
        "append_only on audit_auditevent is switched off",
        "ALTER TABLE audit_auditevent ENABLE TRIGGER append_only",
    ),
    "ALTER TABLE patients_pump DISABLE TRIGGER USER": (
        "on patients_pump is switched off",
        "ALTER TABLE patients_pump ENABLE TRIGGER USER",
    ),
    "ALTER TABLE audit_auditevent ENABLE REPLICA TRIGGER linked": (
        "linked on audit_auditevent is switched off",
        "ALTER TABLE audit_auditevent ENABLE TRIGGER linked",
    ),
    "DROP TRIGGER linked ON refills_refillhistory": (
        "linked on refills_refillhistory is gone",
        RELINK.format("refills_refillhistory") + " EXECUTE FUNCTION itb_link()",
    ),
    f"{REFUSAL} WHEN (OLD.id < 0) EXECUTE FUNCTION itb_refuse_change()": (
        "append_only on audit_link is switched off",
        f"{REFUSAL} EXECUTE FUNCTION itb_refuse_change()",
    ),
    "CREATE OR REPLACE FUNCTION itb_link() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'": (
        "linked on audit_auditevent does something else",
        f"CREATE OR REPLACE FUNCTION itb_link() RETURNS trigger {AS_OWNER} AS $${LINK}$$",
    ),
    "CREATE RULE hush AS ON INSERT TO audit_auditevent DO INSTEAD NOTHING": (
        "The rule hush on audit_auditevent does not belong there",
        "DROP RULE hush ON audit_auditevent",
    ),
    "GRANT INSERT ON audit_link TO itb": (
        "The role itb may write audit_link",
        "REVOKE INSERT ON audit_link FROM itb",
    ),
    "CREATE TRIGGER aside BEFORE INSERT ON audit_auditevent FOR EACH ROW EXECUTE FUNCTION itb_refuse_change()": (
        "The trigger aside on audit_auditevent does not belong there",
        "DROP TRIGGER aside ON audit_auditevent",
    ),
}


@pytest.mark.parametrize("harm", HARMS)
def test_kind_seven_a_trigger_was_switched_off_dropped_or_bent(cast: Cast, anchor: Head, harm: str) -> None:
    words, undo = HARMS[harm]
    as_owner(harm)
    try:
        said = verified(anchor)
    finally:
        as_owner(undo)
    assert words in said
    assert AT_FAULT in said
    assert WHOLE in verified(anchor)


def test_kind_eight_a_history_was_changed(cast: Cast, anchor: Head, pump: Pump) -> None:
    unseen("patients_pumphistory", "UPDATE patients_pumphistory SET serial = 'OTHER'")
    assert "of patients_pumphistory is not what was linked here" in verified()


def test_kind_eight_a_fact_was_changed_under_its_history(cast: Cast, anchor: Head, pump: Pump) -> None:
    number = pump.refills.get().pk
    unseen("refills_refill", f"UPDATE refills_refill SET filled_ml = 20 WHERE id = {number}")
    assert f"Row {number} of refills_refill is not what its history says" in verified()


def test_kind_eight_a_fact_was_removed_under_its_history(cast: Cast, anchor: Head, pump: Pump) -> None:
    number = pump.refills.get().pk
    unseen("refills_refill", f"DELETE FROM refills_refill WHERE id = {number}")
    assert f"Row {number} of refills_refill is gone, and its history knows of no deletion" in verified()

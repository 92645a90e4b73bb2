"""What an act is called: a sentence a verb. Data, so that a new verb brings its own."""

from typing import Final

SENTENCES: Final[dict[str, str]] = {
    # Done. {who} did it; {what} is the subject in a few words, {patient} whom it is about.
    "adjustment.corrected": "{who} struck out “{what}” for {patient}",
    "adjustment.recorded": "{who} recorded “{what}” for {patient}",
    "administrator.asked": "{who} asked for another administrator: {what}",
    "administrator.confirmed": "{who} confirmed another administrator: {what}",
    "administrator.declined": "{who} declined another administrator: {what}",
    "alert.acknowledged": "{who} acknowledged “{what}” for {patient}",
    "alert.handed_over": "{who} handed over “{what}” for {patient}",
    "alert.orphaned": "{who} left “{what}” for {patient} to nobody: it is open again",
    "alert.resolved": "{who} settled “{what}” for {patient}",
    "backup.made": "{who} made a backup of every clinic: {what}",
    "backup.restored": "{who} put a backup in the database’s place: {what}",
    "clinic.second_factor_demanded": "{who} demanded a second factor of everyone in the clinic",
    "clinic.second_factor_waived": "{who} no longer demands a second factor in the clinic",
    "clinic.set_up": "{who} set up the clinic",
    "credential.factor_added": "{who} added a second factor to the account of {what}",
    "credential.factor_removed": "{who} took a second factor from the account of {what}",
    "credential.password": "{who} changed the password of {what}",
    "emergency.ended": "{who} ended an emergency access: {what}",
    "emergency.opened": "{who} opened the clinic in an emergency: {what}",
    "followup.closed": "{who} wrote what came of “{what}” for {patient}",
    "followup.handed_over": "{who} handed over “{what}” for {patient}",
    "followup.opened": "{who} left “{what}” to be looked into for {patient}",
    "invitation.accepted": "{who} accepted an invitation: {what}",
    "invitation.revoked": "{who} took an invitation back: {what}",
    "lots.exported": "{who} exported {count} fills of a lot",
    "membership.ended": "{who} ended a part in the clinic: {what}",
    "membership.role_changed": "{who} changed a part in the clinic: {what}",
    "membership.started": "{who} gave a part in the clinic: {what}",
    "model.added": "{who} added the pump model {what}",
    "patient.handed_over": "{who} handed {patient} over to another clinic",
    "patient.registered": "{who} registered {patient}",
    "person.deactivated": "{who} switched off the account of {what}",
    "person.factors_revoked": "{who} took away all second factors of {what}",
    "person.invited": "{who} invited {what}",
    "person.unlocked": "{who} gave {what} the tries to sign in back",
    "policy.changed": "{who} changed the clinic’s policy: {what}",
    "product.added": "{who} added the product {what}",
    "programme.corrected": "{who} struck out a programme of {what} for {patient}",
    "programme.started": "{who} started a programme of {what} for {patient}",
    "pump.implanted": "{who} entered the pump {what} for {patient}",
    "refill.corrected": "{who} struck out a refill of {what} for {patient}",
    "refill.recorded": "{who} recorded a refill of {what} for {patient}",
    "sending.resumed": "{who} let letters leave again: {what}",
    "trail.exported": "{who} exported {count} rows of the trail",
    "visit.attended": "{who} closed a visit of {patient}: {what}",
    "visit.booked": "{who} booked a visit of {patient}: {what}",
    "visit.cancelled": "{who} closed a visit of {patient}: {what}",
    "visit.missed": "{who} closed a visit of {patient}: {what}",
    # Seen.
    "acknowledge.seen": "{who} saw the alert “{what}” of {patient}",
    "adjust.seen": "{who} opened the form for anything else done to the pump of {patient}",
    "book.seen": "{who} opened the form for a visit of {patient}",
    "chart.seen": "{who} opened the chart of {patient}",
    "close_followup.seen": "{who} saw “{what}” of {patient}",
    "correct_adjustment.seen": "{who} opened the page to strike out “{what}” for {patient}",
    "correct_programme.seen": "{who} opened the page to strike out a programme of {what} for {patient}",
    "correct_refill.seen": "{who} opened the page to strike out a refill of {what} for {patient}",
    "record.seen": "{who} opened the form for a refill of {patient}",
    "resolve.seen": "{who} saw the alert “{what}” of {patient}",
    "scenario.seen": "{who} took the facts of {what} as a file, of {patient}",
    "sheet.seen": "{who} opened the visit sheet of {patient}",
    "start.seen": "{who} opened the form for a programme of {patient}",
    "trail.seen": "{who} read the trail of {patient}",
}
UNTOLD: Final = "{who}: {verb}, {what}"
"""Of a verb that an older or newer version wrote."""


def sentence(verb: str, **words: object) -> str:
    """The act in words."""
    return SENTENCES.get(verb, UNTOLD).format(verb=verb, **words)

"""Every rule that a model declares is held by the database itself: for each, plain SQL that breaks it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from alerts.absences import change_escalation
from alerts.escalation import Escalation
from alerts.models import AlertEvent
from alerts.proof import prove
from alerts.rules import Tier
from itb.morning.lists import make_lists
from itb.outbox.hooks import start_hook
from itb.outbox.models import Bounce
from itb.outbox.policy import Pacing
from itb.outbox.services import Owed, change_pacing, enqueue
from refills import services
from refills.procedure_policy import ProcedureRules
from tests.alerts.test_sweep import swept
from tests.cast import Cast
from tests.house.models import own_models

ANEW = {"key": "gen_random_uuid()", "at": "at - interval '1 minute'"}
AHEAD = {"key": "gen_random_uuid()", "at": "recorded_at + interval '6 minutes'"}
ENDED = {
    "key": ANEW["key"],
    "state": "'declined'",
    "note": "'A slip'",
    "closed_at": "now()",
    "closed_by_id": "recorded_by_id",
}
OTHER_PATIENT = "(SELECT patient_id FROM patients_pump WHERE explanted_on IS NOT NULL)"

BREAKS: dict[str, tuple[str, dict[str, str]]] = {
    "user_email_once_whatever_its_case": ("accounts_user", {"email": "upper(email)"}),
    "membership_once_a_clinic": ("accounts_membership", {}),
    "membership_role_known": ("accounts_membership", {"role": "'owner'"}),
    "invitation_one_open_an_address": ("accounts_invitation", {"email": "upper(email)", "token_hash": "'x'"}),
    "invitation_to_a_part_that_one_person_may_grant": (
        "accounts_invitation",
        {"email": "'x'", "token_hash": "'x'", "role": "'administrator'"},
    ),
    "invitation_ends_in_one_way": (
        "accounts_invitation",
        {"email": "'x'", "token_hash": "'x'", "accepted_at": "now()", "revoked_at": "now()"},
    ),
    "grant_one_open_a_person": ("accounts_grant", {}),
    "grant_asked_by_another": ("accounts_grant", {"asked_by_id": "user_id"}),
    "grant_confirmed_by_a_second_person": (
        "accounts_grant",
        {"is_confirmed": "true", "closed_at": "now()", "closed_by_id": "asked_by_id"},
    ),
    "grant_confirmed_is_closed": ("accounts_grant", {"is_confirmed": "true"}),
    "emergency_access_has_an_end": ("accounts_emergencyaccess", {"expires_at": "opened_at"}),
    "letter_has_one_addressee": (
        "outbox_letter",
        {
            "key": "'another'",
            "recipient_id": "NULL",
            "invitation_id": "NULL",
            "hook_id": "NULL",
            "to_address": "''",
        },
    ),
    "cadencepolicy_last_letter_after_the_first": ("alerts_cadencepolicy", {"last_days": "first_days"}),
    "cadencepolicy_some_hours_are_left": ("alerts_cadencepolicy", {"until_hour": "from_hour"}),
    "morninglist_once_a_clinic_day": ("morning_morninglist", {}),
    "proof_once_a_clinic_day": ("alerts_proof", {}),
    "proof_counts_parts_of_a_whole": ("alerts_proof", {'"on"': '"on" + 1', "covered": "monitored + 1"}),
    "reminder_once_a_step_and_address": ("alerts_reminder", {"token_hash": "'another'"}),
    "reminder_answer_has_a_moment_and_a_visit": (
        "alerts_reminder",
        {"token_hash": "'another'", "occasion": "'another'", "answer": "'comes'"},
    ),
    "reminder_step_known_and_about_its_visit": (
        "alerts_reminder",
        {"token_hash": "'another'", "occasion": "'another'", "stage": "'weekly'"},
    ),
    "hook_one_open_a_clinic": ("outbox_hook", {}),
    "hook_address_holds_no_password": (
        "outbox_hook",
        {"url": "'https://a:b' || '@c.example'", "ended_at": "now()"},
    ),
    "bounce_one_open_an_address": ("outbox_bounce", {}),
    "letter_critical_waits_for_no_digest": (
        "outbox_letter",
        {"key": "'another'", "is_critical": "true", "pace": "'digest'"},
    ),
    "letterpolicy_morning_is_a_morning": ("outbox_policy", {"morning_hour": "13"}),
    "letterpolicy_letters_a_day": ("outbox_policy", {"letters_a_day": "1"}),
    "letter_state_known": ("outbox_letter", {"key": "'another'", "state": "'lost'"}),
    "patient_record_number_once_a_clinic": ("patients_patient", {"record_number": "lower(record_number)"}),
    "patient_refusal_has_a_day_and_a_reason": (
        "patients_patient",
        {"record_number": "'X'", "refusal": "'x'"},
    ),
    "savedview_name_once_a_clinic": ("alerts_savedview", {"name": "upper(name)"}),
    "savedview_query_says_little": ("alerts_savedview", {"name": "'Another'", "query": "'search=Ann Other'"}),
    "contact_consent_has_a_day": ("patients_contact", {"channel": "'none'", "asked_on": "NULL"}),
    "contact_by_email_has_an_address": (
        "patients_contact",
        {"channel": "'email'", "asked_on": "current_date", "email": "''"},
    ),
    "departure_one_open_a_pump": ("patients_departure", {}),
    "departure_kind_known": ("patients_departure", {"kind": "'holiday'"}),
    "departure_has_a_reason": ("patients_departure", {"reason": "''"}),
    "pump_one_a_patient_at_a_time": ("patients_pump", {"serial": "'ZZ99'"}),
    "pump_serial_in_one_patient_of_a_clinic": (
        "patients_pump",
        {"serial": "lower(serial)", "patient_id": OTHER_PATIENT, "implanted_on": "current_date + 1"},
    ),
    "pump_reservoir_above_zero": ("patients_pump", {"reservoir_ml": "0", "alarm_ml": "0"}),
    "pump_alarm_within_reservoir": ("patients_pump", {"alarm_ml": "reservoir_ml"}),
    "pump_explanted_after_its_implant": ("patients_pump", {"explanted_on": "implanted_on - 1"}),
    "catheter_one_a_patient_at_a_time": ("patients_catheter", {}),
    "catheter_length_and_volume_in_range": ("patients_catheter", {"length_cm": "151"}),
    "catheter_explanted_after_its_implant": ("patients_catheter", {"explanted_on": "implanted_on - 1"}),
    "offer_one_open_a_patient": ("patients_offer", {"code_hash": "'x'"}),
    "offer_closed_has_an_outcome": ("patients_offer", {"code_hash": "'x'", "outcome": "'declined'"}),
    "offer_to_another_clinic": ("patients_offer", {"code_hash": "'x'", "to_clinic_id": "clinic_id"}),
    "ownmodel_each_version_once": ("patients_ownmodel", {}),
    "ownmodel_is_told_from_the_catalogue": ("patients_ownmodel", {"key": "'synchromed-ii-40'"}),
    "ownmodel_alarm_within_reservoir": ("patients_ownmodel", {"version": "9", "alarm_ml": "reservoir_ml"}),
    "ownmodel_accuracy_and_stay_in_range": ("patients_ownmodel", {"version": "9", "accuracy_pct": "100"}),
    "ownmodel_unusable_within_reservoir": (
        "patients_ownmodel",
        {"version": "9", "unusable_ml": "reservoir_ml"},
    ),
    "ownmodel_flows_in_order": (
        "patients_ownmodel",
        {"version": "9", "min_flow_ml_per_day": "2", "max_flow_ml_per_day": "1"},
    ),
    "programme_concentration_in_range": ("refills_programme", {**ANEW, "concentration_mcg_per_ml": "4001"}),
    "programme_dose_not_negative": ("refills_programme", {**ANEW, "dose_mcg_per_day": "-1"}),
    "programme_dose_within_reason": ("refills_programme", {**ANEW, "dose_mcg_per_day": "5000.1"}),
    "programme_not_in_the_future": ("refills_programme", AHEAD),
    "pending_programme_one_open_a_pump": ("refills_pendingprogramme", {"key": ANEW["key"]}),
    "pending_programme_concentration_in_range": (
        "refills_pendingprogramme",
        {**ENDED, "concentration_mcg_per_ml": "4001"},
    ),
    "pending_programme_dose_in_range": ("refills_pendingprogramme", {**ENDED, "dose_mcg_per_day": "5001"}),
    "pending_programme_not_in_the_future": ("refills_pendingprogramme", {**ENDED, "at": AHEAD["at"]}),
    "pending_programme_bridge_is_whole": ("refills_pendingprogramme", {**ENDED, "bridge_hours": "1"}),
    "pending_programme_ends_once": ("refills_pendingprogramme", {**ENDED, "closed_by_id": "NULL"}),
    "pending_programme_signed_by_another": (
        "refills_pendingprogramme",
        {**ENDED, "state": "'signed'", "programme_id": "(SELECT max(id) FROM refills_programme)"},
    ),
    "pending_programme_signed_is_a_programme": (
        "refills_pendingprogramme",
        {**ENDED, "state": "'signed'", "closed_by_id": "(SELECT max(id) FROM accounts_user)"},
    ),
    "pending_programme_declined_with_a_reason": ("refills_pendingprogramme", {**ENDED, "note": "''"}),
    "programming_signature_known": (
        "refills_programmingpolicy",
        {"signature": "'maybe'"},
    ),
    "refill_filled_above_zero": ("refills_refill", {**ANEW, "filled_ml": "0"}),
    "refill_withdrawn_not_negative": ("refills_refill", {**ANEW, "withdrawn_ml": "-1"}),
    "refill_concentration_in_range": ("refills_refill", {**ANEW, "concentration_mcg_per_ml": "4001"}),
    "refill_not_in_the_future": ("refills_refill", AHEAD),
    "adjustment_has_what_its_kind_needs": ("refills_adjustment", {**ANEW, "volume_ml": "1"}),
    "adjustment_amount_within_reason": ("refills_adjustment", {**ANEW, "amount_mcg": "5000.1"}),
    "adjustment_not_in_the_future": ("refills_adjustment", AHEAD),
    "correction_of_one_fact": (
        "refills_correction",
        {"key": ANEW["key"], "programme_id": "(SELECT id FROM refills_programme ORDER BY id LIMIT 1)"},
    ),
    "correction_has_a_reason": ("refills_correction", {"key": ANEW["key"], "reason": "''"}),
    "appointment_one_booked_a_pump": ("refills_appointment", {}),
    "appointment_without_a_refill_says_why_and_what_next": (
        "refills_appointment",
        {"state": "'unfilled'", "reason": "'No drug'"},
    ),
    "appointment_confirmed_at_a_moment": (
        "refills_appointment",
        {"state": "'missed'", "confirmed_by_id": "booked_by_id"},
    ),
    "planningpolicy_some_weekday_is_open": ("refills_planningpolicy", {"closed_weekdays": "'1234567'"}),
    "planningpolicy_contacts_end": ("refills_planningpolicy", {"failed_contacts": "0"}),
    "closure_ends_after_it_begins_and_within_a_year": ("refills_closure", {"last_on": "first_on - 1"}),
    "closure_of_the_same_days_once": ("refills_closure", {}),
    "homerefill_way_of_a_month_at_most": ("refills_homerefill", {"travel_days": "31"}),
    "authorisation_ends_after_it_starts": (
        "refills_authorisation",
        {"key": ANEW["key"], "ends_on": "starts_on - 1"},
    ),
    "drugorder_not_in_the_future": (
        "refills_drugorder",
        {"key": ANEW["key"], "ordered_on": "recorded_at::date + 2"},
    ),
    "contactattempt_way_and_outcome_known": (
        "refills_contactattempt",
        {"key": ANEW["key"], "outcome": "'came'"},
    ),
    "contactattempt_has_a_next_step": (
        "refills_contactattempt",
        {"key": ANEW["key"], "next_step": "''"},
    ),
    "contactattempt_refusal_is_somebodys": (
        "refills_contactattempt",
        {"key": ANEW["key"], "outcome": "'refused'", "handed_to_id": "NULL"},
    ),
    "contactattempt_not_in_the_future": ("refills_contactattempt", AHEAD),
    "ownproduct_each_version_once": ("refills_ownproduct", {}),
    "ownproduct_is_told_from_the_catalogue": ("refills_ownproduct", {"key": "'lioresal-2000-20'"}),
    "ownproduct_figures_in_range": (
        "refills_ownproduct",
        {"version": "9", "concentration_mcg_per_ml": "4001"},
    ),
    "procedure_waste_in_range": ("refills_procedure", {"waste_ml": "-1"}),
    "procedure_observed_within_two_days": ("refills_procedure", {"observed_min": "2881"}),
    "interrogation_once_a_moment": ("refills_interrogation", {}),
    "interrogation_figures_in_range": ("refills_interrogation", {"volume_ml": "-1"}),
    "checklist_each_step_once": ("refills_checkliststep", {}),
    "checklist_critical_step_done_or_reasoned": (
        "refills_checkliststep",
        {"is_done": "false", "reason": "''"},
    ),
    "followup_closed_with_a_result": ("refills_followup", {"result": "'x'"}),
    "followup_has_a_next_step": ("refills_followup", {"next_step": "''"}),
    "procedurepolicy_trend_in_range": ("refills_procedurepolicy", {"trend_ml": "0"}),
    "alert_one_open_a_pump_and_kind": ("alerts_alert", {}),
    "alert_in_hand_has_an_owner_and_an_end": ("alerts_alert", {"state": "'acknowledged'"}),
    "alert_critical_is_never_snoozed": (
        "alerts_alert",
        {
            "state": "'snoozed'",
            "tier": "4",
            "acknowledged_by_id": "(SELECT max(id) FROM accounts_user)",
            "acknowledged_until": "'2000-01-01'",
        },
    ),
    "alert_event_each_hop_once": (
        "alerts_alertevent",
        {
            "alert_id": "(SELECT alert_id FROM alerts_alertevent WHERE step = 1)",
            "verb": "'escalated'",
            "round": "1",
            "step": "1",
        },
    ),
    "escalation_of_critical_within_eight_hours": (
        "alerts_escalationpolicy",
        {"critical_all_minutes": "critical_second_minutes"},
    ),
    "escalation_comes": ("alerts_escalationpolicy", {"due_all_days": "0"}),
    "escalation_day_has_an_evening": ("alerts_escalationpolicy", {"evening_hour": "12"}),
    "escalation_urgent_at_night_known": ("alerts_escalationpolicy", {"urgent_at_night": "'maybe'"}),
    "absence_ends_after_it_begins_and_within_a_year": ("alerts_absence", {"last_on": "first_on - 1"}),
    "absence_covered_by_another": ("alerts_absence", {"cover_id": "member_id"}),
    "absence_one_at_a_time": ("alerts_absence", {}),
}
"""By the rule's name: a table, and what is put into a copy of one of its rows so that this rule alone is broken."""

BY_TRIGGER: dict[str, tuple[str, dict[str, str]]] = {
    "programme_one_at_an_instant": ("refills_programme", {"key": ANEW["key"]}),
    "refill_one_at_an_instant": ("refills_refill", {"key": ANEW["key"]}),
    "alert_event_is_a_move": ("alerts_alertevent", {"verb": "'expired'"}),
    "alert_rest_is_bounded": (
        "alerts_alert",
        {"state": "'snoozed'", "acknowledged_until": "now() + interval '2 years'"},
    ),
    "correction_of_its_pump": (
        "refills_correction",
        {"key": ANEW["key"], "pump_id": "(SELECT id FROM patients_pump WHERE explanted_on IS NOT NULL)"},
    ),
}
"""The same, of rules that no model declares: triggers hold them, under a name of their own."""

KEPT_OTHERWISE = {
    "draft_one_a_person_and_page": "a draft exists for its person alone: tests/refills/test_draft.py",
    "patient_with_its_clinic": "what foreign keys of both columns point to; the number alone is unique already",
    "pump_with_its_clinic": "the same",
    "link_once_a_place": "the application's role writes no link: tests/security/test_trail_tampering.py",
    "link_once_a_row": "the same",
    "departure_confirmed_by_a_second_person": "none is inserted confirmed: tests/patients/test_leave.py",
    "custody_one_open_a_patient": "the application's role writes no custody: tests/security/test_walls.py",
    "custody_of_one_clinic_at_a_time": "the same",
}
"""Rules that no row of the application's role can break, and why."""

SAID_BY = {"pump_reservoir_above_zero": "pump_alarm_within_reservoir"}
"""Rules that another one, which is looked at first, always breaks with."""


def test_every_rule_of_every_model_has_a_row_that_breaks_it() -> None:
    declared = {rule.name for model in own_models() for rule in model._meta.constraints}
    assert declared == BREAKS.keys() | KEPT_OTHERWISE.keys()


@pytest.fixture(scope="module")
def everything(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A row in every table that has a rule: made once, and gone after the last."""
    with django_db_blocker.unblock(), transaction.atomic():
        make(Cast.assemble())
        yield
        transaction.set_rollback(True)


def make(cast: Cast) -> None:
    """One row in every table."""
    pump = cast.running_pump()
    ended = cast.running_pump()
    cast.catheter(pump.patient)
    cast.offered(pump)
    cast.saved_view()
    cast.reminder(pump, days=9)
    prove(at=cast.at)
    make_lists(at=cast.at.replace(hour=9))
    cast.departure(pump)
    cast.left(ended)
    cast.correction(cast.adjustment(pump, days_ago=2, kind="bolus", amount_mcg=Decimal(50)))
    cast.adjustment(pump, days_ago=1, kind="bolus", amount_mcg=Decimal(50))
    cast.followup(pump)
    services.change_procedure(rules=ProcedureRules(), by=cast.administrator, at=cast.at)
    whom = {"recipient": cast.nurse, "address": cast.nurse.user.email}
    Bounce.objects.create(clinic=cast.clinic, found_at=cast.at, trouble="It came back (5.1.1)", **whom)
    start_hook(url="https://gateway.example/worklist", by=cast.administrator, at=cast.at)
    change_pacing(pacing=Pacing(), by=cast.administrator, at=cast.at)
    cast.pending(pump)
    cast.signs_nothing()
    cast.own_model()
    cast.own_product()
    cast.everything_planned(pump)
    cast.invitation()
    cast.grant()
    cast.emergency()
    change_escalation(escalation=Escalation(), because="", by=cast.administrator, at=cast.at)
    cast.absence()
    hop = {"verb": AlertEvent.Verb.ESCALATED, "tier": Tier.CRITICAL, "round": 1, "step": 1}
    AlertEvent.objects.create(alert=swept(pump), at=cast.at, **hop)
    enqueue(Owed(key="x", recipients=[cast.nurse], topic="x", template="x", is_critical=False, at=cast.at))


def copy(table: str, changed: dict[str, str]) -> None:
    """Insert a copy of the table's first row under a number of its own, with other values in some columns."""
    with connection.cursor() as cursor:
        columns = [each.name for each in connection.introspection.get_table_description(cursor, table)]
        kept = [f'"{name}"' for name in columns if name != "id"]
        taken = [changed.get(name, f'"{name}"') for name in columns if name != "id"]
        cursor.execute(
            f"INSERT INTO {table} ({', '.join(kept)}) SELECT {', '.join(taken)} FROM {table} ORDER BY id LIMIT 1"
        )


@pytest.mark.parametrize("rule", BREAKS | BY_TRIGGER)
def test_the_database_refuses(rule: str, everything: None) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        copy(*(BREAKS | BY_TRIGGER)[rule])
    assert refused.value.__cause__.diag.constraint_name == SAID_BY.get(rule, rule)  # type: ignore[union-attr]

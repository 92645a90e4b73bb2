"""Which fields hold personal data. Every field of every model stands in exactly one of the two."""

PERSONAL = {
    "accounts.User": {"email", "name", "password", "last_login"},
    "accounts.Membership": {"phone"},
    "accounts.Invitation": {"email"},
    "accounts.Draft": {"path", "typed"},
    "outbox.Bounce": {"address"},
    "accounts.EmergencyAccess": {"reason"},
    "accounts.SignIn": {"browser", "device", "network", "began_at", "seen_at"},
    "patients.Patient": {
        "record_number", "family_name", "given_name", "birth_date", "origin",
        "injury_at_t6_or_above", "communication_difficulty", "earlier_withdrawal", "cannot_hear_alarm",
        "indication", "goals", "refusal", "refused_on", "family_key", "given_key",
    },
    "patients.Contact": {"name", "relation", "phone", "email", "language", "channel", "asked_on"},
    "patients.Catheter": {
        "model", "maker", "length_cm", "ml_per_cm", "source", "tip_level", "implanted_on", "explanted_on",
    },
    "patients.Departure": {"kind", "on", "reason"},
    "patients.Offer": {"reason"},
    "patients.Pump": {"serial", "model", "implanted_on", "explanted_on", "replacement_on", "alarm_ml"},
    "refills.Programme": {
        "at", "mode", "concentration_mcg_per_ml", "dose_mcg_per_day", "pattern", "printed_alarm_on", "reason",
        "late_reason",
    },
    "refills.PendingProgramme": {
        "at", "mode", "concentration_mcg_per_ml", "dose_mcg_per_day", "pattern", "printed_alarm_on", "reason",
        "late_reason", "bridge_volume_ml", "bridge_hours", "demands", "note",
    },
    "refills.Refill": {
        "at", "withdrawn_ml", "filled_ml", "emptied", "concentration_mcg_per_ml", "product", "lot", "expected_ml",
        "explanation", "printed_alarm_on", "late_reason",
    },
    "refills.Adjustment": {"at", "kind", "volume_ml", "amount_mcg", "hours", "reason", "late_reason"},
    "refills.Correction": {"reason"},
    "refills.Appointment": {
        "on", "state", "time", "place", "late_reason", "reason", "next_step", "confirmed_at", "cannot_come_at",
    },
    "refills.HomeRefill": {"is_at_home", "travel_days"},
    "refills.Authorisation": {"reference", "starts_on", "ends_on"},
    "refills.DrugOrder": {"ordered_on", "note"},
    "refills.ContactAttempt": {"at", "whom", "way", "outcome", "next_step", "next_on", "note"},
    "refills.Procedure": {
        "symptoms", "symptoms_note", "allergies", "new_drugs", "expires_on", "waste_ml", "pocket_fill_suspected",
        "alarm_explanation", "observed_min",
    },
    "refills.Interrogation": {
        "moment", "volume_ml", "alarm_on", "alarms", "replacement_on", "dose_mcg_per_day", "concentration_mcg_per_ml",
    },
    "refills.ChecklistStep": {"step", "is_done", "reason"},
    "refills.Followup": {"about", "next_step", "due_on", "result"},
    "refills.Projection": {
        "danger_at", "alarm_at", "empty_at", "earliest_empty_at", "latest_empty_at", "expires_on", "refill_by",
        "binding", "dose_mcg_per_day", "concentration_mcg_per_ml", "findings", "scenario", "forecast", "visit_on",
        "alarm_danger_at", "is_reachable", "visit_is_confirmed", "visit_is_refused", "missed_on",
    },
    "outbox.Letter": {"to_address"},
    "morning.MorningList": {"csv", "pdf"},
    "alerts.Reminder": {"address", "stage", "answer", "answered_at"},
    "alerts.Alert": {"kind", "tier", "sentence", "note", "occasion", "resolved_occasion"},
    "alerts.AlertEvent": {"note", "tier", "verb"},
}  # fmt: skip

NOT_PERSONAL = {
    "audit.AuditEvent": {
        "id", "at", "verb", "by_id", "clinic_id", "subject", "subject_id", "patient_id", "count",
        "written_at", "role",
    },
    "audit.Link": {"id", "clinic_id", "sequence", "relation", "row_id", "width", "hash"},
    "accounts.Clinic": {"id", "name", "zone", "phone", "demands_second_factor"},
    "accounts.Draft": {"id", "user", "clinic", "saved_at"},
    "accounts.SignIn": {"id", "user", "proved_at", "ended_at", "ended_for"},
    "accounts.Attempt": {"id", "account", "network", "is_strange", "at"},  # hashes
    "accounts.Notice": {"id", "user", "kind", "at", "taken_at"},
    "accounts.CacheEntry": {"cache_key", "value", "expires"},
    "accounts.User": {"id", "is_active"},
    "accounts.Membership": {"id", "user", "clinic", "role", "started_at", "ended_at"},
    "accounts.Invitation": {
        "id", "clinic", "role", "nonce", "token_hash", "invited_at", "invited_by", "expires_at", "accepted_at",
        "accepted_by", "revoked_at", "revoked_by",
    },
    "accounts.Grant": {
        "id", "clinic", "user", "asked_at", "asked_by", "expires_at", "closed_at", "closed_by", "is_confirmed",
    },
    "accounts.EmergencyAccess": {"id", "clinic", "opened_at", "opened_by", "expires_at", "ended_at", "ended_by"},
    "outbox.Letter": {
        "id", "key", "clinic", "recipient", "invitation", "nonce", "topic", "template", "words",
        "is_critical", "state", "created_at",
        "due_at", "attempt", "lease_until", "sent_at", "repeated", "trouble",
        "pace", "envelope", "handed_at", "uncertain_at", "hook",
    },
    "outbox.Bounce": {"id", "clinic", "recipient", "found_at", "trouble", "confirmed_at"},
    "outbox.Hook": {"id", "clinic", "url", "sealed", "started_at", "started_by", "ended_at", "ended_by"},
    "outbox.Policy": {"id", "clinic", "morning_hour", "letters_a_day", "changed_because"},
    "outbox.Heartbeat": {"name", "finished_at"},
    "outbox.Epoch": {
        "id", "number", "found_at", "sentence", "gap_from", "gap_until", "confirmed_at", "confirmed_by", "begun_at",
    },
    "backup.Backup": {"id", "at", "name", "sha256", "size"},
    "patients.Patient": {"id", "clinic", "clinician", "version", "registered_at", "registered_by"},
    "patients.Contact": {
        "id", "patient", "clinic", "version", "added_at", "added_by", "ended_at", "ended_by",
    },
    "patients.Catheter": {"id", "patient", "clinic", "recorded_at", "recorded_by"},
    "patients.Offer": {
        "id", "patient", "clinic", "to_clinic", "code_hash", "offered_at", "offered_by", "outcome", "closed_at",
        "closed_by",
    },
    "patients.Departure": {"id", "pump", "clinic", "asked_at", "asked_by", "closed_at", "closed_by", "is_confirmed"},
    "patients.Custody": {"id", "patient", "clinic", "started_at", "started_by", "ended_at", "ended_by"},
    "patients.Pump": {
        "id", "patient", "clinic", "catalogue_version", "reservoir_ml", "unusable_ml", "accuracy_pct",
        "min_flow_ml_per_day", "max_flow_ml_per_day", "facts_version",
    },
    "patients.OwnModel": {
        "id", "clinic", "key", "version", "name", "maker", "source", "added_at", "added_by", "reservoir_ml",
        "alarm_ml", "accuracy_pct", "longest_stay_days", "unusable_ml", "min_flow_ml_per_day",
        "max_flow_ml_per_day", "tubing_ml",
    },
    "refills.Programme": {"id", "pump", "recorded_at", "recorded_by", "recorded_clinic", "key"},
    "refills.PendingProgramme": {
        "id", "pump", "clinic", "recorded_at", "recorded_by", "recorded_clinic", "key", "state", "was_told",
        "closed_at", "closed_by", "programme",
    },
    "refills.ProgrammingPolicy": {
        "id", "clinic", "signature", "signature_pct", "titration_days", "confirm_pct", "changed_because",
    },
    "refills.Refill": {"id", "pump", "product_version", "recorded_at", "recorded_by", "recorded_clinic", "key"},
    "refills.OwnProduct": {
        "id", "clinic", "key", "version", "name", "maker", "source", "added_at", "added_by", "form", "amount_mcg",
        "volume_ml", "concentration_mcg_per_ml",
    },
    "refills.Adjustment": {"id", "pump", "recorded_at", "recorded_by", "recorded_clinic", "key"},
    "refills.Correction": {
        "id", "pump", "refill", "programme", "adjustment", "struck_at", "struck_by", "recorded_clinic", "key",
    },
    "refills.Appointment": {
        "id", "pump", "clinic", "clinician", "booked_at", "booked_by", "closed_at", "closed_by", "confirmed_by",
    },
    "refills.PlanningPolicy": {
        "id", "clinic", "lead_days", "authorisation_days", "failed_contacts", "visits_a_day", "closed_weekdays",
    },
    "refills.Closure": {
        "id", "clinic", "first_on", "last_on", "reason", "added_at", "added_by", "lifted_at", "lifted_by",
    },
    "refills.HomeRefill": {"id", "patient", "clinic", "set_at", "set_by"},
    "refills.Authorisation": {"id", "pump", "recorded_at", "recorded_by", "recorded_clinic", "key"},
    "refills.DrugOrder": {"id", "pump", "recorded_at", "recorded_by", "recorded_clinic", "key"},
    "refills.ContactAttempt": {
        "id", "pump", "handed_to", "recorded_at", "recorded_by", "recorded_clinic", "key",
    },
    "refills.Procedure": {"id", "refill", "checker", "witness"},
    "refills.Interrogation": {"id", "refill"},
    "refills.ChecklistStep": {"id", "refill", "ticked_at", "ticked_by"},
    "refills.Followup": {
        "id", "pump", "clinic", "refill", "owner", "opened_at", "opened_by", "closed_at", "closed_by",
    },
    "refills.ProcedurePolicy": {
        "id", "clinic", "demands_checker", "trend_ml", "trend_count", "emergency_numbers",
    },
    "refills.Policy": {
        "id", "clinic", "margin_days", "max_interval_days", "accuracy_days", "shift_days", "shift_max_days",
        "changed_because",
    },
    "refills.Projection": {
        "pump", "clinic", "facts_version", "computed_at", "error", "review_at", "is_watched", "band_is_learned",
    },
    "alerts.Alert": {
        "id", "pump", "clinic", "state", "opened_at", "acknowledged_at", "acknowledged_by", "acknowledged_until",
        "closed_at", "next_on", "waits_since", "round", "hop",
    },
    "alerts.AlertEvent": {"id", "alert", "at", "by", "state", "round", "step"},
    "alerts.EscalationPolicy": {
        "id", "clinic", "critical_second_minutes", "critical_all_minutes", "urgent_second_hours", "due_all_days",
        "evening_hour", "urgent_at_night", "changed_because",
    },
    "alerts.Absence": {
        "id", "clinic", "member", "cover", "first_on", "last_on", "added_at", "added_by", "ended_at", "ended_by",
    },
    "alerts.Lead": {"id", "clinic", "member", "named_at", "named_by"},
    "alerts.SavedView": {
        "id", "clinic", "name", "query", "kept_at", "kept_by", "dropped_at", "dropped_by",
    },
    "alerts.Policy": {
        "id", "clinic", "routine_days", "due_days", "urgent_days", "critical_days_before_alarm", "changed_because",
        "confirm_days", "replacement_due_days", "replacement_urgent_days",
    },
    "alerts.CadencePolicy": {
        "id", "clinic", "first_days", "last_days", "missed_days", "from_hour", "until_hour", "changed_because",
    },
    "morning.MorningList": {"id", "clinic", "on", "made_at", "count"},
    "alerts.Proof": {"id", "clinic", "on", "at", "monitored", "evaluated", "covered", "differences"},
    "alerts.Reminder": {"id", "contact", "pump", "clinic", "visit", "occasion", "token_hash", "owed_at"},
}  # fmt: skip

OTHERS = {
    "contenttypes.ContentType": "",
    "auth.Group": "",
    "auth.Permission": "",
    "sessions.Session": "What was searched for, what was typed when a session ended, who is signed in. At most 12 hours"
    " after its last use: itb/accounts/retention.py.",
    "account.EmailAddress": "An address of a person who signs in. As long as the person is known.",
    "account.EmailConfirmation": "A key, to an address. Nobody confirms one here: no row is ever written.",
    "pghistory.Context": "None is written: a history names its person by number.",
    "pghistory.Events": "A way to read, without a table.",
    "pghistory.MiddlewareEvents": "A way to read, without a table.",
    "mfa.Authenticator": "A second factor: a sealed seed, a public key. Until it is taken away.",
    "socialaccount.SocialApp": "",
    "socialaccount.SocialToken": "None is stored: SOCIALACCOUNT_STORE_TOKENS.",
    "socialaccount.SocialAccount": "Who a person is at the hospital. Until it is taken away.",
}
"""Tables of other packages: what of a person they hold and for how long; empty where they hold nothing of anyone."""

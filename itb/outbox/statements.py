"""The statements of delivery. Each is committed by itself, so that a sender may die between any two of them.

The attempt number is the fence: whoever slept past the lease finds another number. Rows that another connection holds
are passed over, never waited for, so that a letter and the act that ends its need cannot stop each other.
"""

from typing import Final

LEASE_SECONDS: Final = 60
DIGEST: Final = "letters/digest"
"""The template of the letter that carries others."""

# One instant for all rows of a statement: letters that share a message share a lease, and nobody judges half of them.
NOW: Final = "(SELECT clock_timestamp())"
# A moment further ahead than any rule sets one is the work of a clock that jumped, and counts as come.
LEASE: Final = f"make_interval(secs => {LEASE_SECONDS})"
FURTHEST: Final = "interval '2 hours'"
DUE: Final = f"(letter.due_at <= {NOW} OR letter.due_at > {NOW} + {FURTHEST})"
LEASE_IS_OVER: Final = f"(letter.lease_until <= {NOW} OR letter.lease_until > {NOW} + {LEASE})"
# No letter leaves a database that may be an older one (itb.outbox.anchor), whatever its sender had found before.
UNBROKEN: Final = "NOT EXISTS (SELECT FROM outbox_epoch WHERE begun_at IS NULL)"
OURS: Final = (
    "(letter.id, letter.attempt) IN (SELECT * FROM unnest(%(ids)s::bigint[], %(attempts)s::integer[]))"
)

CLAIM: Final = f"""
WITH due AS (
    SELECT id, recipient_id, invitation_id, hook_id FROM outbox_letter AS letter
    WHERE state IN ('pending', 'claimed', 'handing_over') AND pace <> 'digest' AND (
       (state = 'pending' AND {DUE}) OR (state = 'claimed' AND {LEASE_IS_OVER}))
      AND {UNBROKEN}
    ORDER BY is_critical DESC, due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE outbox_letter AS letter
SET state = 'claimed', attempt = attempt + 1, lease_until = {NOW} + {LEASE}
FROM due LEFT JOIN accounts_membership AS member ON member.id = due.recipient_id
    LEFT JOIN accounts_user AS person ON person.id = member.user_id
    LEFT JOIN accounts_invitation AS invitation ON invitation.id = due.invitation_id
    LEFT JOIN outbox_hook AS hook ON hook.id = due.hook_id
WHERE letter.id = due.id
RETURNING letter.id, letter.attempt,
    CASE WHEN letter.repeated THEN coalesce(letter.envelope, letter.id) ELSE letter.id END,
    CASE WHEN letter.repeated
         THEN coalesce((SELECT first.key FROM outbox_letter AS first WHERE first.id = letter.envelope), letter.key)
         ELSE letter.key END,
    letter.template, letter.is_critical, letter.pace, letter.repeated,
    coalesce(person.email, invitation.email, letter.to_address),
    letter.clinic_id, letter.recipient_id, coalesce(person.id, 0), coalesce(invitation.nonce, letter.nonce),
    letter.words, coalesce(hook.id, 0), coalesce(hook.url, ''), coalesce(hook.sealed, '')
"""

# Re-reads the recipient: whoever has left since is not written to, and a superseded letter stays unsent. Where somebody
# near a patient agrees no more, their letters were superseded in the transaction in which that was said.
WANTED: Final = f"""(
    EXISTS (SELECT FROM accounts_membership AS member JOIN accounts_user AS person ON person.id = member.user_id
            WHERE member.id = letter.recipient_id AND member.ended_at IS NULL AND person.is_active)
    OR EXISTS (SELECT FROM accounts_invitation AS invitation
               WHERE invitation.id = letter.invitation_id AND invitation.accepted_at IS NULL
                 AND invitation.revoked_at IS NULL AND invitation.expires_at > {NOW})
    OR EXISTS (SELECT FROM outbox_hook AS hook WHERE hook.id = letter.hook_id AND hook.ended_at IS NULL)
    OR letter.to_address <> '')"""

# What else leaves in the same message, though nobody has claimed it. What goes again takes nothing new along: what it
# carries has gone under its Message-ID before, and a reader who throws the second one away must miss nothing.
SAME_WORDS: Final = (
    f"""state = 'pending' AND pace = %(pace)s AND template = %(template)s AND NOT repeated AND {DUE}"""
)
SAME_ENVELOPE: Final = "state = 'pending' AND repeated AND envelope = %(first)s"
FOR_DIGEST: Final = (
    f"(state = 'pending' AND pace = 'digest' AND created_at <= {NOW} OR"
    f" state = 'pending' AND pace = 'digest' AND created_at > {NOW} + {FURTHEST} OR"
    " state = 'uncertain' AND (pace <> 'alone' OR template = %(digest)s))"
)
NOTHING_ELSE: Final = "false"

# The lease begins anew: from here on nobody but this sender may judge how it ended, for as long as DATA may take.
_HAND_OVER: Final = """
WITH mine AS (
    SELECT id FROM outbox_letter AS letter
    WHERE {ours} AND state = 'claimed' AND lease_until > {now} AND {wanted} AND {unbroken}
    ORDER BY id FOR UPDATE OF letter SKIP LOCKED
), more AS (
    SELECT id FROM outbox_letter AS letter
    WHERE recipient_id = %(recipient)s AND {joins} AND EXISTS (SELECT FROM mine)
    FOR UPDATE OF letter SKIP LOCKED
)
UPDATE outbox_letter AS letter
SET state = 'handing_over', attempt = attempt + CASE state WHEN 'claimed' THEN 0 ELSE 1 END,
    lease_until = {now} + {lease}, envelope = %(first)s, handed_at = {now}
WHERE id IN (SELECT id FROM mine UNION ALL SELECT id FROM more)
RETURNING id, attempt, topic, uncertain_at IS NOT NULL AND template <> %(digest)s
"""

SENT: Final = f"""
UPDATE outbox_letter AS letter SET state = 'sent', sent_at = {NOW}, lease_until = NULL, trouble = ''
WHERE {OURS} AND state IN ('handing_over', 'uncertain', 'pending')
"""

# `states` is what must be true for a letter to be certainly unsent: claimed, or handing over and answered by a 4xx.
# One that went before may have arrived then: it keeps the moment.
LATER: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', lease_until = NULL, trouble = %(trouble)s,
    handed_at = CASE WHEN repeated OR uncertain_at IS NOT NULL THEN handed_at END,
    due_at = {NOW} + make_interval(secs => %(wait)s * (0.5 + random()))
WHERE {OURS} AND state = ANY(%(states)s)
"""

GIVE_BACK: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', lease_until = NULL WHERE {OURS} AND state = 'claimed'
"""

PUT_OFF: Final = f"""
UPDATE outbox_letter AS letter SET state = 'pending', pace = 'digest', lease_until = NULL,
    trouble = 'The day’s letters were used up: it comes with the next digest'
WHERE {OURS} AND state = 'claimed'
"""

LEFT: Final = f"""
UPDATE outbox_letter AS letter SET state = 'superseded', lease_until = NULL, trouble = %(trouble)s
WHERE {OURS} AND state = 'claimed' AND NOT {WANTED}
"""

EMPTY: Final = f"""
UPDATE outbox_letter AS letter SET state = 'superseded', lease_until = NULL, trouble = 'Nothing was left to say'
WHERE {OURS} AND state = 'claimed'
"""

DEAD: Final = f"""
UPDATE outbox_letter AS letter SET state = 'dead', lease_until = NULL, trouble = %(trouble)s,
    handed_at = CASE WHEN repeated OR uncertain_at IS NOT NULL THEN handed_at END
WHERE {OURS} AND state IN ('claimed', 'handing_over')
"""

# In one order, so that two workers who look at once stand in line.
UNCERTAIN: Final = f"""
WITH broken AS (
    SELECT id FROM outbox_letter AS letter WHERE state = 'handing_over' AND {LEASE_IS_OVER} ORDER BY id FOR UPDATE
)
UPDATE outbox_letter AS letter
SET state = CASE WHEN is_critical AND NOT repeated THEN 'pending' ELSE 'uncertain' END,
    repeated = is_critical, lease_until = NULL, uncertain_at = coalesce(uncertain_at, {NOW}),
    trouble = 'The sender stopped in the middle of the hand-over'
FROM broken WHERE letter.id = broken.id
"""

USED: Final = """
SELECT count(DISTINCT envelope), EXISTS (
    SELECT FROM outbox_letter WHERE recipient_id = %(recipient)s AND template = %(digest)s
        AND state IN ('pending', 'claimed'))
FROM outbox_letter
WHERE recipient_id = %(recipient)s AND handed_at >= %(since)s AND NOT is_critical AND pace <> 'alone'
"""


def hand_over(joins: str) -> str:
    """The hand-over of what is ours, with what `joins` it."""
    return _HAND_OVER.format(ours=OURS, wanted=WANTED, unbroken=UNBROKEN, now=NOW, lease=LEASE, joins=joins)

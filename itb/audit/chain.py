"""The chain: each row of the trail is linked to the one before it, so that none can be changed, lost or put in unseen.

A link holds the hash of the link before it and of its row as JSON. One chain a clinic, and chain 0 for what happens
where no clinic is open. Links are made when a transaction commits, so that a chain's lock is held for that moment and
meets no other; and by functions of the owner, so that the application can make, change and remove none.
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from django.db import DEFAULT_DB_ALIAS
from django.db.migrations.operations import RunSQL

from itb.audit.append_only import append_only
from itb.audit.models import Link
from itb.walls import APPLICATION, walled

APPEND: Final = """
DECLARE
    chain bigint := COALESCE(content->>'pgh_clinic_id', content->>'clinic_id', '0')::bigint;
    number bigint := COALESCE(content->>'pgh_id', content->>'id')::bigint;
    width integer := (SELECT count(*) FROM jsonb_object_keys(content));
    latest audit_link;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('audit_link', chain));
    SELECT * INTO latest FROM audit_link WHERE clinic_id = chain ORDER BY sequence DESC LIMIT 1;
    latest.sequence := COALESCE(latest.sequence, 0) + 1;
    INSERT INTO audit_link (clinic_id, sequence, relation, row_id, width, hash)
    VALUES (chain, latest.sequence, relation, number, width, encode(sha256(convert_to(concat_ws(
        E'\\n', COALESCE(latest.hash, ''), chain, latest.sequence, relation, number, width, content
    ), 'UTF8')), 'hex'));
END
"""
LINK: Final = """
BEGIN
    PERFORM itb_append_link(TG_TABLE_NAME::text, to_jsonb(NEW));
    RETURN NULL;
END
"""
AS_OWNER: Final = (
    "LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET \"TimeZone\" = 'UTC'"
)
CREATE_LINKING: Final = f"""
CREATE FUNCTION itb_append_link(relation text, content jsonb) RETURNS void {AS_OWNER} AS $${APPEND}$$;
CREATE FUNCTION itb_link() RETURNS trigger {AS_OWNER} AS $${LINK}$$;
REVOKE EXECUTE ON FUNCTION itb_append_link FROM PUBLIC;
"""
DROP_LINKING: Final = "DROP FUNCTION itb_link; DROP FUNCTION itb_append_link;"


def linked(table: str) -> RunSQL:
    """A migration's operation: each new row of `table` is linked into its clinic's chain from now on."""
    return RunSQL(
        f"""
        CREATE CONSTRAINT TRIGGER linked AFTER INSERT ON {table} DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION itb_link();
        """,
        f"DROP TRIGGER linked ON {table};",
    )


def kept(history: str, condition: str = "") -> list[RunSQL]:
    """A migration's operations for the table of a history: append-only, linked, walled, and written by triggers alone.

    `condition` says in SQL to which clinic a row belongs, as for `walled`.
    """
    return [append_only(history), linked(history), walled(history, condition), by_triggers_alone(history)]


def by_triggers_alone(table: str) -> RunSQL:
    """A migration's operation: the application reads `table` and writes nothing into it."""
    what = f"INSERT, UPDATE, DELETE ON {table}"
    return RunSQL(f"REVOKE {what} FROM {APPLICATION}", f"GRANT {what} TO {APPLICATION}")


@dataclass(frozen=True, slots=True)
class Head:
    """The last link of a chain: who keeps it outside the database can tell whether what lies before was changed."""

    clinic_id: int
    sequence: int
    hash: str

    def __str__(self) -> str:
        return f"{self.clinic_id}:{self.sequence}:{self.hash}"


def head_of(clinic_id: int, using: str = DEFAULT_DB_ALIAS) -> Head | None:
    """The head of a clinic's chain; None where nothing is linked yet."""
    last = Link.objects.using(using).filter(clinic_id=clinic_id).order_by("-sequence").first()
    return Head(clinic_id, last.sequence, last.hash) if last else None


def hash_of(link: Link, before: str, content: str) -> str:
    """What `link` must hold behind a link of hash `before`, where its row reads `content`: computed as in APPEND."""
    parts = (before, link.clinic_id, link.sequence, link.relation, link.row_id, link.width, content)
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()

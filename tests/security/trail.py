"""Someone who owns the database and means harm."""

from io import StringIO

from django.core.management import CommandError, call_command
from django.db import connection

from itb.audit.chain import Head, head_of
from tests.owner import owner_cursor

BOTH = ["default", "owner"]
"""The connections that a test of `verify_audit` needs: the application's, and that of the owner, who sees it all."""


def as_owner(*statements: str) -> None:
    """Run `statements` as the owner of the tables."""
    with owner_cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def unseen(table: str, *statements: str) -> None:
    """Run `statements` with the triggers of `table` switched off, and switch them on again."""
    as_owner(
        f"ALTER TABLE {table} DISABLE TRIGGER USER", *statements, f"ALTER TABLE {table} ENABLE TRIGGER USER"
    )


def verified(*anchors: Head) -> str:
    """What `manage.py verify_audit` says; its refusal is the last line."""
    out = StringIO()
    words = [word for anchor in anchors for word in ("--anchor", str(anchor))]
    try:
        call_command("verify_audit", *words, stdout=out)
    except CommandError as refusal:
        out.write(str(refusal))
    return out.getvalue()


def linked() -> None:
    """Make the links now that the commit would make: a test's transaction never commits."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def head(clinic_id: int) -> Head:
    """The head that was sent."""
    found = head_of(clinic_id)
    assert found
    return found

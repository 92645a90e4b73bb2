"""What becomes of a connection that goes back to the pool. It imports nothing of Django: settings name it."""

from typing import Any

from psycopg import Connection

FORGET = "SELECT set_config('itb.clinic', '', false), set_config('itb.person', '', false)"


def forget(connection: Connection[Any]) -> None:
    """Close the clinic that the last request had open: whoever takes the connection next begins at the door."""
    connection.execute(FORGET)

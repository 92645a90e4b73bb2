"""What a person at the terminal can mend."""

import errno
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT)
FORBIDDEN = (errno.EACCES, errno.EPERM, errno.EROFS)


class Trouble(Exception):  # noqa: N818  what it is, in one word
    """Its text is one clear sentence; the command ends with it and exit status 1, and nothing is damaged."""


def in_words(error: OSError) -> str:
    """One sentence for a disk that is full, a folder that may not be written, or anything else the system refused."""
    if error.errno in FULL:
        return "The disk is full: free some space and run the same command again; nothing is damaged."
    if error.errno in FORBIDDEN:
        return f"This user may not write to {error.filename}."
    return f"{error.filename or 'The system'}: {error.strerror or error}."


def last_line(log: Path) -> str:
    """What a process said last, and where the rest is."""
    lines = log.read_text(errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'it wrote nothing'} (see {log})"

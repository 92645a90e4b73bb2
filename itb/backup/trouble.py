"""What stops a backup or a restore, in a sentence."""


class BackupError(Exception):
    """Its text is one clear sentence. Nothing was changed, unless it says so."""

"""What is forgotten by itself: sessions that have ended, with the searches and the drafts that they held."""

from datetime import datetime

from django.contrib.sessions.models import Session


def forget_sessions(*, at: datetime) -> int:
    """Delete the sessions that nobody can come back to; how many. Runs as often as one likes."""
    return Session.objects.filter(expire_date__lt=at).delete()[0]

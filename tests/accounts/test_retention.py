"""What a session held is gone when the session is."""

from datetime import timedelta
from io import StringIO

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from itb.accounts.tasks import forget_sessions
from tests.cast import Cast


def two_sessions(cast: Cast) -> str:
    """One that has ended and one that has not, both with a search; the key of the second."""
    for client in (Client(), Client()):
        client.force_login(cast.nurse.user)
        client.post("/search/", {"q": "somebody"})
    ended, going_on = Session.objects.all()
    Session.objects.filter(pk=ended.pk).update(expire_date=cast.at - timedelta(seconds=1))
    return going_on.pk


def test_an_ended_session_is_forgotten_and_one_that_goes_on_is_not(cast: Cast) -> None:
    going_on = two_sessions(cast)
    forget_sessions(newer="argument")
    assert [each.pk for each in Session.objects.all()] == [going_on]


def test_cron_forgets_them_too(cast: Cast) -> None:
    going_on = two_sessions(cast)
    call_command("tick", stdout=StringIO())
    assert [each.pk for each in Session.objects.all()] == [going_on]

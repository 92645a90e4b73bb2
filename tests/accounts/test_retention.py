"""What a session held is gone when the session is."""

from datetime import timedelta
from io import StringIO

from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.test import Client

from itb.accounts.attempts import of_password
from itb.accounts.models import Attempt, SignIn
from itb.accounts.retention import forget_attempts, forget_sign_ins
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


def test_a_sign_in_of_last_year_is_forgotten_and_one_of_last_month_is_not(cast: Cast) -> None:
    for days in (30, 366):
        began = cast.at - timedelta(days=days)
        SignIn.objects.create(
            user=cast.nurse.user, began_at=began, seen_at=began, proved_at=began, browser="Firefox"
        )
    assert forget_sign_ins(at=cast.at) == 1
    assert SignIn.objects.count() == 1


def test_tries_at_an_account_that_nobody_has_are_forgotten_after_a_day_and_others_are_not(cast: Cast) -> None:
    for email in (cast.nurse.user.email, "nobody@nowhere.example"):
        Attempt.objects.create(
            account=of_password(email), network="n", is_strange=True, at=cast.at - timedelta(days=2)
        )
    assert forget_attempts(at=cast.at) == 1
    assert Attempt.objects.get().account == of_password(cast.nurse.user.email)

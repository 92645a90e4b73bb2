"""What was searched for: often a name, so it waits in the session, and the address of what was found holds a number.

An address is also read by the browser's history, by proxies, and by whoever is sent it.
"""

import secrets
from http import HTTPStatus
from typing import Final

from django.http import HttpRequest, HttpResponseRedirect

SESSION_KEY: Final = "searches"
KEPT: Final = 5  # one for each of some tabs
LONGEST: Final = 100


class SeeOther(HttpResponseRedirect):
    """A redirect that says that nothing was recorded, so that nobody rings for the sweep."""

    status_code = HTTPStatus.SEE_OTHER


def typed(request: HttpRequest) -> str:
    """The words that were posted, as they can be looked for."""
    return request.POST.get("q", "").replace("\0", "").strip()[:LONGEST]


def keep(request: HttpRequest, words: str) -> str:
    """Keep the words; the number by which this session finds them again."""
    number = secrets.token_hex(4)
    kept = [*request.session.get(SESSION_KEY, []), (number, words)]
    request.session[SESSION_KEY] = kept[-KEPT:]
    return number


def words_of(request: HttpRequest, number: str) -> str | None:
    """The words of a search of this session; None for one that is over, or was another's."""
    return dict(request.session.get(SESSION_KEY, [])).get(number)

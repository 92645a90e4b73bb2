"""What was typed when a session ended in the middle: kept through the sign-in, for the same person and page only.

A form carries a signed note of who opened it. If it is posted after the session ended, what was typed waits in the
new, still anonymous session, in the database and never in the browser, until that person has signed in again. It waits
in the same way while someone who is signed in shows again who they are.
"""

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.core import signing
from django.http import HttpRequest, QueryDict

from itb.accounts.middleware import OPEN_CLINIC, MemberRequest
from itb.accounts.models import Draft

FIELD = "opened_by"
SESSION_KEY = "draft"
SALT = "itb.accounts.drafts"
BACK = "What you typed is here again. Nothing of it was kept yet."
PAGE = "page"  # where it was typed, when a screen that clears itself hands it over
NOT_KEPT = ("csrfmiddlewaretoken", FIELD, "key", "seen", PAGE)
LONGEST = 100_000  # characters of a draft: what is longer was typed by nobody


def opened_by(request: HttpRequest) -> str:
    """The signed note that a form carries in its hidden field `opened_by`."""
    return signing.dumps([request.user.pk, request.member.clinic_id], salt=SALT)  # type: ignore[attr-defined]


def posted(request: HttpRequest) -> QueryDict | None:
    """What a form is bound to: what was posted, be it nothing at all; None where the page is only opened."""
    return request.POST if request.method == "POST" else None


def initial(request: HttpRequest) -> dict[str, Any]:
    """What a fresh form begins with: who opened it, and what this person had typed when a session ended."""
    return {FIELD: opened_by(request), **take(request)}


def keep(request: HttpRequest, path: str = "") -> None:
    """Keep what was posted without a session, if the form says who had opened it; `path`: for another page."""
    try:
        person, clinic = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=24 * 60 * 60)
    except signing.BadSignature:
        return
    keep_of(request, person=person, clinic=clinic, path=path)


def keep_of(request: HttpRequest, *, person: int, clinic: int, path: str = "") -> None:
    """Keep what `person` posted, until they have shown again who they are."""
    if request.method != "POST":
        return
    request.session[OPEN_CLINIC] = (
        clinic  # a person of several comes back to the one that the page belongs to
    )
    request.session[SESSION_KEY] = {
        "person": person,
        "path": path or request.path,
        "typed": _typed(request),
    }


def _typed(request: HttpRequest) -> str:
    typed = request.POST.copy()
    for name in NOT_KEPT:
        typed.pop(name, None)
    return typed.urlencode()


def store(request: MemberRequest) -> None:
    """Put what was posted aside in the database, for this person and page: one draft, the newest.

    It outlives session, browser and sign-in, until the page is kept, begun anew, or left for too long.
    """
    typed = _typed(request)
    if len(typed) <= LONGEST:
        Draft.objects.update_or_create(**_whose(request), defaults={"typed": typed, "saved_at": request.at})


def stored(request: MemberRequest, path: str = "") -> Draft | None:
    """What this person has put aside on this page, or on the one at `path`."""
    return Draft.objects.filter(**{**_whose(request), "path": path or request.path}).first()


def discard(request: MemberRequest) -> None:
    """Nothing is put aside on this page any more."""
    Draft.objects.filter(**_whose(request)).delete()


def _whose(request: MemberRequest) -> dict[str, Any]:
    return {"user_id": request.user.pk, "clinic_id": request.member.clinic_id, "path": request.path}


def offer(request: HttpRequest, *, path: str, typed: Mapping[str, str], words: str) -> None:
    """Let the form at `path` begin with `typed` when this person opens it next; `words` say so there."""
    offered = QueryDict(mutable=True)
    offered.update(typed)
    request.session[SESSION_KEY] = {
        "person": request.user.pk,
        "path": path,
        "typed": offered.urlencode(),
        "words": words,
    }


def waits(request: HttpRequest) -> bool:
    """Whether something that this person typed on this page waits for it to be opened again."""
    draft = request.session.get(SESSION_KEY)
    return draft is not None and (draft["person"], draft["path"]) == (request.user.pk, request.path)


def take(request: HttpRequest) -> dict[str, Any]:
    """What this person had typed on this page, once; empty if nothing waits."""
    draft = request.session.get(SESSION_KEY)
    if not draft or draft["path"] != request.path:
        return {}
    del request.session[SESSION_KEY]
    if draft["person"] != request.user.pk:
        return {}
    messages.info(request, draft.get("words", BACK))
    return read(draft["typed"])


def read(typed: str) -> dict[str, Any]:
    """What a form begins with. A field of several answers is a list."""
    return {name: values if len(values) > 1 else values[0] for name, values in QueryDict(typed).lists()}

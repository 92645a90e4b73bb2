"""The pages behind the links of a reminder. They say nothing of what the visit is for, and nothing about anyone.

Reading acts on nothing, since mail programs open links by themselves: a button posts. A link that never was, was used
or is too old gets one page, whichever it is.
"""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, Final, ParamSpec

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import answers

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Arguments], HttpResponse]
GONE: Final = 410
TOO_MANY: Final = 429


def for_visitors(view: View[Arguments]) -> Callable[..., HttpResponse]:
    """Answer whoever has the link, so and so often from one network."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Arguments.args, **kwargs: Arguments.kwargs) -> HttpResponse:
        if not ratelimit.consume(request, action="answer"):
            return render(request, "alerts/answer_wait.html", status=TOO_MANY)
        try:
            return view(request, *args, **kwargs)
        except answers.GoneError:
            return render(request, "alerts/answer_gone.html", status=GONE)

    return guarded


@for_visitors
def answer(request: HttpRequest, token: str) -> HttpResponse:
    """The day that is asked about, and the two answers."""
    said = request.POST.get("answer") if request.method == "POST" else None
    found = answers.asked(token)
    if said in ("comes", "cannot"):
        answers.answer(token=token, comes=said == "comes")
        return render(
            request, "alerts/answer_kept.html", {"comes": said == "comes", "phone": found.clinic.phone}
        )
    with timezone.override(found.clinic.tz):
        return render(request, "alerts/answer.html", {"visit": found.visit, "phone": found.clinic.phone})


@for_visitors
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """No more letters, after one press."""
    answers.may_stop(token)
    if request.method == "POST":
        answers.stop(token=token)
        return render(request, "alerts/answer_stopped.html")
    return render(request, "alerts/answer_stop.html")

"""Where a browser says that the content policy has stopped something: a line of the log, with the rule's name alone."""

import json
from typing import Final

import structlog
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

log = structlog.get_logger(__name__)

KIND: Final = "application/csp-report"
RULES: Final = frozenset(
    {
        *settings.CONTENT_SECURITY_POLICY["DIRECTIVES"],
        *(f"{kind}-src{part}" for kind in ("script", "style") for part in ("", "-elem", "-attr")),
        *(f"{kind}-src" for kind in ("connect", "font", "frame", "manifest", "media", "worker")),
    }
)


@csrf_exempt  # a browser sends it by itself, without a form; nothing is kept but the line
@require_POST
def policy_report(request: HttpRequest) -> HttpResponse:
    """Say which rule. The report's other words come from a page, or from whoever made it up."""
    report = request.body if request.content_type == KIND else b""  # a form was read at the door
    log.warning("policy.broken", rule=rule_of(report))
    return HttpResponse(status=204)


def rule_of(body: bytes) -> str:
    """The rule that a report names, if there is such a rule."""
    try:
        named = json.loads(body)["csp-report"]["effective-directive"]
    except (ValueError, LookupError, TypeError, RecursionError):
        return "unreadable"
    return named if isinstance(named, str) and named in RULES else "unknown"

"""The product with one more page, the floor: what any list of fifty costs that only knows who asks and reads an index.

`gunicorn _floor:application` serves both, so that subject and floor are asked in one server's run. The floor has the
worklist's own row template, and no tallies, no watcher's line, no head and no foot.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "itb.settings")

import django
from django.conf import settings

settings.ROOT_URLCONF = "_floor"
django.setup()

from datetime import datetime  # noqa: E402
from functools import cache  # noqa: E402

from django.core.handlers.wsgi import WSGIHandler  # noqa: E402
from django.db.models import F  # noqa: E402
from django.http import HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.template.backends.django import Template  # noqa: E402
from django.urls import include, path  # noqa: E402

from alerts.rules import Look  # noqa: E402
from itb.accounts.access import requires  # noqa: E402
from itb.accounts.middleware import MemberRequest  # noqa: E402
from itb.accounts.permissions import Permission  # noqa: E402
from itb.dashboard.next_step import NextStep, Step  # noqa: E402
from itb.dashboard.worklist import PAGE, Row  # noqa: E402
from refills.models import Projection  # noqa: E402

LIST = (
    "<table><tbody>{% for row in rows %}"
    '{% include "dashboard/worklist_row.html" %}'
    "{% endfor %}</tbody></table>"
)
STEP = NextStep(Step.LOOK, "", "/")


@requires(Permission.VIEW)
def floor(request: MemberRequest) -> HttpResponse:
    """Fifty rows by an index, written by the worklist's row template."""
    found = (
        Projection.objects.filter(clinic_id=request.member.clinic_id)
        .select_related("pump__patient")
        .defer("forecast", "scenario")
        .order_by(F("danger_at").asc(nulls_first=True), "pump_id")
    )
    rows = [row_of(projection, request.at) for projection in found[:PAGE]]
    return HttpResponse(page().render({"rows": rows, "now": request.at}))


@cache
def page() -> Template:
    """Read once, as the product's own templates are."""
    found: Template = engines["django"].from_string(LIST)
    return found


def row_of(projection: Projection, now: datetime) -> Row:
    """A row of which nothing is worked out."""
    return Row(
        projection=projection,
        look=Look((), now),
        margin="6 days",
        unknown="",
        likely="likely in 11 days",
        pump="SM II 40",
        visit_on=projection.refill_by,
        visit_trouble="",
        owner="Nurse",
        clinician="",
        last_contact="",
        reachable=True,
        notes=[],
        is_leaving=False,
        next_step=STEP,
        may_step=True,
        is_stale=False,
    )


urlpatterns = [path("floor/", floor, name="floor"), path("", include("itb.urls"))]
application = WSGIHandler()

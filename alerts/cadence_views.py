"""The page on which a clinic sets when patients are written to."""

from django.http import HttpResponse

from alerts.cadence_form import CadenceForm
from alerts.cadence_section import CADENCE
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills.policy_views import change_section


@requires(Permission.POLICY)
def policy(request: MemberRequest) -> HttpResponse:
    """Set when letters go."""
    return change_section(request, CADENCE, CadenceForm)

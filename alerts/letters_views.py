"""Setting when the clinic's people are written to."""

from django.http import HttpResponse

from alerts.letters_section import LETTERS
from itb.accounts.access import requires
from itb.accounts.middleware import MemberRequest
from itb.accounts.permissions import Permission
from refills.policy_form import PolicyForm
from refills.policy_views import change_section


@requires(Permission.POLICY)
def letters_policy(request: MemberRequest) -> HttpResponse:
    """Set the hour of the digest and the letters of a day."""
    return change_section(request, LETTERS, PolicyForm)

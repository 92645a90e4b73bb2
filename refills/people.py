"""People of the clinic, to choose from in a form."""

from itb.accounts.models import Membership, User
from itb.accounts.permissions import Permission


def choices_of(member: Membership, permission: Permission, nobody: str) -> list[tuple[str, str]]:
    """Who of the open clinic may do this, by name; `nobody` are the words for choosing none."""
    found = Membership.objects.visible_to(member).who_may(permission).select_related("user")
    named = found.order_by("user__name", "pk")
    return [("", nobody), *((str(each.user_id), f"{each.user}, {each.get_role_display()}") for each in named)]


def person_of(member: Membership, number: str) -> User | None:
    """The chosen person, who is of the open clinic; None where nobody was chosen."""
    if not number:
        return None
    found = Membership.objects.visible_to(member).active().filter(user=int(number)).select_related("user")
    chosen = found.first()
    return chosen.user if chosen else None

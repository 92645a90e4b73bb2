"""What it says of its people: an address, and whether it is sure of it."""

from typing import Any

from oauth2_provider.oauth2_validators import OAuth2Validator


class Claims(OAuth2Validator):
    """Someone whose last name is Unsure has an address that nobody has checked."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        person = request.user
        return {
            "email": person.email,
            "email_verified": person.last_name != "Unsure",
            "name": person.username,
        }

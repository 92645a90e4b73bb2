"""What a hospital's word about a person must be before it is believed: signed, for us, of now, and what we asked for.

allauth trusts the connection to the provider. Here the token itself is checked as well, and the request cannot be bent
by what stands in its address.
"""

import secrets
from hmac import compare_digest
from typing import Any, Final

import jwt
from allauth.account.utils import get_next_redirect_url
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.base.utils import respond_to_login_on_get
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse

from itb import clock

NONCE: Final = "hospital_nonce"  # in the session: what the next token must carry
ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")  # signed with a key that only the provider has
WITHIN: Final = settings.STEP_UP_WITHIN  # how old the provider's proof may be: it is one for us as well
ANEW: Final = {"prompt": "login", "max_age": f"{WITHIN.total_seconds():.0f}"}
ENDPOINTS: Final = ("authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri")


class CheckedAdapter(OpenIDConnectOAuth2Adapter):  # type: ignore[misc]  # allauth has no types
    """Believes a provider that is the one we know, and a token that it signed for us and for this very sign-in."""

    @property
    def openid_config(self) -> dict[str, Any]:
        """What the provider says of itself. Raises OAuth2Error where it calls itself otherwise, or leaves TLS."""
        config: dict[str, Any] = super().openid_config
        if config.get("issuer") != settings.OIDC_ISSUER:
            raise OAuth2Error("The provider calls itself otherwise than we know it.")
        is_secure = settings.OIDC_ISSUER.startswith("https://")
        if is_secure and not all(config.get(name, "https://").startswith("https://") for name in ENDPOINTS):
            raise OAuth2Error("The provider names an address without TLS.")
        return config

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        """Who it is, by the token; by what the provider tells besides only where that is about the same person."""
        claims = self._claims(app, kwargs["response"].get("id_token", ""))
        said = {"id_token": claims}
        if "email" not in claims:
            said["userinfo"] = self._fetch_user_info(token.token)
            if said["userinfo"].get("sub") != claims["sub"]:
                raise OAuth2Error("The provider speaks of two people.")
        return self.get_provider().sociallogin_from_response(request, said)

    def _claims(self, app: SocialApp, token: str) -> dict[str, Any]:
        """What a token says. Raises OAuth2Error where it is not the provider's, ours, of now, and of this sign-in."""
        try:
            algorithm = jwt.get_unverified_header(token).get("alg")
        except jwt.PyJWTError as error:
            raise OAuth2Error("That is no token.") from error
        if algorithm not in ALGORITHMS:
            raise OAuth2Error("The token is not signed with a key of the provider's.")
        claims: dict[str, Any] = jwtkit.verify_and_decode(
            credential=token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=settings.OIDC_ISSUER,
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        asked = self.request.session.pop(NONCE, "")
        if not asked or not compare_digest(asked, str(claims.get("nonce", ""))):
            raise OAuth2Error("The token is of another sign-in.")
        if not _asked_just_now(claims.get("auth_time")):
            raise OAuth2Error("The provider let in whoever was at the screen, and asked nobody who they are.")
        return claims


def _asked_just_now(asked_at: object) -> bool:
    """Whether the provider has asked the person itself, and not long ago: its own session may be days old."""
    return isinstance(asked_at, int) and clock.now().timestamp() - asked_at < WITHIN.total_seconds()


class BeginView(OAuth2LoginView):  # type: ignore[misc]
    """Send the browser to the provider, with what we ask and nothing that stands in the address."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A page that asks, and on a post the way over."""
        provider = self.get_provider()
        answer: HttpResponse | None = respond_to_login_on_get(request, provider)
        return answer or self._over(request, provider)

    def _over(self, request: HttpRequest, provider: Any) -> HttpResponse:
        provider.oauth2_adapter_class = CheckedAdapter
        nonce = request.session[NONCE] = secrets.token_urlsafe(32)
        asked = {"next_url": get_next_redirect_url(request), "auth_params": {**ANEW, "nonce": nonce}}
        answer: HttpResponse = provider.redirect(request, AuthProcess.LOGIN, **asked)
        return answer


def begin(request: HttpRequest, provider_id: str) -> HttpResponse:
    """To the provider."""
    return _through(BeginView, request, provider_id)


def finish(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from the provider."""
    return _through(OAuth2CallbackView, request, provider_id)


def _through(view: Any, request: HttpRequest, provider_id: str) -> HttpResponse:
    try:
        answer: HttpResponse = view.adapter_view(CheckedAdapter(request, provider_id))(request)
    except SocialApp.DoesNotExist:
        raise Http404 from None
    return answer

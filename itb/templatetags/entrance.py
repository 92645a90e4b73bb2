"""What the pages of signing in show: a passkey's options for the browser, and the hospital's name."""

import json
from typing import Any

from django import template
from django.conf import settings

register = template.Library()


@register.filter
def for_browser(options: Any) -> str:
    """Options of a passkey as JSON. They come as mappings that are no dicts."""
    return json.dumps(options, default=dict)


@register.simple_tag
def hospital() -> str:
    """What a hospital's own accounts are called; empty where there are none."""
    return str(settings.OIDC_NAME) if settings.OIDC_ISSUER else ""

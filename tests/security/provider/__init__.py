"""A hospital's OpenID provider, as a process of its own: django-oauth-toolkit with three people in it."""

"""Settings, one file for every place: what differs comes from the environment (see .env.example)."""

from datetime import timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
import pghistory

from itb import logs
from itb.pool import forget

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

DEBUG = env.bool("DEBUG", False)
DEMO = env.bool("ITB_DEMO", False)  # invented people, a striped banner, plain http on loopback
SECRET_KEY = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])  # older ones, whose signatures still hold
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env.str("SITE_URL", "http://localhost:8000")  # the address that letters point to

INSTALLED_APPS = [
    "pgtrigger",
    "pghistory",  # before the models that it follows
    "itb.apps.ItbConfig",
    "itb.audit",
    "itb.accounts",
    "itb.outbox",
    "itb.backup",
    "patients",
    "refills",
    "alerts",
    "itb.dashboard",
    "itb.people",
    "itb.morning",
    "itb.local",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
    "csp",
]

MIDDLEWARE = [
    "itb.headers.HeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "itb.limits.LimitsMiddleware",
    "itb.failures.DatabaseAwayMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "itb.accounts.presence.PresenceMiddleware",
    "itb.accounts.devices.DeviceMiddleware",
    "itb.accounts.middleware.MemberMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "alerts.middleware.DoorbellMiddleware",
]

ROOT_URLCONF = "itb.urls"
WSGI_APPLICATION = "itb.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "itb.dashboard.context.every_page",
                *(["itb.local.context.demo_clock"] if DEMO else []),
            ],
        },
    },
]

# A form is small, and nothing here takes a file.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 250
DATA_UPLOAD_MAX_NUMBER_FILES = 0

# The web process waits for nobody: a slow query, a lock or a forgotten transaction ends in words, not in a hung page.
_DATABASE: dict[str, Any] = env.db("DATABASE_URL")
DATABASES: dict[str, Any] = {
    "default": {
        **_DATABASE,
        "CONN_HEALTH_CHECKS": True,  # a restart of PostgreSQL costs nobody a page
        "OPTIONS": {
            **_DATABASE.get("OPTIONS", {}),
            "pool": {
                "min_size": 1,
                "max_size": env.int("DATABASE_POOL", 8),
                "timeout": 5,
                "reset": forget,  # which clinic was open
            },
            "options": "-c statement_timeout=5s -c lock_timeout=2s -c idle_in_transaction_session_timeout=10s"
            + (" -c search_path=public,pg_catalog" if DEMO else ""),  # see itb.local.moved_clock
        },
    },
}
if _OWNER_URL := env.str("OWNER_DATABASE_URL", ""):  # for migrations and backups; what serves people lacks it
    _OWNER: dict[str, Any] = env.db_url_config(_OWNER_URL)
    DATABASES["owner"] = {
        **_OWNER,
        "OPTIONS": {**_OWNER.get("OPTIONS", {}), "options": "-c lock_timeout=2s"},
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en-gb"
USE_I18N = False
USE_TZ = True
TIME_ZONE = "UTC"  # instants are stored and compared in UTC; a page shows them in the clinic's zone

STATIC_URL = "static/"
STATIC_ROOT = env.str("STATIC_ROOT", str(BASE_DIR / "staticfiles"))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

WHITENOISE_ALLOW_ALL_ORIGINS = False  # our pages alone ask for them

# Of a history's foreign keys only the one to its row is ever asked for; its columns say what was, not what may be.
PGHISTORY_FOREIGN_KEY_FIELD = pghistory.ForeignKey(db_index=False)
PGHISTORY_EXCLUDE_FIELD_KWARGS = {
    "django.db.models.Field": ["choices", "help_text", "verbose_name", "validators"]
}

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "itb.accounts.passwords.KnownPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "itb.accounts.passwords.OwnWordsValidator"},
]
# How long someone stays signed in is decided by the server, from a row of the database: see itb/accounts/presence.py.
SIGN_IN_IDLE = timedelta(minutes=15)  # then the password or passkey again, and all goes on where it was
SIGN_IN_LASTS = timedelta(hours=12)  # whatever the activity
STEP_UP_WITHIN = timedelta(minutes=5)  # how old a proof may be for roles, export, signing, leaving monitoring
LOGIN_REDIRECT_URL = "dashboard:worklist"
LOGIN_URL = "account_login"
ACCOUNT_ADAPTER = "itb.accounts.adapter.ClosedDoorAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # nobody signs up: an administrator has entered the address
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # nobody is written to because a stranger typed their address
ACCOUNT_EMAIL_NOTIFICATIONS = True  # by the adapter, which leaves a note for the outbox
ACCOUNT_FORMS = {
    "reset_password": "itb.accounts.forms.ResetForm",
    "change_password": "itb.accounts.forms.NewPasswordForm",
}
ACCOUNT_REAUTHENTICATION_TIMEOUT = int(STEP_UP_WITHIN.total_seconds())
# Wrong passwords and codes are counted by itb/accounts/attempts.py; these only keep a machine from knocking for ever.
ACCOUNT_RATE_LIMITS = {
    "login": "120/m/ip",
    "login_failed": None,
    "reauthenticate": "30/m/user",
    "answer": "30/m/ip",
}
PASSWORD_RESET_TIMEOUT = 60 * 60
# Limits on attempts count by address: behind a proxy, by the one that the proxy saw.
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if env.bool("BEHIND_PROXY", False) else 0

MFA_ADAPTER = "itb.accounts.factors.FactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = (
    "required"  # a passkey asks for a finger, a face or a PIN: two factors in one
)
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = DEMO  # plain http on this machine
MFA_RECOVERY_CODE_DIGITS = 10
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "ITB pumps"
MFA_FORMS = {
    "authenticate": "itb.accounts.forms.CodeForm",
    "reauthenticate": "itb.accounts.forms.CodeAgainForm",
    "activate_totp": "itb.accounts.forms.FirstCodeForm",
    "add_webauthn": "itb.accounts.forms.NewPasskeyForm",
    "login_webauthn": "itb.accounts.forms.PasskeyForm",
    "authenticate_webauthn": "itb.accounts.forms.PasskeyStepForm",
    "reauthenticate_webauthn": "itb.accounts.forms.PasskeyAgainForm",
}
MFA_RATE_LIMITS = {"webauthn_login": "120/m/ip"}
# Seeds of codes are sealed with the first of these; the others still open what they sealed. Empty: made of SECRET_KEY.
FACTOR_KEYS = env.list("FACTOR_KEYS", default=[])

# A hospital's own accounts, by OpenID Connect. Empty: there are none.
OIDC_ISSUER = env.str("OIDC_ISSUER", "")
OIDC_NAME = env.str("OIDC_NAME", "") or "your hospital account"
SOCIALACCOUNT_ADAPTER = "itb.accounts.hospital.HospitalAdapter"
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS: dict[str, Any] = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "hospital",
                "name": OIDC_NAME,
                "client_id": env.str("OIDC_CLIENT_ID", ""),
                "secret": env.str("OIDC_CLIENT_SECRET", ""),
                "settings": {"server_url": OIDC_ISSUER.rstrip("/"), "oauth_pkce_enabled": True},
            }
        ]
        if OIDC_ISSUER
        else [],
    }
}

# What the web processes count together lies in the database: with Redis away the limits still hold.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "accounts_cacheentry",
        "KEY_FUNCTION": "itb.accounts.attempts.cache_key",  # hashed: a key may hold an address
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# How long another clinic stays open in an emergency.
EMERGENCY_MINUTES = int(env.str("EMERGENCY_MINUTES", "") or 60)

SESSION_COOKIE_AGE = int(SIGN_IN_LASTS.total_seconds())
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEMO
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, DEVICE_COOKIE_NAME = (
    ("sessionid", "csrftoken", "device")
    if DEMO
    else ("__Host-sessionid", "__Host-csrftoken", "__Host-device")
)
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"  # not in a cookie
CSRF_COOKIE_HTTPONLY = True  # a page carries the token itself
CSRF_FAILURE_VIEW = "itb.accounts.views.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", not DEMO)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", False) else None
SECURE_HSTS_SECONDS = 0 if DEMO else 365 * 24 * 60 * 60
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = not DEMO
SECURE_REDIRECT_EXEMPT = [r"^healthz(/engine)?$"]  # asked by a health check inside the private network
X_FRAME_OPTIONS = "DENY"


def _origin(url: str) -> str:
    return "{0.scheme}://{0.netloc}".format(urlsplit(url))


CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],  # Bootstrap draws a select's arrow as a data: image
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'", *([_origin(OIDC_ISSUER)] if OIDC_ISSUER else [])],  # a redirect counts too
        "frame-ancestors": ["'none'"],
        "report-uri": ["/policy-report"],
    },
}

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# EMAIL_URL is read into Django's own settings; the outbox speaks SMTP itself (two steps, a lease), with these.
_EMAIL: dict[str, Any] = env.email_url("EMAIL_URL", default="smtp://localhost:1025")
EMAIL_HOST, EMAIL_PORT = _EMAIL["EMAIL_HOST"] or "localhost", _EMAIL["EMAIL_PORT"] or 25
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _EMAIL["EMAIL_HOST_USER"] or "", _EMAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _EMAIL.get("EMAIL_USE_TLS", False), _EMAIL.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "Worklist <worklist@localhost>")
# In whose name patients and the people near them are written to: nothing clinical may stand in it.
CONTACT_FROM_EMAIL = env.str("CONTACT_FROM_EMAIL", "") or f"Appointments <{parseaddr(DEFAULT_FROM_EMAIL)[1]}>"
BOUNCE_ADDRESS = env.str(
    "BOUNCE_ADDRESS", ""
)  # what cannot be delivered comes back to bounces+…@host; see docs/running.md
WEBHOOK_NETWORKS = env.list(
    "WEBHOOK_NETWORKS", default=[]
)  # private networks in which a webhook may stand, such as 10.1.0.0/16
MAILBOX_DIR = env.str(
    "ITB_MAILBOX_DIR", ""
)  # where the local sink keeps what arrived; empty: there is no sink

# Who hears outside of this machine that a cycle has finished: an address of healthchecks or its like. Empty: nobody.
WATCH_URL = env.str("WATCH_URL", "")
# By how much every clock of the watch runs faster than in earnest: tests of a dead worker wait seconds, not minutes.
WATCH_SCALE = env.float("ITB_WATCH_SCALE", 1.0)

# Where it is noted how far the database had come, on another disk than the database; empty: nothing is noted.
ANCHOR_FILE = env.str("ITB_ANCHOR_FILE", "")
BACKUP_RECIPIENTS = env.list(
    "BACKUP_RECIPIENTS", default=[]
)  # age public keys; the secret keys are not on this host
POSTGRES_BINARIES = env.str(
    "POSTGRES_BINARIES", ""
)  # where pg_dump, pg_restore and psql are; empty: on the PATH

CELERY_BROKER_URL = env.str("REDIS_URL")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = False  # a task is only a kick to look at the database; see docs/decisions/0004
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
    "max_retries": 0,  # of a doorbell: with Redis away a kept form must not wait for it; the worker's own loop goes on
}
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_BEAT_SCHEDULER = "celery.beat.Scheduler"  # in memory: a fixed tick needs no table and no file
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "alerts.tasks.sweep", "schedule": 15.0 / WATCH_SCALE, "options": {"expires": 15}},
    "drain": {"task": "itb.outbox.tasks.drain", "schedule": 15.0 / WATCH_SCALE, "options": {"expires": 15}},
    "make_lists": {
        "task": "itb.morning.tasks.make_lists",
        "schedule": 300.0,
        "options": {"expires": 60},
    },
    "forget_sessions": {
        "task": "itb.accounts.tasks.forget_sessions",
        "schedule": 3600.0,
        "options": {"expires": 60},
    },
}

logs.set_up(outlines_only=not DEBUG)
LOGGING = logs.LOGGING

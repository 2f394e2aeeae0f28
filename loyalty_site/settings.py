"""Settings, all from the environment.

`LOYALTY_MODE` decides how much is taken on trust: `production` (the default) refuses to start
without its own secrets, `demo` is what `bin/run` starts, `test` is what `bin/test` starts.
docs/operations.md lists every variable.
"""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import dj_database_url
from corsheaders.defaults import default_headers
from django.core.exceptions import ImproperlyConfigured

from loyalty_site.api.openapi import SPECTACULAR_SETTINGS  # noqa: F401 -- a setting
from loyalty_site.environment import (
    env_days,
    env_https,
    env_int,
    env_list,
    env_proxies,
    env_rates,
    env_secret,
    env_shared_secret,
    env_zone,
)

BASE_DIR = Path(__file__).resolve().parent.parent

MODES = ("production", "demo", "test")

LOYALTY_MODE = os.environ.get("LOYALTY_MODE", "production")
if LOYALTY_MODE not in MODES:
    raise ImproperlyConfigured(f"LOYALTY_MODE must be one of {', '.join(MODES)}.")
IS_PRODUCTION = LOYALTY_MODE == "production"

# Secrets and hosts
DEBUG = False
SECRET_KEY = env_secret("SECRET_KEY", production=IS_PRODUCTION)
JWT_SIGNING_KEY = env_secret("JWT_SIGNING_KEY", production=IS_PRODUCTION)
if IS_PRODUCTION and JWT_SIGNING_KEY == SECRET_KEY:
    raise ImproperlyConfigured("JWT_SIGNING_KEY and SECRET_KEY must differ.")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", "" if IS_PRODUCTION else "localhost,127.0.0.1,[::1]")
if IS_PRODUCTION and (not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS):
    raise ImproperlyConfigured(
        "ALLOWED_HOSTS must name this site's hosts (LOYALTY_MODE=production)."
    )
if LOYALTY_MODE == "test":
    ALLOWED_HOSTS += ["testserver"]
# The product front end: the only origin browsers may call us from, and where /r/<code> leads.
PORT = env_int("PORT", 8000)
FRONTEND_URL = os.environ.get("FRONTEND_URL", "" if IS_PRODUCTION else f"http://localhost:{PORT}")
if not FRONTEND_URL.startswith(("http://", "https://")):
    raise ImproperlyConfigured("FRONTEND_URL must be the front end's address, https://….")
FRONTEND_URL = FRONTEND_URL.rstrip("/")
CORS_ALLOWED_ORIGINS = [FRONTEND_URL]
CORS_ALLOW_CREDENTIALS = True
CORS_ALLOW_HEADERS = (*default_headers, "idempotency-key", "x-api-key")
CORS_EXPOSE_HEADERS = (
    "content-disposition",
    "retry-after",
    "idempotency-hit",
    "ratelimit-limit",
    "ratelimit-remaining",
    "ratelimit-reset",
)
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

if IS_PRODUCTION:
    SECURE_SSL_REDIRECT = True
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SECURE_REDIRECT_EXEMPT = [r"^health$"]
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    LANGUAGE_COOKIE_SECURE = True
SESSION_COOKIE_AGE = 60 * 60 * 12
X_FRAME_OPTIONS = "DENY"

# Applications
INSTALLED_APPS = [
    "loyalty_site.console.apps.ConsoleConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "pgtrigger",
    "rest_framework",
    "rest_framework_simplejwt.token_blacklist",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "import_export",
    "channels",
    "django_htmx",
    "loyalty_site.apps.SiteConfig",
    "loyalty_site.api.apps.ApiConfig",
    "loyalty_site.accounts.apps.AccountsConfig",
    "loyalty_site.realtime.apps.RealtimeConfig",
    "loyalty_site.member_site.apps.MemberSiteConfig",
    "points.apps.PointsConfig",
    "referrals.apps.ReferralsConfig",
    "rewards.apps.RewardsConfig",
    "gamification.apps.GamificationConfig",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "loyalty_site.api.limits.RateLimitMiddleware",
    "loyalty_site.api.middleware.OptionalTrailingSlashMiddleware",
    "loyalty_site.api.middleware.RejectBadTextMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "loyalty_site.api.language.PagesLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "loyalty_site.console.policy.ContentPolicyMiddleware",
]
ROOT_URLCONF = "loyalty_site.urls"
WSGI_APPLICATION = "loyalty_site.wsgi.application"
ASGI_APPLICATION = "loyalty_site.asgi.application"
APPEND_SLASH = True
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
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# PostgreSQL and Redis
DATABASES: dict[str, dict[str, Any]] = {
    "default": dict(
        dj_database_url.parse(
            os.environ.get("DATABASE_URL", "postgres://loyalty@127.0.0.1:5432/loyalty"),
        )
    )
}
if DATABASES["default"]["ENGINE"] != "django.db.backends.postgresql":
    raise ImproperlyConfigured("DATABASE_URL must be a PostgreSQL address: postgres://….")
# Sees for itself that a pooled connection still works.
DATABASES["default"]["ENGINE"] = "loyalty_site.postgres"
# Servers hold a pool, since ASGI would reconnect on every request; commands and tests do not.
DATABASE_POOL_SIZE = env_int("DATABASE_POOL_SIZE", 0)
DATABASES["default"].setdefault("OPTIONS", {})
# The hot paths are prepared statements: parsed and planned once per connection.
DATABASES["default"]["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 3}
if DATABASE_POOL_SIZE:
    DATABASES["default"]["OPTIONS"]["pool"] = {
        "min_size": 1,
        "max_size": DATABASE_POOL_SIZE,
        "timeout": 10,
    }
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "loyalty_site.redis_cache.RedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_timeout": 0.2, "socket_connect_timeout": 0.2},
    }
}

# Celery
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_TIME_LIMIT = 60 * 30
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60 * 60 * 2,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
    "max_retries": 1,
}

# People and tokens
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["loyalty_site.accounts.backends.LockoutBackend"]
# So many failed sign-ins in a row under one name, then 423 for so many seconds.
LOYALTY_SIGN_IN_FAILURES_MAX = env_int("LOYALTY_SIGN_IN_FAILURES_MAX", 10)
LOYALTY_SIGN_IN_LOCK_SECONDS = env_int("LOYALTY_SIGN_IN_LOCK_SECONDS", 15 * 60)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("email", "name", "public_id")},
    },
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
if LOYALTY_MODE == "test":
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
LOGIN_REDIRECT_URL = "/admin/"
SIMPLE_JWT = {
    "ALGORITHM": "HS256",
    "SIGNING_KEY": JWT_SIGNING_KEY,
    "ISSUER": "loyalty",
    "AUDIENCE": "loyalty",
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "LEEWAY": 10,
}
# How the host's own members' tokens are checked; without a secret or keys none is accepted.
HOST_JWT: dict[str, Any] = {
    "SECRET": env_shared_secret("HOST_JWT_SECRET", ours={SECRET_KEY, JWT_SIGNING_KEY}),
    "JWKS": os.environ.get("HOST_JWT_JWKS", ""),
    "JWKS_URL": env_https("HOST_JWT_JWKS_URL"),
    "ISSUER": os.environ.get("HOST_JWT_ISSUER", ""),
    "AUDIENCE": os.environ.get("HOST_JWT_AUDIENCE", ""),
    "ID_CLAIMS": env_list("HOST_JWT_ID_CLAIMS", "id,userId,_id,sub"),
    "LEEWAY_SECONDS": env_int("HOST_JWT_LEEWAY_SECONDS", 10),
}
# What turns a socket's token into a person; raises DRF's AuthenticationFailed.
LOYALTY_TOKEN_RESOLVER = "loyalty_site.accounts.authentication.resolve_socket_token"  # noqa: S105
# Says which of many sockets' tokens are good no longer.
LOYALTY_SOCKET_TOKEN_CHECKER = "loyalty_site.accounts.authentication.find_refused_tokens"  # noqa: S105

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "loyalty_site.accounts.authentication.TokenAuthentication",
        "loyalty_site.accounts.authentication.ApiKeyAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["loyalty_site.api.renderers.EnvelopeRenderer"],
    "DEFAULT_PARSER_CLASSES": ["loyalty_site.api.parsers.SafeJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "loyalty_site.api.pagination.PageLimitPagination",
    "DEFAULT_FILTER_BACKENDS": ["loyalty_site.api.sorting.SortBackend"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "loyalty_site.api.negotiation.FormatNegotiation",
    "DEFAULT_METADATA_CLASS": "loyalty_site.api.metadata.MethodsMetadata",
    "DEFAULT_SCHEMA_CLASS": "loyalty_site.api.schema.EnvelopeAutoSchema",
    "EXCEPTION_HANDLER": "loyalty_site.api.errors.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
# So many requests within so many seconds; see loyalty_site.api.limits. 0 is without limit.
# The demo's are a hundred times as high, tests of other things run without.
LIMITS_FACTOR = {"production": 1, "demo": 100, "test": 0}[LOYALTY_MODE]
LOYALTY_RATE_LIMIT_WINDOW_SECONDS = max(1, env_int("LOYALTY_RATE_LIMIT_WINDOW_SECONDS", 15 * 60))
LOYALTY_RATE_LIMITS = {
    "general": env_int("LOYALTY_RATE_LIMIT_GENERAL", 100 * LIMITS_FACTOR),
    "auth": env_int("LOYALTY_RATE_LIMIT_AUTH", 10 * LIMITS_FACTOR),
    "redeem": env_int("LOYALTY_RATE_LIMIT_REDEEM", 30 * LIMITS_FACTOR),
    "leaderboards": env_int("LOYALTY_RATE_LIMIT_LEADERBOARDS", 60 * LIMITS_FACTOR),
    "admin": env_int("LOYALTY_RATE_LIMIT_ADMIN", 200 * LIMITS_FACTOR),
    "reports": env_int("LOYALTY_RATE_LIMIT_REPORTS", 6_000 * LIMITS_FACTOR),
}
# Whose word on where a request comes from is believed: networks, or how many proxies there are.
LOYALTY_TRUSTED_PROXIES = env_proxies("LOYALTY_TRUSTED_PROXIES")
# Names whoever shows a token or key of ours, without looking the person up.
LOYALTY_CALLER_NAMER = "loyalty_site.accounts.callers.name_caller"
# Says for how many seconds a name is locked after too many wrong passwords.
LOYALTY_SIGN_IN_LOCK = "loyalty_site.accounts.lockout.get_lock_seconds"
# The query that says for how many seconds the oldest event waits to be published.
LOYALTY_OUTBOX_AGE_QUERY = "loyalty_site.realtime.selectors.OUTBOX_AGE"
# What stands before every method of a view that writes; see points.views.LoyaltyView.
LOYALTY_WRITE_GUARD = "loyalty_site.api.idempotency.guard_write"
# Whole hours for which a write can be asked for its answer again; no less than a day.
LOYALTY_IDEMPOTENCY_KEPT_HOURS = max(24, env_int("LOYALTY_IDEMPOTENCY_KEPT_HOURS", 48))
# Paths that answer JSON in the envelope, whatever goes wrong.
API_PREFIXES = ("/api/", "/v2/", "/rewards/", "/analytics/", "/health")

# The programme's rules (docs/operations.md)
# The zone of calendar days: when points expire and when a leaderboard's week begins.
LOYALTY_TIME_ZONE = env_zone("LOYALTY_TIME_ZONE")
# The schedule's hours are the programme's, so that a day's work begins with its midnight.
CELERY_TIMEZONE = LOYALTY_TIME_ZONE
# Whole days points live after they are posted, to the end of the last day; 0 is for ever.
LOYALTY_POINTS_EXPIRE_AFTER_DAYS = env_int("LOYALTY_POINTS_EXPIRE_AFTER_DAYS", 365)
# How many points are worth 1.00 off a purchase, by the purchase's currency; others take none.
LOYALTY_REDEMPTION_RATES = env_rates("LOYALTY_REDEMPTION_RATES", "USD=100")
# Points a person without the permission to grant more may grant by hand in a day; 0 is none.
LOYALTY_POINTS_GRANTED_PER_DAY_MAX = env_int("LOYALTY_POINTS_GRANTED_PER_DAY_MAX", 10_000)
# Whole days for which refused activities can be looked up.
LOYALTY_REFUSALS_KEPT_DAYS = env_int("LOYALTY_REFUSALS_KEPT_DAYS", 90)
# Whole days that points of a lapsed lot live on when a rejected redemption returns them.
LOYALTY_RETURNED_POINTS_GRACE_DAYS = env_int("LOYALTY_RETURNED_POINTS_GRACE_DAYS", 7)
# Whole days that published events can be asked for again by a socket that comes back.
LOYALTY_EVENTS_KEPT_DAYS = env_int("LOYALTY_EVENTS_KEPT_DAYS", 30)
# Whole hours for which who was told of a reward that is back comes before the next in line.
LOYALTY_WATCH_TURN_HOURS = max(1, env_int("LOYALTY_WATCH_TURN_HOURS", 24))
# So many days before points lapse, members are told.
LOYALTY_EXPIRY_REMINDER_DAYS = env_days("LOYALTY_EXPIRY_REMINDER_DAYS", "30,7,1")
# So many members a day somebody may bring; further ones wait for staff. 0 holds every one.
LOYALTY_REFERRALS_PER_DAY_MAX = env_int("LOYALTY_REFERRALS_PER_DAY_MAX", 20)
# So many e-mails a day are noted as invited with one member's code.
LOYALTY_INVITATIONS_PER_DAY_MAX = env_int("LOYALTY_INVITATIONS_PER_DAY_MAX", 100)
# Whole days for which an invitation stands.
# Who earned a badge longer ago than this, by history that came late, is not told of it any more.
LOYALTY_BADGE_NEWS_DAYS = env_int("LOYALTY_BADGE_NEWS_DAYS", 7)
LOYALTY_INVITATIONS_VALID_DAYS = env_int("LOYALTY_INVITATIONS_VALID_DAYS", 90)
# Minutes after joining for which a member is new, so that an invitation may come after the account.
LOYALTY_REFERRAL_NEW_MEMBER_MINUTES = env_int("LOYALTY_REFERRAL_NEW_MEMBER_MINUTES", 60)
# Where referral links lead: /<code> is added to the short one (it must reach this site's /r/),
# ?ref=<code> to the other two.
REFERRAL_SHORT_URL = os.environ.get("REFERRAL_SHORT_URL", f"{FRONTEND_URL}/r").rstrip("/")
REFERRAL_SIGN_UP_URL = os.environ.get("REFERRAL_SIGN_UP_URL", f"{FRONTEND_URL}/auth/jwt/sign-up")
REFERRAL_LOGIN_URL = os.environ.get("REFERRAL_LOGIN_URL", f"{FRONTEND_URL}/login")

# E-mail
EMAIL_HOST = os.environ.get("EMAIL_HOST", "")
EMAIL_PORT = env_int("EMAIL_PORT", 587)
EMAIL_HOST_USER = os.environ.get("EMAIL_HOST_USER", "")
EMAIL_HOST_PASSWORD = os.environ.get("EMAIL_HOST_PASSWORD", "")
EMAIL_USE_TLS = bool(env_int("EMAIL_USE_TLS", 1))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = os.environ.get(
    "DEFAULT_FROM_EMAIL", "" if IS_PRODUCTION else "Loyalty <loyalty@localhost>"
)
if IS_PRODUCTION and EMAIL_HOST and "@" not in DEFAULT_FROM_EMAIL:
    raise ImproperlyConfigured("DEFAULT_FROM_EMAIL must be set when EMAIL_HOST is.")
# Production without a mail server keeps e-mails unsent; elsewhere they land in files, in memory
# or in the terminal.
LOYALTY_SENDS_MAIL = bool(EMAIL_HOST) or not IS_PRODUCTION
if EMAIL_HOST:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
elif LOYALTY_MODE == "test":
    EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
elif os.environ.get("LOYALTY_DATA_DIR"):
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = Path(os.environ["LOYALTY_DATA_DIR"]) / "mails"
else:
    EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"

# Language, time, files, logs
LANGUAGE_CODE = "en"
# What the member site speaks, each by its own name.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "loyalty_site" / "locale"]
LANGUAGE_COOKIE_AGE = 60 * 60 * 24 * 365
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True
FORMAT_MODULE_PATH = "loyalty_site.console.formats"
STATIC_URL = "static/"
# Only production collects static files; elsewhere they are served from where they lie.
STATIC_ROOT = Path(os.environ.get("STATIC_ROOT", BASE_DIR / ".static")) if IS_PRODUCTION else None
STATICFILES_DIRS = [BASE_DIR / "templates" / "static"]
WHITENOISE_USE_FINDERS = not IS_PRODUCTION
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if IS_PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        name: {"level": "INFO"}
        for name in ("loyalty_site", "points", "referrals", "rewards", "gamification")
    },
}
if "pytest" in sys.modules:
    LOGGING["loggers"] = {}

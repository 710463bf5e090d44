"""Django's settings; every value that differs between installations comes from `oas.kernel.config`."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from corsheaders.defaults import default_headers
from csp.constants import NONE, SELF

from oas.kernel.config import config
from oas.kernel.logs import configure_structlog, logging_dict
from oas.setting_values import database_settings, mail_settings, package_folder

CONFIG = config()
BASE_DIR = Path(__file__).resolve().parent.parent
HTTPS = CONFIG.url.startswith("https://")  # of the public address, whatever proxies use among themselves

SECRET_KEY = CONFIG.secret_key.get_secret_value()
DEBUG = CONFIG.debug
ROOT_URLCONF = "oas.urls"
WSGI_APPLICATION = "oas.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "corsheaders",
    "django_filters",
    "rest_framework",
    "drf_standardized_errors",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "axes",
    "csp",
    "oas",
    "accounts",
    "catalogue",
    "layouts",
    "rates",
    "idempotency",
    "jobs",
    "totals",
    "salesfiles",
    "fetcher",
    "reports",
    "partners",
    "upkeep",
]

MIDDLEWARE = [
    "oas.middleware.RequestLog",
    "oas.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "oas.middleware.BodyLimit",
    "oas.middleware.ReadableHeaders",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "oas" / "templates"],
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

LANGUAGE_CODE = "en"
USE_I18N = False
TIME_ZONE = "UTC"
USE_TZ = True

# --- services ---

DATABASES = {"default": database_settings(CONFIG.database_url.get_secret_value(), timeout=CONFIG.database_timeout)}

CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CONFIG.redis_url.get_secret_value(),
        "KEY_PREFIX": "oas",
        "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2, "health_check_interval": 30},
    }
}

locals().update(mail_settings(CONFIG.email_url))
DEFAULT_FROM_EMAIL = CONFIG.email_from
SERVER_EMAIL = CONFIG.email_from

# --- pages ---

# Static files carry their hash once `collectstatic` has run; before that they come from the packages.

STATIC_URL = "/static/"
STATIC_ROOT = CONFIG.static_root or str(BASE_DIR / "static")
STATICFILES_DIRS = [("chartjs", package_folder("unfold") / "static" / "unfold" / "js" / "chart")]
STATIC_COLLECTED = (Path(STATIC_ROOT) / "staticfiles.json").is_file()
WHITENOISE_USE_FINDERS = not STATIC_COLLECTED
WHITENOISE_AUTOREFRESH = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "oas.staticfiles.CollectedStaticFiles"},
}

# --- hosts, proxies, cookies, origins ---

_ADDRESSES = (CONFIG.url, CONFIG.webhook_address)
ALLOWED_HOSTS = sorted({*CONFIG.allowed_hosts, *(urlsplit(address).hostname or "" for address in _ADDRESSES)} - {""})
CSRF_TRUSTED_ORIGINS = ["{0.scheme}://{0.netloc}".format(urlsplit(CONFIG.url))]
if CONFIG.proxies:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_SSL_REDIRECT = HTTPS and CONFIG.proxies > 0
SECURE_REDIRECT_EXEMPT = [r"^api/webhooks/"]  # Glider may call from inside, where there is no TLS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # subdomains and preloading are the domain owner's choice
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
X_FRAME_OPTIONS = "DENY"

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

CORS_ALLOWED_ORIGINS = list(CONFIG.cors_origins)
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_HEADERS = [*default_headers, "x-api-key", "x-organisation", "x-request-id", "if-match", "idempotency-key"]
CORS_EXPOSE_HEADERS = ["etag", "location", "retry-after", "x-request-id", "idempotent-replayed"]

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes of a body that is no multipart form
MULTIPART_MAX_SIZE = 32 * 1024 * 1024  # bytes; sales files go to S3, never through here
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024

OWN_ENVELOPES = ("/1.2/",)  # the partner API, in lower case

# --- passwords and lockouts ---

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_CLIENT_IP_CALLABLE = "oas.middleware.address_of"

# --- the API ---

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.access.ApiKeyAuthentication",
        "accounts.access.BearerAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.access.OrganisationAccess"],
    "DEFAULT_THROTTLE_CLASSES": ["accounts.throttling.RequestThrottle"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        "oas.api.parsers.JSONParser",
        "rest_framework.parsers.FormParser",
        "rest_framework.parsers.MultiPartParser",
    ],
    "DEFAULT_FILTER_BACKENDS": [
        "django_filters.rest_framework.DjangoFilterBackend",
        "oas.api.search.WordSearch",
        "rest_framework.filters.OrderingFilter",
    ],
    "DEFAULT_PAGINATION_CLASS": "oas.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "oas.api.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": CONFIG.proxies,
}

_DOCUMENTED = ("400", "401", "403", "404", "413", "415", "429", "500", "503")
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "oas.api.error_handler.Handler",
    "EXCEPTION_FORMATTER_CLASS": "oas.api.error_handler.Formatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
    "ALLOWED_ERROR_STATUS_CODES": _DOCUMENTED,
    "ERROR_SCHEMAS": dict.fromkeys(_DOCUMENTED, "oas.api.openapi.ErrorEnvelope"),
}

SPECTACULAR_SETTINGS = {
    "TITLE": "OAS",
    "VERSION": "1",
    "DESCRIPTION": (BASE_DIR / "oas" / "api" / "intro.md").read_text(encoding="utf-8"),
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SERVE_AUTHENTICATION": [],
    "SCHEMA_PATH_PREFIX": "/api/",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "persistAuthorization": True, "filter": True},
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "SalesFileStatusEnum": "salesfiles.status.Status",
        "OriginEnum": "layouts.models.Origin",
        "RateOriginEnum": "rates.choices.Origin",
        "JobStatusEnum": ["succeeded", "failed"],
        "LinkKindEnum": "fetcher.sources.links.Kind",
        "BatchStatusEnum": "fetcher.services.progress.ShownStatus",
        "ReportTypeEnum": "reports.choices.Kind",
        "ReportStatusEnum": "reports.choices.Status",
        "AliasKindEnum": "catalogue.models.AliasKind",
        "KnownNameKindEnum": "layouts.models.NameKind",
        "CreditRoleEnum": "catalogue.models.Role",
        "MemberRoleEnum": "accounts.models.Role",
        "ImportStatusEnum": "catalogue.models.ImportStatus",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "oas.api.openapi.add_idempotency",
        "oas.api.openapi.add_long_addresses",
        "oas.api.openapi.add_error_examples",
    ],
    "TAGS": [
        {"name": "Sales files", "description": "From an upload link to exact totals."},
        {"name": "Totals", "description": "What all sales files add up to."},
        {"name": "Links", "description": "Files fetched from Google Drive, or from a presigned link."},
        {"name": "Reports", "description": "What was sold, line by line: of your catalogue, and what is not in it."},
        {"name": "Catalogue", "description": "What the label owns, and what sales are matched against."},
        {"name": "Formats", "description": "The layouts of sales files that OAS knows."},
        {"name": "Access", "description": "Logging in, and the caller's access."},
        {"name": "Machines", "description": "What Glider sends to OAS."},
    ],
}

# --- logs ---

LOGGING = logging_dict(CONFIG)
configure_structlog()

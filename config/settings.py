"""Django settings, read from the environment and from a `.env` file next to `manage.py`.

`.env.example` describes every variable. The startup checks in `config/checks.py` reject unsafe combinations.
"""

from pathlib import Path
from typing import Any

import environ

from config import service_urls
from config.logging import build_logging_settings
from config.openapi import REST_FRAMEWORK as REST_FRAMEWORK
from config.openapi import SPECTACULAR_SETTINGS as SPECTACULAR_SETTINGS

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")

DEBUG: bool = env.bool("DEBUG", default=False)

# An empty key lets commands such as `collectstatic` run; the startup checks refuse to serve with it.
SECRET_KEY: str = env.str("SECRET_KEY", default="")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys, newest first. The first encrypts; all decrypt.
ENCRYPTION_KEYS: list[str] = env.list("ENCRYPTION_KEYS", default=[])

ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if DEBUG else [])
# The scheme shoppers use to reach the shop; `http` is for local development only.
PUBLIC_SCHEME: str = env.str("PUBLIC_SCHEME", default="http" if DEBUG else "https")
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Only for a proxy that always sets this header itself.
BEHIND_PROXY: bool = env.bool("BEHIND_PROXY", default=False)
if BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# Whose X-Forwarded-For counts: how many proxies stand in a row, or their networks (docs/proxies.md).
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=["1"] if BEHIND_PROXY else [])

INSTALLED_APPS = [
    "config.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_static",
    "django_otp.plugins.otp_totp",
    "django_otp_webauthn",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "wording",
    "nextcommerce",
    "accounts",
    "stores",
    "catalog",
    "orders",
    "subscriptions",
    "checkout",
    "config",
]

MIDDLEWARE = [
    "config.health.MonitoringMiddleware",
    "config.stuck_threads.StuckThreadsMiddleware",
    "stores.middleware.TrustedProxyMiddleware",
    "config.logging.RequestLogMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "stores.middleware.SecurityHeadersMiddleware",
    "stores.middleware.StoreMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "checkout.cart_count.CartCountMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "stores.mistyped_paths.MistypedPathMiddleware",
    "django.middleware.common.CommonMiddleware",
    "stores.request_size.RequestSizeMiddleware",
    "stores.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "stores.staff_stores.StaffTimeZoneMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "stores.middleware.ProblemMiddleware",
    "axes.middleware.AxesMiddleware",
]

# Processes of the web server and threads of each, for gunicorn.conf.py. Half the threads may wait for NEXT.
WEB_CONCURRENCY: int = env.int("WEB_CONCURRENCY", default=2)
WEB_THREADS: int = env.int("WEB_THREADS", default=16)

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "stores.context_processors.current_store",
            ],
        },
    },
]

# --- Data -------------------------------------------------------------------

DATABASES: dict[str, dict[str, Any]] = {
    "default": env.db("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'shop.sqlite3'}")
}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    VAR_DIR.mkdir(exist_ok=True)
    DATABASES["default"]["OPTIONS"] = {
        # Waiting for the write lock at BEGIN avoids "database is locked" in the middle of a transaction.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    # Fail fast if the server or the way to it is gone, so that no thread waits for an answer that can't come.
    DATABASES["default"]["OPTIONS"] = {
        "connect_timeout": 3,
        "keepalives_idle": 10,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 20_000,
    } | DATABASES["default"].get("OPTIONS", {})
SILENCED_SYSTEM_CHECKS = [
    "models.W040",  # SQLite ignores `include` columns of an index: the results are the same, only slower
    "security.W003",  # our CsrfMiddleware is Django's and more
    "otp_webauthn.E030",  # passkeys get their host and origin from the request (accounts/passkeys.py)
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

CACHES = {"default": service_urls.build_cache_settings(env.cache("CACHE_URL", default="locmemcache://"))}
# How long a public page may be cached and thus out of date.
PUBLIC_PAGE_CACHE_SECONDS: int = env.int("PUBLIC_PAGE_CACHE_SECONDS", default=30)

# --- Sign-in and sessions -----------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
AXES_VERBOSE = False  # no log line at startup
AXES_FAILURE_LIMIT = 8
AXES_COOLOFF_TIME = 1  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "stores.http.client_ip"

# `required`: staff who may move money, change settings, or manage staff must set up a second step. With
# `optional`, only who has set one up must use it.
STAFF_TWO_FACTOR: str = env.str("STAFF_TWO_FACTOR", default="optional" if DEBUG else "required")
# How long staff stay signed in. Shoppers' sessions last longer (SESSION_COOKIE_AGE).
STAFF_SESSION_HOURS: int = env.int("STAFF_SESSION_HOURS", default=12)
OTP_TOTP_ISSUER = "Storefront"
OTP_TOTP_THROTTLE_FACTOR = 1  # wait 1, 2, 4, 8, … seconds after wrong codes
OTP_WEBAUTHN_ALLOW_PASSWORDLESS_LOGIN = False
OTP_WEBAUTHN_HELPER_CLASS = "accounts.passkeys.PasskeyHelper"
OTP_WEBAUTHN_RP_ID_CALLABLE = "accounts.passkeys.find_passkey_domain"
OTP_WEBAUTHN_RP_NAME = "Storefront"

_uses_https = PUBLIC_SCHEME == "https"
SESSION_ENGINE = "stores.sessions"
SESSION_COOKIE_SECURE = _uses_https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
# With this prefix a browser accepts the cookie from this host and over https only.
CSRF_FAILURE_VIEW = "checkout.views.lost_cookies.show_csrf_failure"
CSRF_COOKIE_NAME = "__Host-csrftoken" if _uses_https else "csrftoken"
CSRF_COOKIE_SECURE = _uses_https
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = _uses_https
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Language and time --------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"

# --- Files ----------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(VAR_DIR / "static")))
STATICFILES_DIRS = [BASE_DIR / "static"]
# Where browsers load uploaded pictures from: this shop, or a CDN or bucket.
MEDIA_URL: str = env.str("MEDIA_URL", default="/media/")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# Turn off if a CDN or a web server in front serves uploaded images.
SERVE_MEDIA: bool = env.bool("SERVE_MEDIA", default=True)
STORAGES = {
    "default": service_urls.build_media_storage_settings(
        env.str("STORAGE_URL", default=""), media_url=MEDIA_URL
    ),
    "staticfiles": {"BACKEND": "config.static_storage.OptionalManifestStorage"},
}
# Until `collectstatic` has run, serve static files from their source folders.
WHITENOISE_USE_FINDERS = DEBUG or not (STATIC_ROOT / "staticfiles.json").exists()
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000
# Images and CSV files that signed-in staff upload.
STAFF_UPLOAD_MAX_SIZE = 50_000_000
# A product with 500 variants is a single form in the admin.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 8000

# --- Security -------------------------------------------------------------------

SECURE_SSL_REDIRECT: bool = env.bool("SECURE_SSL_REDIRECT", default=_uses_https)
SECURE_HSTS_SECONDS: int = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if _uses_https else 0)
# Both concern other hosts of the domain, so they are off unless its owner decides.
SECURE_HSTS_INCLUDE_SUBDOMAINS: bool = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD: bool = env.bool("SECURE_HSTS_PRELOAD", default=False)
SILENCED_SYSTEM_CHECKS += ["security.W005", "security.W021"]
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
# Django 6 has this setting built in. Only the checkout page allows more in `form-action`, because its
# response redirects the browser to a payment host that NEXT chooses.
SECURE_CSP: dict[str, list[str]] = {
    "default-src": ["'self'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:", *service_urls.find_origins(MEDIA_URL)],
    "object-src": ["'none'"],
    "base-uri": ["'none'"],
    "form-action": ["'self'"],
    "frame-ancestors": ["'none'"],
}

# How many requests a minute one client may make; 0 means no limit. A client is an IP address in one shop, and
# for `api_key` a key. The limits leave room for an office or a mobile network behind one address.
REQUESTS_PER_MINUTE: dict[str, int] = {
    # Checkouts that are sent to NEXT. Forms with mistakes and updates don't count.
    "checkout": env.int("CHECKOUTS_PER_MINUTE", default=60),
    # Discount codes for which NEXT is asked, whether typed or in an address.
    "code": env.int("CODES_PER_MINUTE", default=60),
    "token": env.int("TOKEN_POSTS_PER_MINUTE", default=60),
    "find": env.int("FIND_POSTS_PER_MINUTE", default=30),
    "alert": env.int("STOCK_ALERTS_PER_MINUTE", default=30),
    "withdraw": env.int("WITHDRAWALS_PER_MINUTE", default=30),
    "cancel": env.int("CANCELLATIONS_PER_MINUTE", default=30),
    "sign_in": env.int("SIGN_IN_POSTS_PER_MINUTE", default=30),
    "visit": env.int("VISIT_POSTS_PER_MINUTE", default=60),
    "api_key": env.int("API_REQUESTS_PER_MINUTE", default=1200),
    # API requests without a valid key.
    "api_address": env.int("API_FAILURES_PER_MINUTE", default=60),
    # Webhook deliveries with an invalid signature.
    "webhook": env.int("WEBHOOK_FAILURES_PER_MINUTE", default=60),
}

# --- Email ----------------------------------------------------------------------

_email_url = env.str("EMAIL_URL", default="consolemail://" if DEBUG else "smtp://localhost:25")
vars().update(service_urls.build_provider_email_settings(_email_url) or env.email_url_config(_email_url))
DEFAULT_FROM_EMAIL: str = env.str("DEFAULT_FROM_EMAIL", default="shop@localhost")
EMAIL_TIMEOUT = 10

# --- NEXT Commerce Admin API ------------------------------------------------------

NEXT_API_CONNECT_SECONDS: float = env.float("NEXT_API_CONNECT_SECONDS", default=5.0)
NEXT_API_READ_SECONDS: float = env.float("NEXT_API_READ_SECONDS", default=30.0)
NEXT_API_CALLS_PER_SECOND: int = env.int("NEXT_API_CALLS_PER_SECOND", default=4)
# For a sandbox store on this machine. Real stores always use https.
NEXT_API_ALLOW_HTTP: bool = env.bool("NEXT_API_ALLOW_HTTP", default=DEBUG)
# Whether the Admin API may be on this machine or in a private network, as a sandbox store is.
NEXT_API_ALLOW_PRIVATE: bool = env.bool("NEXT_API_ALLOW_PRIVATE", default=NEXT_API_ALLOW_HTTP)

# --- Checkout ---------------------------------------------------------------------

# How long stock is held until the shopper is sent to Link, and from then on.
HOLD_MINUTES_BEFORE_LINK: int = env.int("HOLD_MINUTES_BEFORE_LINK", default=5)
HOLD_MINUTES: int = env.int("HOLD_MINUTES", default=60)
# The most that one line of an order, and all unpaid orders from one network, may hold of a variant; and how
# many uses of a payment link those orders may hold. 0 means no limit.
HOLD_UNITS_PER_LINE: int = env.int("HOLD_UNITS_PER_LINE", default=100)
HOLD_UNITS_PER_NETWORK: int = env.int("HOLD_UNITS_PER_NETWORK", default=150)
HOLD_USES_PER_NETWORK: int = env.int("HOLD_USES_PER_NETWORK", default=5)
# How long a process collects payment link visits before it saves them; 0 saves each right away.
VISIT_FLUSH_SECONDS: float = env.float("VISIT_FLUSH_SECONDS", default=5.0)

# --- REST API ---------------------------------------------------------------------

# X16: another store's order returns 403, as documented, or 404, which doesn't reveal that it exists.
API_FOREIGN_ORDER_STATUS: int = env.int("API_FOREIGN_ORDER_STATUS", default=403)

# --- Logging ----------------------------------------------------------------------

LOG_LEVEL: str = env.str("LOG_LEVEL", default="INFO")
# `json` writes one object a line, `plain` writes text for people. Both redact secrets.
LOG_FORMAT: str = env.str("LOG_FORMAT", default="plain" if DEBUG else "json")
LOGGING = build_logging_settings(level=LOG_LEVEL, formatter=LOG_FORMAT)

# --- Monitoring -------------------------------------------------------------------

# Bearer token for /metrics and the details of /readyz.
MONITORING_TOKEN: str = env.str("MONITORING_TOKEN", default="")
SENTRY_DSN: str = env.str("SENTRY_DSN", default="")
# The address of a collector for spans. The SDK reads the other OTEL_ variables itself.
OTEL_EXPORTER_OTLP_ENDPOINT: str = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", default="")

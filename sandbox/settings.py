"""Settings of the sandbox, a Django project of its own. ``SANDBOX_DB`` is the path of its SQLite file."""

import os
from pathlib import Path
from typing import Any

BASE_DIR = Path(__file__).resolve().parent

SECRET_KEY = "the sandbox moves no real money"
DEBUG = False
ALLOWED_HOSTS = ["localhost", ".localhost", "127.0.0.1", "[::1]"]
USE_TZ = True
TIME_ZONE = "UTC"
ROOT_URLCONF = "sandbox.urls"
INSTALLED_APPS = ["sandbox", "rest_framework"]
# The first adds the length of a response, without which the server closes the connection after each.
MIDDLEWARE = ["django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware"]
# Cookies ignore ports, so a shop on the same host needs another cookie name.
CSRF_COOKIE_NAME = "sandbox_csrftoken"
APPEND_SLASH = False

# The sandbox's own base URL; __main__ replaces it once the port is known.
SANDBOX_URL = os.environ.get("SANDBOX_URL", "http://127.0.0.1:8001")

DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": os.environ.get("SANDBOX_DB", "sandbox.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            # Losing the last orders in a power failure is fine here, so do not wait for the disk.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
    }
]

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "UNAUTHENTICATED_TOKEN": None,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": os.environ.get("SANDBOX_LOG", "INFO")},
    "loggers": {"django.request": {"level": "ERROR"}},
}

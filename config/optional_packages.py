"""The optional packages that settings need. A start-up check asks for those that are missing."""

import importlib.util
from typing import Any, NamedTuple

from config.service_urls import BUCKET_STORAGE, REDIS_BACKEND


class NeededPackage(NamedTuple):
    """A package, the module by which it is recognized, and the variable that needs it."""

    variable: str
    package: str
    module: str

    @property
    def is_installed(self) -> bool:
        try:
            return importlib.util.find_spec(self.module) is not None
        except (ModuleNotFoundError, ValueError):
            return False


def find_needed_packages(settings: Any) -> list[NeededPackage]:
    """Return the packages that these settings need."""
    email_backend, spans = settings.EMAIL_BACKEND, settings.OTEL_EXPORTER_OTLP_ENDPOINT
    otel = "OTEL_EXPORTER_OTLP_ENDPOINT"
    return [
        NeededPackage(variable, package, module)
        for is_needed, variable, package, module in (
            (settings.CACHES["default"]["BACKEND"] == REDIS_BACKEND, "CACHE_URL", "redis", "redis"),
            (
                settings.STORAGES["default"]["BACKEND"] == BUCKET_STORAGE,
                "STORAGE_URL",
                "django-storages[s3]",
                "storages.backends.s3",
            ),
            (email_backend.startswith("anymail."), "EMAIL_URL", "django-anymail", "anymail"),
            (
                email_backend.startswith("anymail.backends.amazon_ses."),
                "EMAIL_URL",
                "django-anymail[amazon-ses]",
                "boto3",
            ),
            (settings.SENTRY_DSN, "SENTRY_DSN", "sentry-sdk", "sentry_sdk"),
            (spans, otel, "opentelemetry-sdk", "opentelemetry.sdk"),
            (
                spans,
                otel,
                "opentelemetry-exporter-otlp-proto-http",
                "opentelemetry.exporter.otlp.proto.http",
            ),
        )
        if is_needed
    ]


def find_missing_packages(settings: Any, variable: str = "") -> list[NeededPackage]:
    """Return the needed packages that aren't installed, for one variable or for all."""
    return [
        needed
        for needed in find_needed_packages(settings)
        if variable in ("", needed.variable) and not needed.is_installed
    ]

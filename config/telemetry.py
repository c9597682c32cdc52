"""Error reports to Sentry and spans to OpenTelemetry, turned on by a variable each. Neither has secrets."""

from typing import Any

from django.conf import settings

from config import VERSION
from config.logging import redact_secrets
from config.optional_packages import find_missing_packages
from nextcommerce.tracing import set_tracer

# Parts of a report that hold what visitors sent, or how the machine is set up.
PRIVATE_REQUEST_PARTS = ("cookies", "data", "env", "query_string")
HARMLESS_HEADERS = {"accept-language", "content-length", "content-type", "host", "user-agent", "x-request-id"}


def set_up_telemetry() -> None:
    """Start what the settings turn on. A start-up check reports packages that are missing."""
    if settings.SENTRY_DSN and not find_missing_packages(settings, "SENTRY_DSN"):
        set_up_sentry()
    variable = "OTEL_EXPORTER_OTLP_ENDPOINT"
    if settings.OTEL_EXPORTER_OTLP_ENDPOINT and not find_missing_packages(settings, variable):
        set_up_tracing()


def set_up_sentry(**options: Any) -> None:
    """Report errors, without local variables, bodies, cookies, or anything else that visitors sent."""
    import sentry_sdk
    from sentry_sdk.integrations.django import DjangoIntegration

    sentry_sdk.init(
        dsn=settings.SENTRY_DSN,
        release=VERSION,
        # Only Django's: others would be looked for among all packages, and record what they send.
        integrations=[DjangoIntegration(middleware_spans=False)],
        auto_enabling_integrations=False,
        include_local_variables=False,
        max_request_body_size="never",
        before_send=scrub_event,
        before_breadcrumb=scrub_breadcrumb,
        **options,
    )


def scrub_event(event: Any, _hint: Any) -> Any:
    """Return the report without what visitors sent, and with all secrets redacted."""
    request = event.get("request", {})
    for part in PRIVATE_REQUEST_PARTS:
        request.pop(part, None)
    headers = request.get("headers", {})
    request["headers"] = {name: value for name, value in headers.items() if name.lower() in HARMLESS_HEADERS}
    event.pop("user", None)
    return _redact(event)


def scrub_breadcrumb(crumb: Any, _hint: Any) -> Any:
    """Return the breadcrumb without its data, or None for queries, whose parameters are private."""
    if crumb.get("category") in {"query", "redis"}:
        return None
    return _redact({name: value for name, value in crumb.items() if name != "data"})


def _redact(value: Any) -> Any:
    if isinstance(value, str):
        return redact_secrets(value)
    if isinstance(value, dict):
        return {key: _redact(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(item) for item in value]
    return value


def set_up_tracing() -> None:
    """Send spans to OTEL_EXPORTER_OTLP_ENDPOINT in the background."""
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    # OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES come before these.
    defaults = Resource({"service.name": "storefront", "service.version": VERSION})
    provider = TracerProvider(resource=defaults.merge(Resource.create()))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    set_tracer(provider.get_tracer("storefront", VERSION))

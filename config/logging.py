"""Logging: formatters that add request and payment intent ids and redact secrets, and the request log."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse

REQUEST_HEADER = "X-Request-ID"
request_id: ContextVar[str] = ContextVar("request_id", default="")
request_intent_id: ContextVar[str] = ContextVar("request_intent", default="")

_VALID_REQUEST_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_INTENT_ID = re.compile(r"\bpi_[0-9A-Za-z]{30}\b")
# Secrets and email addresses. The part that identifies a row stays.
_SECRET_PATTERNS = (
    (re.compile(r"\b(sk_(?:live|test)_)\w+"), r"\1…"),
    (re.compile(r"\b(whsec_)[\w-]+"), r"\1…"),
    (re.compile(r"\b(eph_)\w+"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic) [\w+/=.~-]+"), r"\1 …"),
    # A URL token: the row's id, a dot, and the secret part.
    (re.compile(r"\b([a-z]+_[0-9A-Za-z]{30}\.)[\w-]{24}"), r"\1…"),
    # What django.core.signing signs, such as the token of an invitation: value, time, and signature.
    (re.compile(r"[\w.-]+:\w{6}:[\w-]{43}"), "…"),
    (re.compile(r"(?i)((?:token|secret|password|passwd|api_key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"), r"\1…"),
    (re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)"), r"…@\1"),
)

request_logger = logging.getLogger("shop.request")


def redact_secrets(text: str) -> str:
    """Return the text without secrets and email addresses."""
    for pattern, replacement in _SECRET_PATTERNS:
        text = pattern.sub(replacement, text)
    return text


class PlainFormatter(logging.Formatter):
    """Formats a record as plain text for people, with the traceback if there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return redact_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """Formats a record as a JSON object: `at`, `level`, `logger`, `message`.

    Adds `request`, `intent` and `exception` if known, and `method`, `path`, `status` and `ms` for requests.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name != request_logger.name:  # the request log is already redacted
            message = redact_secrets(message)
        intent_match = _INTENT_ID.search(message)
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "request": request_id.get(),
            "intent": intent_match[0] if intent_match else request_intent_id.get(),
            "exception": redact_secrets(self.formatException(record.exc_info)) if record.exc_info else "",
        }
        for name in ("method", "path", "status", "ms"):
            fields[name] = getattr(record, f"shop_{name}", "")
        return json.dumps({name: value for name, value in fields.items() if value != ""}, ensure_ascii=False)


class RequestLogMiddleware:
    """Gives each request an id, which its log lines and response carry, and logs its outcome."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        received = request.headers.get(REQUEST_HEADER, "")
        request_id.set(received if _VALID_REQUEST_ID.fullmatch(received) else uuid.uuid4().hex)
        intent_match = _INTENT_ID.search(request.path)
        request_intent_id.set(intent_match[0] if intent_match else "")
        started = time.monotonic()
        response = self.get_response(request)
        response.headers[REQUEST_HEADER] = request_id.get()
        milliseconds = round((time.monotonic() - started) * 1000)
        path = redact_secrets(request.path)
        request_logger.info(
            "%s %s %s",
            request.method,
            path,
            response.status_code,
            extra={
                "shop_method": request.method,
                "shop_path": path,
                "shop_status": response.status_code,
                "shop_ms": milliseconds,
            },
        )
        return response


def build_logging_settings(*, level: str, formatter: str) -> dict[str, Any]:
    """Return Django's LOGGING: everything to standard error, `json` or `plain`, without secrets."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {"()": "config.logging.JsonFormatter"},
            "plain": {"()": "config.logging.PlainFormatter"},
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": formatter}},
        "root": {"handlers": ["console"], "level": level},
        # Django's own handlers would log each record a second time, without redacting secrets.
        "loggers": {
            "django": {"handlers": [], "level": "INFO", "propagate": True},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        },
    }

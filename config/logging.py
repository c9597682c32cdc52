"""Log lines: one JSON object each, with the request's id and the payment intent's, and nothing secret."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse

REQUEST_HEADER = "X-Request-ID"
request_id: ContextVar[str] = ContextVar("request_id", default="")
request_intent_id: ContextVar[str] = ContextVar("request_intent", default="")

_GIVEN_ID = re.compile(r"[0-9A-Za-z-]{8,64}")
_INTENT = re.compile(r"\bpi_[0-9A-Za-z]{30}\b")
# What would open a door, or names a person; the part that helps to find a row is kept.
_SECRET_PATTERNS = (
    (re.compile(r"\b(sk_(?:live|test)_)\w+"), r"\1…"),
    (re.compile(r"\b(whsec_)[\w-]+"), r"\1…"),
    (re.compile(r"\b(eph_)\w+"), r"\1…"),
    (re.compile(r"(?i)\b(bearer|basic) [\w+/=.~-]+"), r"\1 …"),
    # An address of ours: the row's id, a dot, and the part that opens it.
    (re.compile(r"\b([a-z]+_[0-9A-Za-z]{30}\.)[\w-]{24}"), r"\1…"),
    (re.compile(r"(?i)((?:token|secret|password|passwd|api_key)[\"']?\s*[=:]\s*[\"']?)[^\s\"'&,}]+"), r"\1…"),
    (re.compile(r"[\w.+-]+@([\w-]+\.[\w.-]+)"), r"…@\1"),
)

request_logger = logging.getLogger("shop.request")


def redact_secrets(text: str) -> str:
    """Return the text without secrets and without anybody's e-mail address."""
    for pattern, rest in _SECRET_PATTERNS:
        text = pattern.sub(rest, text)
    return text


class PlainFormatter(logging.Formatter):
    """For people: a line, and a traceback where there is one."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S")

    def format(self, record: logging.LogRecord) -> str:
        return redact_secrets(super().format(record))


class JsonFormatter(logging.Formatter):
    """For machines: `at`, `level`, `logger`, `message`, and `request`, `intent`, `exception` where known."""

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        if record.name != request_logger.name:  # whose lines are made of what is washed already
            message = redact_secrets(message)
        named = _INTENT.search(message)
        fields = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": message,
            "request": request_id.get(),
            "intent": named[0] if named else request_intent_id.get(),
            "exception": redact_secrets(self.formatException(record.exc_info)) if record.exc_info else "",
        }
        for name in ("method", "path", "status", "ms"):
            fields[name] = getattr(record, f"shop_{name}", "")
        return json.dumps({name: value for name, value in fields.items() if value != ""}, ensure_ascii=False)


class RequestLogMiddleware:
    """Gives each request an id, which its log lines and its answer bear, and logs how it ended."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get(REQUEST_HEADER, "")
        request_id.set(given if _GIVEN_ID.fullmatch(given) else uuid.uuid4().hex)
        intent = _INTENT.search(request.path)
        request_intent_id.set(intent[0] if intent else "")
        began = time.monotonic()
        response = self.get_response(request)
        response.headers[REQUEST_HEADER] = request_id.get()
        milliseconds = round((time.monotonic() - began) * 1000)
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

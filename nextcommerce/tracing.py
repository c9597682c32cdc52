"""OpenTelemetry spans of a purchase and of the calls it makes. Off until `config.telemetry` sets a tracer.

All spans of one order share a trace, whichever process records them: its id is derived from the order's id.
Attributes are ids, statuses, and paths; never what a person typed, and never a secret.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_tracer: Any = None


def set_tracer(tracer: Any) -> None:
    """Record spans with this OpenTelemetry tracer from now on; None records nothing."""
    global _tracer
    _tracer = tracer


def is_tracing() -> bool:
    """Return True if spans are recorded."""
    return _tracer is not None


@contextmanager
def trace_span(name: str, *, order_id: str = "", **attributes: str | int) -> Iterator[dict[str, str | int]]:
    """Record a span, in the trace of `order_id` if given. Yield a dict for attributes known at its end.

    Attribute names get the prefix `shop.`. Of an exception only the type is recorded.
    """
    found: dict[str, str | int] = {}
    if _tracer is None:
        yield found
        return
    from opentelemetry.trace import StatusCode

    if order_id:
        attributes["order"] = order_id
    with _tracer.start_as_current_span(
        name, context=_find_context(order_id), record_exception=False, set_status_on_exception=False
    ) as span:
        try:
            yield found
        except Exception as error:
            span.set_status(StatusCode.ERROR, type(error).__name__)
            raise
        finally:
            span.set_attributes({f"shop.{key}": value for key, value in (attributes | found).items()})


def record_span(name: str, *, order_id: str, started_ns: int, **attributes: str | int) -> None:
    """Record a span that ends now, for work that was not yet known to be the order's when it started."""
    if _tracer is None:
        return
    span = _tracer.start_span(name, context=_find_context(order_id), start_time=started_ns)
    span.set_attributes({f"shop.{key}": value for key, value in {"order": order_id, **attributes}.items()})
    span.end()


def _find_context(order_id: str) -> Any:
    """Return the context of the order's trace, or None for the current one."""
    from opentelemetry import trace

    digest = hashlib.sha256(order_id.encode()).digest()
    trace_id = int.from_bytes(digest[:16], "big")
    if not order_id or trace.get_current_span().get_span_context().trace_id == trace_id:
        return None
    parent = trace.SpanContext(
        trace_id=trace_id,
        span_id=int.from_bytes(digest[16:24], "big"),
        is_remote=True,
        trace_flags=trace.TraceFlags(trace.TraceFlags.SAMPLED),
    )
    return trace.set_span_in_context(trace.NonRecordingSpan(parent))

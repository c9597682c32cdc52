"""Planned failures: taken from the store's switches, counted down, and made to happen."""

import socket
import time
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from sandbox.catalog import Row
from sandbox.models import Store
from sandbox.server import cut
from sandbox.write_lock import writing

NOT_JSON = b"<html><body><h1>An error occurred</h1></body></html>"


def take_faults(*, store: Store, operation: str) -> list[Row]:
    """The faults that this call meets, counted down together so that two calls share none."""
    if not any(_meets(fault, operation) for fault in store.switches["faults"]):
        return []
    with writing():
        store.refresh_from_db(fields=["switches"])
        met = [fault for fault in store.switches["faults"] if _meets(fault, operation)]
        for fault in met:
            if fault["times"] is not None:
                fault["times"] -= 1
        store.save(update_fields=["switches"])
    return met


def _meets(fault: Row, operation: str) -> bool:
    return fault["operation"] in ("*", operation) and fault["times"] != 0


def at(faults: list[Row], moment: str) -> Row | None:
    """Wait out the delays of this moment (before or after the work); the first other fault."""
    here = [fault for fault in faults if fault["when"] == moment]
    for fault in here:
        if fault["kind"] == "delay":
            time.sleep(fault["seconds"])
    return next((fault for fault in here if fault["kind"] != "delay"), None)


def status_seen(*, fault: Row, answer: HttpResponseBase | None) -> int:
    """The status that the caller sees under this fault; 0 when nothing is sent."""
    if fault["kind"] == "status":
        return int(fault["status"])
    if fault["kind"] == "close":
        return 0
    return answer.status_code if answer is not None else HTTPStatus.OK


def spoil(*, fault: Row, answer: HttpResponseBase | None, connection: socket.socket) -> HttpResponseBase:
    """What is sent instead of ``answer`` (None: the work was not done)."""
    kind = fault["kind"]
    status = status_seen(fault=fault, answer=answer)
    if kind == "status":
        response = _refusal(status)
        if fault["retry_after"] is not None:
            response["Retry-After"] = str(fault["retry_after"])
        return response
    if kind == "garbage":
        return HttpResponse(NOT_JSON, status=status, content_type="application/json")
    if kind == "truncate":
        cut(connection, _half(getattr(answer, "content", b"") or NOT_JSON, status))
    else:
        cut(connection)
    return HttpResponse(b"")


def _refusal(status: int) -> HttpResponse:
    """A throttle speaks JSON; what stands before a failing store speaks HTML."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return JsonResponse(
            {"detail": "Request was throttled. Expected available in 1 second."}, status=status
        )
    return HttpResponse(NOT_JSON, status=status, content_type="text/html; charset=utf-8")


def _half(body: bytes, status: int) -> bytes:
    """An answer that promises the whole body and sends half of it."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body[: len(body) // 2]

"""Planned failures: taken from the store's switches, counted down, and made to happen."""

import socket
import time
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from sandbox.catalog import JsonObject
from sandbox.models import Store
from sandbox.server import cut_connection
from sandbox.write_lock import exclusive_transaction

NON_JSON_BODY = b"<html><body><h1>An error occurred</h1></body></html>"


def take_faults(*, store: Store, operation: str) -> list[JsonObject]:
    """The faults that this call meets, counted down together so that two calls share none."""
    if not any(_fault_matches(fault, operation) for fault in store.switches["faults"]):
        return []
    with exclusive_transaction():
        store.refresh_from_db(fields=["switches"])
        met = [fault for fault in store.switches["faults"] if _fault_matches(fault, operation)]
        for fault in met:
            if fault["times"] is not None:
                fault["times"] -= 1
        store.save(update_fields=["switches"])
    return met


def _fault_matches(fault: JsonObject, operation: str) -> bool:
    return fault["operation"] in ("*", operation) and fault["times"] != 0


def find_fault_after_delays(faults: list[JsonObject], moment: str) -> JsonObject | None:
    """Wait out the delays of this moment (before or after the work); the first other fault."""
    here = [fault for fault in faults if fault["when"] == moment]
    for fault in here:
        if fault["kind"] == "delay":
            time.sleep(fault["seconds"])
    return next((fault for fault in here if fault["kind"] != "delay"), None)


def get_sent_status(*, fault: JsonObject, answer: HttpResponseBase | None) -> int:
    """The status that the caller sees under this fault; 0 when nothing is sent."""
    if fault["kind"] == "status":
        return int(fault["status"])
    if fault["kind"] == "close":
        return 0
    return answer.status_code if answer is not None else HTTPStatus.OK


def apply_fault(
    *, fault: JsonObject, answer: HttpResponseBase | None, connection: socket.socket
) -> HttpResponseBase:
    """What is sent instead of ``answer`` (None: the work was not done)."""
    kind = fault["kind"]
    status = get_sent_status(fault=fault, answer=answer)
    if kind == "status":
        response = _build_error_response(status)
        if fault["retry_after"] is not None:
            response["Retry-After"] = str(fault["retry_after"])
        return response
    if kind == "garbage":
        return HttpResponse(NON_JSON_BODY, status=status, content_type="application/json")
    if kind == "truncate":
        cut_connection(
            connection, _truncate_response(getattr(answer, "content", b"") or NON_JSON_BODY, status)
        )
    else:
        cut_connection(connection)
    return HttpResponse(b"")


def _build_error_response(status: int) -> HttpResponse:
    """A throttle speaks JSON; what stands before a failing store speaks HTML."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return JsonResponse(
            {"detail": "Request was throttled. Expected available in 1 second."}, status=status
        )
    return HttpResponse(NON_JSON_BODY, status=status, content_type="text/html; charset=utf-8")


def _truncate_response(body: bytes, status: int) -> bytes:
    """An answer that promises the whole body and sends half of it."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body[: len(body) // 2]

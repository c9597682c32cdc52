"""Planned faults: taken from the store's switches, counted down and applied to the response."""

import socket
import time
from http import HTTPStatus

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase

from sandbox.catalog import JsonObject
from sandbox.models import Store, exclusive_transaction
from sandbox.nonsense import turn_into_foreign_order
from sandbox.server import cut_connection
from sandbox.switches import CHANGING_KINDS, FaultKind

NON_JSON_BODY = b"<html><body><h1>An error occurred</h1></body></html>"


def take_faults(*, store: Store, operation: str) -> list[JsonObject]:
    """Return the faults for this call. Count them down under the lock, so that no two calls share one."""
    if not any(_fault_matches(fault, operation) for fault in store.switches["faults"]):
        return []
    with exclusive_transaction():
        store.refresh_from_db(fields=["switches"])
        planned = [fault for fault in store.switches["faults"] if _fault_matches(fault, operation)]
        taken = [fault for fault in planned if not fault["skip"]]
        for fault in planned:
            if fault["skip"]:
                fault["skip"] -= 1
            elif fault["times"] is not None:
                fault["times"] -= 1
        store.save(update_fields=["switches"])
    return taken


def _fault_matches(fault: JsonObject, operation: str) -> bool:
    return fault["operation"] in ("*", operation) and fault["times"] != 0


def find_fault_after_delays(faults: list[JsonObject], moment: str) -> JsonObject | None:
    """Sleep through the delays planned for ``moment``, then return its first other fault, if any."""
    due = [fault for fault in faults if fault["when"] == moment and fault["kind"] not in CHANGING_KINDS]
    for fault in due:
        if fault["kind"] == FaultKind.DELAY:
            time.sleep(fault["seconds"])
    return next((fault for fault in due if fault["kind"] != FaultKind.DELAY), None)


def is_delivered_twice(faults: list[JsonObject]) -> bool:
    """Return True if the network delivers this call a second time."""
    return any(fault["kind"] == FaultKind.REPEAT for fault in faults)


def change_answer(*, faults: list[JsonObject], data: JsonObject, store: Store, path: str) -> JsonObject:
    """Return what a call that went well answers instead of ``data``."""
    for fault in faults:
        kind = fault["kind"]
        if kind == FaultKind.STALE:
            data = _find_older_answer(store=store, path=path, data=data)
        elif kind == FaultKind.EMPTY_LIST:
            data = {**data, "results": [], "next": None}
        elif kind == FaultKind.SHORT_LIST:
            data = {**data, "results": data["results"][::2], "next": None}
        elif kind == FaultKind.FOREIGN_ORDER:
            data = turn_into_foreign_order(data)
    return data


def _find_older_answer(*, store: Store, path: str, data: JsonObject) -> JsonObject:
    """Return the last answer of this address from before the last write, or ``data`` if there is none.

    The call log has it, unless it was cleared.
    """
    earlier = store.calls.filter(method="GET", path=path, status=HTTPStatus.OK).order_by("-id")
    answers = (call.response for call in earlier.iterator() if call.response)
    return next((answer for answer in answers if answer["updated_at"] != data["updated_at"]), data)


def get_sent_status(*, fault: JsonObject, response: HttpResponseBase | None) -> int:
    """Return the status that the caller sees under this fault, or 0 if nothing is sent."""
    if fault["kind"] == FaultKind.STATUS:
        return int(fault["status"])
    if fault["kind"] == FaultKind.CLOSE:
        return 0
    return response.status_code if response is not None else HTTPStatus.OK


def apply_fault(
    *, fault: JsonObject, response: HttpResponseBase | None, connection: socket.socket
) -> HttpResponseBase:
    """Return what is sent instead of ``response``, which is None if the work was not done."""
    kind = fault["kind"]
    status = get_sent_status(fault=fault, response=response)
    if kind == FaultKind.STATUS:
        error = _build_error_response(status)
        if fault["retry_after"] is not None:
            error["Retry-After"] = str(fault["retry_after"])
        return error
    if kind == FaultKind.GARBAGE:
        return HttpResponse(NON_JSON_BODY, status=status, content_type="application/json")
    if kind == FaultKind.TRUNCATE:
        body = getattr(response, "content", b"") or NON_JSON_BODY
        cut_connection(connection, _build_truncated_response(body, status))
    else:
        cut_connection(connection)
    return HttpResponse(b"")


def _build_error_response(status: int) -> HttpResponse:
    """Return JSON for a throttled call, and HTML otherwise: a proxy answers for a failing store."""
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return JsonResponse(
            {"detail": "Request was throttled. Expected available in 1 second."}, status=status
        )
    return HttpResponse(NON_JSON_BODY, status=status, content_type="text/html; charset=utf-8")


def _build_truncated_response(body: bytes, status: int) -> bytes:
    """Return a response that announces the whole body and holds half of it."""
    head = (
        f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        "Content-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Connection: close\r\n\r\n"
    )
    return head.encode() + body[: len(body) // 2]

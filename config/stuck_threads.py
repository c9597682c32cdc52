"""What a process does when its threads are stuck: it keeps one free, and says so at once.

A database that hangs stops every request that asks it. Without a limit they would take all threads, and
`/healthz` and `/readyz` would wait in line behind them.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from stores.api.errors import build_error_envelope

STUCK_AFTER_SECONDS = 2.0
RETRY_AFTER_SECONDS = "5"
API_MESSAGE = "The shop is overloaded. Your request was not processed. Try again in a few seconds."


class StuckThreadsMiddleware:
    """Leaves one thread of the process to the probes, which are answered before this.

    A request that finds the others busy waits for one of them, as in the server's own queue. If none becomes
    free for a while, all are stuck, and requests get a 503 until one is free again.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self._busy: set[int] = set()
        self._changed = threading.Condition()
        self._last_progress = time.monotonic()
        # Sent when a response is closed, so that work after it counts too.
        request_finished.connect(self.release_thread)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not self.claim_thread():
            return build_busy_response(request)
        return self.get_response(request)

    def claim_thread(self) -> bool:
        """Count this thread as busy, once there is room. Return False if all are stuck."""
        with self._changed:
            thread = threading.get_ident()
            self._busy.discard(thread)
            while len(self._busy) >= max(1, settings.WEB_THREADS - 1):
                left = self._last_progress + STUCK_AFTER_SECONDS - time.monotonic()
                if left <= 0:
                    return False
                self._changed.wait(left)
            self._busy.add(thread)
            self._last_progress = time.monotonic()
            return True

    def release_thread(self, **kwargs: Any) -> None:
        thread = threading.get_ident()
        with self._changed:
            if thread in self._busy:
                self._busy.discard(thread)
                self._last_progress = time.monotonic()
                self._changed.notify()


def build_busy_response(request: HttpRequest) -> HttpResponse:
    """Return the 503 response, which needs no database."""
    if request.path.startswith("/v1/"):
        body = build_error_envelope(503, API_MESSAGE, error_code="internal_error")
        response: HttpResponse = JsonResponse(body, status=503)
    else:
        context = {"refreshes": request.method == "GET"}
        response = HttpResponse(render_to_string("503.html", context), status=503)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response

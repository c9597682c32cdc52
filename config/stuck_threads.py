"""What a process does when its threads are stuck: it keeps the last ones free and says so at once.

A database that hangs stops every request that asks it. Without a limit they would take all threads, and
`/healthz` and whatever needs no database would wait in line behind them.
"""

import threading
import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string

from nextcommerce.waiting import count_waiting
from stores.api.errors import build_error_envelope

STUCK_AFTER_SECONDS = 2.0
RETRY_AFTER_SECONDS = "5"
API_MESSAGE = "The shop is overloaded. Your request was not processed. Try again in a few seconds."


class StuckThreadsMiddleware:
    """Answers 503 if nearly all threads are busy and most have been for long, those aside that wait for NEXT.

    Many quick requests at the same time are no reason: they wait in line, as everywhere.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.started_at: dict[int, float] = {}
        # Sent when a response is closed, so that work after it counts too.
        request_finished.connect(self.forget_thread)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.has_stuck_threads():
            return build_busy_response(request)
        self.started_at[threading.get_ident()] = time.monotonic()
        return self.get_response(request)

    def has_stuck_threads(self) -> bool:
        started_at = list(self.started_at.copy().values())
        usable = settings.WEB_THREADS - max(1, settings.WEB_THREADS // 8)
        if len(started_at) < max(2, usable):
            return False
        waiting = count_waiting()
        since = time.monotonic() - STUCK_AFTER_SECONDS
        stuck = sum(started < since for started in started_at) - waiting
        return stuck * 2 >= max(2, usable - waiting)

    def forget_thread(self, **kwargs: Any) -> None:
        self.started_at.pop(threading.get_ident(), None)


def build_busy_response(request: HttpRequest) -> HttpResponse:
    """Return the 503 response, which needs no database."""
    if request.path.startswith("/v1/"):
        body = build_error_envelope(503, API_MESSAGE, error_code="internal_error")
        response: HttpResponse = JsonResponse(body, status=503)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response.headers["Retry-After"] = RETRY_AFTER_SECONDS
    response.headers["Cache-Control"] = "no-store"
    return response

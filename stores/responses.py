"""Responses: work deferred until a response is sent, 303 redirects, and streamed CSV."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect


class DeferredResponse(HttpResponse):
    """Calls `on_close` once after the last byte is sent, which is when WSGI closes a response.

    The function must not raise. It never runs if the process dies first, so something else must catch up.
    """

    on_close: Callable[[], object] | None = None

    def close(self) -> None:
        work, self.on_close = self.on_close, None
        if work is not None:
            work()
        super().close()


class HttpResponseSeeOther(DeferredResponse, HttpResponseRedirect):
    """303 See Other: the browser follows with GET, whatever the method was."""

    status_code = 303


class EchoBuffer:
    """Lets `csv.writer` return each line it writes, so that a file of any size can be streamed."""

    def write(self, text: str) -> str:
        return text

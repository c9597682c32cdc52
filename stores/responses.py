"""Answers with work that begins once they have gone out."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect


class DeferredResponse(HttpResponse):
    """WSGI closes a response when its last byte is sent: that is when `on_close` is called, once.

    It must not fail, and whoever needs it must bear that this process dies before.
    """

    on_close: Callable[[], object] | None = None

    def close(self) -> None:
        work, self.on_close = self.on_close, None
        if work is not None:
            work()
        super().close()


class HttpResponseSeeOther(DeferredResponse, HttpResponseRedirect):
    """303: whatever the method was, go there with GET."""

    status_code = 303

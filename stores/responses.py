"""Answers with work that begins once they have gone out."""

from collections.abc import Callable

from django.http import HttpResponse, HttpResponseRedirect


class WithWork(HttpResponse):
    """WSGI closes a response when its last byte is sent: that is when `afterwards` is called, once.

    It must not fail, and whoever needs it must bear that this process dies before.
    """

    afterwards: Callable[[], object] | None = None

    def close(self) -> None:
        work, self.afterwards = self.afterwards, None
        if work is not None:
            work()
        super().close()


class SeeOther(WithWork, HttpResponseRedirect):
    """303: whatever the method was, go there with GET."""

    status_code = 303

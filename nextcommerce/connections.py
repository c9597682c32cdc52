"""Connections to NEXT, kept open between calls: a new one takes two round trips before the call.

Each thread has its own, and a forked process starts without any. NEXT may close an idle connection at the
moment it is used again. A read is then repeated. A write can't be, because NEXT may have received it, so it
only uses a connection that was in use a moment ago, or a new one.
"""

import http.cookiejar
import os
import threading
import time
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
from django.conf import settings
from urllib3.util import Retry

from outbound.session import PublicNetworkAdapter, open_session

MAX_IDLE_SECONDS = 2.0
MAX_STORES_PER_THREAD = 8

NO_RETRIES = Retry(0, read=False)


def _open_session() -> requests.Session:
    adapter = PublicNetworkAdapter(
        allow_private=settings.NEXT_API_ALLOW_PRIVATE, pool_connections=1, pool_maxsize=2
    )
    session = open_session(adapter, allow_http=settings.NEXT_API_ALLOW_HTTP)
    # What one call's answer sets is no business of the next call.
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    return session


@dataclass
class _Kept:
    session: requests.Session = field(default_factory=_open_session)
    used_at: float = 0.0
    process: int = field(default_factory=os.getpid)


class _Threads(threading.local):
    """For each thread, its sessions by origin, the one used last at the end."""

    def __init__(self) -> None:
        self.sessions: OrderedDict[tuple[str, bool, bool], _Kept] = OrderedDict()


_threads = _Threads()


@contextmanager
def borrow_session(url: str, *, retries: Retry | None) -> Iterator[requests.Session]:
    """Yield this thread's session for the URL's host. Without `retries` its connection is new or fresh."""
    parts = urlsplit(url)
    rules = (settings.NEXT_API_ALLOW_HTTP, settings.NEXT_API_ALLOW_PRIVATE)
    origin, sessions = (f"{parts.scheme}://{parts.netloc}", *rules), _threads.sessions
    kept = sessions.pop(origin, None)
    if kept is None or kept.process != os.getpid():
        kept = _Kept()
    sessions[origin] = kept
    if len(sessions) > MAX_STORES_PER_THREAD:
        sessions.popitem(last=False)[1].session.close()
    if retries is None and time.monotonic() - kept.used_at > MAX_IDLE_SECONDS:
        kept.session.close()  # the connections; the session opens new ones
    for adapter in kept.session.adapters.values():
        adapter.max_retries = retries or NO_RETRIES  # type: ignore[attr-defined]
    try:
        yield kept.session
    finally:
        kept.used_at = time.monotonic()

"""Bearer token, version header and rate limit."""

import threading
import time
from collections import defaultdict, deque

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request

from sandbox.models import Store

VERSION_HEADER = "X-29next-API-Version"
SUPPORTED_VERSIONS = ("2024-04-01",)


class UnknownApiVersion(APIException):
    status_code = 400
    default_detail = f"Invalid or missing version in {VERSION_HEADER} header."


class BearerTokenAuthentication(BaseAuthentication):
    """Selects the store by its token. ``request.auth`` is that store."""

    def authenticate(self, request: Request) -> tuple[None, Store]:
        words = get_authorization_header(request).decode("latin-1").split()
        if len(words) != 2 or words[0].lower() != "bearer":
            raise NotAuthenticated
        store = Store.objects.filter(token=words[1]).first()
        if store is None:
            raise AuthenticationFailed("Invalid token.")
        return None, store

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


def check_api_version(request: Request) -> None:
    if request.headers.get(VERSION_HEADER) not in SUPPORTED_VERSIONS:
        raise UnknownApiVersion


class TokenRateLimiter:
    """Limits the calls of each token within any one second."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, deque[float]] = defaultdict(deque)

    def allows(self, *, token: str, limit: int) -> bool:
        """Return True if the call may pass. Refused calls do not count. A limit of 0 means no limit."""
        if not limit:
            return True
        now = time.monotonic()
        with self._lock:
            calls = self._calls[token]
            while calls and now - calls[0] >= 1:
                calls.popleft()
            if len(calls) >= limit:
                return False
            calls.append(now)
            return True


RATE_LIMITER = TokenRateLimiter()

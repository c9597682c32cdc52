"""One HTTP exchange with NEXT: rate limit, timeouts, retries of reads, and what a failure means."""

import logging
import ssl
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from urllib3.exceptions import InvalidHeader, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from nextcommerce import sentences
from nextcommerce.connections import borrow_session
from nextcommerce.error_messages import build_refusal_error
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.json_cleaning import parse_json
from nextcommerce.metrics import track_api_call
from nextcommerce.rate_limiter import RateLimiter
from nextcommerce.tracing import trace_span
from outbound.session import PrivateAddressRefused
from wording.sentence import Label

API_VERSION = "2024-04-01"
MAX_RESPONSE_BYTES = 8_000_000
_CHUNK_BYTES = 64 * 1024
_SMALL_CHUNK_BYTES = 1024  # so that a response that trickles in is noticed
_RETRY_AFTER = "Retry-After"
_HEADERS = {
    "Accept": "application/json",
    "User-Agent": "storefront",
    "X-29next-API-Version": API_VERSION,
}

logger = logging.getLogger(__name__)


class _BearerAuth(requests.auth.AuthBase):
    """Sets the token."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class RateLimitedRetry(Retry):
    """Retries reads within the rate limit. Never retries a read timeout: the shopper waited long enough."""

    limiter: RateLimiter

    @classmethod
    def for_reads(cls, limiter: RateLimiter) -> "RateLimitedRetry":
        retry = cls(
            total=2,
            status_forcelist={429, 500, 502, 503, 504},
            allowed_methods={"GET"},
            backoff_factor=0.3,
            redirect=0,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        retry.limiter = limiter
        return retry

    def new(self, **kwargs: Any) -> "RateLimitedRetry":
        retry = super().new(**kwargs)
        retry.limiter = self.limiter
        return retry

    def increment(
        self,
        method: Any = None,
        url: Any = None,
        response: Any = None,
        error: Any = None,
        *args: Any,
        **kwargs: Any,
    ) -> "RateLimitedRetry":
        if isinstance(error, ReadTimeoutError):
            raise error
        return super().increment(method, url, response, error, *args, **kwargs)

    def sleep(self, response: Any = None) -> None:
        if response is not None and _RETRY_AFTER in response.headers:
            self.limiter.pause(read_retry_after(response.headers))
        else:
            super().sleep(response)
        self.limiter.acquire()


def read_retry_after(headers: Mapping[str, str]) -> float:
    """Return the seconds in `Retry-After`; 1 if it is missing or invalid."""
    try:
        return Retry().parse_retry_after(headers.get(_RETRY_AFTER, "1"))
    except (InvalidHeader, ValueError):
        return 1.0


class Transport:
    """Sends requests to one base URL with one token.

    With `max_seconds`, a request that takes longer fails, its wait for a turn included, and none is retried.
    """

    def __init__(
        self, *, base_url: str, token: str, limiter: RateLimiter, max_seconds: float | None = None
    ) -> None:
        self.base_url = base_url if base_url.endswith("/") else f"{base_url}/"
        self.limiter = limiter
        self.max_seconds = max_seconds
        scheme = urlsplit(self.base_url).scheme
        if scheme != "https" and not (scheme == "http" and settings.NEXT_API_ALLOW_HTTP):
            raise NextApiError(sentences.URL_NOT_HTTPS.fill(), outcome=CallOutcome.REFUSED)
        if not token:
            raise NextApiError(sentences.NO_ACCESS_TOKEN.fill(), outcome=CallOutcome.REFUSED)
        self._auth = _BearerAuth(token)

    def send_request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed JSON of a 2xx response. `url` is relative to the base, or passed `check_url`.

        Raises NextApiError; never AMBIGUOUS for a GET, which changes nothing.
        """
        with track_api_call(method), trace_span(f"NEXT {method}", path=urlsplit(url).path):
            return self._send_request(method, url, params=params, body=body)

    def _send_request(
        self, method: str, url: str, *, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> Any:
        is_read = method == "GET"
        if_unclear = CallOutcome.RETRY if is_read else CallOutcome.AMBIGUOUS
        deadline = None if self.max_seconds is None else time.monotonic() + self.max_seconds
        self.limiter.acquire()
        try:
            status, headers, content = self._exchange(method, url, deadline, params=params, body=body)
        except requests.RequestException as error:
            logger.warning("%s %s: %s", method, urlsplit(url).path, type(error).__name__)
            raise _build_connection_error(error, if_unclear=if_unclear) from error
        logger.info("%s %s: %s", method, urlsplit(url).path, status)
        if status == 204 and method == "DELETE":
            return {}
        return self._interpret_response(
            status=status, headers=headers, content=content, if_unclear=if_unclear
        )

    def _exchange(
        self,
        method: str,
        url: str,
        deadline: float | None,
        *,
        params: Mapping[str, Any] | None,
        body: Mapping[str, Any] | None,
    ) -> tuple[int, Mapping[str, str], bytes | None]:
        """Return status, headers, and body of the response. Only a read without a deadline is retried."""
        may_retry = method == "GET" and deadline is None
        retries = RateLimitedRetry.for_reads(self.limiter) if may_retry else None
        with (
            borrow_session(self.base_url, retries=retries) as session,
            session.request(
                method,
                self.base_url + url if "://" not in url else url,
                params=dict(params or {}),
                json=None if body is None else dict(body),
                headers=_HEADERS,
                auth=self._auth,
                timeout=_find_timeouts(deadline),
                allow_redirects=False,
                stream=True,
            ) as response,
        ):
            return response.status_code, response.headers, _read_body(response, deadline)

    def check_url(self, url: str) -> str:
        """Return `url` if it is below the base URL, so that the token is sent nowhere else.

        Raises NextApiError (REFUSED) for any other URL.
        """
        if not _is_below(self.base_url, url):
            raise NextApiError(sentences.FOREIGN_PAGE_LINK.fill(), outcome=CallOutcome.REFUSED)
        return url

    def _interpret_response(
        self, *, status: int, headers: Mapping[str, str], content: bytes | None, if_unclear: CallOutcome
    ) -> Any:
        """Return the body of a 2xx response. Raises NextApiError for any other."""
        body = _parse_body(content)
        if 200 <= status < 300:
            if body is None:
                raise NextApiError(sentences.INVALID_RESPONSE.fill(), outcome=if_unclear, status=status)
            return body
        if status == 429:
            self.limiter.pause(read_retry_after(headers))
            raise NextApiError(
                sentences.RATE_LIMITED.fill(),
                outcome=CallOutcome.RETRY,
                status=status,
            )
        if status in {301, 307, 308}:
            raise NextApiError(
                sentences.REDIRECTED.fill(),
                outcome=CallOutcome.REFUSED,
                status=status,
            )
        if 400 <= status < 500 and status != 408:
            raise build_refusal_error(status=status, body=body)
        raise NextApiError(sentences.SERVER_ERROR.fill(status=status), outcome=if_unclear, status=status)


def _is_below(base_url: str, url: str) -> bool:
    try:
        base, target = urlsplit(base_url), urlsplit(url)
    except ValueError:
        return False
    is_same_host = (base.scheme, base.netloc) == (target.scheme, target.netloc)
    is_plain_path = "/." not in target.path and "%" not in target.path
    return is_same_host and is_plain_path and target.path.startswith(base.path)


def _build_connection_error(error: requests.RequestException, *, if_unclear: CallOutcome) -> NextApiError:
    """Return what a call without a response means; `if_unclear` if NEXT may have received it."""
    if isinstance(error, PrivateAddressRefused):
        return NextApiError(sentences.PRIVATE_URL.fill(), outcome=CallOutcome.REFUSED)
    outcome = CallOutcome.RETRY if failed_before_sending(error) else if_unclear
    return NextApiError(sentences.NO_RESPONSE.fill(reason=_describe_error(error)), outcome=outcome)


def failed_before_sending(error: requests.RequestException) -> bool:
    """Return True if the call failed before NEXT received any of it."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError)


def _find_timeouts(deadline: float | None) -> tuple[float, float]:
    """Return the longest times to connect and to wait for data, together no longer than until the deadline.

    Raises ConnectTimeout past the deadline.
    """
    limits = (settings.NEXT_API_CONNECT_SECONDS, settings.NEXT_API_READ_SECONDS)
    if deadline is None:
        return limits
    left = deadline - time.monotonic()
    if left <= 0:
        raise requests.ConnectTimeout
    return min(limits[0], left / 3), min(limits[1], left * 2 / 3)


def _read_body(response: requests.Response, deadline: float | None) -> bytes | None:
    """Return the body, or None if it exceeds MAX_RESPONSE_BYTES. Raises Timeout past the deadline."""
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES if deadline is None else _SMALL_CHUNK_BYTES):
        if deadline is not None and time.monotonic() > deadline:
            raise requests.ReadTimeout
        content += chunk
        if len(content) > MAX_RESPONSE_BYTES:
            return None
    return bytes(content)


def _parse_body(content: bytes | None) -> Any:
    try:
        return parse_json(content or b"")
    except (ValueError, RecursionError):
        return None


def _describe_error(error: requests.RequestException) -> Label:
    """Describe the error without any address or secret."""
    if isinstance(error, requests.Timeout):
        return sentences.TIMEOUT
    if isinstance(error, requests.exceptions.SSLError):
        return sentences.TLS_ERROR
    return sentences.NO_CONNECTION if failed_before_sending(error) else sentences.CONNECTION_LOST

"""One HTTP exchange with the store: turns, time-outs, retries of reads, and what a failure means."""

import logging
import ssl
from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from django.conf import settings
from requests.adapters import HTTPAdapter
from urllib3.exceptions import InvalidHeader, NewConnectionError, ReadTimeoutError
from urllib3.util import Retry

from nextcommerce.error_messages import build_refusal_error
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.json_cleaning import parse_json
from nextcommerce.metrics import track_api_call
from nextcommerce.rate_limiter import RateLimiter

API_VERSION = "2024-04-01"
MAX_RESPONSE_BYTES = 8_000_000  # bytes
_CHUNK_BYTES = 64 * 1024
_RETRY_AFTER = "Retry-After"

logger = logging.getLogger(__name__)


class _BearerAuth(requests.auth.AuthBase):
    """Sets the token; being an `auth`, it also keeps a `.netrc` from setting another."""

    def __init__(self, token: str) -> None:
        self.token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


class RateLimitedRetry(Retry):
    """Retries reads, each try in its turn; a time-out is not tried again, the shopper waited long enough."""

    limiter: RateLimiter

    @classmethod
    def for_reads(cls, limiter: RateLimiter) -> "RateLimitedRetry":
        made = cls(
            total=2,
            status_forcelist={429, 500, 502, 503, 504},
            allowed_methods={"GET"},
            backoff_factor=0.3,
            redirect=0,
            raise_on_status=False,
            raise_on_redirect=False,
        )
        made.limiter = limiter
        return made

    def new(self, **kwargs: Any) -> "RateLimitedRetry":
        made = super().new(**kwargs)
        made.limiter = self.limiter
        return made

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
    """Return the seconds of `Retry-After`, one where it is missing or makes no sense."""
    try:
        return Retry().parse_retry_after(headers.get(_RETRY_AFTER, "1"))
    except (InvalidHeader, ValueError):
        return 1.0


class Transport:
    """Sends to one base address with one token."""

    def __init__(self, *, base_url: str, token: str, limiter: RateLimiter) -> None:
        self.base_url = base_url if base_url.endswith("/") else f"{base_url}/"
        self.limiter = limiter
        scheme = urlsplit(self.base_url).scheme
        if scheme != "https" and not (scheme == "http" and settings.NEXT_API_ALLOW_HTTP):
            raise NextApiError("The admin API's address must begin with https.", outcome=CallOutcome.REFUSED)
        if not token:
            raise NextApiError("This store has no access token yet.", outcome=CallOutcome.REFUSED)
        self._auth = _BearerAuth(token)

    @cached_property
    def _read_session(self) -> requests.Session:
        return self._build_session(HTTPAdapter(max_retries=RateLimitedRetry.for_reads(self.limiter)))

    @cached_property
    def _write_session(self) -> requests.Session:
        """Never retried, and on a connection of its own: one kept open may be cut just then."""
        session = self._build_session(HTTPAdapter())
        session.headers["Connection"] = "close"
        return session

    def send_request(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, Any] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """Return the parsed JSON of a 2xx answer; `url` is relative to the base or pinned by `check_url`.

        Errors: AdminApiError; AMBIGUOUS never for a GET, which changes nothing.
        """
        with track_api_call(method):
            return self._send_request(method, url, params=params, body=body)

    def _send_request(
        self, method: str, url: str, *, params: Mapping[str, Any] | None, body: Mapping[str, Any] | None
    ) -> Any:
        reads = method == "GET"
        unclear = CallOutcome.RETRY if reads else CallOutcome.AMBIGUOUS
        self.limiter.acquire()
        try:
            with (self._read_session if reads else self._write_session).request(
                method,
                self.base_url + url if "://" not in url else url,
                params=dict(params or {}),
                json=None if body is None else dict(body),
                timeout=(settings.NEXT_API_CONNECT_SECONDS, settings.NEXT_API_READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                status = response.status_code
                headers = response.headers
                content = _read_body(response)
        except requests.RequestException as error:
            logger.warning("%s %s: %s", method, urlsplit(url).path, type(error).__name__)
            outcome = CallOutcome.RETRY if failed_before_sending(error) else unclear
            raise NextApiError(
                f"The store did not answer ({_describe_error(error)}).", outcome=outcome
            ) from error
        logger.info("%s %s: %s", method, urlsplit(url).path, status)
        if status == 204 and method == "DELETE":
            return {}
        return self._interpret_response(status=status, headers=headers, content=content, unclear=unclear)

    def check_url(self, url: str) -> str:
        """Return `url` if it leads to the store's own scheme, host and path; the token goes nowhere else.

        Errors: AdminApiError REFUSED.
        """
        ours, theirs = urlsplit(self.base_url), urlsplit(url)
        pinned = (ours.scheme, ours.netloc) == (theirs.scheme, theirs.netloc)
        pinned = pinned and theirs.path.startswith(ours.path)
        if not pinned or "/." in theirs.path or "%" in theirs.path:
            raise NextApiError("The store's next page leads to another place.", outcome=CallOutcome.REFUSED)
        return url

    def _build_session(self, adapter: HTTPAdapter) -> requests.Session:
        session = requests.Session()
        session.auth = self._auth
        session.headers.update(
            {
                "Accept": "application/json",
                "User-Agent": "storefront",
                "X-29next-API-Version": API_VERSION,
            }
        )
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def _interpret_response(
        self, *, status: int, headers: Mapping[str, str], content: bytes | None, unclear: CallOutcome
    ) -> Any:
        body = _parse_body(content)
        if 200 <= status < 300:
            if body is None:
                raise NextApiError("The store's answer makes no sense.", outcome=unclear, status=status)
            return body
        if status == 429:
            self.limiter.pause(read_retry_after(headers))
            raise NextApiError("The store asks us to slow down.", outcome=CallOutcome.RETRY, status=status)
        if status in {301, 307, 308}:
            raise NextApiError(
                "The store moved us to another address: check the admin API's address.",
                outcome=CallOutcome.REFUSED,
                status=status,
            )
        if 400 <= status < 500 and status != 408:
            raise build_refusal_error(status=status, body=body)
        raise NextApiError(f"The store failed ({status}).", outcome=unclear, status=status)


def failed_before_sending(error: requests.RequestException) -> bool:
    """Tell whether the call failed before a byte of it reached the store."""
    if isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError):
        return True
    if isinstance(error, requests.exceptions.InvalidURL | requests.exceptions.InvalidSchema):
        return True
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, urllib3.exceptions.SSLError):
        return bool(reason.args) and isinstance(reason.args[0], ssl.SSLCertVerificationError)
    return isinstance(reason, NewConnectionError)


def _read_body(response: requests.Response) -> bytes | None:
    """Return the body, None where it is larger than any sensible answer."""
    content = bytearray()
    for chunk in response.iter_content(_CHUNK_BYTES):
        content += chunk
        if len(content) > MAX_RESPONSE_BYTES:
            return None
    return bytes(content)


def _parse_body(content: bytes | None) -> Any:
    try:
        return parse_json(content or b"")
    except (ValueError, RecursionError):
        return None


def _describe_error(error: requests.RequestException) -> str:
    """What happened, in words that hold no address and no secret."""
    if isinstance(error, requests.Timeout):
        return "time-out"
    if isinstance(error, requests.exceptions.SSLError):
        return "its certificate or TLS failed"
    return "connection refused" if failed_before_sending(error) else "connection cut"

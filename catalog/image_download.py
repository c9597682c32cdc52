"""Download a picture from a URL that staff entered, from the public internet only."""

import io
from typing import IO
from urllib.parse import urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError, NameResolutionError

from catalog import import_sentences as sentences
from catalog.images import MAX_BYTES
from outbound.session import PrivateAddressRefused, PublicNetworkAdapter, TimeLimit, open_session
from stores.errors import Problem
from wording.sentence import Sentence

# To connect, and between two reads.
TIMEOUT_SECONDS = 10
# For the whole download, however slowly the server sends.
TOTAL_TIMEOUT_SECONDS = 30
MAX_REDIRECTS = 3
_HEADERS = {"Accept": "image/*", "Accept-Encoding": "identity", "User-Agent": "storefront"}


def download_image(address: str, *, allow_private: bool = False, allow_http: bool = False) -> IO[bytes]:
    """Return the content at an https URL, cut off one byte past `MAX_BYTES`.

    With `allow_private` and `allow_http`, addresses of this machine and http are allowed, for a sandbox.
    Raises Problem if the download fails or the URL leads into a private network.
    """
    with (
        TimeLimit(TOTAL_TIMEOUT_SECONDS) as time_limit,
        open_session(
            PublicNetworkAdapter(time_limit=time_limit, allow_private=allow_private), allow_http=allow_http
        ) as session,
    ):
        try:
            content = _follow_redirects(session, address, allow_http=allow_http)
        except PrivateAddressRefused as error:
            raise _download_error(sentences.NOT_PUBLIC.fill()) from error
        except (requests.exceptions.InvalidURL, ValueError) as error:
            raise _download_error(sentences.INVALID_ADDRESS.fill()) from error
        except (requests.RequestException, HTTPError) as error:
            raise _download_error(_describe_failure(error)) from error
        if time_limit.is_over:  # what was read may be cut off
            raise _download_error(sentences.NO_ANSWER.fill())
        return io.BytesIO(content)


def _follow_redirects(session: requests.Session, address: str, *, allow_http: bool) -> bytes:
    schemes = {"https", "http"} if allow_http else {"https"}
    for _attempt in range(MAX_REDIRECTS + 1):
        parts = urlsplit(address)
        if parts.scheme not in schemes or not parts.hostname:
            raise _download_error(sentences.NOT_HTTPS.fill())
        with session.get(
            address, headers=_HEADERS, timeout=TIMEOUT_SECONDS, allow_redirects=False, stream=True
        ) as response:
            if response.is_redirect:
                address = urljoin(address, response.headers["Location"])
                continue
            if response.status_code != requests.codes.ok:
                raise _download_error(sentences.BAD_STATUS.fill(status=response.status_code))
            return _read_content(response)
    raise _download_error(sentences.TOO_MANY_REDIRECTS.fill())


def _read_content(response: requests.Response) -> bytes:
    content = bytearray()
    # A response shorter than its stated length raises at the read after the last bytes.
    while len(content) <= MAX_BYTES:
        chunk = response.raw.read(MAX_BYTES + 1 - len(content), decode_content=False)
        if not chunk:
            break
        content += chunk
    return bytes(content)


def _describe_failure(error: Exception) -> Sentence:
    reason = getattr(error.args[0], "reason", None) if error.args else None
    if isinstance(reason, NameResolutionError):
        return sentences.HOST_NOT_FOUND.fill()
    return sentences.NO_ANSWER.fill()


def _download_error(reason: Sentence) -> Problem:
    return Problem(sentences.DOWNLOAD_FAILED.fill(reason=reason), field="address")

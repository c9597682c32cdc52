"""Posting the return form without a browser."""

import time
import urllib.error
import urllib.parse
import urllib.request

from sandbox.hosted_payments import Leg

TIMEOUT = 30


class _Stay(urllib.request.HTTPRedirectHandler):
    """A browser follows the answer; here only its status is of interest."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def post_return(leg: Leg) -> list[int]:
    """Post the form as often and as late as the leg says; the statuses that came back.

    0 stands for no answer.
    """
    if leg.response is None:
        return []
    time.sleep(leg.delay)
    return [_post(leg.return_url, leg.response) for _ in range(leg.times)]


def _post(url: str, response: str) -> int:
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode({"response": response}).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"},
        method="POST",
    )
    try:
        with urllib.request.build_opener(_Stay).open(request, timeout=TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0

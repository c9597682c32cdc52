"""Posting the return form without a browser."""

import time
import urllib.error
import urllib.parse
import urllib.request

from sandbox.hosted_payments import ShopperReturn

RETURN_TIMEOUT = 30


class _NoRedirectHandler(urllib.request.HTTPRedirectHandler):
    """A browser follows the answer; here only its status is of interest."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def post_return(shopper_return: ShopperReturn) -> list[int]:
    """Post the form as often and as late as the shopper_return says; the statuses that came back.

    0 stands for no answer.
    """
    if shopper_return.response is None:
        return []
    time.sleep(shopper_return.delay)
    return [
        _post_return_form(shopper_return.return_url, shopper_return.response)
        for _ in range(shopper_return.times)
    ]


def _post_return_form(url: str, response: str) -> int:
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode({"response": response}).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"},
        method="POST",
    )
    try:
        with urllib.request.build_opener(_NoRedirectHandler).open(request, timeout=RETURN_TIMEOUT) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0

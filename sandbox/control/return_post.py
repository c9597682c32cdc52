"""The shopper's return post, sent without a browser."""

import time
import urllib.error
import urllib.parse
import urllib.request

from sandbox.hosted_payments import ShopperReturn

RETURN_TIMEOUT_SECONDS = 30


class _NoRedirectHandler(urllib.request.HTTPRedirectHandler):
    """Follows no redirect: only the status of the first response matters."""

    def redirect_request(self, *args: object, **kwargs: object) -> None:
        return None


def post_return(shopper_return: ShopperReturn) -> list[int]:
    """Post the return form as often and as late as ``shopper_return`` says.

    Return the response statuses, with 0 for no response.
    """
    if shopper_return.response is None:
        return []
    time.sleep(shopper_return.delay)
    return [
        _post_return_form(shopper_return.return_url, shopper_return.response)
        for _ in range(shopper_return.times)
    ]


def _post_return_form(url: str, order_json: str) -> int:
    request = urllib.request.Request(
        url,
        data=urllib.parse.urlencode({"response": order_json}).encode(),
        headers={"Content-Type": "application/x-www-form-urlencoded", "Origin": "null"},
        method="POST",
    )
    opener = urllib.request.build_opener(_NoRedirectHandler)
    try:
        with opener.open(request, timeout=RETURN_TIMEOUT_SECONDS) as response:
            return int(response.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError:
        return 0

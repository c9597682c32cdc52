"""S30: requests that no browser sends, to every public address: each gets a clear answer, soon."""

import functools
import io
import time

import pytest
from django.test import Client
from django.urls import URLPattern, get_resolver

from tests.factories import make_link, make_product, make_store
from tests.payments.helpers import deliver_raw_webhook, deliver_webhook

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
MEGABYTE = 1_000_000


def list_routes(resolver, prefix=""):
    """Yield the routes of all views outside the admin, as the URL configuration writes them."""
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLPattern):
            yield route
        elif not route.startswith("admin/"):
            yield from list_routes(pattern, route)


@pytest.fixture
def addresses(db):
    """Return one address for each public route, of an object that exists where that can be guessed."""
    product = make_product(make_store())
    link = make_link(product)
    values = {"link_id": link.pk, "slug": product.slug, "product_id": product.pk, "path": "x"}
    found = []
    for route in list_routes(get_resolver()):
        pieces = []
        for piece in route.removeprefix("^").replace("(?P<path>.*)$", "<str:path>").split("/"):
            name = piece.strip("<>").rpartition(":")[2]
            pieces.append(values.get(name, "x") if piece.startswith("<") else piece)
        found.append("/" + "/".join(pieces))
    return [address for address in found if "(" not in address]


@pytest.fixture(autouse=True)
def no_rate_limits(settings):
    settings.REQUESTS_PER_MINUTE = dict.fromkeys(settings.REQUESTS_PER_MINUTE, 0)


def send(
    address, method="POST", body=b"", content_type="application/x-www-form-urlencoded", csrf=False, **environ
):
    """Send a request. With `csrf`, form tokens are checked, by a middleware that reads the form."""
    client = Client(enforce_csrf_checks=csrf, raise_request_exception=False, headers=SAME_ORIGIN)
    client.cookies["csrftoken"] = "c" * 32
    path, _mark, query = address.partition("?")
    response = client.generic(method, path, body, content_type=content_type, QUERY_STRING=query, **environ)
    if response.streaming:
        b"".join(response.streaming_content)
    return response


NESTED = b"[" * 100_000
HOSTILE_POSTS = {
    "charset of a form": {"content_type": "application/x-www-form-urlencoded; charset=utf-16"},
    "unknown charset": {"content_type": "application/x-www-form-urlencoded; charset=klingon"},
    "charset of parts": {
        "content_type": "multipart/form-data; boundary=x; charset=utf-16",
        "body": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    },
    "unknown charset of parts": {
        "content_type": "multipart/form-data; boundary=x; charset=klingon",
        "body": b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--\r\n',
    },
    "no boundary": {"content_type": "multipart/form-data", "body": b"--x"},
    "boundary that is not ASCII": {"content_type": "multipart/form-data; boundary=é", "body": b"--x"},
    "broken part": {"content_type": "multipart/form-data; boundary=x", "body": b"--x\r\nContent-Disposition"},
    "broken base64 part": {
        "content_type": "multipart/form-data; boundary=x",
        "body": b'--x\r\nContent-Disposition: form-data; name="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\na===\r\n--x--\r\n",
    },
    "NUL characters": {"body": b"email=a%00b&key=%00&variant=%00&quantity=%00&next=%00"},
    "broken percent-encoding": {"body": b"%=%zz&email=%ff%fe&%80=%c0%ae"},
    "thousands of fields": {"body": b"&".join(b"f%d=1" % number for number in range(20_000))},
    "thousands of files": {
        "content_type": "multipart/form-data; boundary=x",
        "body": b"".join(
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="a"\r\n\r\n\r\n' for _ in range(3000)
        )
        + b"--x--\r\n",
    },
    "deep JSON": {"content_type": "application/json", "body": NESTED},
    "JSON in UTF-16": {"content_type": "application/json", "body": '{"a": 1}'.encode("utf-16")},
    "a lone surrogate in JSON": {"content_type": "application/json", "body": rb'{"name": "\ud800"}'},
    "a huge number in JSON": {"content_type": "application/json", "body": b'{"page": ' + b"9" * 5000 + b"}"},
    "no length that is a number": {"CONTENT_LENGTH": "many"},
    "a negative length": {"CONTENT_LENGTH": "-1"},
    "a length that is too long": {"CONTENT_LENGTH": "9" * 5000},
    "an odd length": {"CONTENT_LENGTH": "٣"},
    "an odd type": {"content_type": "\x00/é; =;;charset"},
}


@pytest.mark.strict_columns
@pytest.mark.parametrize("csrf", [True, False], ids=["with form tokens", "without"])
@pytest.mark.parametrize("name", HOSTILE_POSTS)
def test_no_post_breaks_a_public_address(addresses, name, csrf):
    addresses = [*addresses, "/admin/login/"]
    answers = {address: send(address, csrf=csrf, **HOSTILE_POSTS[name]).status_code for address in addresses}

    assert {address: status for address, status in answers.items() if status >= 500} == {}


HOSTILE_QUERIES = ["%00", "a=%00&page=%00&variant=%00&link=%00", "%ff=%fe", "&" * 9000, "a=" + "x" * 60_000]
HOSTILE_HEADERS = [
    {"HTTP_COOKIE": "sessionid=\x00; csrftoken=é; =; a"},
    {"HTTP_COOKIE": "messages=x; sessionid=" + "x" * 5000},
    {"HTTP_ACCEPT_LANGUAGE": "en-" + "x" * 5000 + ";q=9,;;,\x00"},
    {"HTTP_HOST": "testserver:99999999"},
    {"HTTP_HOST": "a\x00b"},
    {"HTTP_IF_MODIFIED_SINCE": "never", "HTTP_IF_NONE_MATCH": '"' * 99, "HTTP_RANGE": "bytes=9-1"},
    {"HTTP_X_FORWARDED_FOR": "]]:[, é"},
    {"REMOTE_ADDR": "nowhere"},
    {"HTTP_AUTHORIZATION": "Basic \x00"},
    {"HTTP_AUTHORIZATION": "Basic " + "QQ" * 50_000},
    {"HTTP_REFERER": "http://[", "HTTP_ORIGIN": "http://["},
]


@pytest.mark.strict_columns
@pytest.mark.parametrize("query", HOSTILE_QUERIES, ids=range(len(HOSTILE_QUERIES)))
def test_no_query_breaks_a_public_address(addresses, query):
    answers = {address: send(f"{address}?{query}", "GET").status_code for address in addresses}

    assert {address: status for address, status in answers.items() if status >= 500} == {}


@pytest.mark.strict_columns
@pytest.mark.parametrize("headers", HOSTILE_HEADERS, ids=range(len(HOSTILE_HEADERS)))
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_no_header_breaks_a_public_address(addresses, headers, method):
    answers = {address: send(address, method, **headers).status_code for address in addresses}

    assert {address: status for address, status in answers.items() if status >= 500} == {}


PATHS = ["x" * 300, "x" * 5000, "a\x00b", "..", "%2e%2e/%2e%2e/etc/passwd", "%ff%fe", "é" * 150]


@pytest.mark.strict_columns
@pytest.mark.parametrize("last", PATHS, ids=range(len(PATHS)))
def test_no_path_breaks_a_public_address(addresses, last, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    folders = {address.rpartition("/")[0] for address in addresses}
    answers = {
        folder: send(f"{folder}/{last}", "GET").status_code for folder in [*folders, "/media", "/static"]
    }

    known = {200, 301, 302, 308, 400, 401, 404, 405, 410}
    assert {folder: status for folder, status in answers.items() if status not in known} == {}


# --- Sizes


def send_large(address, *, size, environ=None):
    """Send a form that says it has `size` bytes. Return the response; its body must not have been read."""

    class Untouched(io.RawIOBase):
        def read(self, *args):
            raise AssertionError("The body was read.")

    client = Client(headers=SAME_ORIGIN)
    return client.post(
        address,
        content_type="multipart/form-data; boundary=x",
        **{"wsgi.input": Untouched(), "CONTENT_LENGTH": str(size), **(environ or {})},
    )


def test_large_form_is_refused_in_words_before_it_is_read(addresses):
    """400 MB to the cart lay in the temporary folder."""
    for address in ["/cart", "/checkout", "/cart/add", "/account", "/admin/login/"]:
        answer = send_large(address, size=400 * MEGABYTE)

        assert answer.status_code == 413
        assert "That&#x27;s more than we can accept at once." in answer.text
        assert send_large(address, size=400, environ={"wsgi.input": io.BytesIO(b"")}).status_code != 413


def test_staff_may_upload_images_and_nobody_more(addresses, admin_client):
    def upload(megabytes):
        size = {"CONTENT_LENGTH": str(megabytes * MEGABYTE), "wsgi.input": io.BytesIO(b"")}
        path = "/admin/catalog/product/add/"
        return admin_client.post(path, content_type="multipart/form-data; boundary=x", **size).status_code

    assert upload(25) != 413
    assert upload(51) == 413
    assert send_large("/admin/catalog/product/add/", size=25 * MEGABYTE).status_code == 413


def test_body_of_unknown_length_is_refused_in_words(addresses):
    """Django would read nothing of it, and take a form for an empty one."""
    answer = Client(headers={**SAME_ORIGIN, "Transfer-Encoding": "chunked"}).generic("POST", "/cart")

    assert answer.status_code == 411
    assert "Send it with a Content-Length." in answer.text
    answer = Client(headers={"Transfer-Encoding": "chunked"}).generic("POST", "/v1/payment_links")
    assert answer.json()["error_code"] == "length_required"


def test_post_with_a_strange_origin_is_refused(addresses):
    assert send("/cart/add", HTTP_ORIGIN="http://[").status_code == 403


def test_wrongly_signed_event_costs_milliseconds_whatever_it_holds(shop, settings):
    """1.9 MB of nested lists took more than half a second of CPU."""
    bodies = [b"[" + b"[]," * 630_000 + b"[]]", b"[" * 1_900_000, b"[" + b"1," * 940_000 + b"1]"]
    wrong = {"X-29Next-Signature": "0" * 64}
    send_event = functools.partial(Client().generic, "POST", f"/webhooks/{shop.slug}/", headers=wrong)
    send_event(b"{}")
    started = time.process_time()
    answers = [send_event(body).status_code for body in bodies for _ in range(5)]
    seconds = (time.process_time() - started) / len(answers)

    assert answers == [401] * 15
    assert seconds < 0.1


def test_event_that_says_it_is_too_large_is_refused_unread(shop):
    answer = send_large(f"/webhooks/{shop.slug}/", size=2_000_001)

    assert answer.status_code == 413
    assert answer.json() == {"detail": "The event is too large."}


def test_wrong_signatures_are_limited_by_address_and_right_ones_pass(shop, settings):
    settings.REQUESTS_PER_MINUTE = settings.REQUESTS_PER_MINUTE | {"webhook": 2}
    statuses = [deliver_raw_webhook(shop, b"{}", secret="wrong").status_code for _ in range(4)]
    limited = deliver_raw_webhook(shop, b"{}", secret="wrong")

    assert statuses == [401, 401, 429, 429]
    assert limited["RateLimit-Policy"] == '"webhook";q=2;w=60'
    assert 0 < int(limited["Retry-After"]) <= 60
    assert deliver_webhook(shop, "x.y", {}).status_code == 200

"""POSTs are accepted only from our own pages, or with the form token if the browser hides where from."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from stores.csrf import CsrfMiddleware
from stores.decorators import require_same_origin_post
from stores.errors import Problem
from tests.factories import make_store

pytestmark = pytest.mark.any_database


@require_same_origin_post
def add(request, color):
    return HttpResponse(f"added {color}")


def post(**headers):
    return RequestFactory().post("/cart/add", headers={"host": "shop.example", **headers})


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin"},
        {"origin": "http://shop.example"},
        {"sec-fetch-site": "same-origin", "origin": "http://shop.example"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
    ],
)
def test_post_from_our_own_page_is_accepted(headers):
    assert add(post(**headers), "red").content == b"added red"


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"origin": "http://evil.example"},
        {"origin": "https://shop.example"},
        {"origin": "http://shop.example:8000"},
        {"sec-fetch-site": "same-origin", "origin": "http://evil.example"},
        {"sec-fetch-site": "cross-site", "origin": "http://shop.example"},
    ],
)
def test_post_from_elsewhere_is_refused(headers):
    with pytest.raises(Problem) as raised:
        add(post(**headers), "red")
    assert raised.value.status == 403


TOKEN = "t" * 32
HIDDEN = [{}, {"origin": "null"}]


@pytest.mark.parametrize("headers", HIDDEN)
def test_browser_that_hides_the_origin_needs_the_form_token(headers):
    with pytest.raises(Problem) as raised:
        add(post(**headers), "red")
    assert raised.value.status == 403
    assert "Your browser hides which page this came from." in raised.value.message


@pytest.mark.parametrize("headers", HIDDEN)
@pytest.mark.parametrize("scheme", ["http", "https"])
def test_form_token_is_proof_enough_if_the_origin_is_hidden(headers, scheme):
    request = post_with_token(TOKEN, scheme=scheme, **headers)

    assert add(request, "red").content == b"added red"


@pytest.mark.parametrize("token", ["", "u" * 32, "t"])
def test_wrong_form_token_is_refused(token):
    with pytest.raises(Problem):
        add(post_with_token(token), "red")


def test_form_token_is_no_proof_for_another_site():
    with pytest.raises(Problem):
        add(post_with_token(TOKEN, origin="http://evil.example"), "red")


def post_with_token(token, *, scheme="http", **headers):
    request = RequestFactory().post(
        "/cart/add",
        {"csrfmiddlewaretoken": token},
        headers={"host": "shop.example", **headers},
        **{"wsgi.url_scheme": scheme},
    )
    request.COOKIES["csrftoken"] = TOKEN
    return request


def submit_form(*, scheme="https", token=TOKEN, **headers):
    """Return the answer of Django's own check to a form: None lets it pass."""
    middleware = CsrfMiddleware(lambda request: HttpResponse())
    request = post_with_token(token, scheme=scheme, **headers)
    request.META["CSRF_COOKIE"] = TOKEN
    return middleware.process_view(request, lambda request: HttpResponse(), (), {})


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize(
    "headers",
    [*HIDDEN, {"sec-fetch-site": "same-origin", "origin": "null"}, {"sec-fetch-site": "same-origin"}],
)
def test_form_of_a_browser_that_hides_its_origin_passes_with_its_token(scheme, headers):
    assert submit_form(scheme=scheme, **headers) is None


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"referer": "https://evil.example/"},
        {"referer": "http://shop.example/"},
    ],
)
@pytest.mark.django_db
def test_form_from_elsewhere_is_refused_whatever_its_token(headers):
    make_store(host="shop.example")

    assert submit_form(**headers).status_code == 403


@pytest.mark.django_db
def test_form_without_its_token_is_refused_whatever_the_headers():
    make_store(host="shop.example")

    assert submit_form(token="", **{"sec-fetch-site": "same-origin"}).status_code == 403


def test_other_methods_are_refused():
    assert add(RequestFactory().get("/cart/add"), "red").status_code == 405


def test_view_needs_no_form_token():
    assert add.csrf_exempt

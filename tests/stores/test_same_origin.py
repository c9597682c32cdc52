"""POSTs without a form token are accepted only from our own pages."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from stores.decorators import require_same_origin_post
from stores.errors import Problem

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
    ],
)
def test_post_from_our_own_page_is_accepted(headers):
    assert add(post(**headers), "red").content == b"added red"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"sec-fetch-site": "none"},
        {"origin": "null"},
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


def test_other_methods_are_refused():
    assert add(RequestFactory().get("/cart/add"), "red").status_code == 405


def test_view_needs_no_form_token():
    assert add.csrf_exempt

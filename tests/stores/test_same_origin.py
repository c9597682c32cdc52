"""POSTs without a form token are taken from our own pages alone."""

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from stores.errors import Problem
from stores.same_origin import require_same_origin_post

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
def test_our_own_pages_are_let_in(headers):
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
def test_whatever_else_is_refused(headers):
    with pytest.raises(Problem) as refused:
        add(post(**headers), "red")
    assert refused.value.status == 403


def test_only_a_post_is_taken():
    assert add(RequestFactory().get("/cart/add"), "red").status_code == 405


def test_the_form_token_is_not_asked_for():
    assert add.csrf_exempt

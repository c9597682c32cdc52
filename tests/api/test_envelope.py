"""API keys, the envelope, and errors, which are the same for every call."""

import datetime
import json

import pytest
from django.test import Client
from django.utils import timezone

from stores.models import ApiKey
from tests.api.conftest import basic_auth_header, make_raw_client
from tests.api_client import success_data
from tests.factories import make_link, make_product, make_store


def test_api_key_as_user_name_authenticates(api):
    """R1, R2, R3, R4, W2: no trailing slash, no `code` on success."""
    response = api.get("/payment_links?page_size=1")

    assert response.status_code == 200
    assert response["Content-Type"] == "application/json"
    assert response["Cache-Control"] == "no-store"
    assert response.json() == {
        "error_code": "success",
        "msg": "success",
        "data": {"page": 0, "page_size": 1, "total": 0, "payment_links": []},
    }


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Basic",
        "Basic !!!",
        "Basic /w==",
        basic_auth_header(""),
        basic_auth_header("sk_test_" + "0" * 96),
        basic_auth_header("\0"),
        "Bearer sk_test_1",
        "Token",
        "ä",
    ],
)
def test_invalid_key_is_unauthorized(api, authorization):
    """R12, X17."""
    for method, path in (
        ("GET", "/payment_links?page_size=1"),
        ("POST", "/payment_links"),
        ("GET", "/products/x"),
    ):
        response = api(method, path, authorization=authorization)

        status, code, _msg = api.expect_error(response)
        assert (status, code) == (401, "unauthorized")
        assert response["WWW-Authenticate"].startswith("Basic")


def test_missing_header_is_unauthorized(api):
    response = Client().get("/v1/payment_links?page_size=1")

    assert api.expect_error(response)[:2] == (401, "unauthorized")


def test_revoked_key_is_unauthorized(api):
    ApiKey.objects.get().revoke()

    assert api.expect_error(api.get("/payment_links?page_size=1"))[0] == 401


def test_last_use_of_a_key_is_saved_at_most_once_a_minute(api, django_assert_num_queries):
    api.get("/payment_links?page_size=1")
    first = ApiKey.objects.get().last_used_at

    with django_assert_num_queries(3):  # the key, its limit, the count
        api.get("/payment_links?page_size=1")

    assert ApiKey.objects.get().last_used_at == first
    ApiKey.objects.update(last_used_at=timezone.now() - datetime.timedelta(minutes=2))
    api.get("/payment_links?page_size=1")
    assert ApiKey.objects.get().last_used_at > first - datetime.timedelta(seconds=1)


def test_key_sees_only_its_own_store(api, other_api):
    """R17, R94: links and products of another store are not found."""
    theirs = make_link(make_product(other_api.store))

    assert api.expect_success(api.get("/payment_links?page_size=50"))["total"] == 0
    assert api.expect_success(api.get("/products?page_size=50"))["total"] == 0
    for method, path, body in (
        ("GET", f"/payment_links/{theirs.pk}", None),
        ("POST", f"/payment_links/{theirs.pk}", {"active": False}),
        ("DELETE", f"/payment_links/{theirs.pk}", None),
        ("GET", f"/products/{theirs.product_id}", None),
        ("DELETE", f"/products/{theirs.product_id}", None),
    ):
        assert api.expect_error(api(method, path, body))[0] == 404
    theirs.refresh_from_db()
    assert theirs.active


def test_test_mode_and_live_mode_both_work(db):
    """R16."""
    live = make_raw_client(make_store(is_live=True))
    test = make_raw_client(make_store(host="test.example.com"))

    assert (live.secret[:8], test.secret[:8]) == ("sk_live_", "sk_test_")
    for mode in (live, test):
        assert success_data(mode.get("/payment_links?page_size=1"))["total"] == 0


@pytest.mark.parametrize(
    "content_type", ["application/json", "text/plain", "", "application/x-www-form-urlencoded", "???"]
)
def test_content_type_does_not_matter(api, content_type):
    product = make_product(api.store)
    variant = product.variants.get().pk
    body = json.dumps(
        {"product_id": product.pk, "default_variant_id": variant, "primary_variant_ids": [variant]}
    )

    response = Client().generic(
        "POST",
        "/v1/payment_links",
        body,
        content_type=content_type,
        headers={"authorization": basic_auth_header(api.secret)},
    )

    assert api.expect_success(response)["product_id"] == product.pk


def test_response_is_json_whatever_the_accept_header(api):
    response = api.get("/payment_links?page_size=1", accept="text/html")

    assert response["Content-Type"] == "application/json"
    assert api.expect_success(response)["total"] == 0


BAD_BODIES = {
    "not json": b"{",
    "not utf-8": b"\xff\xfe",
    "a list": b"[]",
    "a string": b'"x"',
    "a number": b"1",
    "nul": b'{"product_id": "a\\u0000b"}',
    "nul in a key": b'{"a\\u0000b": 1}',
    "lone surrogate": b'{"product_id": "\\ud800"}',
    "not a number": b'{"variant_config": {"a": NaN}}',
    "infinite": b'{"variant_config": {"a": 1e999}}',
    "deep": b'{"variant_config":' + b'{"a":' * 100 + b"1" + b"}" * 101,
    "very deep": b'{"a":' * 100_000,
    "a giant number": b'{"a": ' + b"9" * 5000 + b"}",
}


@pytest.mark.parametrize("name", BAD_BODIES)
def test_invalid_body_is_rejected(api, name):
    """R5, R6, W1."""
    for path in ("/payment_links", "/products", "/selling_plan_groups", "/selling_plans"):
        status, code, msg = api.expect_error(api.post(path, BAD_BODIES[name]))

        assert (status, code) == (400, "invalid_request_error")
        assert msg


def test_large_body_is_rejected(api):
    body = b'{"variant_config": {"a": "' + b"x" * 1_000_000 + b'"}}'

    for path in ("/payment_links", "/products", "/selling_plans", "/payment_links/plink_1"):
        assert api.expect_error(api.post(path, body))[:2] == (413, "request_too_large")


def test_empty_body_is_an_empty_object(api):
    """W9: the error names the missing fields, not the body."""
    response = api.post("/payment_links", b"")

    assert api.expect_error(response) == (400, "invalid_request_error", "Invalid parameters")
    assert response.json()["errors"]["product_id"] == ["This field is required."]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/payment_links/x"),
        ("PATCH", "/payment_links/x"),
        ("OPTIONS", "/payment_links"),
        ("DELETE", "/products"),
        ("TRACE", "/products"),
    ],
)
def test_unsupported_method_is_not_allowed(api, method, path):
    """R95: links are updated by POST."""
    response = api(method, path)

    assert api.expect_error(response)[:2] == (405, "method_not_allowed")
    assert "POST" in response["Allow"] or "GET" in response["Allow"]


@pytest.mark.parametrize("path", ["/payment_links/%00", "/payment_links/a%20b", "/products/" + "x" * 100])
def test_malformed_id_is_not_found(api, path):
    assert api.expect_error(api.get(path))[:2] == (404, "resource_not_found")


def test_errors_are_english_whatever_the_accept_language(api):
    """R8, R9: error messages are part of the contract."""
    response = api.post("/payment_links/plink_x", {"active": True}, **{"accept-language": "de"})

    assert api.expect_error(response) == (404, "resource_not_found", "Payment link not found")


def test_unhandled_error_is_logged_and_returned_as_json(api, monkeypatch, caplog):
    """X17."""

    def fail(**kwargs):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("catalog.api.payment_link_views.find_payment_link", fail)

    response = api.get("/payment_links/plink_x")

    assert api.expect_error(response) == (
        500,
        "internal_error",
        "Something went wrong on our end. Try again later.",
    )
    assert "ZeroDivisionError" in caplog.text


def test_error_has_no_data(api):
    """R5."""
    assert "data" not in api.get("/payment_links/plink_x").json()


@pytest.mark.parametrize("path", ["/v1/products/a%0Ab", "/v1/nothing%0A", "/v1/orders/%0A/x"])
def test_line_break_in_a_path_is_not_found_in_json(client, db, path):
    response = client.get(path)

    assert response.status_code == 404
    assert response.headers["Content-Type"] == "application/json"

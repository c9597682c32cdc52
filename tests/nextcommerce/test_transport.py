"""Responses that the sandbox never sends: redirects, foreign links and malformed bodies."""

import pytest
import responses

from nextcommerce.errors import CallOutcome, NextApiError
from stores.next_client import open_next_client
from tests.factories import make_store

pytestmark = pytest.mark.any_database

BASE = "https://shop.29next.test/api/admin/"


@pytest.fixture
def api(db):
    return open_next_client(make_store(next_api_url=BASE, access_token="secret"))


@pytest.fixture
def http():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def test_call_sends_token_and_version(api, http):
    http.get(BASE + "store/", json=[{"name": "Shop"}])

    assert api.retrieve_store().name == "Shop"
    headers = http.calls[0].request.headers
    assert headers["Authorization"] == "Bearer secret"
    assert headers["X-29next-API-Version"] == "2024-04-01"


@pytest.mark.parametrize(
    "next_page",
    [
        "https://evil.test/api/admin/products/?cursor=2",
        "http://shop.29next.test/api/admin/products/?cursor=2",
        "https://shop.29next.test/elsewhere/?cursor=2",
        "https://shop.29next.test/api/admin/../../x/?cursor=2",
        "https://shop.29next.test/api/admin/%2e%2e/x",
        "https://shop.29next.test:444/api/admin/products/?cursor=2",
        "https://user@shop.29next.test/api/admin/products/",
        "/api/admin/products/?cursor=2",
        "https://[shop.29next.test/api/admin/products/",
    ],
)
def test_token_is_not_sent_to_foreign_next_page(api, http, next_page):
    http.get(BASE + "webhooks/", json={"next": next_page, "previous": None, "results": [{"id": 1}]})

    with pytest.raises(NextApiError) as raised:
        list(api.list_webhooks())

    assert raised.value.outcome is CallOutcome.REFUSED
    assert len(http.calls) == 1


def test_circular_next_pages_end(api, http):
    http.get(BASE + "webhooks/", json={"next": f"{BASE}webhooks/?cursor=2", "results": [{"id": 1}]})

    assert len(list(api.list_webhooks())) <= 3


@pytest.mark.parametrize(("status", "outcome"), [(301, "refused"), (308, "refused"), (302, "ambiguous")])
def test_token_follows_no_redirect(api, http, status, outcome):
    http.post(BASE + "orders/", status=status, headers={"Location": "https://evil.test/"})

    with pytest.raises(NextApiError) as raised:
        api.create_order({"lines": []})

    assert raised.value.outcome is CallOutcome(outcome)
    assert len(http.calls) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>",
        b"[]",
        b"{}",
        b"null",
        b'"text"',
        b'{"number": null}',
        b'{"number": ""}',
        b'{"payment_complete_url": "javascript:alert(1)"}',
        b'{"payment_complete_url": {"a": 1}}',
        b"[" * 100_000,
        b'{"x": ' + b"9" * 5000 + b"}",
        b'{"number": "1", "pad": "' + b"x" * 9_000_000 + b'"}',
    ],
    ids=range(13),
)
def test_invalid_response_leaves_create_ambiguous(api, http, body):
    """S30."""
    http.post(BASE + "orders/", status=201, body=body)

    with pytest.raises(NextApiError) as raised:
        api.create_order({"lines": []})

    assert raised.value.outcome is CallOutcome.AMBIGUOUS


def test_unknown_keys_and_values_do_not_lose_the_order(api, http):
    """S30."""
    http.get(
        BASE + "orders/7/",
        json={
            "number": 7,
            "payment_status": "half_moon",
            "lines": [{"id": 1, "quantity": "many", "price_incl_tax": "no number", "new": []}, "line", None],
            "subscriptions": [{"id": 10**19}],
            "total_incl_tax": "1e30",
            "tags": {"not": "a list"},
            "created_at": "2026-13-45",
            "user": [],
            "surprise": {"deep": True},
        },
    )

    order = api.retrieve_order("7")

    assert (order.number, order.payment_status, order.is_settled) == ("7", "half_moon", False)
    assert (order.lines[0].quantity, order.lines[0].price_incl_tax) == (0, None)
    assert (order.subscription_ids, order.total_incl_tax) == ((), None)
    assert order.tags == ()
    assert order.created_at is None


@pytest.mark.parametrize(
    ("body", "message", "fields", "code"),
    [
        ({"detail": "Not allowed."}, "Not allowed.", {}, ""),
        ({"non_field_errors": ["One.", "Two."]}, "One. Two.", {}, ""),
        ({"message": ["Sold out."]}, "Sold out.", {}, ""),
        (
            {"state": ["`state` is required"]},
            "state: `state` is required",
            {"state": ["`state` is required"]},
            "",
        ),
        (
            {"lines": [{}, {"product_id": ["Unknown."]}]},
            "lines.1.product_id: Unknown.",
            {"lines.1.product_id": ["Unknown."]},
            "",
        ),
        ({"errors": {"email": ["Bad."]}}, "email: Bad.", {"email": ["Bad."]}, ""),
        (
            {"payment_details": "Unable to process.", "payment_response_code": "2000"},
            "Unable to process.",
            {"payment_details": ["Unable to process."]},
            "2000",
        ),
        (["Duplicate order."], "Duplicate order.", {}, ""),
        (None, "NEXT Commerce rejected the request (400).", {}, ""),
    ],
)
def test_error_messages_are_read_in_every_known_shape(api, http, body, message, fields, code):
    http.post(BASE + "orders/", status=400, **({"body": b"<h1>"} if body is None else {"json": body}))

    with pytest.raises(NextApiError) as raised:
        api.create_order({"lines": []})

    assert raised.value.outcome is CallOutcome.REFUSED
    assert str(raised.value.message) == message
    assert raised.value.fields == fields
    assert raised.value.code == code

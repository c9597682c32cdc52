"""The return from Link: a post from another site with a hint in it, and a secret in its address."""

import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings

from checkout.models import PaymentIntent
from checkout.payments.order_payload import build_return_url
from checkout.payments.payment_return import payment_page_url
from orders.models import Order
from stores.crypto import make_url_token
from tests.payments.helpers import (
    BrokenStream,
    allow_next_check,
    make_selection,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)


def test_a_paid_return_settles_and_leads_to_a_page_of_ours(shop):
    intent = submit_checkout(shop)

    answer = post_return(intent, pay_at_link(intent))

    assert answer.status_code == 303
    assert answer.headers["Location"] == payment_page_url(intent)
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.cookies == {}
    assert Order.objects.get().status == "Paid"


def test_the_page_after_a_paid_return_leads_to_the_thanks(shop, client):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))

    answer = client.get(payment_page_url(intent))

    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("/thanks")


@pytest.mark.parametrize("origin", ["null", "https://link.example", None])
def test_the_return_passes_whatever_its_origin_with_form_token_checks_on(shop, origin):
    """S14."""
    intent = submit_checkout(shop)
    headers = {"Origin": origin} if origin else {}

    assert post_return(intent, pay_at_link(intent), **headers).status_code == 303
    assert Order.objects.get().status == "Paid"


def test_a_second_return_changes_nothing(shop):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    post_return(intent, response)
    before = list(Order.objects.values()), list(PaymentIntent.objects.values())
    shop.sandbox.clear_requests()

    assert post_return(intent, response).status_code == 303
    assert post_return(intent, {}).status_code == 303

    assert (list(Order.objects.values()), list(PaymentIntent.objects.values())) == before
    assert shop.sandbox.requests() == []


def test_a_forged_order_in_the_post_settles_nothing(shop):
    """S8, S9: the body is a hint; the store knows no such order."""
    intent = submit_checkout(shop)
    forged = {"number": "100001", "payment_status": "paid", "tags": [intent.pk], "total_incl_tax": "54.00"}

    assert post_return(intent, forged).status_code == 303

    intent.refresh_from_db()
    assert intent.status == "redirected"
    assert Order.objects.get().status == "Pending"


def test_the_number_of_somebody_elses_order_settles_nothing(shop):
    """S8."""
    theirs = submit_checkout(shop, make_selection(shop, "Field notes", ""), key="theirs")
    number = json.loads(pay_at_link(theirs))["number"]
    mine = submit_checkout(shop, make_selection(shop, quantity=3), key="mine")

    post_return(mine, {"number": number})

    mine.refresh_from_db()
    assert (mine.status, mine.next_order_number) == ("redirected", None)
    order = Order.objects.get(checkout_key="mine")
    assert (order.status, order.review_reason) == ("Pending", "")


@pytest.mark.parametrize("token", ["x", "pi_1.x", "pi_1", ".", "pi_%00.abc", "ü.ü", "a" * 900])
def test_an_address_that_was_never_given_out_is_404(shop, token):
    """S9."""
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/pay/return/{token}").status_code == 404


def test_who_knows_a_payments_id_does_not_know_its_address(shop):
    """S9: the id alone, with a secret made up, with another payment's, with one made by another key."""
    intent, other = submit_checkout(shop), submit_checkout(shop, key="other")
    secret = build_return_url(intent).rpartition(".")[2]
    with override_settings(SECRET_KEY="another" * 10):
        forged = make_url_token(purpose="payment-return", subject=intent.pk)
    tokens = [
        intent.pk,
        f"{intent.pk}.",
        f"{intent.pk}.{'A' * len(secret)}",
        f"{intent.pk}.{secret[:-1]}",
        f"{other.pk}.{secret}",
        forged,
    ]

    assert post_return(intent).status_code == 303
    for token in tokens:
        assert Client().post(f"/pay/return/{token}").status_code == 404, token


def test_the_secret_of_one_door_opens_no_other(shop, client):
    """S9: the payment page's and the status page's secrets settle nothing."""
    intent = submit_checkout(shop)
    order = Order.objects.get()
    page = make_url_token(purpose="payment-page", subject=intent.pk)
    status = make_url_token(purpose="order-status", subject=order.pk)
    back = build_return_url(intent).rpartition("/")[2]

    assert client.post(f"/pay/return/{page}").status_code == 404
    assert client.post(f"/pay/return/{status}").status_code == 404
    assert client.get(f"/pay/{back}").status_code == 404
    assert client.get(f"/orders/{back}").status_code == 404
    assert client.get(f"/orders/{page}").status_code == 404


@pytest.mark.parametrize(
    "response",
    [
        "not json",
        "[]",
        "[1]",
        "null",
        "7",
        '"100001"',
        '{"number": null}',
        '{"number": {"a": 1}}',
        '{"number": "../../store"}',
        '{"number": "' + "9" * 5000 + '"}',
        '{"number": true}',
        '{"number": 1e400}',
        "[" * 50_000,
        "\x00",
        "",
        "x" * 600_000,
    ],
)
def test_a_post_that_is_not_as_promised_settles_nothing_and_loses_nothing(shop, response):
    """S30."""
    intent = submit_checkout(shop)

    answer = post_return(intent, response)

    intent.refresh_from_db()
    assert answer.status_code == 303
    assert intent.status == "redirected"
    assert stock_of(shop) == 9


A_FILE = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n'


def test_a_body_of_ten_megabytes_or_of_another_kind_is_no_hint(shop):
    """S30."""
    intent = submit_checkout(shop)
    path = build_return_url(intent).partition(shop.host)[2]

    for body, kind in [
        (b"response=" + b"x" * 10_000_000, "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"\xff\xfe\x00", "text/plain"),
        (b"--x\r\n", "multipart/form-data; boundary=x"),
        (b"x", "multipart/form-data"),
        (b"response=x", "application/x-www-form-urlencoded; charset=latin-1"),
        (b"".join(A_FILE for _ in range(101)) + b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"&".join(b"a=1" for _ in range(9000)), "application/x-www-form-urlencoded"),
    ]:
        assert Client().post(path, body, content_type=kind).status_code == 303
    kind = "application/x-www-form-urlencoded"
    assert Client().generic("POST", path, b"x", kind, **{"wsgi.input": BrokenStream()}).status_code == 303

    intent.refresh_from_db()
    assert intent.status == "redirected"


def test_a_malformed_post_of_a_shopper_who_paid_settles_all_the_same(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)

    post_return(intent, "not json")

    assert Order.objects.get().status == "Paid"


def test_opening_the_return_address_by_hand_asks_the_store_and_believes_nothing(shop, client):
    intent = submit_checkout(shop)
    path = build_return_url(intent).partition(shop.host)[2]

    assert client.get(path).status_code == 303
    assert Order.objects.get().status == "Pending"


def test_nothing_came_although_the_charge_succeeded(shop):
    """S16."""
    shop.sandbox.switches(return_mode="empty_though_charged")
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    assert response == "{}"

    post_return(intent, response)

    assert Order.objects.get().status == "Paid"


def test_a_decline_says_so_and_keeps_the_selection_for_another_try(shop, client):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent, "decline"))

    page = client.get(payment_page_url(intent))

    assert page.status_code == 200
    assert "Nothing was charged" in page.content.decode()
    assert stock_of(shop) == 10
    again = submit_checkout(shop)
    assert again.status == "redirected"
    assert again.pk != intent.pk
    assert Order.objects.count() == 1


def test_while_the_store_is_away_the_page_says_confirming_then_the_right_answer(shop, client):
    """S15."""
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=30)

    post_return(intent, response)
    page = client.get(payment_page_url(intent))
    state_url = page.context["state_url"]
    first = client.get(state_url).json()
    shop.sandbox.switches(faults=[])
    allow_next_check(intent)
    second = client.get(state_url).json()

    assert page.status_code == 200
    assert "no-store" in page.headers["Cache-Control"]
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert (first, second) == ({"state": "confirming"}, {"state": "paid"})


def test_who_did_not_pay_is_told_so_once_the_store_can_be_asked(shop, client):
    """S15, S16: not left to wait until the attempt lapses."""
    intent = submit_checkout(shop)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=30)
    page = client.get(post_return(intent, {})["Location"])
    first = client.get(page.context["state_url"]).json()
    shop.sandbox.switches(faults=[])
    allow_next_check(intent)
    second = client.get(page.context["state_url"]).json()

    assert (first, second) == ({"state": "confirming"}, {"state": "not_completed"})
    assert stock_of(shop) == 10


def test_receiver_and_settlement_together_need_few_queries(shop):
    """At most 15 statements, BEGIN and COMMIT not counted."""

    intent = submit_checkout(shop)
    response = pay_at_link(intent)

    with CaptureQueriesContext(connection) as queries:
        post_return(intent, response)

    statements = [
        query["sql"]
        for query in queries
        if query["sql"].split()[0] not in {"BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"}
    ]
    assert Order.objects.get().status == "Paid"
    assert len(statements) <= 15, "\n".join(statements)


def test_nothing_secret_or_personal_is_logged(shop, caplog):
    caplog.set_level("DEBUG")
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))

    for word in (
        shop.access_token,
        "ada@example.com",
        "Lovelace",
        build_return_url(intent).rpartition(".")[2],
    ):
        assert word not in caplog.text

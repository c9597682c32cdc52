"""The return from Link: a post from another site with a hint in its body and a secret in its address."""

import datetime
import json

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.payments.order_payload import build_return_url
from checkout.payments.payment_return import payment_page_url
from orders.models import Order, OrderItem
from stores.crypto import make_url_token
from tests.factories import make_link
from tests.payments.helpers import (
    BrokenStream,
    allow_next_check,
    make_selection,
    own_checkout,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)
from tests.upsells.helpers import make_upsell


def test_paid_return_settles_and_redirects_to_the_payment_page(shop):
    intent = submit_checkout(shop)

    response = post_return(intent, pay_at_link(intent))

    assert response.status_code == 303
    assert response.headers["Location"] == payment_page_url(intent)
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "no-referrer"
    assert response.cookies == {}
    assert Order.objects.get().status == "Paid"


def test_payment_page_of_a_paid_order_redirects_to_thanks(shop, client):
    intent = submit_checkout(shop)
    post_return(intent, pay_at_link(intent))

    response = own_checkout(client, intent.order).get(payment_page_url(intent))

    assert response.status_code == 303
    assert response.headers["Location"].endswith("/thanks")


def test_return_address_leads_another_browser_to_the_outcome_only(shop, client):
    """S9: a stranger with the address learns nothing personal and reaches neither order nor upsell."""
    make_upsell(shop)
    link = make_link(shop.products.get(name="Desk lamp"), custom_text_label="Engraving")
    intent = submit_checkout(shop, make_selection(shop, link=link))
    OrderItem.objects.update(custom_text="For Charles, with love")
    seen = [client.get(payment_page_url(intent))]
    PaymentIntent.objects.update(checked_at=None)
    path = post_return(intent, pay_at_link(intent))["Location"]

    seen += [client.get(path), client.get(path + "?same_site")]
    PaymentIntent.objects.update(status="declined")
    Order.objects.update(paid_at=None)
    seen.append(client.get(path))

    assert [page.context["state"] for page in seen] == ["confirming", "paid", "paid", "not_completed"]
    assert "Thank you! Your payment went through." in seen[2].text
    assert "email you a link to your order" in seen[2].text
    for page in seen:
        for private in ("ada@", "Lovelace", "12 Main Street", "Charles", "/orders/ord_"):
            assert private not in page.text
        assert "sessionid" not in page.cookies


def test_browser_without_cookies_after_the_return_opens_the_page_once_more_from_our_site(shop, client):
    """Some browsers send no cookies with what follows a post from another site."""
    intent = submit_checkout(shop)
    path = post_return(intent, pay_at_link(intent))["Location"]
    step = f'<meta http-equiv="refresh" content="0; url={path}?same_site">'

    assert step in client.get(path).text
    assert "http-equiv" not in client.get(f"{path}?same_site").text
    assert own_checkout(client, intent.order).get(f"{path}?same_site").status_code == 303


def test_session_of_another_purchase_opens_no_order(shop, client):
    mine, other = submit_checkout(shop, key="mine"), submit_checkout(shop, key="other")
    for intent in (mine, other):
        post_return(intent, pay_at_link(intent))
    own_checkout(client, mine.order)

    assert client.get(payment_page_url(mine)).status_code == 303
    assert client.get(payment_page_url(other)).status_code == 200


def settle_days_ago(**ago):
    PaymentIntent.objects.update(settled_at=timezone.now() - datetime.timedelta(**ago))


def test_addresses_of_a_payment_die_a_day_after_it_is_settled(shop, client):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    path = post_return(intent, response)["Location"]
    settle_days_ago(hours=23)
    assert post_return(intent, response).status_code == 303
    assert client.get(path).status_code == 200
    settle_days_ago(hours=25)

    dead = [post_return(intent, response), client.get(path), client.get(f"{path}/state")]

    assert [answer.status_code for answer in dead] == [410, 410, 410]
    assert "This link has expired." in dead[1].text
    assert own_checkout(client, intent.order).get(path).status_code == 303


def test_addresses_of_an_unpaid_attempt_live_while_money_may_come_late(shop, client):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    PaymentIntent.objects.update(status="expired", created_at=timezone.now() - datetime.timedelta(days=7))
    settle_days_ago(days=6)

    assert post_return(intent, response).status_code == 303
    assert Order.objects.get().status == "Paid"
    PaymentIntent.objects.update(status="expired", created_at=timezone.now() - datetime.timedelta(days=9))
    assert post_return(intent, response).status_code == 410


@pytest.mark.parametrize("origin", ["null", "https://link.example", None])
def test_return_from_any_origin_passes_csrf_checks(shop, origin):
    """S14."""
    intent = submit_checkout(shop)
    headers = {"Origin": origin} if origin else {}

    assert post_return(intent, pay_at_link(intent), **headers).status_code == 303
    assert Order.objects.get().status == "Paid"


def test_second_return_changes_nothing(shop):
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    post_return(intent, response)
    before = list(Order.objects.values()), list(PaymentIntent.objects.values())
    shop.sandbox.clear_requests()

    assert post_return(intent, response).status_code == 303
    assert post_return(intent, {}).status_code == 303

    assert (list(Order.objects.values()), list(PaymentIntent.objects.values())) == before
    assert shop.sandbox.requests() == []


def test_forged_order_in_the_post_settles_nothing(shop):
    """S8, S9: the body is only a hint, and NEXT has no such order."""
    intent = submit_checkout(shop)
    forged = {"number": "100001", "payment_status": "paid", "tags": [intent.pk], "total_incl_tax": "54.00"}

    assert post_return(intent, forged).status_code == 303

    intent.refresh_from_db()
    assert intent.status == "redirected"
    assert Order.objects.get().status == "Pending"


def test_number_of_another_shoppers_order_settles_nothing(shop):
    """S8."""
    theirs = submit_checkout(shop, make_selection(shop, "Field notes", ""), key="theirs")
    number = json.loads(pay_at_link(theirs))["number"]
    mine = submit_checkout(shop, make_selection(shop, quantity=3), key="mine")

    post_return(mine, {"number": number})

    mine.refresh_from_db()
    assert (mine.status, mine.next_order_number) == ("redirected", None)
    order = Order.objects.get(checkout_key="mine")
    assert (order.status, order.is_in_review) == ("Pending", False)


@pytest.mark.parametrize("token", ["x", "pi_1.x", "pi_1", ".", "pi_%00.abc", "ü.ü", "a" * 900])
def test_return_address_that_was_never_issued_is_404(shop, token):
    """S9."""
    for method in ("get", "post"):
        assert getattr(Client(), method)(f"/pay/return/{token}").status_code == 404


def test_payment_id_does_not_reveal_the_return_address(shop):
    """S9: the bare id, or with a secret that is made up, another payment's or signed with another key."""
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


def test_secret_of_one_page_opens_no_other(shop, client):
    """S9: the secrets of the payment page and the status page settle nothing."""
    intent = submit_checkout(shop)
    order = Order.objects.get()
    page = make_url_token(purpose="payment-page", subject=intent.pk)
    status = make_url_token(purpose="order-status", subject=order.pk)
    return_token = build_return_url(intent).rpartition("/")[2]

    assert client.post(f"/pay/return/{page}").status_code == 404
    assert client.post(f"/pay/return/{status}").status_code == 404
    assert client.get(f"/pay/{return_token}").status_code == 404
    assert client.get(f"/orders/{return_token}").status_code == 404
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
def test_malformed_return_settles_and_loses_nothing(shop, response):
    """S30."""
    intent = submit_checkout(shop)

    redirect = post_return(intent, response)

    intent.refresh_from_db()
    assert redirect.status_code == 303
    assert intent.status == "redirected"
    assert stock_of(shop) == 9


FILE_PART = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n\r\n'


def test_oversized_or_unexpected_body_is_no_hint(shop):
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
        (b"".join(FILE_PART for _ in range(101)) + b"--x--\r\n", "multipart/form-data; boundary=x"),
        (b"&".join(b"a=1" for _ in range(9000)), "application/x-www-form-urlencoded"),
    ]:
        assert Client().post(path, body, content_type=kind).status_code == 303
    kind = "application/x-www-form-urlencoded"
    assert Client().generic("POST", path, b"x", kind, **{"wsgi.input": BrokenStream()}).status_code == 303

    intent.refresh_from_db()
    assert intent.status == "redirected"


def test_malformed_return_of_a_paid_shopper_still_settles(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)

    post_return(intent, "not json")

    assert Order.objects.get().status == "Paid"


def test_opening_the_return_address_settles_nothing_unpaid(shop, client):
    intent = submit_checkout(shop)
    path = build_return_url(intent).partition(shop.host)[2]

    assert client.get(path).status_code == 303
    assert Order.objects.get().status == "Pending"


def test_empty_return_after_a_successful_charge_settles(shop):
    """S16."""
    shop.sandbox.switches(return_mode="empty_though_charged")
    intent = submit_checkout(shop)
    response = pay_at_link(intent)
    assert response == "{}"

    post_return(intent, response)

    assert Order.objects.get().status == "Paid"


def test_declined_payment_says_so_and_can_be_retried(shop, client):
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


def test_payment_page_says_confirming_while_next_is_down_then_paid(shop, client):
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


def test_unpaid_shopper_is_told_so_once_next_responds(shop, client):
    """S15, S16: the shopper need not wait until the attempt expires."""
    intent = submit_checkout(shop)
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=30)
    page = client.get(post_return(intent, {})["Location"])
    first = client.get(page.context["state_url"]).json()
    shop.sandbox.switches(faults=[])
    allow_next_check(intent)
    second = client.get(page.context["state_url"]).json()

    assert (first, second) == ({"state": "confirming"}, {"state": "not_completed"})
    assert stock_of(shop) == 10


def test_return_and_settlement_need_at_most_19_queries(shop):
    """BEGIN and COMMIT don't count. Three: the charge, the invoice number, and a consent to confirm."""
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
    assert len(statements) <= 19, "\n".join(statements)


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

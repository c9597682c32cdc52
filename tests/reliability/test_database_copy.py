"""Somebody has a copy of the database: a dump, a backup, or a query they should not have been able to run."""

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client

from accounts.models import User
from checkout.payments.order_payload import build_return_url
from checkout.payments.payment_return import payment_page_url
from checkout.upsells.selection import upsell_url
from orders.ephemeral_tokens import issue_token
from orders.models import Order
from stores.models import ApiKey
from subscriptions.models import Subscription
from tests.checkout_pages.conftest import FormShopper, latest_intent
from tests.factories import make_link, variant_of
from tests.payments.helpers import pay_at_link, post_return

PASSWORD = "a passphrase that nobody guesses"


def dump_database():
    """Return all rows of all tables as text, with what sessions contain."""
    parts = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            parts += [str(row) for row in cursor.fetchall()]
    parts += [str(session.get_decoded()) for session in Session.objects.all()]
    return "\n".join(parts)


def tail(address):
    """Return the part of a secret address that nothing but SECRET_KEY makes."""
    return address.rpartition(".")[2]


@pytest.fixture
def secrets(shop):
    """What opens something, by name, while one order is paid and another is being paid."""
    bulb = shop.products.get(name="Light bulb")
    shopper = FormShopper(Client(enforce_csrf_checks=True))
    shopper.check_out(f"/checkout?variant={variant_of(bulb).pk}")
    paid = latest_intent(shop)
    post_return(paid, pay_at_link(paid))
    link = make_link(bulb)
    token, _row = issue_token(store=shop, idp_key="email", idp_subject="ada@example.com")
    shopper.client.post(
        f"/link/{link.pk}/enter", {"ephemeral_token": token}, headers={"Sec-Fetch-Site": "same-origin"}
    )
    shopper.get(f"/checkout?link={link.pk}")
    form_key = shopper.hidden("key")
    shopper.check_out(f"/checkout?link={link.pk}")
    waiting = latest_intent(shop)
    assert waiting.status == "redirected"
    staff = Client()
    User.objects.create_superuser("kim", "kim@example.com", PASSWORD)
    assert staff.post("/admin/login/", {"username": "kim", "password": PASSWORD}).status_code == 302
    order = Order.objects.get(pk=paid.order_id)
    subscription = Subscription.objects.create(
        store=shop, order=order, next_subscription_id=1, currency="USD"
    )
    _key, api_secret = ApiKey.objects.issue(store=shop)
    return {
        "the staff's session": staff.cookies["sessionid"].value,
        "the staff's password": PASSWORD,
        "the shopper's session": shopper.client.cookies["sessionid"].value,
        "the shopper's form token": shopper.client.cookies["csrftoken"].value,
        "the checkout's form": tail(form_key),
        "the ephemeral token": token,
        "an unused ephemeral token": issue_token(store=shop)[0],
        "the order's page": tail(order.get_absolute_url()),
        "the upsell's page": tail(upsell_url(order)),
        "the payment's page": tail(payment_page_url(paid)),
        "the return address": tail(build_return_url(waiting)),
        "the subscription's page": tail(subscription.get_absolute_url()),
        "the payment at Link": waiting.payment_complete_url,
        "the API key": api_secret,
        "NEXT's access token": shop.access_token,
        "NEXT's webhook secret": shop.webhook_secret,
    }


def test_copy_of_the_database_opens_nothing(secrets):
    copy = dump_database()

    assert "ada@example.com" in copy
    assert {name for name, secret in secrets.items() if secret in copy} == set()
    assert all(secrets.values())

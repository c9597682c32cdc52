"""From a payment link's checkout to the order that the API shows."""

import datetime
import re

import pytest

from catalog.models import Media, Product
from checkout.models import PaymentIntent
from checkout.payments.reconcile import run_reconciler
from orders import order_numbers
from orders.models import Order
from tests.api_client import ApiClient, success_data
from tests.factories import make_link, make_store
from tests.payments.helpers import age_intent, make_selection, pay_at_link, post_return, submit_checkout


@pytest.fixture
def link(shop):
    return make_link(shop.products.get(name="Desk lamp"))


@pytest.fixture
def intent(shop, link):
    return submit_checkout(shop, make_selection(shop, link=link, quantity=2))


def only_order(shop):
    (order,) = success_data(ApiClient(shop).get("/v1/orders"))["orders"]
    return order


def test_an_order_is_there_from_checkout_on_pending_then_paid(shop, link, intent):
    """R163, R169, R182, X18: nobody makes it but the shopper who checks out."""
    pending = only_order(shop)
    assert (pending["status"], pending["paid_at"]) == ("Pending", None)

    post_return(intent, pay_at_link(intent))

    paid = only_order(shop)
    assert paid["status"] == "Paid"
    assert paid["order_number"] == pending["order_number"]
    assert paid["total_amount"] == {"amount": 103.0, "asset_id": "USD"}
    assert paid["items"][0]["quantity"] == 2
    assert paid["customer"]["id"].startswith("cus_")
    assert paid["payment_link_id"] == link.pk
    assert paid["shipping_address"]["name"] == "Ada Lovelace"
    assert "line2" not in paid["shipping_address"]
    assert paid["tax_region"] == {"country": "US", "state": "NY"}


def test_an_order_that_nobody_pays_is_canceled_in_time(shop, intent):
    """R169, X18."""
    age_intent(intent, hours=2)

    run_reconciler()

    assert only_order(shop)["status"] == "Canceled"


def test_numbers_and_external_ids_are_the_guides(shop, intent):
    """R185, R189."""
    order = only_order(shop)

    assert re.fullmatch(r"ORD-\d{4}-00001", order["order_number"])
    assert re.fullmatch(r"ext_[a-z0-9]+", order["external_id"])


def test_a_purchase_stays_as_it_was_whatever_becomes_of_the_product(shop, link, intent):
    """X29, X31, X42, R107: renamed, dearer, its picture and the link gone."""
    post_return(intent, pay_at_link(intent))
    before = success_data(ApiClient(shop).get(f"/v1/orders/{intent.order.number}"))

    Product.objects.filter(pk=link.product_id).update(name="Other lamp", description="New", version=9)
    link.product.variants.update(price="99.00")
    Media.objects.all().delete()
    link.delete()

    assert success_data(ApiClient(shop).get(f"/v1/orders/{intent.order.number}")) == before
    assert (
        PaymentIntent.objects.get().snapshot["order"]["payment_link_details"]["id"]
        == before["payment_link_id"]
    )


def test_the_year_is_that_of_the_stores_own_clock_and_counts_anew(db, monkeypatch):
    """X15: per store and year, in the store's time zone."""
    auckland = make_store(time_zone="Pacific/Auckland")
    london = make_store(host="london.example", time_zone="Europe/London")
    monkeypatch.setattr(
        order_numbers.timezone, "now", lambda: datetime.datetime(2026, 12, 31, 12, tzinfo=datetime.UTC)
    )

    given = [order_numbers.allocate_order_number(store=store) for store in (auckland, london, london)]

    assert given == ["ORD-2027-00001", "ORD-2026-00001", "ORD-2026-00002"]


def test_a_number_beyond_five_digits_grows(shop, intent):
    """X15."""
    Order.objects.update(number="ORD-2026-100000")

    assert (
        success_data(ApiClient(shop).get("/v1/orders/ORD-2026-100000"))["order"]["order_number"]
        == "ORD-2026-100000"
    )


def test_one_order_has_what_a_packing_slip_and_an_invoice_need(shop, intent):
    """R192."""
    post_return(intent, pay_at_link(intent))

    order = success_data(ApiClient(shop).get(f"/v1/orders/{intent.order.number}"))["order"]

    (item,) = order["items"]
    assert (item["product_name"], item["option_values"], item["quantity"]) == (
        "Desk lamp",
        {"Color": "Black"},
        2,
    )
    assert (item["unit_price"]["amount"], item["total"]["amount"]) == (49.0, 98.0)
    assert order["shipping_amount"]["amount"] == 5.0
    assert order["shipping_address"]["city"] == "Monsey"
    assert order["customer"]["phone"] == "+12025550140"

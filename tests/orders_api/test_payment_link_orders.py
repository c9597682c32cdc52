"""Orders from a payment link's checkout, as the API returns them."""

import datetime
import re

import pytest

from catalog.models import Media, Product
from checkout.models import PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
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


def test_order_is_pending_from_checkout_and_then_paid(shop, link, intent):
    """R163, R169, R182, X18: only a checkout creates an order."""
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


def test_unpaid_order_is_canceled_in_time(shop, intent):
    """R169, X18: by the reconciler."""
    age_intent(intent, hours=2)

    reconcile_due_rows()

    assert only_order(shop)["status"] == "Canceled"


def test_order_numbers_and_external_ids_have_the_guides_format(shop, intent):
    """R185, R189: `ORD-2026-00001` and `ext_…`."""
    order = only_order(shop)

    assert re.fullmatch(r"ORD-\d{4}-00001", order["order_number"])
    assert re.fullmatch(r"ext_[a-z0-9]+", order["external_id"])


def test_order_is_unaffected_by_later_product_changes(shop, link, intent):
    """X29, X31, X42, R107: renamed, repriced, its images and the link deleted."""
    post_return(intent, pay_at_link(intent))
    before = success_data(ApiClient(shop).get(f"/v1/orders/{intent.order.number}"))

    Product.objects.filter(pk=link.product_id).update(name="Other lamp", description="New", version=9)
    link.product.variants.update(price="99.00")
    Media.objects.all().delete()
    link.delete()

    assert success_data(ApiClient(shop).get(f"/v1/orders/{intent.order.number}")) == before
    assert (
        PaymentIntent.objects.get().snapshot["order"]["origin"]["payment_link"]["id"]
        == before["payment_link_id"]
    )


def test_numbers_restart_each_year_in_the_stores_time_zone(db, monkeypatch):
    """X15: per store and year."""
    auckland = make_store(time_zone="Pacific/Auckland")
    london = make_store(host="london.example", time_zone="Europe/London")
    monkeypatch.setattr(
        order_numbers.timezone, "now", lambda: datetime.datetime(2026, 12, 31, 12, tzinfo=datetime.UTC)
    )

    numbers = [order_numbers.allocate_order_number(store=store) for store in (auckland, london, london)]

    assert numbers == ["ORD-2027-00001", "ORD-2026-00001", "ORD-2026-00002"]


def test_number_beyond_five_digits_grows(shop, intent):
    """X15: `ORD-2026-100000`."""
    Order.objects.update(number="ORD-2026-100000")

    assert (
        success_data(ApiClient(shop).get("/v1/orders/ORD-2026-100000"))["order"]["order_number"]
        == "ORD-2026-100000"
    )


def test_order_has_all_data_for_packing_slip_and_invoice(shop, intent):
    """R192: items, prices, shipping, address, and phone."""
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

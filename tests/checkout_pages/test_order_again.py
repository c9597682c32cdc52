"""Ordering again."""

import pytest
from django.contrib.sessions.models import Session

from catalog.models import Product
from orders.models import Customer, Order, OrderItem
from tests.factories import make_link, make_product, make_store, variant_of

# Browsers hide the origin of a form on a page with a no-referrer policy.
SAME_ORIGIN = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def store(db):
    return make_store()


def make_order(store, *variants, **fields):
    customer, _ = Customer.objects.get_or_create(store=store, email="ada@example.com")
    order = Order.objects.create(
        store=store,
        customer=customer,
        number=f"ORD-2026-{Order.objects.count() + 1:05}",
        external_id=f"ext_{Order.objects.count()}",
        checkout_key=f"key-{Order.objects.count()}",
        email="ada@example.com",
        name="Ada Lovelace",
        currency="USD",
        items_total=49,
        total=49,
        status="Paid",
        paid_at="2026-03-01T10:00:00Z",
        **fields,
    )
    for variant in variants:
        OrderItem.objects.create(
            order=order,
            product_id=variant.product_id,
            variant_id=variant.pk,
            name=variant.product.name,
            quantity=2,
            unit_price="49.00",
        )
    return order


def test_available_items_go_in_the_cart_and_the_rest_are_named(store, shopper):
    lamp, bulb = make_product(store), make_product(store, name="Light bulb")
    order = make_order(store, variant_of(lamp), variant_of(bulb))
    Product.objects.filter(pk=bulb.pk).update(active=False)
    assert "Buy again" in shopper.get(order.get_absolute_url()).text

    answer = shopper.client.post(f"{order.get_absolute_url()}/again", headers=SAME_ORIGIN)

    assert answer["Location"] == "/cart?added"
    page = shopper.get("/cart").text
    assert 'value="2"' in page
    assert "No longer available: Light bulb." in page


def test_link_order_goes_back_to_its_open_link(store, shopper):
    lamp = make_product(store)
    link = make_link(lamp)
    order = make_order(store, variant_of(lamp), payment_link_id=link.pk)
    path = f"{order.get_absolute_url()}/again"

    assert shopper.client.post(path, headers=SAME_ORIGIN)["Location"] == f"/link/{link.pk}"
    link.active = False
    link.save()
    assert shopper.client.post(path, headers=SAME_ORIGIN)["Location"] == "/cart?added"


def test_ordering_again_needs_the_orders_token(store, shopper):
    order = make_order(store, variant_of(make_product(store)))

    assert shopper.client.post(f"/orders/{order.pk}/again", headers=SAME_ORIGIN).status_code == 404
    assert shopper.client.get(f"{order.get_absolute_url()}/again").status_code == 405


def test_another_site_cannot_order_again(store, shopper):
    order = make_order(store, variant_of(make_product(store)))
    path = f"{order.get_absolute_url()}/again"

    elsewhere = {"Origin": "null", "Sec-Fetch-Site": "cross-site"}
    answer = shopper.client.post(path, headers=elsewhere)

    assert (answer.status_code, list(answer.cookies)) == (403, [])
    assert Session.objects.count() == 0


def test_old_browser_orders_again_with_its_form_token(store, shopper):
    order = make_order(store, variant_of(make_product(store)))
    shopper.get(order.get_absolute_url())

    answer = shopper.post(f"{order.get_absolute_url()}/again", {}, Origin="null")

    assert answer["Location"] == "/cart?added"

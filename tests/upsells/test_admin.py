"""Upsells in the admin: defined by staff, with views, answers, and revenue."""

from decimal import Decimal

import pytest

from checkout.models import Upsell
from checkout.upsells.acceptance import accept_upsell, decline_upsell
from orders.models import Order
from stores.models import Store
from tests.factories import make_product, make_store, variant_of
from tests.upsells.helpers import buy_and_settle, make_upsell, next_shown_upsell

LIST = "/admin/checkout/upsell/"
EMPTY = dict.fromkeys(
    [
        "product",
        "link",
        "min_order_total",
        "plan",
        "price",
        "discount_percent",
        "headline",
        "text",
        "follow_up_on_accept",
        "follow_up_on_decline",
        "usage_limit",
        "starts_at_0",
        "starts_at_1",
        "ends_at_0",
        "ends_at_1",
    ],
    "",
)


def test_list_shows_views_answers_and_revenue(shop, admin_client):
    make_upsell(shop, price=Decimal("5.00"))
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop, key="a")))
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop, key="b")))
    decline_upsell(attempt=next_shown_upsell(buy_and_settle(shop, key="c")))
    next_shown_upsell(buy_and_settle(shop, key="d"))

    page = admin_client.get(LIST).text

    assert '<td class="field-views">4</td>' in page
    assert '<td class="field-accepted">2 (50 %)</td>' in page
    assert '<td class="field-declined">1</td>' in page
    assert '<td class="field-revenue">$10.00</td>' in page


def test_test_orders_of_a_live_store_count_no_revenue(shop, admin_client):
    make_upsell(shop)
    accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))
    Order.objects.update(is_test=True)
    Store.objects.update(is_live=True)

    assert '<td class="field-revenue">$0.00</td>' in admin_client.get(LIST).text


def test_list_query_count_does_not_grow(shop, admin_client, django_assert_max_num_queries):
    for number in range(12):
        make_upsell(shop, name=f"Upsell {number}")

    with django_assert_max_num_queries(12):
        admin_client.get(LIST)


def test_staff_create_an_upsell(shop, admin_client):
    variant = variant_of(shop.products.get(name="Light bulb"))

    answer = admin_client.post(
        f"{LIST}add/",
        EMPTY
        | {
            "store": shop.pk,
            "name": "A bulb for the lamp",
            "active": "on",
            "position": "0",
            "trigger": "product",
            "product": shop.products.get(name="Desk lamp").pk,
            "variant": variant.pk,
            "quantity": "2",
            "discount_percent": "20",
        },
    )

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    upsell = Upsell.objects.get()
    assert (upsell.variant, upsell.quantity, upsell.discount_percent) == (variant, 2, Decimal("20.00"))
    assert "A bulb for the lamp" in admin_client.get(f"{LIST}{upsell.pk}/change/").text


def test_another_stores_variant_is_refused_with_a_message(shop, admin_client):
    foreign = variant_of(make_product(make_store(host="other.example"), name="Foreign lamp"))

    page = admin_client.post(
        f"{LIST}add/",
        EMPTY
        | {
            "store": shop.pk,
            "name": "Wrong",
            "position": "0",
            "trigger": "any",
            "variant": foreign.pk,
            "quantity": "1",
        },
    )

    assert "This belongs to another store." in page.text
    assert not Upsell.objects.exists()


def test_change_form_offers_only_the_stores_own_products(shop, admin_client):
    make_product(make_store(host="other.example"), name="Foreign lamp")
    upsell = make_upsell(shop)

    page = admin_client.get(f"{LIST}{upsell.pk}/change/").text

    assert "Desk lamp" in page
    assert "Foreign lamp" not in page


@pytest.mark.parametrize("path", ["", "?answer=doubt", "?answer=charged"])
def test_attempts_are_listed_and_cannot_be_deleted(shop, admin_client, path):
    make_upsell(shop)
    attempt = accept_upsell(attempt=next_shown_upsell(buy_and_settle(shop)))

    page = admin_client.get(f"/admin/checkout/upsellattempt/{path}")

    assert page.status_code == 200
    assert (attempt.order.number in page.text) == (path != "?answer=doubt")
    assert admin_client.post(f"/admin/checkout/upsellattempt/{attempt.pk}/delete/").status_code == 403

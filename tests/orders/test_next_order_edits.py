"""What is edited in the store after the payment: the order follows, whatever comes first."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from orders import refunds
from orders.mirror import mirror_order
from orders.models import Order
from orders.refunds import calculate_refund, full_refund_input, sync_order_as_staff
from stores.next_client import open_next_client
from tests.factories import variant_of
from tests.payments.helpers import net_charged


@pytest.fixture
def edit(order, shop):
    """Edit the order in the store, and hear of it."""

    def edited(**edits):
        shop.sandbox.edit_order(order.next_order_number, **edits)
        sync_order_as_staff(order=order)
        order.refresh_from_db()
        return sold(order)

    return edited


def sold(order):
    return [(item.name, item.quantity, str(item.unit_price)) for item in order.items.order_by("position")]


def news_of(order):
    return open_next_client(order.store).retrieve_order(order.next_order_number)


def hear(order, news):
    with transaction.atomic():
        changed = mirror_order(order=Order.objects.get(pk=order.pk), next_order=news, source="webhook")
    order.refresh_from_db()
    return changed


def test_what_is_added_and_not_charged_is_on_the_order_and_is_not_given_back(order, shop, edit):
    """S23: the total grows by a bulb that nobody has paid for."""
    before = news_of(order)
    bulb = variant_of(shop.products.get(name="Light bulb"))

    assert edit(add_line={"product_id": bulb.next_variant_id, "quantity": 1}) == [
        ("Desk lamp", 2, "49.00"),
        ("Light bulb", 1, "7.50"),
    ]
    assert (order.total, order.items_total, order.tax_total) == (Decimal("110.50"), Decimal("105.50"), 0)
    assert order.events.filter(kind="edited").count() == 1
    assert not hear(order, before)  # S2: older than what is known

    refund_quote = calculate_refund(order=order, refund_input=full_refund_input(order))
    assert refund_quote.amount == Decimal("103.00")
    refunds.issue_refund(
        order=order,
        refund_input=full_refund_input(order),
        expected=refund_quote.amount,
        refunded_before=Decimal("0.00"),
        actor="grace",
    )
    assert net_charged(shop) == 0


def test_what_is_taken_off_in_part_or_whole_is_no_longer_sold(order, shop, edit):
    lamp = news_of(order).lines[0].id

    assert edit(remove_line={"line_id": lamp, "quantity": 1}) == [("Desk lamp", 1, "49.00")]
    assert order.total == Decimal("54.00")

    # Not even shown any more: whether the store keeps such a line is not documented.
    news = news_of(order)
    bulb = replace(news.lines[0], id=lamp + 1, variant_id=7, title="Bulb", quantity=1)
    assert hear(order, replace(news, lines=(bulb,)))
    assert [row[:2] for row in sold(order)] == [("Desk lamp", 0), ("Bulb", 1)]
    assert order.tax_total == 0


def test_lines_without_their_ids_are_those_that_are_known(order, shop):
    """S30."""
    news = news_of(order)

    hear(order, replace(news, updated_at=None, lines=(replace(news.lines[0], id=None),)))

    assert sold(order) == [("Desk lamp", 2, "49.00")]
    assert order.items.get().next_line_id == news.lines[0].id

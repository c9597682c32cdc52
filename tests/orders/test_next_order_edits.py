"""Edits of a NEXT order after the payment, mirrored in any order of arrival."""

from dataclasses import replace
from decimal import Decimal

import pytest
from django.db import transaction

from orders import refunds
from orders.models import Order
from orders.refunds import fetch_refund_quote, full_refund_input
from orders.sync import apply_next_order, sync_order_as_staff
from stores.next_client import open_next_client
from tests.factories import variant_of
from tests.payments.helpers import net_charged


@pytest.fixture
def edit(order, shop):
    """Return a function that edits the NEXT order, syncs it, and returns the items sold."""

    def edit_and_sync(**edits):
        shop.sandbox.edit_order(order.next_order_number, **edits)
        sync_order_as_staff(order=order)
        order.refresh_from_db()
        return sold_items(order)

    return edit_and_sync


def sold_items(order):
    return [(item.name, item.quantity, str(item.unit_price)) for item in order.items.order_by("position")]


def fetch_next_order(order):
    return open_next_client(order.store).retrieve_order(order.next_order_number)


def mirror(order, next_order):
    with transaction.atomic():
        changed = apply_next_order(
            order=Order.objects.get(pk=order.pk), next_order=next_order, source="webhook"
        )
    order.refresh_from_db()
    return changed


def test_item_added_but_not_charged_is_shown_and_not_refunded(order, shop, edit):
    """S23: the total includes a bulb that nobody paid for."""
    before = fetch_next_order(order)
    bulb = variant_of(shop.products.get(name="Light bulb"))

    assert edit(add_line={"product_id": bulb.next_variant_id, "quantity": 1}) == [
        ("Desk lamp", 2, "49.00"),
        ("Light bulb", 1, "7.50"),
    ]
    assert (order.total, order.items_total, order.tax_total) == (Decimal("110.50"), Decimal("105.50"), 0)
    assert order.events.filter(kind="edited").count() == 1
    assert not mirror(order, before)  # S2: older than the last response

    refund_quote = fetch_refund_quote(order=order, refund_input=full_refund_input(order))
    assert refund_quote.amount == Decimal("103.00")
    refunds.issue_refund(
        order=order,
        refund_input=full_refund_input(order),
        expected=refund_quote.amount,
        refunded_before=Decimal("0.00"),
        actor="grace",
    )
    assert net_charged(shop) == 0


def test_removed_units_no_longer_count_as_sold(order, shop, edit):
    lamp = fetch_next_order(order).lines[0].id

    assert edit(remove_line={"line_id": lamp, "quantity": 1}) == [("Desk lamp", 1, "49.00")]
    assert order.total == Decimal("54.00")

    # NEXT doesn't document whether it keeps listing a removed line. Here it doesn't.
    next_order = fetch_next_order(order)
    bulb = replace(next_order.lines[0], id=lamp + 1, variant_id=7, title="Bulb", quantity=1)
    assert mirror(order, replace(next_order, lines=(bulb,)))
    assert [row[:2] for row in sold_items(order)] == [("Desk lamp", 0), ("Bulb", 1)]
    assert order.tax_total == 0


def test_lines_without_ids_match_known_items(order, shop):
    """S30: NEXT may leave out line ids."""
    next_order = fetch_next_order(order)

    mirror(order, replace(next_order, updated_at=None, lines=(replace(next_order.lines[0], id=None),)))

    assert sold_items(order) == [("Desk lamp", 2, "49.00")]
    assert order.items.get().next_line_id == next_order.lines[0].id

"""What NEXT puts back into stock comes back into ours, once."""

from decimal import Decimal

from catalog.models import Variant
from orders.refunds import RefundInput, issue_refund
from orders.sync import sync_order_as_staff
from tests.payments.helpers import stock_of


def test_order_canceled_and_refunded_in_next_gives_its_stock_back_once(order, shop):
    assert stock_of(shop) == 8
    shop.sandbox.edit_order(order.next_order_number, cancel={"full_refund": True})

    for _ in range(2):
        sync_order_as_staff(order=order)

    assert stock_of(shop) == 10


def test_refunded_line_gives_its_units_back(order, shop):
    issue_refund(
        order=order,
        refund_input=RefundInput(quantities={order.items.get().pk: 1}),
        expected=Decimal("49.00"),
        refunded_before=Decimal("0.00"),
        actor="grace",
    )
    sync_order_as_staff(order=order)

    assert (stock_of(shop), order.items.get().restocked_quantity) == (9, 1)


def test_refund_of_money_gives_nothing_back(order, shop):
    shop.sandbox.edit_order(order.next_order_number, refund={"amount": "10.00"})

    sync_order_as_staff(order=order)

    assert stock_of(shop) == 8


def test_stock_taken_over_from_next_since_is_not_counted_twice(order, shop):
    """NEXT's stock after the refund has the units already."""
    shop.sandbox.edit_order(order.next_order_number, cancel={"full_refund": True})
    Variant.objects.filter(next_variant_id=order.items.get().next_variant_id).update(
        inventory_quantity=10, stock_synced_at=shop.now()
    )

    sync_order_as_staff(order=order)

    assert stock_of(shop) == 10

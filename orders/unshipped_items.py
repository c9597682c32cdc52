"""What of an order is still to ship. Canceled and fully refunded orders, and refunded units, are not."""

from collections import Counter

from django.db.models import Exists, F, OuterRef, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from nextcommerce.statuses import NextFulfillmentStatus, NextParcelStatus
from orders.models import Order, OrderItem, Shipment, ShipmentItem
from orders.models.order import ORDERS_TO_SHIP


def filter_orders_to_ship(orders: QuerySet[Order]) -> QuerySet[Order]:
    """Return the paid orders of which something is still to ship."""
    shipped = (
        ShipmentItem.objects.filter(
            shipment__order=OuterRef("order"),
            shipment__status=NextParcelStatus.SUCCESS,
            next_line_id=OuterRef("next_line_id"),
        )
        .order_by()
        .values("next_line_id")
        .annotate(sum=Sum("quantity"))
        .values("sum")
    )
    items = OrderItem.objects.filter(
        order=OuterRef("pk"),
        requires_shipping=True,
        quantity__gt=F("refunded_quantity") + Coalesce(Subquery(shipped), Value(0)),
    )
    return orders.filter(ORDERS_TO_SHIP, Exists(items), paid_at__isnull=False)


def list_items_to_ship(order: Order) -> list[tuple[OrderItem, int]]:
    """Return each item that is still to ship, with how many units of it."""
    if not order.is_paid or order.status not in Order.TO_SHIP_STATUSES:
        return []
    if NextFulfillmentStatus(order.next_fulfillment_status).is_complete:
        return []
    shipped = _count_shipped_units(order)
    quantities = (
        (item, item.quantity - item.refunded_quantity - shipped[item.next_line_id])
        for item in order.items.all()
        if item.requires_shipping
    )
    return [(item, quantity) for item, quantity in quantities if quantity > 0]


def list_items_in_shipment(*, order: Order, shipment: Shipment) -> list[tuple[OrderItem, int]]:
    """Return each item in the parcel, with how many units of it; [] if NEXT didn't say."""
    quantities = {row.next_line_id: row.quantity for row in shipment.items.all()}
    return [
        (item, quantities[item.next_line_id])
        for item in order.items.all()
        if item.next_line_id is not None and item.next_line_id in quantities
    ]


def is_shipped_content_known(order: Order) -> bool:
    """Return False if a parcel was sent and NEXT didn't say what is in it."""
    return all(shipment.items.all() for shipment in order.shipments.all() if shipment.has_shipped)


def _count_shipped_units(order: Order) -> Counter[int | None]:
    """Return the units sent by NEXT line id. Of an order in status Paid, none were: that costs no query."""
    shipped: Counter[int | None] = Counter()
    if order.status == Order.Status.PAID:
        return shipped
    for shipment in order.shipments.all():
        if shipment.has_shipped:
            shipped.update({row.next_line_id: row.quantity for row in shipment.items.all()})
    return shipped

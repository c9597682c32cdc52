"""Fulfillments: parcels sent by the merchant, and their delivery status."""

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject
from .models import Fulfillment, Order, OrderLine, exclusive_transaction
from .webhook_events import schedule_webhook_deliveries


def create_fulfillment(*, order: Order, payload: JsonObject) -> Fulfillment:
    """Fulfill ``payload["lines"]``, or all that is left without it, and save the tracking details.

    Raises ValidationError if nothing is left or a quantity is too high.
    """
    with exclusive_transaction():
        order.refresh_from_db()
        lines = {line.pk: line for line in order.lines.all() if line.requires_shipping}
        parts = _fulfill_lines(lines, payload.get("lines"))
        fulfillment = Fulfillment.objects.create(
            order=order,
            lines=parts,
            tracking_code=payload.get("tracking_code", ""),
            tracking_link=payload.get("tracking_link", ""),
            tracking_carrier=payload.get("tracking_carrier", ""),
            delivery_status="tracking_added" if payload.get("tracking_code") else None,
            created_at=order.store.now(),
        )
        left = any(line.unfulfilled_quantity for line in lines.values())
        order.fulfillment_status = (
            Order.FulfillmentStatus.PROCESSING if left else Order.FulfillmentStatus.FULFILLED
        )
        order.touch("fulfillment_status")
        schedule_webhook_deliveries(store=order.store, event="fulfillment.created", subject=fulfillment)
        schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)
    return fulfillment


def _fulfill_lines(lines: dict[int, OrderLine], requested: list[JsonObject] | None) -> list[JsonObject]:
    """Add the requested quantities to the lines' fulfilled ones. Return the parcel's parts."""
    everything = [{"line_id": line.pk, "quantity": line.unfulfilled_quantity} for line in lines.values()]
    parts = [part for part in requested or everything if part["quantity"]]
    if not parts:
        raise ValidationError({"detail": "Nothing is left to fulfill."})
    for part in parts:
        line = lines.get(part["line_id"])
        if line is None or part["quantity"] > line.unfulfilled_quantity:
            raise ValidationError({"lines": ["Exceeds the quantity left to fulfill."]})
        line.fulfilled += part["quantity"]
        line.save(update_fields=["fulfilled"])
    return parts


def update_delivery_status(*, fulfillment: Fulfillment, delivery_status: str) -> None:
    """Record a carrier's update, such as ``in_transit`` or ``delivered``."""
    with exclusive_transaction():
        fulfillment.delivery_status = delivery_status
        fulfillment.save(update_fields=["delivery_status"])
        order = fulfillment.order
        order.touch()
        schedule_webhook_deliveries(store=order.store, event="fulfillment.updated", subject=fulfillment)
        schedule_webhook_deliveries(store=order.store, event="order.updated", subject=order)

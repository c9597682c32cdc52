"""Parcels: what a dashboard or a warehouse does to an order."""

from rest_framework.exceptions import ValidationError

from .catalog import JsonObject
from .models import Fulfillment, Order
from .webhook_events import emit_event
from .write_lock import exclusive_transaction


def create_fulfillment(*, order: Order, payload: JsonObject) -> Fulfillment:
    """Send ``payload["lines"]`` (all that is left without it) with its tracking."""
    with exclusive_transaction():
        order.refresh_from_db()
        lines = {line.pk: line for line in order.lines.all() if line.requires_shipping}
        asked = payload.get("lines") or [
            {"line_id": line.pk, "quantity": line.current_quantity - line.fulfilled}
            for line in lines.values()
        ]
        sent = [part for part in asked if part["quantity"]]
        if not sent:
            raise ValidationError({"detail": "Nothing is left to be sent."})
        for part in sent:
            line = lines.get(part["line_id"])
            if line is None or part["quantity"] > line.current_quantity - line.fulfilled:
                raise ValidationError({"lines": ["More than can be fulfilled."]})
            line.fulfilled += part["quantity"]
            line.save(update_fields=["fulfilled"])
        made = Fulfillment.objects.create(
            order=order,
            lines=sent,
            tracking_code=payload.get("tracking_code", ""),
            tracking_link=payload.get("tracking_link", ""),
            tracking_carrier=payload.get("tracking_carrier", ""),
            delivery_status="tracking_added" if payload.get("tracking_code") else None,
            created_at=order.store.now(),
        )
        left = any(line.fulfilled < line.current_quantity for line in lines.values())
        order.fulfillment_status = "processing" if left else "fulfilled"
        order.touch("fulfillment_status")
        emit_event(store=order.store, event="fulfillment.created", subject=made)
        emit_event(store=order.store, event="order.updated", subject=order)
    return made


def update_delivery_status(*, fulfillment: Fulfillment, delivery_status: str) -> None:
    """The carrier's news, such as ``in_transit`` or ``delivered``."""
    with exclusive_transaction():
        fulfillment.delivery_status = delivery_status
        fulfillment.save(update_fields=["delivery_status"])
        order = fulfillment.order
        order.touch()
        emit_event(store=order.store, event="fulfillment.updated", subject=fulfillment)
        emit_event(store=order.store, event="order.updated", subject=order)

"""Parcels: what a dashboard or a warehouse does to an order."""

from rest_framework.exceptions import ValidationError

from .catalog import Row
from .models import Fulfilment, Order
from .webhook_events import emit
from .write_lock import writing


def fulfil(*, order: Order, wanted: Row) -> Fulfilment:
    """Send ``wanted["lines"]`` (all that is left without it) with its tracking."""
    with writing():
        order.refresh_from_db()
        lines = {line.pk: line for line in order.lines.all() if line.requires_shipping}
        asked = wanted.get("lines") or [
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
        made = Fulfilment.objects.create(
            order=order,
            lines=sent,
            tracking_code=wanted.get("tracking_code", ""),
            tracking_link=wanted.get("tracking_link", ""),
            tracking_carrier=wanted.get("tracking_carrier", ""),
            delivery_status="tracking_added" if wanted.get("tracking_code") else None,
            created_at=order.store.now(),
        )
        left = any(line.fulfilled < line.current_quantity for line in lines.values())
        order.fulfillment_status = "processing" if left else "fulfilled"
        order.touch("fulfillment_status")
        emit(store=order.store, event="fulfillment.created", subject=made)
        emit(store=order.store, event="order.updated", subject=order)
    return made


def deliver(*, fulfilment: Fulfilment, delivery_status: str) -> None:
    """The carrier's news, such as ``in_transit`` or ``delivered``."""
    with writing():
        fulfilment.delivery_status = delivery_status
        fulfilment.save(update_fields=["delivery_status"])
        order = fulfilment.order
        order.touch()
        emit(store=order.store, event="fulfillment.updated", subject=fulfilment)
        emit(store=order.store, event="order.updated", subject=order)

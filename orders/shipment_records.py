"""Recording the parcels that NEXT lists for an order: what is in them, and their tracking codes."""

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from nextcommerce.schemas import NextFulfillment, NextOrder
from orders.models import Order, Shipment, ShipmentItem, ShipmentTracking
from orders.row_matching import drop_repeated_ids, match_rows, save_changes
from stores.columns import fit_to_columns

TRACKING_FIELDS = ("code", "url", "carrier")
MAX_TRACKINGS = 1_000  # of one parcel; nobody splits one further


@dataclass
class ShipmentChanges:
    """What `record_shipments` found: whether anything changed, and the parcels that were sent since."""

    is_changed: bool = False
    sent: list[Shipment] = field(default_factory=list)


@dataclass(frozen=True)
class ListedShipment:
    """A parcel of a NEXT order, as `Shipment`, `ShipmentTracking` and `ShipmentItem` can store it."""

    fields: dict[str, Any]
    trackings: list[dict[str, Any]]
    quantities: dict[int, int]  # by line id

    @property
    def codes(self) -> set[str]:
        return {tracking["code"] for tracking in self.trackings if tracking["code"]}


def record_shipments(*, order: Order, next_order: NextOrder) -> ShipmentChanges:
    """Record the parcels that the NEXT order lists; return what changed.

    A recorded parcel that isn't listed stays. The caller holds the order's row lock.
    """
    changes = ShipmentChanges()
    if not next_order.fulfillments:
        return changes
    listed = [_read_shipment(order, parcel) for parcel in drop_repeated_ids(next_order.fulfillments)]
    pairs = match_rows(
        entries=listed,
        rows=order.shipments.prefetch_related("trackings", "items"),
        # Parcels recorded from the same answer are found first: a looser match must not take one's row.
        tests=(_has_fulfillment_id, _is_recorded_as_listed, _has_same_codes, _is_same_parcel_without_id),
    )
    for parcel, row in pairs:
        _save_shipment(row or Shipment(order=order), parcel, changes)
    return changes


def _read_shipment(order: Order, parcel: NextFulfillment) -> ListedShipment:
    """Return the parcel ready to store. Tracking leads to an address, so an erased order keeps none."""
    fields = {
        "next_fulfillment_id": parcel.id,
        "status": parcel.status,
        "delivery_status": parcel.delivery_status,
    }
    columns = zip_longest(
        parcel.tracking_codes, parcel.tracking_links, parcel.tracking_carriers, fillvalue=""
    )
    trackings = [
        fit_to_columns(ShipmentTracking, dict(zip(TRACKING_FIELDS, texts, strict=True)))
        for texts in ([] if order.is_erased else list(columns)[:MAX_TRACKINGS])
    ]
    items = [
        fit_to_columns(ShipmentItem, {"next_line_id": line_id, "quantity": quantity})
        for line_id, quantity in parcel.quantities.items()
        if quantity
    ]
    return ListedShipment(
        fields=fit_to_columns(Shipment, fields),
        trackings=[tracking for tracking in trackings if any(tracking.values())],
        quantities={item["next_line_id"]: item["quantity"] for item in items if len(item) == 2},
    )


def _has_fulfillment_id(row: Shipment, parcel: ListedShipment) -> bool:
    return row.next_fulfillment_id is not None and (
        row.next_fulfillment_id == parcel.fields["next_fulfillment_id"]
    )


def _is_recorded_as_listed(row: Shipment, parcel: ListedShipment) -> bool:
    """Return True if one of the two has no id, and all else that the parcel has is already in the row."""
    return (
        _may_be_same(row, parcel)
        and all(
            getattr(row, name) == value
            for name, value in parcel.fields.items()
            if name != "next_fulfillment_id"
        )
        and _trackings_of(row) == parcel.trackings
        and _quantities_of(row) == parcel.quantities
    )


def _has_same_codes(row: Shipment, parcel: ListedShipment) -> bool:
    """Return True if one of the two has no id, and they have the same tracking codes."""
    return _may_be_same(row, parcel) and _codes_of(row) == parcel.codes


def _is_same_parcel_without_id(row: Shipment, parcel: ListedShipment) -> bool:
    """Return True if one of the two has no id, and they share a tracking code as far as both have any."""
    codes = _codes_of(row)
    return _may_be_same(row, parcel) and (not codes or not parcel.codes or bool(codes & parcel.codes))


def _may_be_same(row: Shipment, parcel: ListedShipment) -> bool:
    return None in (row.next_fulfillment_id, parcel.fields["next_fulfillment_id"])


def _codes_of(row: Shipment) -> set[str]:
    return {tracking.code for tracking in row.trackings.all() if tracking.code}


def _trackings_of(row: Shipment) -> list[dict[str, Any]]:
    return [{name: getattr(tracking, name) for name in TRACKING_FIELDS} for tracking in row.trackings.all()]


def _quantities_of(row: Shipment) -> dict[int, int]:
    return {item.next_line_id: item.quantity for item in row.items.all()}


def _save_shipment(row: Shipment, parcel: ListedShipment, changes: ShipmentChanges) -> None:
    """Save what is new about a parcel, and add it to `changes`."""
    was_sent, is_new = row.has_shipped, row.pk is None
    is_changed = save_changes(row, parcel.fields)
    has_new_tracking = _save_trackings(row, parcel.trackings, is_new=is_new)
    has_new_items = _save_items(row, parcel.quantities, is_new=is_new)
    changes.is_changed |= is_changed or has_new_tracking or has_new_items
    if row.has_shipped and not was_sent:
        changes.sent.append(row)


def _save_trackings(row: Shipment, trackings: list[dict[str, Any]], *, is_new: bool) -> bool:
    """Replace the parcel's tracking codes if they differ; return whether they did."""
    if trackings == ([] if is_new else _trackings_of(row)):
        return False
    ShipmentTracking.objects.filter(shipment=row).delete()
    ShipmentTracking.objects.bulk_create(
        ShipmentTracking(shipment=row, position=position, **fields)
        for position, fields in enumerate(trackings)
    )
    return True


def _save_items(row: Shipment, quantities: dict[int, int], *, is_new: bool) -> bool:
    """Replace what is in the parcel if it differs; return whether it did."""
    if quantities == ({} if is_new else _quantities_of(row)):
        return False
    ShipmentItem.objects.filter(shipment=row).delete()
    ShipmentItem.objects.bulk_create(
        ShipmentItem(shipment=row, next_line_id=line_id, quantity=quantity)
        for line_id, quantity in quantities.items()
    )
    return True


def erase_tracking(order: Order) -> None:
    """Erase the tracking codes of an order's parcels, which lead to the shopper's address."""
    ShipmentTracking.objects.filter(shipment__order=order).delete()

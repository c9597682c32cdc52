"""An order's timeline: log, notes, emails, charges, refunds, and parcels in one list, newest first."""

import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from orders.admin.emails import STATE_BADGES
from orders.models import Notification, Order, OrderEvent, OrderTransaction
from orders.presentation import ShipmentSummary
from stores.money import format_money


@dataclass(frozen=True)
class TimelineEntry:
    """One line. `kind` names its mark: log, note, email, money, or parcel. `badge` is a kind and a text."""

    at: datetime.datetime
    kind: str
    title: str
    text: str = ""
    who: str = ""
    url: str = ""
    badge: tuple[str, str] | None = None
    links: list[tuple[str, str]] = field(default_factory=list)


def build_timeline(
    *, order: Order, shipments: Iterable[ShipmentSummary], added: Iterable[TimelineEntry] = ()
) -> list[TimelineEntry]:
    """Return all that happened, newest first, with what apps above have `added`."""
    entries = [
        *(_describe_event(event) for event in order.events.all()),
        *(_describe_email(notification) for notification in order.notifications.all()),
        *_describe_transactions(order),
        *(_describe_parcel(shipment) for shipment in shipments),
        *added,
    ]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)


def _describe_event(event: OrderEvent) -> TimelineEntry:
    is_note = event.kind == OrderEvent.Kind.NOTE
    source = "" if event.source == OrderEvent.Source.STAFF and event.actor else event.get_source_display()
    return TimelineEntry(
        at=event.at,
        kind="note" if is_note else "log",
        title=capfirst(event.get_kind_display()),
        text=str(event.text),
        who=" · ".join(filter(None, (source, event.actor))),
    )


def _describe_email(notification: Notification) -> TimelineEntry:
    state = Notification.State(notification.state)
    return TimelineEntry(
        at=notification.sent_at or notification.created_at,
        kind="email",
        title=_("Email: %(kind)s") % {"kind": notification.get_kind_display()},
        url=reverse("admin:orders_notification_change", args=[notification.pk]),
        badge=(STATE_BADGES[state], str(state.label)),
    )


def _describe_transactions(order: Order) -> Iterator[TimelineEntry]:
    for transaction in order.transactions.all():
        if transaction.made_at is None:
            continue
        sign = "−" if transaction.kind == OrderTransaction.Kind.REFUND else ""
        amount = f"{sign}{format_money(transaction.amount, order.currency)}"
        yield TimelineEntry(
            at=transaction.made_at,
            kind="money",
            title=f"{capfirst(transaction.get_kind_display())}: {amount}",
            badge=("error", _("Failed")) if transaction.has_failed else None,
        )


def _describe_parcel(shipment: ShipmentSummary) -> TimelineEntry:
    items = ", ".join(f"{quantity} × {item.name}" for item, quantity in shipment.items)
    carrier = f" ({shipment.carriers})" if shipment.carriers else ""
    return TimelineEntry(
        at=shipment.recorded_at,
        kind="parcel",
        title=_("Parcel: %(status)s") % {"status": shipment.status} + carrier,
        text=items,
        links=shipment.tracking,
    )

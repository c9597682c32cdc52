"""Consents: recorded with the words that shoppers saw. Marketing is confirmed by email where that is due."""

from collections.abc import Iterable
from typing import Any, TypedDict

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from orders import sentences
from orders.customers import same_email
from orders.models import Order, OrderConsent, OrderEvent
from orders.order_log import log_order_event
from stores.models import Store

Kind = OrderConsent.Kind
# Of the address at which marketing is confirmed.
MARKETING_PURPOSE = "marketing-confirmation"


class GivenConsent(TypedDict):
    """The fields of `OrderConsent`, as kept with a payment attempt. `given_at` is ISO 8601."""

    kind: str
    text: str
    items: str
    given_at: str
    needs_confirmation: bool


def create_consents(*, order: Order, consents: Iterable[GivenConsent]) -> None:
    """Create an order's consents, in the caller's transaction."""
    OrderConsent.objects.bulk_create(
        OrderConsent(order=order, **{**consent, "given_at": parse_datetime(consent["given_at"])})
        for consent in consents
    )


def record_upsell_consent(*, order: Order, attempt_id: str, text: str, items: str) -> None:
    """Record, once, that the shopper wants what an upsell adds to start at once."""
    OrderConsent.objects.get_or_create(
        order=order,
        kind=Kind.EARLY_START,
        upsell_attempt_id=attempt_id,
        defaults={"text": text, "items": items[:500], "given_at": timezone.now()},
    )


def list_early_start_consents(order: Order) -> list[OrderConsent]:
    """Return what the confirmation of the order must repeat (Art. 8 (7))."""
    return [consent for consent in order.consents.all() if consent.kind == Kind.EARLY_START]


def has_confirmed_marketing(*, store: Store, email: str) -> bool:
    """Return True if somebody who reads this address confirmed it before, and the customer wasn't erased."""
    orders = Order.objects.filter(same_email(email), store=store).order_by()
    consents = OrderConsent.objects.filter(order__in=orders, kind=Kind.MARKETING)
    return consents.exclude(confirmed_at=None).exists()


@transaction.atomic
def confirm_marketing(consent: OrderConsent) -> bool:
    """Record the confirmation. Return False if that was done before, or the customer's data was erased."""
    order = Order.objects.select_for_update(no_key=True).get(pk=consent.order_id)
    rows = OrderConsent.objects.filter(pk=consent.pk, confirmed_at=None, needs_confirmation=True)
    if order.is_erased or not rows.update(confirmed_at=timezone.now()):
        return False
    order.accepts_marketing = True
    order.save(update_fields=["accepts_marketing", "updated_at"])
    log_order_event(
        order=order,
        kind=OrderEvent.Kind.CONSENT,
        text=sentences.MARKETING_CONFIRMED.fill(),
        source=OrderEvent.Source.SHOPPER,
    )
    return True


def export_consents(order: Order) -> list[dict[str, Any]]:
    """Return the order's consents, ready for JSON."""
    fields = ("kind", "text", "items", "given_at", "confirmed_at")
    return [{name: getattr(consent, name) for name in fields} for consent in order.consents.all()]

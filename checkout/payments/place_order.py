"""Placing an order: the order, its hold and its payment intent, committed before anything is sent."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from catalog.availability import require_for_sale
from catalog.hold_limits import require_orderable_quantity
from catalog.pictures import prefetch_pictures
from catalog.plan_snapshot import snapshot_plan
from checkout.buyer import Buyer
from checkout.models import PaymentIntent
from checkout.payments.expiry import schedule_sending
from checkout.payments.link_snapshot import build_link_snapshot
from checkout.payments.pending_payments import would_pay_twice
from checkout.payments.tracing import trace_placement
from checkout.quote import Quote, QuoteLine
from checkout.selection import Selection
from orders.models import Order
from orders.order_numbers import allocate_order_number, generate_external_id
from orders.snapshot import (
    PurchaseSnapshot,
    apply_snapshot,
    create_order_rows,
    order_fields_of_snapshot,
    snapshot_variant,
)
from stores.errors import Conflict, Problem
from stores.models import Store
from stores.money import format_money, is_chargeable, least_charge
from stores.networks import hash_network


class AlreadyPaid(Conflict):
    """The purchase is already paid, or its payment is on its way; `order` is its order."""

    def __init__(self, order: Order) -> None:
        super().__init__(_("You have already paid for this order."), code="already_paid")
        self.order = order


@dataclass(frozen=True)
class PaymentAttempt:
    """An intent, and whether this caller created it and so must send it to NEXT."""

    intent: PaymentIntent
    is_new: bool


@trace_placement
def place_order(
    *,
    store: Store,
    selection: Selection,
    quote: Quote,
    buyer: Buyer,
    checkout_key: str,
    fingerprint: str,
    is_queued: bool = False,
) -> PaymentAttempt:
    """Record one attempt to pay for the purchase `checkout_key`, sent unless queued, and hold its stock.

    The same `fingerprint` returns its attempt while that is open. Another one creates a new attempt for the
    same order, which then shows the new selection.
    Raises AlreadyPaid, Conflict if stock or the link's uses run short, and Problem if the link is closed.
    """
    snapshot = build_order_snapshot(store=store, selection=selection, quote=quote, buyer=buyer)
    # Most purchases are new. If this one isn't, the unique constraint says so, and the next try finds it.
    for may_exist in (False, True, True):
        try:
            with transaction.atomic():
                return _place_order_in_transaction(
                    may_exist=may_exist,
                    store=store,
                    selection=selection,
                    snapshot=snapshot,
                    buyer=buyer,
                    checkout_key=checkout_key,
                    fingerprint=fingerprint,
                    is_queued=is_queued,
                )
        except IntegrityError:
            continue  # another request with the same form just created the order: find it
    raise Conflict(_("This order is being paid for right now. Wait a few seconds and try again."))


def _place_order_in_transaction(
    *,
    store: Store,
    selection: Selection,
    snapshot: PurchaseSnapshot,
    buyer: Buyer,
    checkout_key: str,
    fingerprint: str,
    is_queued: bool,
    may_exist: bool,
) -> PaymentAttempt:
    known = Order.objects.select_for_update(no_key=True).filter(store=store, checkout_key=checkout_key)
    order = known.first() if may_exist else None
    now = timezone.now()
    reserve_stock = stock.place_hold
    if order is None:
        order = Order.objects.create(
            store=store,
            checkout_key=checkout_key,
            number=allocate_order_number(store=store),
            external_id=generate_external_id(),
            **order_fields_of_snapshot(snapshot),
        )
        create_order_rows(order=order, snapshot=snapshot)
    else:
        if open_intent := _find_open_attempt(order=order, fingerprint=fingerprint):
            return PaymentAttempt(open_intent, is_new=False)
        # A shopper who comes back to an expired order reopens it.
        order.status = Order.Status.PENDING
        apply_snapshot(order=order, snapshot=snapshot)
        reserve_stock = stock.replace_hold
    reserve_stock(
        reference=order.pk,
        wanted=[stock.StockRequest(line.variant, line.quantity) for line in selection.lines],
        link=selection.link,
        until=now + datetime.timedelta(minutes=settings.HOLD_MINUTES_BEFORE_LINK),
        network=hash_network(buyer.ip),
    )
    intent = PaymentIntent.objects.create(
        store=store,
        order=order,
        fingerprint=fingerprint,
        amount=order.total,
        currency=order.currency,
        snapshot=snapshot,
        shopper_ip=buyer.ip,
        user_agent=buyer.user_agent[:300],
        **schedule_sending(now, is_queued=is_queued),
    )
    return PaymentAttempt(intent, is_new=True)


def _find_open_attempt(*, order: Order, fingerprint: str) -> PaymentIntent | None:
    """Return the order's open attempt with this form, or None. Raises AlreadyPaid if one was paid."""
    if would_pay_twice(order):
        raise AlreadyPaid(order)
    oldest = timezone.now() - datetime.timedelta(minutes=settings.HOLD_MINUTES)
    for position, intent in enumerate(order.payment_intents.order_by("-created_at")):
        is_replaced = position > 0 and intent.is_queued  # and so is never sent
        is_same = intent.fingerprint == fingerprint and intent.created_at > oldest
        if intent.is_open and is_same and not is_replaced:
            intent.order = order
            return intent
    return None


def build_order_snapshot(
    *, store: Store, selection: Selection, quote: Quote, buyer: Buyer
) -> PurchaseSnapshot:
    """Return everything that is ordered, as it is now.

    Raises Problem if NEXT doesn't know an item or would refuse the order.
    """
    _require_chargeable_total(quote)
    for line in quote.lines:
        require_for_sale(line.chosen.variant, store=store)
        require_orderable_quantity(line.chosen.variant, line.chosen.quantity)
    variants = [line.chosen.variant for line in quote.lines]
    prefetch_related_objects(variants, "values")
    prefetch_pictures(variants)
    origin = {"payment_link": build_link_snapshot(selection), "attribution": selection.attribution}
    return {
        "order": {
            **_snapshot_buyer(buyer),
            **_snapshot_amounts(quote),
            "payment_link_id": selection.link.pk if selection.link else "",
            "origin": origin,
            "is_test": not store.is_live,
        },
        "items": [build_item_snapshot(line) for line in quote.lines],
        "discounts": _snapshot_discounts(quote),
        "tax_lines": _snapshot_tax_lines(quote),
        "next_offer_ids": [row.next_offer_id for row in quote.discounts if row.next_offer_id is not None],
        "next_priced": _list_next_priced(quote),
        "consents": list(buyer.consents),
        "is_shipping_next_priced": any(row.code and row.is_shipping for row in quote.discounts),
    }


def _list_next_priced(quote: Quote) -> list[int]:
    """Return the positions of the lines that a code lowers at NEXT's own price."""
    if not quote.discount_code:
        return []
    return [position for position, line in enumerate(quote.lines) if line.is_at_next_price]


def _snapshot_buyer(buyer: Buyer) -> dict[str, Any]:
    """Return the fields of `Order` about the shopper, with the two addresses."""
    shipping = buyer.shipping_address.as_json() if buyer.shipping_address else {}
    billing = buyer.billing_address.as_json() if buyer.billing_address else {}
    return {
        "email": buyer.email,
        "name": buyer.name,
        "phone": buyer.phone,
        "language": buyer.language,
        "accepts_marketing": buyer.accepts_marketing,
        "shipping_address": shipping,
        "billing_address": billing or shipping,
        "tax_country": buyer.country,
        "tax_state": buyer.state,
        "channel": dict(buyer.channel),
        "payment_method": buyer.payment_method,
        "answers": list(buyer.answers),
    }


def _snapshot_amounts(quote: Quote) -> dict[str, Any]:
    """Return the fields of `Order` about its amounts and its shipping."""
    # The verification amount is part of a line's price, as it is in NEXT.
    items_total = sum(
        ((line.unit_price + line.verification) * line.chosen.quantity for line in quote.lines), Decimal(0)
    )
    method = quote.shipping_method
    return {
        "currency": quote.currency,
        "items_total": str(items_total),
        "discount_total": str(quote.discount_total),
        "shipping_total": str(quote.shipping_total),
        "tax_total": str(quote.total - items_total + quote.discount_total - quote.shipping_total),
        "included_tax_total": str(quote.included_tax_total),
        "tax_mode": quote.tax_mode,
        "is_total_final": quote.is_total_final,
        "discount_code": quote.discount_code,
        "total": str(quote.total),
        "verification_amount": str(quote.verification),
        "shipping_code": method.code if method else "",
        "shipping_method": method.name if method else "",
    }


def _snapshot_discounts(quote: Quote) -> list[dict[str, Any]]:
    """Return the fields of `OrderDiscount` for the discounts whose worth is known."""
    return [
        {
            "name": discount.name,
            "code": discount.code,
            "amount": str(discount.amount),
            "is_shipping": discount.is_shipping,
        }
        for discount in quote.discounts
        if discount.amount
    ]


def _snapshot_tax_lines(quote: Quote) -> list[dict[str, Any]]:
    """Return the fields of `OrderTaxLine` for the taxes that were shown."""
    return [
        {
            "name": line.name,
            "rate": str(line.rate),
            "amount": str(line.amount),
            "is_included": line.is_included,
            "is_shipping": line.is_shipping,
        }
        for line in quote.charged_tax_lines
        if line.amount
    ]


def _require_chargeable_total(quote: Quote) -> None:
    """Raise Problem unless the total can be charged: NEXT refuses zero, Link less than its minimum."""
    if is_chargeable(quote.total, quote.currency):
        return
    if quote.total <= 0 and any(line.chosen.plan for line in quote.lines):
        raise Problem(
            _("This plan starts without a charge, so it can't be bought here yet. Choose another plan.")
        )
    raise Problem(
        _("Orders start at %(least)s. Add something to your order to continue.")
        % {"least": format_money(least_charge(quote.currency), quote.currency)}
    )


def build_item_snapshot(line: QuoteLine) -> dict[str, Any]:
    """Return the fields of `OrderItem` for one quoted line."""
    variant, plan = line.chosen.variant, line.chosen.plan
    terms: Mapping[str, object] = snapshot_plan(variant=variant, plan=plan) if plan else {}
    return {
        **snapshot_variant(variant, selling_plan=terms),
        "quantity": line.chosen.quantity,
        "unit_price": str(line.unit_price + line.verification),
        "custom_text": line.chosen.custom_text,
    }

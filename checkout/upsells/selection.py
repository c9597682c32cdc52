"""Which one-click upsell an order is offered next, and at what price."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.availability import has_stock, is_for_sale
from catalog.pictures import prefetch_pictures
from catalog.pricing import first_price, is_plan_available
from catalog.stock import StockRequest
from checkout.models import Upsell, UpsellAttempt
from checkout.payments.place_order import build_item_snapshot
from checkout.quote import QuoteLine, tax_quote_lines
from checkout.selection import SelectionLine
from checkout.tax_rules import load_tax_rules
from checkout.upsells.sequence import OFFER_ORDER
from checkout.upsells.shown_taxes import snapshot_taxes
from nextcommerce.statuses import NextPaymentStatus
from orders.after_payment import build_continue_url, goes_on_at_once
from orders.models import Order, RefundRequest
from stores.crypto import make_url_token
from stores.money import is_chargeable, round_money
from stores.payment_methods import get_payment_method

# NEXT Commerce sends an order to fulfillment 30 minutes after payment. Later items would not ship with it.
UPSELL_WINDOW = datetime.timedelta(minutes=25)
# Extra time to answer an upsell that was shown within the window.
TIME_TO_ANSWER = datetime.timedelta(minutes=3)
MAX_SEQUENCE_LENGTH = 20

Status = UpsellAttempt.Status


def upsell_url(order: Order) -> str:
    """Return the secret URL of the order's upsell page."""
    return reverse("checkout:upsell", args=[make_url_token(purpose="order-upsell", subject=order.pk)])


def next_url_after_payment(order: Order) -> str:
    """Return where to send the shopper after payment: the upsell page, or where the purchase ends."""
    return upsell_url(order) if has_upsell(order=order) else final_url(order)


def final_url(order: Order) -> str:
    """Return where the purchase ends: the thank-you page, or the address that the payment link leads to."""
    return build_continue_url(order) if goes_on_at_once(order) else thanks_url(order)


def thanks_url(order: Order) -> str:
    """Return the secret URL of the order's thank-you page."""
    return reverse("orders:thanks", args=[make_url_token(purpose="order-status", subject=order.pk)])


def has_upsell(*, order: Order) -> bool:
    """Return True if there is an upsell to show. Creates no attempt."""
    if not accepts_upsells(order):
        return False
    attempts = list(order.upsell_attempts.all())
    if attempts and attempts[-1].status in {Status.SHOWN, *UpsellAttempt.IN_DOUBT}:
        return True
    return _choose_upsell(order=order, attempts=attempts) is not None


def present_next_upsell(*, order: Order) -> UpsellAttempt | None:
    """Return the attempt to show now: one waiting for an answer or a result, a new one, or None.

    A new attempt is committed as shown, at the current price.
    """
    if not accepts_upsells(order):
        return None
    for _try in range(2):
        attempts = _load_attempts(order)
        last = attempts[-1] if attempts else None
        if last and (
            last.is_in_doubt or (last.status == Status.SHOWN and is_upsell_available(last.upsell, order))
        ):
            last.order = order
            return last
        chosen = _choose_upsell(order=order, attempts=attempts)
        if chosen is None:
            return None
        try:
            with transaction.atomic():
                return create_upsell_attempt(order=order, upsell=chosen)
        except IntegrityError:
            continue  # just shown in another tab
    return None


def create_upsell_attempt(*, order: Order, upsell: Upsell) -> UpsellAttempt:
    """Save the offer with its exact amount and tax. Raises IntegrityError if it was shown before."""
    unit_price = calculate_upsell_price(upsell)
    line = QuoteLine(
        chosen=SelectionLine(variant=upsell.variant, quantity=upsell.quantity, plan=upsell.plan),
        unit_price=unit_price,
    )
    rules = load_tax_rules(store=order.store, country=order.tax_country, state=order.tax_state)
    taxes = tax_quote_lines(rules, (line,))
    return UpsellAttempt.objects.create(
        order=order,
        upsell=upsell,
        item={**build_item_snapshot(line), "is_upsell": True},
        amount=line.total + taxes.added_total,
        tax=taxes.added_total,
        shown_taxes=snapshot_taxes(taxes),
        is_total_final=taxes.is_final,
        currency=order.currency,
    )


def calculate_upsell_price(upsell: Upsell) -> Decimal:
    """Return the current unit price: the upsell's own, or the variant's or plan's minus the discount."""
    if upsell.price is not None:
        return upsell.price
    price = first_price(variant=upsell.variant, plan=upsell.plan)
    discount = price * (upsell.discount_percent or 0) / 100
    return round_money(price - discount, upsell.variant.product.default_currency)


def list_wanted_stock(upsell: Upsell) -> list[StockRequest]:
    """Return the stock that one acceptance of the upsell needs."""
    return [StockRequest(upsell.variant, upsell.quantity)]


def increment_usage(upsell: Upsell) -> bool:
    """Count one more acceptance. Return False if the usage limit is reached."""
    below_limit = Q(usage_limit=None) | Q(usage_count__lt=F("usage_limit"))
    return bool(Upsell.objects.filter(below_limit, pk=upsell.pk).update(usage_count=F("usage_count") + 1))


def accepts_upsells(order: Order, *, grace: datetime.timedelta = datetime.timedelta(0)) -> bool:
    """Return True if NEXT Commerce allows upsells on this paid order and the window is still open."""
    return (
        order.supports_upsells
        and get_payment_method(order.payment_method).takes_upsells
        and order.status == Order.Status.PAID
        and not NextPaymentStatus(order.next_payment_status).is_refunded
        and order.paid_at is not None
        and timezone.now() < order.paid_at + UPSELL_WINDOW + grace
        and not order.is_in_review
    )


def is_giving_back(order: Order) -> bool:
    """Return True while staff's refund or cancellation of the order may be under way."""
    pending = order.refund_requests.filter(state=RefundRequest.State.PENDING)
    return pending.exclude(purpose=RefundRequest.Purpose.VERIFICATION).exists()


def is_upsell_running(upsell: Upsell) -> bool:
    """Return True if the upsell is active and within its dates."""
    now = timezone.now()
    return (
        upsell.active
        and (upsell.starts_at is None or upsell.starts_at <= now)
        and (upsell.ends_at is None or upsell.ends_at > now)
    )


def is_upsell_available(upsell: Upsell, order: Order) -> bool:
    """Return True if the upsell can be offered to this order now: active, sellable, and in stock."""
    product = upsell.variant.product
    return (
        is_upsell_running(upsell)
        and (upsell.usage_limit is None or upsell.usage_count < upsell.usage_limit)
        and is_for_sale(upsell.variant, store=order.store)
        and has_stock(upsell.variant, upsell.quantity)
        and product.default_currency == order.currency
        and (not product.collect_shipping_address or order.shipping_address is not None)
        and (upsell.plan is None or is_plan_available(upsell.plan, at=timezone.now()))
        and is_chargeable(calculate_upsell_price(upsell) * upsell.quantity, order.currency)
    )


def _choose_upsell(*, order: Order, attempts: list[UpsellAttempt]) -> Upsell | None:
    """Return the first available upsell: the last answer's follow-up, or one that the order triggers."""
    shown_ids = {attempt.upsell_id for attempt in attempts}
    for upsell in _iterate_candidates(order=order, last=attempts[-1] if attempts else None):
        if upsell.pk not in shown_ids and is_upsell_available(upsell, order):
            return upsell
    return None


def _iterate_candidates(*, order: Order, last: UpsellAttempt | None) -> Iterator[Upsell]:
    if last is None:
        yield from find_triggered_upsells(order)
        return
    if last.status == Status.REFUSED:
        return  # don't try a refused payment method on another upsell
    next_id = (
        last.upsell.follow_up_on_accept_id
        if last.status == Status.CHARGED
        else last.upsell.follow_up_on_decline_id
    )
    for _step in range(MAX_SEQUENCE_LENGTH):
        upsell = _active_upsells(order).filter(pk=next_id).first() if next_id else None
        if upsell is None:
            return
        yield upsell
        next_id = upsell.follow_up_on_decline_id  # an unavailable upsell counts as declined


def find_triggered_upsells(order: Order) -> QuerySet[Upsell]:
    """Return the active upsells whose trigger matches the order, by position, then narrowest first."""
    products = [item.product_id for item in order.items.all() if not item.is_upsell]
    matches = Q(trigger=Upsell.Trigger.ANY)
    matches |= Q(trigger=Upsell.Trigger.AMOUNT, min_order_total__lte=order.total)
    matches |= Q(trigger=Upsell.Trigger.PRODUCT, product__in=products)
    if order.payment_link_id:
        matches |= Q(trigger=Upsell.Trigger.LINK, link=order.payment_link_id)
    return _active_upsells(order).filter(matches).order_by(*OFFER_ORDER)


def _active_upsells(order: Order) -> QuerySet[Upsell]:
    return Upsell.objects.filter(store=order.store_id, active=True).select_related(
        "variant__product", "plan__group"
    )


def _load_attempts(order: Order) -> list[UpsellAttempt]:
    """Return the order's upsells so far, with the options and pictures of what they sell."""
    attempts = order.upsell_attempts.select_related("upsell__variant__product", "upsell__plan__group")
    attempts = attempts.prefetch_related("upsell__variant__values")
    prefetch_pictures([attempt.upsell.variant for attempt in attempts])
    return list(attempts)

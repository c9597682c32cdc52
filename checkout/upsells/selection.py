"""Which one-click offer an order is made next, at which price."""

import datetime
from collections.abc import Iterator
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import F, Prefetch, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from catalog.models import Media
from catalog.pricing import first_price, is_offered
from catalog.stock import Wanted
from checkout.models import Offer, OfferAttempt
from checkout.payments.place_order import item_snapshot
from checkout.quote import QuoteLine, added_tax
from checkout.selection import ChosenLine
from orders.models import Order
from stores.crypto import sign_address
from stores.money import cents

# The store sends an order to fulfilment half an hour after it was paid; what comes later is not shipped
# with it (facts 7.10).
WINDOW = datetime.timedelta(minutes=25)
# Who saw an offer in time may still answer it.
TIME_TO_ANSWER = datetime.timedelta(minutes=3)
LONGEST_SEQUENCE = 20

Status = OfferAttempt.Status


def offer_page(order: Order) -> str:
    """The secret address of the order's offers."""
    return reverse("checkout:offer", args=[sign_address(purpose="order-offer", subject=order.pk)])


def after_payment(order: Order) -> str:
    """Where the shopper goes once the order is paid: its offers, or the thanks."""
    return offer_page(order) if has_offer(order=order) else thanks_page(order)


def thanks_page(order: Order) -> str:
    return reverse("orders:thanks", args=[sign_address(purpose="order-status", subject=order.pk)])


def has_offer(*, order: Order) -> bool:
    """Tell whether there is an offer to show, without making it."""
    if not is_open_to_offers(order):
        return False
    attempts = list(order.offer_attempts.all())
    if attempts and attempts[-1].status in {Status.SHOWN, *OfferAttempt.IN_DOUBT}:
        return True
    return _choose(order=order, attempts=attempts) is not None


def next_offer(*, order: Order) -> OfferAttempt | None:
    """Return what to show now: the offer that waits for its answer or its outcome, or a new one, or None.

    A new one is committed as shown, with its price as it is at this moment.
    """
    if not is_open_to_offers(order):
        return None
    for _try in range(2):
        attempts = list(_with_offers(order.offer_attempts.all()))
        last = attempts[-1] if attempts else None
        if last and (last.is_in_doubt or (last.status == Status.SHOWN and is_available(last.offer, order))):
            last.order = order
            return last
        chosen = _choose(order=order, attempts=attempts)
        if chosen is None:
            return None
        try:
            with transaction.atomic():
                return show(order=order, offer=chosen)
        except IntegrityError:
            continue  # shown in another tab at this very moment
    return None


def show(*, order: Order, offer: Offer) -> OfferAttempt:
    """Write down what is offered, to the cent. Errors: IntegrityError where it was shown before."""
    unit_price = price_of(offer)
    line = QuoteLine(
        chosen=ChosenLine(variant=offer.variant, quantity=offer.quantity, plan=offer.plan),
        unit_price=unit_price,
    )
    tax = added_tax(line.total, order.store, order.tax_region.get("country", ""))
    return OfferAttempt.objects.create(
        order=order,
        offer=offer,
        item={**item_snapshot(line), "is_upsell": True},
        amount=line.total + tax,
        tax=tax,
        currency=order.currency,
    )


def price_of(offer: Offer) -> Decimal:
    """The price of one unit now: the offer's own, or the variant's or plan's less the discount."""
    if offer.price is not None:
        return offer.price
    price = first_price(variant=offer.variant, plan=offer.plan)
    off = price * (offer.discount_percent or 0) / 100
    return cents(price - off, offer.variant.product.default_currency)


def wanted(offer: Offer) -> list[Wanted]:
    return [Wanted(offer.variant, offer.quantity)]


def take_once(offer: Offer) -> bool:
    """Count one yes more; False where the offer has been taken as often as it may be."""
    free = Q(max_times=None) | Q(times_taken__lt=F("max_times"))
    return bool(Offer.objects.filter(free, pk=offer.pk).update(times_taken=F("times_taken") + 1))


def is_open_to_offers(order: Order, *, grace: datetime.timedelta = datetime.timedelta(0)) -> bool:
    """Tell whether more can be charged to the order's payment: the store allows it (facts 7.10), in time."""
    return (
        order.supports_upsells
        and order.status == Order.Status.PAID
        and order.store_payment_status != "refunded"
        and not order.review_reason
        and order.paid_at is not None
        and timezone.now() < order.paid_at + WINDOW + grace
    )


def is_running(offer: Offer) -> bool:
    """Tell whether an offer is switched on and within its dates."""
    now = timezone.now()
    return (
        offer.active
        and (offer.starts_at is None or offer.starts_at <= now)
        and (offer.ends_at is None or offer.ends_at > now)
    )


def is_available(offer: Offer, order: Order) -> bool:
    """Tell whether the order can have what is offered now."""
    variant, product = offer.variant, offer.variant.product
    return (
        is_running(offer)
        and (offer.max_times is None or offer.times_taken < offer.max_times)
        and variant.active
        and product.active
        and variant.next_variant_id is not None
        and (variant.inventory_quantity is None or variant.inventory_quantity >= offer.quantity)
        and product.default_currency == order.currency
        and (bool(order.shipping_address) or not product.collect_shipping_address)
        and (offer.plan is None or is_offered(offer.plan, at=timezone.now()))
        and price_of(offer) > 0
    )


def _choose(*, order: Order, attempts: list[OfferAttempt]) -> Offer | None:
    """Return the first offer that can be made: what follows the last answer, else what the order triggers."""
    made = {attempt.offer_id for attempt in attempts}
    for offer in _candidates(order=order, last=attempts[-1] if attempts else None):
        if offer.pk not in made and is_available(offer, order):
            return offer
    return None


def _candidates(*, order: Order, last: OfferAttempt | None) -> Iterator[Offer]:
    if last is None:
        yield from triggered(order)
        return
    if last.status == Status.REFUSED:
        return  # a payment that was refused is not tried again with something else
    follows = last.offer.next_on_yes_id if last.status == Status.CHARGED else last.offer.next_on_no_id
    for _step in range(LONGEST_SEQUENCE):
        offer = _offers(order).filter(pk=follows).first() if follows else None
        if offer is None:
            return
        yield offer
        follows = offer.next_on_no_id  # what cannot be had counts as a no


def triggered(order: Order) -> QuerySet[Offer]:
    """The offers that this order sets off, in their order."""
    products = [item.product_id for item in order.items.all() if not item.is_upsell]
    by = Q(trigger=Offer.Trigger.ANY)
    by |= Q(trigger=Offer.Trigger.AMOUNT, from_amount__lte=order.total)
    by |= Q(trigger=Offer.Trigger.PRODUCT, product__in=products)
    if order.payment_link_id:
        by |= Q(trigger=Offer.Trigger.LINK, link=order.payment_link_id)
    return _offers(order).filter(by)


def _offers(order: Order) -> QuerySet[Offer]:
    return Offer.objects.filter(store=order.store_id, active=True).select_related(
        "variant__product", "plan__group"
    )


def _with_offers(attempts: "QuerySet[OfferAttempt]") -> "QuerySet[OfferAttempt]":
    return attempts.select_related("offer__variant__product", "offer__plan__group").prefetch_related(
        Prefetch("offer__variant__product__media", Media.objects.order_by("created_at", "id"))
    )

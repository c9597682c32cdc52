"""Settlement: the one way in which a payment intent learns its outcome.

Called by the return, the webhook, the reconciler and staff alike. Called twice, or at once from all
of them, it does its work once: whoever comes late gets the settled intent as success.
"""

import logging
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import stock
from catalog.models import PaymentLink, Variant
from checkout.models import PaymentIntent
from checkout.payments import find_next_order
from checkout.payments.expiry import ask_again_soon, held, locked, nothing_found, still_unpaid
from checkout.payments.order_matching import differences, is_ours
from nextcommerce.errors import AdminApiError
from nextcommerce.order_schemas import StoreOrder
from orders.customers import customer_of
from orders.mirror import mirror
from orders.order_log import log
from orders.snapshot import rewrite
from stores.errors import Conflict
from stores.models import Store

logger = logging.getLogger(__name__)
Status = PaymentIntent.Status


class NotOurs(Exception):
    """The store order belongs to another intent, another shop, or nobody (S8)."""


def look(
    *, intent: PaymentIntent, source: str, hint: str = "", background: bool = False, gone: bool = False
) -> PaymentIntent:
    """Ask the store about an open intent and settle it; return the intent as it then is.

    `hint` is an order number to try first, believed only once the store confirms it. `gone` says that the
    shopper came back without having paid: the intent is declined if the store knows nothing of it (S16).
    At most one look every two seconds; a store that does not answer leaves everything as it is (S15).
    """
    if not intent.may_be_paid or not find_next_order.claim(intent):
        intent.refresh_from_db()
        return intent
    try:
        store_order = find_next_order.find(intent=intent, hint=hint, background=background)
    except AdminApiError as error:
        logger.warning("payment intent %s: the store could not be asked: %s", intent.pk, error.message)
        ask_again_soon(intent)
        return intent
    if store_order is not None:
        return settle(intent=intent, store_order=store_order, source=source)
    return nothing_found(intent=intent, gone=gone)


def settle(*, intent: PaymentIntent, store_order: StoreOrder, source: str) -> PaymentIntent:
    """Bring the intent and its order to what the store order says; return the intent.

    `store_order` must come from the store itself: an answer of the admin API, or a webhook whose
    signature holds. Errors: NotOurs, with nothing changed.
    """
    if intent.store_order_number != store_order.number and not is_ours(
        intent=intent, store_order=store_order
    ):
        logger.warning(
            "payment intent %s: refused store order %s, which does not name it (from %s)",
            intent.pk,
            store_order.number,
            source,
        )
        raise NotOurs(intent.pk)
    with transaction.atomic():
        intent = locked(intent)
        _settle(intent=intent, store_order=store_order, source=source)
    return intent


@transaction.atomic
def settle_one(
    *, intents: QuerySet[PaymentIntent], store: Store, store_order: StoreOrder, source: str
) -> PaymentIntent | None:
    """`settle` for whichever of the store's `intents` the store order belongs to; None where there is none.

    That is the one it was settled with, else the newest it names: the caller's `intents` are no others.
    """
    rows = list(held(intents))
    settled = (intent for intent in rows if intent.store_order_number == store_order.number)
    intent = next(settled, rows[0] if rows else None)
    if intent is not None:
        intent.store = intent.order.store = store
        _settle(intent=intent, store_order=store_order, source=source)
    return intent


def _settle(*, intent: PaymentIntent, store_order: StoreOrder, source: str) -> None:
    """Bring the intent and its order to what its store order says. The caller holds the rows."""
    if intent.may_be_paid and (store_order.is_settled or store_order.payment_status == "partially_paid"):
        _take_payment(intent=intent, store_order=store_order, source=source)
    elif intent.may_be_paid:
        still_unpaid(intent=intent, store_order=store_order)
    elif intent.status == Status.SUCCEEDED and intent.store_order_number == store_order.number:
        mirror(order=intent.order, store_order=store_order, source=source)
    elif intent.store_order_number != store_order.number and store_order.is_settled:
        _paid_again(intent=intent, store_order=store_order, source=source)


def _take_payment(*, intent: PaymentIntent, store_order: StoreOrder, source: str) -> None:
    """The first news that this intent was paid. The caller holds the rows."""
    order = intent.order
    intent.store_order_number = store_order.number
    intent.answered_at = intent.answered_at or timezone.now()
    intent.settled_at = timezone.now()
    intent.next_check_at = None
    intent.payment_complete_url = ""
    if order.is_paid:
        reason = f"Paid a second time: order {order.number} was already paid by another attempt."
        _to_review(intent=intent, reason=reason, refund=store_order.total_incl_tax, source=source)
        return
    found = differences(intent=intent, store_order=store_order)
    if found:
        _to_review(intent=intent, reason=" ".join(found), refund=store_order.total_incl_tax, source=source)
        return
    make_paid(intent=intent, store_order=store_order, source=source)


def make_paid(*, intent: PaymentIntent, store_order: StoreOrder, source: str, actor: str = "") -> None:
    """Make the order this intent's, sold and paid. The caller holds the rows."""
    order = intent.order
    is_latest = (
        intent.pk == order.payment_intents.order_by("-created_at", "-id").values_list("pk", flat=True)[0]
    )
    if not is_latest:
        # The shopper went back and chose anew, then paid for this one after all (S6).
        rewrite(order=order, snapshot=intent.snapshot)
    if order.customer_id is None:
        order.customer = customer_of(order=order)
    intent.status = Status.SUCCEEDED
    intent.message = ""
    intent.save()
    if not sell_stock(intent=intent, held_for_this=is_latest):
        order.review_reason = gettext_noop("Paid, but sold out meanwhile: deliver later, or refund.")
        log(order=order, kind="review", text=order.review_reason, source=source)
    if order.verification_amount:
        order.verification_due_at = timezone.now()
    mirror(order=order, store_order=store_order, source=source, actor=actor)


def sell_stock(*, intent: PaymentIntent, held_for_this: bool) -> bool:
    """Make the order's hold a sale; take it anew where the hold has gone; False where it is short (S17)."""
    if held_for_this and stock.sell(reference=intent.order_id):
        return True
    items = intent.snapshot["items"]
    variants = Variant.objects.select_related("product").in_bulk([item["variant_id"] for item in items])
    wanted = [
        stock.Wanted(variants[item["variant_id"]], item["quantity"])
        for item in items
        if item["variant_id"] in variants
    ]
    # A link that was closed or used up meanwhile is honoured: the payment had begun (S24).
    link = PaymentLink.objects.filter(
        pk=intent.snapshot["order"]["payment_link_id"], uses_left__gte=1
    ).first()
    try:
        with transaction.atomic():
            stock.exchange(reference=intent.order_id, wanted=wanted, link=link, until=timezone.now())
            stock.sell(reference=intent.order_id)
    except Conflict:
        return False
    return True


def _to_review(*, intent: PaymentIntent, reason: str, refund: Decimal | None, source: str) -> None:
    """Money came that does not fit: kept in sight of staff, never dropped. The caller holds the rows."""
    intent.status = Status.REVIEW
    intent.review_reason = reason[:300]
    intent.amount_to_refund = refund or Decimal(0)
    intent.save()
    _show_staff(intent=intent, number=intent.store_order_number, reason=reason, source=source)


@transaction.atomic
def review_unmarked(*, intent: PaymentIntent, store_order: StoreOrder, source: str) -> PaymentIntent:
    """Put a store order that fits the intent, but does not name it, before staff (facts 8)."""
    intent = locked(intent)
    taken = PaymentIntent.objects.filter(store=intent.store, store_order_number=store_order.number)
    if not intent.may_be_paid or taken.exclude(pk=intent.pk).exists():
        return intent
    intent.store_order_number = store_order.number
    intent.settled_at = timezone.now()
    intent.next_check_at = None
    reason = (
        f"Store order {store_order.number} has the same person and lines, but does not name this payment."
    )
    _to_review(intent=intent, reason=reason, refund=store_order.total_incl_tax, source=source)
    return intent


def _paid_again(*, intent: PaymentIntent, store_order: StoreOrder, source: str) -> None:
    """A second store order names an intent that has one already: staff must refund one of them."""
    reason = (
        f"Store order {store_order.number} was made for the same payment as {intent.store_order_number}: "
        f"{store_order.total_incl_tax} {store_order.currency} to refund."
    )
    if intent.order.events.filter(kind="review", data__store_order=store_order.number).exists():
        return
    _show_staff(intent=intent, number=store_order.number, reason=reason, source=source)


def _show_staff(*, intent: PaymentIntent, number: str | None, reason: str, source: str) -> None:
    """Put the order before staff because of what came of the store order with this number."""
    order = intent.order
    order.review_reason = reason[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    told = {"payment_intent": intent.pk, "store_order": number}
    log(order=order, kind="review", text=reason, source=source, data=told)
    logger.error("payment intent %s: to review: %s", intent.pk, reason)

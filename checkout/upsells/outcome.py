"""What became of a yes to an offer: charged, refused, or still in doubt. The store's lines decide."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import Offer, OfferAttempt
from checkout.upsells.order_lines import added_line, write_item
from checkout.upsells.selection import take_once, wanted
from nextcommerce.order_schemas import StoreOrder
from orders.mirror import mirror
from orders.models import Order, OrderEvent
from orders.order_log import log
from stores.errors import Conflict

Status = OfferAttempt.Status

# A line that is not there so long after the call was made will not come any more.
GIVE_UP_AFTER = datetime.timedelta(minutes=3)
# After giving up, one last look: a store has been seen to refuse what it did (facts 6).
LAST_LOOK = datetime.timedelta(hours=1)


def fresh(attempt: OfferAttempt) -> OfferAttempt:
    """The attempt as it is now, with all that is shown of it."""
    return OfferAttempt.objects.select_related("order__store", "offer__variant__product").get(pk=attempt.pk)


def not_added() -> str:
    """What the shopper is told where the store said no."""
    return _("This could not be added, and nothing was charged for it. Your order is as it was.")


def conclude(
    *, attempt: OfferAttempt, store_order: StoreOrder, source: str, said_no: bool = False
) -> OfferAttempt:
    """Bring the attempt and its order to what the store's lines say."""
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=attempt.order_id)
        attempt = OfferAttempt.objects.select_related("offer").get(pk=attempt.pk)
        attempt.order = order
        line = added_line(attempt=attempt, store_order=store_order)
        if line is not None and attempt.status != Status.CHARGED:
            _charged(attempt=attempt, line_id=line.id, source=source)
            write_item(attempt=attempt, line=line)
            _flag_differences(attempt=attempt, store_order=store_order, charged=store_order.line_total(line))
        mirror(order=order, store_order=store_order, source=source)
    if line is None:
        return _nothing_found(attempt, said_no=said_no)
    return fresh(attempt)


def _charged(*, attempt: OfferAttempt, line_id: int | None, source: str) -> None:
    """Note the success, once. The caller holds the order's row."""
    late = attempt.status == Status.REFUSED
    OfferAttempt.objects.filter(pk=attempt.pk).update(
        status=Status.CHARGED,
        store_line_id=line_id,
        message="",
        settled_at=timezone.now(),
        next_check_at=None,
    )
    if late:
        take_once(attempt.offer)
        _sell_anew(attempt)
        _review(attempt.order, "An offer was charged after all, although the store had refused it.")
    elif not stock.sell(reference=attempt.pk) and attempt.offer.variant.inventory_quantity is not None:
        _review(attempt.order, "An offer was charged, but its stock is gone: deliver later, or refund.")
    log(
        order=attempt.order,
        kind="offer",
        text=f"Offer taken: {attempt.item['quantity']} × {attempt.item['name']}, "
        f"{attempt.amount} {attempt.currency}.",
        source=source,
        data={"offer": attempt.offer_id, "attempt": attempt.pk, "store_line": line_id},
    )


def _sell_anew(attempt: OfferAttempt) -> None:
    """Take what was given back; where it is gone by now, staff look at the offer in any case."""
    try:
        with transaction.atomic():
            stock.hold(reference=attempt.pk, wanted=wanted(attempt.offer), link=None, until=timezone.now())
            stock.sell(reference=attempt.pk)
    except Conflict:
        pass


def _flag_differences(*, attempt: OfferAttempt, store_order: StoreOrder, charged: Decimal) -> None:
    if charged != attempt.amount:
        _review(attempt.order, f"An offer was shown at {attempt.amount}, and charged at {charged}.")
    if store_order.payment_status == "partially_paid":
        _review(attempt.order, f"An offer was added, but {store_order.total_outstanding} is not paid.")


def _review(order: Order, reason: str) -> None:
    order.review_reason = reason[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    log(order=order, kind="review", text=reason, source=OrderEvent.Source.RECONCILER)


def _nothing_found(attempt: OfferAttempt, *, said_no: bool) -> OfferAttempt:
    """The line is not there (yet): ask again, or give up once it cannot come any more."""
    now = timezone.now()
    if not attempt.is_in_doubt:
        OfferAttempt.objects.filter(pk=attempt.pk, status=Status.REFUSED).update(next_check_at=None)
        return fresh(attempt)
    if said_no or attempt.sent_at is None or now - attempt.sent_at >= GIVE_UP_AFTER:
        return refuse(attempt, not_added(), look_again=True)
    OfferAttempt.objects.filter(pk=attempt.pk, status__in=OfferAttempt.IN_DOUBT).update(
        next_check_at=now + datetime.timedelta(seconds=30)
    )
    return fresh(attempt)


def refuse(attempt: OfferAttempt, message: str, *, look_again: bool = False) -> OfferAttempt:
    """End an attempt in doubt, and say why; return it as it then is."""
    end(attempt=attempt, moved_from=OfferAttempt.IN_DOUBT, message=message, look_again=look_again)
    return fresh(attempt)


@transaction.atomic
def end(
    *, attempt: OfferAttempt, moved_from: tuple[str, ...], message: str, look_again: bool = False
) -> None:
    """End an attempt that was not charged, and give back what it had taken."""
    now = timezone.now()
    moved = OfferAttempt.objects.filter(pk=attempt.pk, status__in=moved_from).update(
        status=Status.REFUSED,
        message=message[:300],
        settled_at=now,
        next_check_at=now + LAST_LOOK if look_again else None,
    )
    if moved and Status.SHOWN not in moved_from:
        _give_back(attempt)


@transaction.atomic
def put_back(attempt: OfferAttempt) -> OfferAttempt:
    """The store was not reached, so nothing happened: the offer stands, yes may be said again."""
    moved = OfferAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(
        status=Status.SHOWN,
        sent_at=None,
        next_check_at=None,
        message=_("The payment service is busy. Nothing was charged; please try again in a minute."),
    )
    if moved:
        _give_back(attempt)
    return fresh(attempt)


def _give_back(attempt: OfferAttempt) -> None:
    # The offer before the stock, as it was taken: else two shoppers could wait for each other.
    Offer.objects.filter(pk=attempt.offer_id, times_taken__gte=1).update(times_taken=F("times_taken") - 1)
    stock.release(reference=attempt.pk)

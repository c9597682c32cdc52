"""What became of a yes to an upsell: charged, refused, or still in doubt. The store's lines decide."""

import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog import stock
from checkout.models import Upsell, UpsellAttempt
from checkout.upsells.order_lines import find_added_line, write_upsell_item
from checkout.upsells.selection import increment_usage, list_wanted_stock
from nextcommerce.order_schemas import NextOrder
from orders.mirror import mirror_order
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from stores.errors import Conflict

Status = UpsellAttempt.Status

# A line that is not there so long after the call was made will not come any more.
GIVE_UP_AFTER = datetime.timedelta(minutes=3)
# After giving up, one last look: a store has been seen to refuse what it did (facts 6).
LAST_CHECK_DELAY = datetime.timedelta(hours=1)


def reload_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """The attempt as it is now, with all that is shown of it."""
    return UpsellAttempt.objects.select_related("order__store", "upsell__variant__product").get(pk=attempt.pk)


def not_added_message() -> str:
    """What the shopper is told where the store said no."""
    return _("This could not be added, and nothing was charged for it. Your order is as it was.")


def settle_upsell_attempt(
    *, attempt: UpsellAttempt, next_order: NextOrder, source: str, was_refused: bool = False
) -> UpsellAttempt:
    """Bring the attempt and its order to what the store's lines say."""
    with transaction.atomic():
        order = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=attempt.order_id)
        attempt = UpsellAttempt.objects.select_related("upsell").get(pk=attempt.pk)
        attempt.order = order
        line = find_added_line(attempt=attempt, next_order=next_order)
        if line is not None and attempt.status != Status.CHARGED:
            _mark_attempt_charged(attempt=attempt, line_id=line.id, source=source)
            write_upsell_item(attempt=attempt, line=line)
            _flag_amount_mismatch(attempt=attempt, next_order=next_order, charged=next_order.line_total(line))
        mirror_order(order=order, next_order=next_order, source=source)
    if line is None:
        return _handle_line_not_found(attempt, was_refused=was_refused)
    return reload_attempt(attempt)


def _mark_attempt_charged(*, attempt: UpsellAttempt, line_id: int | None, source: str) -> None:
    """Note the success, once. The caller holds the order's row."""
    late = attempt.status == Status.REFUSED
    UpsellAttempt.objects.filter(pk=attempt.pk).update(
        status=Status.CHARGED,
        next_line_id=line_id,
        message="",
        settled_at=timezone.now(),
        next_check_at=None,
    )
    if late:
        increment_usage(attempt.upsell)
        _take_stock_again(attempt)
        _flag_upsell_for_review(
            attempt.order, "An upsell was charged after all, although the store had refused it."
        )
    elif not stock.mark_sold(reference=attempt.pk) and attempt.upsell.variant.inventory_quantity is not None:
        _flag_upsell_for_review(
            attempt.order, "An upsell was charged, but its stock is gone: deliver later, or refund."
        )
    log_order_event(
        order=attempt.order,
        kind="upsell",
        text=f"Upsell taken: {attempt.item['quantity']} × {attempt.item['name']}, "
        f"{attempt.amount} {attempt.currency}.",
        source=source,
        data={"upsell": attempt.upsell_id, "attempt": attempt.pk, "next_line": line_id},
    )


def _take_stock_again(attempt: UpsellAttempt) -> None:
    """Take what was given back; where it is gone by now, staff look at the upsell in any case."""
    try:
        with transaction.atomic():
            stock.place_hold(
                reference=attempt.pk,
                wanted=list_wanted_stock(attempt.upsell),
                link=None,
                until=timezone.now(),
            )
            stock.mark_sold(reference=attempt.pk)
    except Conflict:
        pass


def _flag_amount_mismatch(*, attempt: UpsellAttempt, next_order: NextOrder, charged: Decimal) -> None:
    if charged != attempt.amount:
        _flag_upsell_for_review(
            attempt.order, f"An upsell was shown at {attempt.amount}, and charged at {charged}."
        )
    if next_order.payment_status == "partially_paid":
        _flag_upsell_for_review(
            attempt.order, f"An upsell was added, but {next_order.total_outstanding} is not paid."
        )


def _flag_upsell_for_review(order: Order, reason: str) -> None:
    order.review_reason = reason[:300]
    order.save(update_fields=["review_reason", "updated_at"])
    log_order_event(order=order, kind="review", text=reason, source=OrderEvent.Source.RECONCILER)


def _handle_line_not_found(attempt: UpsellAttempt, *, was_refused: bool) -> UpsellAttempt:
    """The line is not there (yet): ask again, or give up once it cannot come any more."""
    now = timezone.now()
    if not attempt.is_in_doubt:
        UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.REFUSED).update(next_check_at=None)
        return reload_attempt(attempt)
    if was_refused or attempt.sent_at is None or now - attempt.sent_at >= GIVE_UP_AFTER:
        return refuse_attempt(attempt, not_added_message(), check_again=True)
    UpsellAttempt.objects.filter(pk=attempt.pk, status__in=UpsellAttempt.IN_DOUBT).update(
        next_check_at=now + datetime.timedelta(seconds=30)
    )
    return reload_attempt(attempt)


def refuse_attempt(attempt: UpsellAttempt, message: str, *, check_again: bool = False) -> UpsellAttempt:
    """End an attempt in doubt, and say why; return it as it then is."""
    end_attempt(
        attempt=attempt, from_statuses=UpsellAttempt.IN_DOUBT, message=message, check_again=check_again
    )
    return reload_attempt(attempt)


@transaction.atomic
def end_attempt(
    *, attempt: UpsellAttempt, from_statuses: tuple[str, ...], message: str, check_again: bool = False
) -> None:
    """End an attempt that was not charged, and give back what it had taken."""
    now = timezone.now()
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status__in=from_statuses).update(
        status=Status.REFUSED,
        message=message[:300],
        settled_at=now,
        next_check_at=now + LAST_CHECK_DELAY if check_again else None,
    )
    if moved and Status.SHOWN not in from_statuses:
        _release_attempt(attempt)


@transaction.atomic
def restore_attempt(attempt: UpsellAttempt) -> UpsellAttempt:
    """The store was not reached, so nothing happened: the upsell stands, yes may be said again."""
    moved = UpsellAttempt.objects.filter(pk=attempt.pk, status=Status.STARTED).update(
        status=Status.SHOWN,
        sent_at=None,
        next_check_at=None,
        message=_("The payment service is busy. Nothing was charged; please try again in a minute."),
    )
    if moved:
        _release_attempt(attempt)
    return reload_attempt(attempt)


def _release_attempt(attempt: UpsellAttempt) -> None:
    # The upsell before the stock, as it was taken: else two shoppers could wait for each other.
    Upsell.objects.filter(pk=attempt.upsell_id, usage_count__gte=1).update(usage_count=F("usage_count") - 1)
    stock.release_hold(reference=attempt.pk)

"""Withdrawals: saved first, then matched to an order, acknowledged by email, and handled by staff.

Directive 2011/83/EU, Art. 11a. No statement is refused because it is late, or because its order isn't known,
and nothing that follows can undo its receipt.
"""

import datetime
import hashlib
import logging
import re
import unicodedata
from dataclasses import astuple, dataclass
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import sentences
from orders.customers import same_email
from orders.models import Notification, Order, OrderEvent, Withdrawal
from orders.notifications import queue_notification
from orders.order_log import log_order_event
from orders.unshipped_items import list_items_to_ship
from stores.errors import Conflict
from stores.models import Store
from stores.typed_text import fold_digits

logger = logging.getLogger(__name__)

PERIOD = datetime.timedelta(days=14)
# Until somebody else may finish what a killed process left.
PROCESS_LEASE = datetime.timedelta(minutes=1)
# Handled statements are evidence while claims may be made: three years from the end of the year.
RETENTION = datetime.timedelta(days=4 * 366)
# Somebody else's address may be typed. Staff can send what isn't sent.
MAX_EMAILS_AN_HOUR = 5
MAX_POSSIBLE_ORDERS = 5


@dataclass(frozen=True)
class Statement:
    """What its sender confirmed."""

    name: str
    contract: str
    items: str
    email: str


def receive_withdrawal(
    *,
    store: Store,
    statement: Statement,
    page_key: str,
    language: str,
    received_at: datetime.datetime,
    order: Order | None = None,
) -> Withdrawal:
    """Save the statement, then acknowledge it. The same one from the same page is saved once.

    `order` is the one whose secret address the sender had.
    """
    withdrawal, is_new = Withdrawal.objects.get_or_create(
        store=store,
        key=_hash_statement(page_key, statement),
        defaults={
            "name": statement.name,
            "contract": statement.contract,
            "items": statement.items,
            "email": statement.email,
            "language": language,
            "received_at": received_at,
            "order": order if order is not None and order.number in find_numbers(statement) else None,
            "process_at": timezone.now() + PROCESS_LEASE,
        },
    )
    if is_new:
        try:
            process_withdrawal(withdrawal)
        except Exception:  # it is received all the same; the reconciler tries again
            logger.exception("withdrawal %s was saved, but not processed", withdrawal.pk)
    return withdrawal


def _hash_statement(page_key: str, statement: Statement) -> str:
    text = "\0".join((page_key, *astuple(statement)))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:40]


@transaction.atomic
def process_withdrawal(withdrawal: Withdrawal) -> str:
    """Look for the order, flag a late statement, and queue the emails. Does nothing the second time."""
    locked = (
        Withdrawal.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store", "order")
        .get(pk=withdrawal.pk)
    )
    if locked.process_at is None:
        return "already processed"
    locked.order = locked.order or find_order(locked)
    locked.is_late = locked.order is not None and is_late(locked.order, locked.received_at)
    locked.process_at = None
    locked.save(update_fields=["order", "is_late", "process_at"])
    if _may_email(locked):
        queue_acknowledgment(locked)
    if locked.order is not None:
        _tell_order(locked, locked.order)
    return "matched" if locked.order else "not matched"


def _may_email(withdrawal: Withdrawal) -> bool:
    """Return False if the address got many of these emails just now."""
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    lately = Withdrawal.objects.filter(
        same_email(withdrawal.email), store=withdrawal.store_id, received_at__gt=hour_ago
    )
    return Notification.objects.filter(withdrawal__in=lately).count() < MAX_EMAILS_AN_HOUR


def queue_acknowledgment(withdrawal: Withdrawal) -> Notification:
    """Queue the email to the address that the statement gives."""
    return Notification.objects.create(
        withdrawal=withdrawal,
        kind=Notification.Kind.WITHDRAWAL,
        key=f"{Notification.Kind.WITHDRAWAL}-{timezone.now():%Y%m%d%H%M%S%f}",
        next_try_at=timezone.now(),
    )


def _tell_order(withdrawal: Withdrawal, order: Order) -> None:
    """Log the statement, and send it to the order's own address, too, if it gives another."""
    log_order_event(
        order=order,
        kind=OrderEvent.Kind.WITHDRAWAL,
        text=sentences.WITHDRAWAL_RECEIVED.fill(),
        source=OrderEvent.Source.SHOPPER,
    )
    if order.is_erased or order.email.casefold() == withdrawal.email.casefold():
        return
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    lately = order.notifications.filter(kind=Notification.Kind.WITHDRAWAL, created_at__gt=hour_ago)
    if lately.count() < MAX_EMAILS_AN_HOUR:
        queue_notification(
            order=order,
            kind=Notification.Kind.WITHDRAWAL,
            key=withdrawal.pk,
            subject_id=withdrawal.pk,
        )


def find_numbers(statement: Statement | Withdrawal) -> set[str]:
    """Return what may be an order's number, ours or NEXT's, in the text that names the contract."""
    text = fold_digits(f"{statement.contract} {statement.items}")
    dashed = "".join("-" if unicodedata.category(character) == "Pd" else character for character in text)
    candidates = {word.strip("-") for word in re.findall(r"[\w-]+", dashed.upper())}
    spaced = re.findall(r"ORD[\s-]*(\d{4})[\s-]*(\d{5,})", dashed.upper())
    return {word for word in candidates if any(map(str.isdigit, word))} | {
        f"ORD-{year}-{number}" for year, number in spaced
    }


def find_order(withdrawal: Withdrawal) -> Order | None:
    """Return the one order whose number the statement names and whose email it gives; None otherwise."""
    orders = _list_named_orders(withdrawal).filter(same_email(withdrawal.email))[:2]
    return orders[0] if len(orders) == 1 else None


def _list_named_orders(withdrawal: Withdrawal) -> QuerySet[Order]:
    numbers = find_numbers(withdrawal)
    named = Q(number__in=numbers) | Q(next_order_number__in=numbers)
    return Order.objects.filter(named, store=withdrawal.store_id)


def list_possible_orders(withdrawal: Withdrawal) -> list[Order]:
    """Return the orders that have the number or the email, for staff to choose from; newest first."""
    if withdrawal.order_id:
        return []
    named = list(_list_named_orders(withdrawal)[:MAX_POSSIBLE_ORDERS])
    with_email = Order.objects.filter(same_email(withdrawal.email), store=withdrawal.store_id)
    paid = with_email.exclude(paid_at=None).order_by("-created_at", "-id")
    others = [order for order in paid[:MAX_POSSIBLE_ORDERS] if order not in named]
    return [*named, *others][:MAX_POSSIBLE_ORDERS]


def is_late(order: Order, received_at: datetime.datetime) -> bool:
    """Return True if the 14 days seem to be over.

    They begin with the delivery of the last parcel, which the shop doesn't learn: they are counted from when
    it was sent, or from the payment of an order that ships nothing. A period that would end on a weekend ends
    on the next Monday.
    """
    if order.paid_at is None or list_items_to_ship(order):
        return False
    sent_at = order.shipments.aggregate(last=Max("recorded_at"))["last"]
    zone = ZoneInfo(order.store.time_zone)
    last_day = max(filter(None, (order.paid_at, sent_at))).astimezone(zone).date() + PERIOD
    while last_day.weekday() >= 5:
        last_day += datetime.timedelta(days=1)
    return received_at.astimezone(zone).date() > last_day


def resend_acknowledgment(*, withdrawal: Withdrawal) -> None:
    """Queue the email to the sender again. Raises Conflict if it is waiting to be sent."""
    with transaction.atomic():
        Withdrawal.objects.select_for_update(no_key=True).get(pk=withdrawal.pk)
        if withdrawal.notifications.filter(next_try_at__isnull=False).exists():
            raise Conflict(_("This email is already waiting to be sent."))
        queue_acknowledgment(withdrawal)


def mark_as_handled(*, withdrawal: Withdrawal, actor: str) -> bool:
    """Take the withdrawal off the list of open ones. Return False if that was done before."""
    with transaction.atomic():
        rows = Withdrawal.objects.filter(pk=withdrawal.pk, resolved_at=None)
        if not rows.update(resolved_at=timezone.now(), resolved_by=actor[:150]):
            return False
        if withdrawal.order is not None:
            log_order_event(
                order=withdrawal.order,
                kind=OrderEvent.Kind.WITHDRAWAL,
                text=sentences.WITHDRAWAL_HANDLED.fill(),
                source=OrderEvent.Source.STAFF,
                actor=actor,
            )
    return True


def delete_old_withdrawals() -> int:
    """Delete handled withdrawals that no claim can need anymore, with their emails; return how many rows."""
    return (
        Withdrawal.objects.filter(received_at__lt=timezone.now() - RETENTION)
        .exclude(resolved_at=None)
        .delete()[0]
    )

"""Notices of withdrawal and cancellation: saved first, acknowledged by email, and handled by staff.

No notice is refused because it is late, or because its contract isn't known, and nothing that follows can
undo its receipt. What follows differs: `orders.withdrawals`, and `subscriptions.cancellations` above.
"""

import datetime
import hashlib
import logging
import re
import unicodedata
from collections.abc import Callable
from dataclasses import astuple, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders import sentences
from orders.customers import same_email
from orders.models import ContractNotice, Notification, Order, OrderEvent
from orders.notifications import queue_notification
from orders.order_log import log_order_event
from stores.errors import Conflict
from stores.models import Store
from stores.typed_text import fold_digits

logger = logging.getLogger(__name__)

# Until somebody else may finish what a killed process left.
PROCESS_LEASE = datetime.timedelta(minutes=1)
# Handled notices are evidence while claims may be made: three years from the end of the year.
RETENTION = datetime.timedelta(days=4 * 366)
# Somebody else's address may be typed. Staff can send what isn't sent.
MAX_EMAILS_AN_HOUR = 5
MAX_POSSIBLE_ORDERS = 5

RECEIVED_SENTENCES = {
    ContractNotice.Kind.WITHDRAWAL: sentences.WITHDRAWAL_RECEIVED,
    ContractNotice.Kind.CANCELLATION: sentences.CANCELLATION_RECEIVED,
}
HANDLED_SENTENCES = {
    ContractNotice.Kind.WITHDRAWAL: sentences.WITHDRAWAL_HANDLED,
    ContractNotice.Kind.CANCELLATION: sentences.CANCELLATION_HANDLED,
}


@dataclass(frozen=True)
class Statement:
    """What its sender confirmed."""

    name: str
    contract: str
    email: str
    items: str = ""
    is_for_cause: bool = False
    cause: str = ""
    ends_on: datetime.date | None = None


@dataclass(frozen=True)
class KnownContract:
    """The contract whose secret address the sender had, if any."""

    order: Order | None = None
    subscription_id: str = ""


def receive_notice(
    *,
    store: Store,
    kind: str,
    statement: Statement,
    page_key: str,
    language: str,
    received_at: datetime.datetime,
    process: Callable[[ContractNotice], object],
    contract: KnownContract = KnownContract(),
) -> ContractNotice:
    """Save the statement, then `process` it. The same one from the same page is saved once.

    If `process` fails, the notice is received all the same, and the reconciler tries again.
    """
    values: dict[str, Any] = {field: getattr(statement, field) for field in statement.__dataclass_fields__}
    notice, is_new = ContractNotice.objects.get_or_create(
        store=store,
        key=_hash_statement(kind, page_key, statement),
        defaults={
            **values,
            "kind": kind,
            "language": language,
            "received_at": received_at,
            "order": contract.order,
            "subscription_id": contract.subscription_id,
            "process_at": timezone.now() + PROCESS_LEASE,
        },
    )
    if is_new:
        try:
            process(notice)
        except Exception:
            logger.exception("%s %s was saved, but not processed", kind, notice.pk)
    return notice


def _hash_statement(kind: str, page_key: str, statement: Statement) -> str:
    text = "\0".join((kind, page_key, *map(str, astuple(statement))))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:40]


def lock_notice(notice: ContractNotice) -> ContractNotice:
    """Return the row, reloaded and locked until the caller's transaction ends."""
    return (
        ContractNotice.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store", "order")
        .get(pk=notice.pk)
    )


def acknowledge_notice(notice: ContractNotice) -> None:
    """Queue the emails about a locked notice, and log it with its order. Does nothing the second time."""
    if notice.acknowledged_at is not None:
        return
    notice.acknowledged_at = timezone.now()
    notice.save(update_fields=["acknowledged_at"])
    if _may_email(notice):
        queue_acknowledgment(notice)
    if notice.order is not None:
        _tell_order(notice, notice.order)


def _may_email(notice: ContractNotice) -> bool:
    """Return False if the address got many of these emails just now."""
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    lately = ContractNotice.objects.filter(
        same_email(notice.email), store=notice.store_id, received_at__gt=hour_ago
    )
    return Notification.objects.filter(notice__in=lately).count() < MAX_EMAILS_AN_HOUR


def queue_acknowledgment(notice: ContractNotice) -> Notification:
    """Queue the email to the address that the statement gives."""
    return Notification.objects.create(
        notice=notice,
        kind=notice.kind,
        key=f"{notice.kind}-{timezone.now():%Y%m%d%H%M%S%f}",
        next_try_at=timezone.now(),
    )


def _tell_order(notice: ContractNotice, order: Order) -> None:
    """Log the notice, and send it to the order's own address, too, if it gives another."""
    log_order_event(
        order=order,
        kind=notice.kind,
        text=RECEIVED_SENTENCES[ContractNotice.Kind(notice.kind)].fill(),
        source=OrderEvent.Source.SHOPPER,
    )
    if order.is_erased or order.email.casefold() == notice.email.casefold():
        return
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    lately = order.notifications.filter(kind=notice.kind, created_at__gt=hour_ago)
    if lately.count() < MAX_EMAILS_AN_HOUR:
        queue_notification(order=order, kind=notice.kind, key=notice.pk, subject_id=notice.pk)


def find_numbers(statement: Statement | ContractNotice) -> set[str]:
    """Return what may be an order's number, ours or NEXT's, in the text that names the contract."""
    text = fold_digits(f"{statement.contract} {statement.items}")
    dashed = "".join("-" if unicodedata.category(character) == "Pd" else character for character in text)
    candidates = {word.strip("-") for word in re.findall(r"[\w-]+", dashed.upper())}
    spaced = re.findall(r"ORD[\s-]*(\d{4})[\s-]*(\d{5,})", dashed.upper())
    return {word for word in candidates if any(map(str.isdigit, word))} | {
        f"ORD-{year}-{number}" for year, number in spaced
    }


def list_named_orders(notice: ContractNotice) -> QuerySet[Order]:
    """Return the store's orders whose number the statement names, with any email."""
    numbers = find_numbers(notice)
    named = Q(number__in=numbers) | Q(next_order_number__in=numbers)
    return Order.objects.filter(named, store=notice.store_id)


def list_possible_orders(notice: ContractNotice) -> list[Order]:
    """Return the orders that have the number or the email, for staff to choose from; newest first."""
    if notice.order_id:
        return []
    named = list(list_named_orders(notice)[:MAX_POSSIBLE_ORDERS])
    with_email = Order.objects.filter(same_email(notice.email), store=notice.store_id)
    paid = with_email.exclude(paid_at=None).order_by("-created_at", "-id")
    others = [order for order in paid[:MAX_POSSIBLE_ORDERS] if order not in named]
    return [*named, *others][:MAX_POSSIBLE_ORDERS]


def resend_acknowledgment(*, notice: ContractNotice) -> None:
    """Queue the email to the sender again. Raises Conflict if it is waiting to be sent."""
    with transaction.atomic():
        ContractNotice.objects.select_for_update(no_key=True).get(pk=notice.pk)
        if notice.notifications.filter(next_try_at__isnull=False).exists():
            raise Conflict(_("This email is already waiting to be sent."))
        queue_acknowledgment(notice)


def mark_as_handled(*, notice: ContractNotice, actor: str) -> bool:
    """Take the notice off the list of open ones. Return False if that was done before."""
    with transaction.atomic():
        rows = ContractNotice.objects.filter(pk=notice.pk, resolved_at=None)
        if not rows.update(resolved_at=timezone.now(), resolved_by=actor[:150]):
            return False
        # What is acknowledged only waits for its day, and that is settled now.
        ContractNotice.objects.filter(pk=notice.pk, acknowledged_at__isnull=False).update(process_at=None)
        if notice.order is not None:
            log_order_event(
                order=notice.order,
                kind=notice.kind,
                text=HANDLED_SENTENCES[ContractNotice.Kind(notice.kind)].fill(),
                source=OrderEvent.Source.STAFF,
                actor=actor,
            )
    return True


def delete_old_notices() -> int:
    """Delete handled notices that no claim can need anymore, with their emails; return how many rows."""
    return (
        ContractNotice.objects.filter(received_at__lt=timezone.now() - RETENTION)
        .exclude(resolved_at=None)
        .delete()[0]
    )

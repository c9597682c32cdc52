"""The one door for NEXT orders: fetch, lock, check that it is the same order, mirror.

An answer about another order changes nothing here: it is refused, logged, and reported to staff once.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextOrder
from orders import sentences
from orders.mirror import mirror_order, order_refresh_time
from orders.models import Order, OrderEvent, OrderReview
from orders.next_order_identity import NextOrderIdentity, NextOrderMismatch, marks_in
from orders.reviews import open_review
from stores.columns import fit_to_columns
from stores.errors import Conflict
from stores.next_client import open_next_client
from wording.sentence import Sentence

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SyncResult:
    """The order as mirrored, the answer it was mirrored from, and whether anything changed."""

    order: Order
    next_order: NextOrder
    has_changed: bool


def sync_order(*, order: Order, source: str, actor: str = "", background: bool = False) -> SyncResult:
    """Fetch the order from NEXT and mirror it.

    Raises NextApiError if NEXT can't be reached or has no such order, NextOrderMismatch if it answers about
    another one, and Conflict if the order isn't in NEXT. Nothing is changed then.
    """
    if not order.next_order_number:
        raise Conflict(_("This order isn't in NEXT Commerce."))
    next_order = open_next_client(order.store, background=background).retrieve_order(order.next_order_number)
    with mirror_transaction(source=source):
        locked = (
            Order.objects.select_for_update(of=("self",), no_key=True)
            .select_related("store")
            .get(pk=order.pk)
        )
        if locked.refresh_at == order.refresh_at:  # otherwise another refresh was scheduled during the call
            postpone_order_refresh(locked)
        has_changed = apply_next_order(
            order=locked, next_order=next_order, source=source, actor=actor, is_fetched=True
        )
    return SyncResult(order=locked, next_order=next_order, has_changed=has_changed)


def sync_order_as_staff(*, order: Order, actor: str = "") -> SyncResult:
    """Fetch the order from NEXT and mirror it. Raises Conflict, with a sentence for staff, if it can't."""
    try:
        return sync_order(order=order, source=OrderEvent.Source.STAFF, actor=actor)
    except NextApiError as error:
        raise Conflict(_("NEXT Commerce couldn't be reached: %(why)s") % {"why": error.message}) from error
    except NextOrderMismatch as mismatch:
        raise foreign_order_conflict() from mismatch


def foreign_order_conflict() -> Conflict:
    """Return the error that tells staff that NEXT answered about another order."""
    return Conflict(
        _(
            "NEXT Commerce answered about another order, so nothing was changed. "
            "Check the store's API URL and access token."
        )
    )


@contextmanager
def mirror_transaction(*, source: str) -> Iterator[None]:
    """Run a transaction that applies a NEXT order. A mismatch rolls it back, and is then reported."""
    try:
        with transaction.atomic():
            yield
    except NextOrderMismatch as mismatch:
        if mismatch.order is not None:
            report_foreign_order(order_id=mismatch.order.pk, reason=mismatch.reason, source=source)
        raise


def apply_next_order(
    *,
    order: Order,
    next_order: NextOrder,
    source: str,
    actor: str = "",
    mark: str = "",
    is_fetched: bool = False,
) -> bool:
    """Mirror an answer that a call or a signed webhook brought. Return whether anything changed.

    Call it in a `mirror_transaction` that holds the order's row lock. `mark` is the id of the payment that
    settles the order. `is_fetched` says that NEXT answered a request just now.
    Raises NextOrderMismatch if the answer is about another order.
    """
    require_same_order(order=order, next_order=next_order, mark=mark)
    new_facts = _find_new_facts(order=order, next_order=next_order, mark=mark)
    for name, value in new_facts.items():
        setattr(order, name, value)
    try:
        has_changed = mirror_order(
            order=order, next_order=next_order, source=source, actor=actor, is_fetched=is_fetched
        )
        if new_facts and not has_changed:
            Order.objects.filter(pk=order.pk).update(**new_facts)
    except IntegrityError as error:
        if "next_order" not in str(error):
            raise
        raise NextOrderMismatch(sentences.NUMBER_OF_OTHER_ORDER.fill(), order=order) from error
    return has_changed


def require_same_order(*, order: Order, next_order: NextOrder, mark: str = "") -> None:
    """Raise NextOrderMismatch if the answer is about another order than the one first settled."""
    identity = NextOrderIdentity.of_order(order)
    difference = replace(identity, mark=identity.mark or mark).describe_difference(next_order)
    if difference:
        raise NextOrderMismatch(difference, order=order)


def _find_new_facts(*, order: Order, next_order: NextOrder, mark: str) -> dict[str, Any]:
    """Return what the answer adds to the order's identity. A fact once known is never in it."""
    seen = {
        "next_order_number": next_order.number,
        "next_mark": mark or min(marks_in(next_order), default=""),
        "next_created_at": next_order.created_at,
        "next_currency": next_order.currency,
    }
    unknown = {name: value for name, value in seen.items() if value and not getattr(order, name)}
    return {name: value for name, value in fit_to_columns(Order, unknown).items() if value}


def postpone_order_refresh(order: Order) -> None:
    """Schedule the next refresh of an order that NEXT was just asked about."""
    refresh_at = order_refresh_time(order)
    if order.refresh_at != refresh_at:
        Order.objects.filter(pk=order.pk).update(refresh_at=refresh_at)
        order.refresh_at = refresh_at


def report_foreign_order(*, order_id: str, reason: Sentence, source: str) -> None:
    """Log that NEXT answered about another order, and tell staff once."""
    order = Order.objects.filter(pk=order_id).first()
    if order is None:  # it was created in the transaction that was rolled back
        logger.warning("a NEXT order was refused: %s", reason.in_english())
        return
    logger.warning(
        "order %s: refused NEXT order %s: %s", order.number, order.next_order_number, reason.in_english()
    )
    open_review(
        order=order,
        kind=OrderReview.Kind.FOREIGN_ORDER,
        text=sentences.FOREIGN_ORDER.fill(reason=reason),
        source=source,
        # Ours, so that different answers still open only one review.
        next_order_number=order.next_order_number or "",
    )

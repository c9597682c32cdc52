"""A shopper's correction of the shipping address: saved, sent to NEXT, and done once NEXT shows it.

Sending it again changes nothing, so a lost answer is followed by a look, and the reconciler goes on from
there. Our own address follows NEXT's, never the other way around: a parcel goes where NEXT says.
"""

import datetime
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextAddress, NextOrder
from orders import sentences
from orders.addresses import ADDRESS_FIELDS, NO_LAST_NAME, build_next_address_body
from orders.answers import find_note
from orders.models import Order, OrderAddress, OrderEvent
from orders.next_order_identity import NextOrderMismatch
from orders.order_log import log_order_event
from orders.self_service import TooLate, is_changeable
from orders.sync import sync_order
from stores.columns import fit_to_columns
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from stores.typed_text import fold_text

Kind = OrderAddress.Kind
SHOPPER = OrderEvent.Source.SHOPPER
RECONCILER = OrderEvent.Source.RECONCILER
# Until the reconciler looks whether a killed process or a lost answer left something to do.
CHECK_DELAY = datetime.timedelta(minutes=1)
# From then on, what NEXT hasn't changed stays.
GIVE_UP_AFTER = datetime.timedelta(hours=2)


def change_own_address(*, order: Order, address: Mapping[str, str]) -> bool:
    """Have NEXT ship to another address. Return False if NEXT hasn't confirmed that yet.

    Raises TooLate, Problem for another country or a state with other taxes, or Conflict if NEXT refuses it.
    """
    if not is_changeable(order):
        raise TooLate
    require_same_taxes(order=order, address=address)
    save_requested_address(order=order, address=address)
    try:
        return send_requested_address(order, source=SHOPPER)
    except (NextApiError, NextOrderMismatch):
        return False  # the reconciler goes on


def require_same_taxes(*, order: Order, address: Mapping[str, str]) -> None:
    """Raise Problem if the address may change what the order costs."""
    shipping = order.shipping_address
    if shipping is None or address["country"] != shipping.country:
        raise Problem(
            _("To ship to another country, cancel this order and place a new one."), field="country"
        )
    if order.tax_state and address["state"] != shipping.state:
        raise Problem(
            _("The tax depends on it. To ship there, cancel this order and place a new one."), field="state"
        )


@transaction.atomic
def save_requested_address(*, order: Order, address: Mapping[str, str]) -> None:
    """Save what the shopper wants, before NEXT is asked. The newest wish counts."""
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    OrderAddress.objects.filter(order=locked, kind=Kind.REQUESTED).delete()
    values = {name: address.get(name, "") for name in ADDRESS_FIELDS}
    OrderAddress.objects.create(order=locked, kind=Kind.REQUESTED, **fit_to_columns(OrderAddress, values))
    locked.awaits_address, locked.refresh_at = True, timezone.now() + CHECK_DELAY
    locked.save(update_fields=["awaits_address", "refresh_at", "updated_at"])
    _log(locked, sentences.ADDRESS_REQUESTED.fill(), source=SHOPPER)


def send_requested_address(order: Order, *, source: str) -> bool:
    """Send the wish to NEXT and look whether it is done. Return False if NEXT doesn't show it.

    Raises TooLate if the order isn't as it was paid anymore, Conflict if NEXT refuses the address, and what
    `sync_order` raises.
    """
    next_order = sync_order(order=order, source=source).next_order
    wanted = OrderAddress.objects.filter(order=order, kind=Kind.REQUESTED).first()
    if wanted is None:
        return True
    if not next_order.is_untouched:
        drop_requested_address(order, source=source)
        raise TooLate
    values = {name: getattr(wanted, name) for name in ADDRESS_FIELDS}
    # Empty parts are sent, too, or NEXT would keep the old ones. The note is part of the address there.
    body = {"line2": "", "state": "", "postcode": ""} | build_next_address_body(
        values, note=find_note(order.answers)
    )
    refusal: NextApiError | None = None
    try:
        open_next_client(order.store).update_order(order.next_order_number or "", {"shipping_address": body})
    except NextApiError as error:
        refusal = error if error.is_refused else None
    latest = sync_order(order=order, source=source).next_order  # whatever NEXT answered
    if not OrderAddress.objects.filter(pk=wanted.pk).exists():  # a newer wish came during the call
        _ask_again_if_overwritten(order, latest)
        return False
    is_done = not OrderAddress.objects.filter(order=order, kind=Kind.REQUESTED).exists()
    if refusal is not None and not is_done:
        drop_requested_address(order, source=source, only=wanted.pk)
        raise Conflict(_("We couldn't ship to this address. Check it, or contact us.")) from refusal
    return is_done


def settle_requested_address(*, order: Order, next_order: NextOrder) -> None:
    """Take over the address that the shopper wanted, once NEXT has it. A mirror listener."""
    if not order.awaits_address:
        return
    wanted = OrderAddress.objects.filter(order=order, kind=Kind.REQUESTED).first()
    if wanted is None or not is_at(next_order.shipping_address, wanted):
        return
    OrderAddress.objects.filter(order=order, kind=Kind.SHIPPING).delete()
    OrderAddress.objects.filter(pk=wanted.pk).update(kind=Kind.SHIPPING)
    _end(order, sentences.ADDRESS_CHANGED.fill(), source=SHOPPER)


def continue_address_change(order: Order) -> str:
    """Go on with a wish whose outcome isn't known, for the reconciler. Return what became of it."""
    is_over = order.paid_at is None or timezone.now() > order.paid_at + _get_window(order) + GIVE_UP_AFTER
    try:
        if not is_over and send_requested_address(order, source=RECONCILER):
            return "address changed"
    except Problem:
        return "address stays"
    if is_over:
        drop_requested_address(order, source=RECONCILER)
        return "address stays"
    Order.objects.filter(pk=order.pk).update(refresh_at=timezone.now() + CHECK_DELAY)
    return "address not changed yet"


@transaction.atomic
def _ask_again_if_overwritten(order: Order, next_order: NextOrder) -> None:
    """Have the reconciler send the newest address again if an older wish reached NEXT after it."""
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    rows = OrderAddress.objects.filter(order=locked)
    newest = rows.filter(kind=Kind.SHIPPING).first()
    is_awaited = rows.filter(kind=Kind.REQUESTED).exists()
    if is_awaited or newest is None or is_at(next_order.shipping_address, newest):
        return
    values = {name: getattr(newest, name) for name in ADDRESS_FIELDS}
    OrderAddress.objects.create(order=locked, kind=Kind.REQUESTED, **values)
    locked.awaits_address, locked.refresh_at = True, timezone.now() + CHECK_DELAY
    locked.save(update_fields=["awaits_address", "refresh_at", "updated_at"])


@transaction.atomic
def drop_requested_address(order: Order, *, source: str, only: int | None = None) -> None:
    """End a wish that NEXT didn't fulfill: any, or the row with this key. Idempotent."""
    locked = Order.objects.select_for_update(no_key=True).get(pk=order.pk)
    rows = OrderAddress.objects.filter(order=locked, kind=Kind.REQUESTED)
    if (rows if only is None else rows.filter(pk=only)).delete()[0]:
        _end(locked, sentences.ADDRESS_NOT_CHANGED.fill(), source=source)


def is_at(found: NextAddress | None, wanted: OrderAddress) -> bool:
    """Return True if NEXT's address is the wanted one, whatever its spaces and capitals."""
    if found is None:
        return False
    pairs = (
        (found.first_name, wanted.first_name),
        (found.last_name, wanted.last_name or NO_LAST_NAME),
        (found.line1, wanted.line1),
        (found.line2, wanted.line2),
        (found.city, wanted.city),
        (found.state, wanted.state),
        (found.postal_code, wanted.postal_code),
        (found.country, wanted.country),
    )
    return all(fold_text(one).casefold() == fold_text(other).casefold() for one, other in pairs)


def _get_window(order: Order) -> datetime.timedelta:
    return datetime.timedelta(minutes=order.store.self_service_minutes or 0)


def _end(order: Order, text: sentences.Sentence, *, source: str) -> None:
    Order.objects.filter(pk=order.pk).update(awaits_address=False)
    order.awaits_address = False
    _log(order, text, source=source)


def _log(order: Order, text: sentences.Sentence, *, source: str) -> None:
    log_order_event(order=order, kind=OrderEvent.Kind.ADDRESS, text=text, source=source)

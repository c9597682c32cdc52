"""One email about a cart left in the checkout, for shoppers who asked for it there.

Off unless the store sets after how many hours. Nothing is sent while a payment may still come or after a
purchase, twice for one cart, or to an address whose reader stopped such emails.
"""

import datetime
import hashlib
from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet
from django.http import QueryDict
from django.utils import timezone

from checkout.models import CartReminder, PaymentIntent
from checkout.selection import CART_SOURCE, Selection, SelectionLine
from checkout.selection_query import build_selection_query, has_selection, read_selection, read_selection_line
from orders.contacts import get_or_create_contact
from orders.customers import same_email
from orders.models import Contact, Notification, Order
from orders.models.order import RENEWAL_KEY_PREFIX
from orders.reviews import list_orders_in_review
from stores.errors import Problem
from stores.models import Store

MAX_SELECTIONS_LENGTH = 8000
# Of the address, the cart, and the email's text.
CONTACT_PERIOD = datetime.timedelta(days=30)
# How much later than planned a reminder still makes sense.
GRACE_PERIOD = datetime.timedelta(days=2)
LEAST_DISTANCE = datetime.timedelta(days=7)
CHECK_INTERVAL = datetime.timedelta(hours=1)


def list_selection_queries(selection: Selection, *, query: QueryDict) -> list[str]:
    """Return what restores the selection: the query of the checkout's address, or one for each cart line."""
    if selection.source != CART_SOURCE:
        return [query.urlencode()]
    return [
        build_selection_query(
            variant_id=line.variant.pk, quantity=line.quantity, plan_id=line.plan.pk if line.plan else ""
        ).urlencode()
        for line in selection.lines
    ]


def save_open_cart(
    *, store: Store, email: str, language: str, checkout_key: str, queries: Sequence[str], is_cart: bool
) -> None:
    """Plan the reminder of a cart, instead of one that waits for the same address."""
    selections = "\n".join(queries)
    if store.cart_reminder_hours is None or len(selections) > MAX_SELECTIONS_LENGTH:
        return
    digest = hashlib.sha256(selections.encode()).hexdigest()
    with transaction.atomic():
        contact = get_or_create_contact(store=store, email=email, language=language, keep=CONTACT_PERIOD)
        # Locked, so that requests at the same time plan one reminder.
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        own = CartReminder.objects.filter(contact=contact)
        if contact.stopped_at or own.filter(digest=digest, reminded_at__isnull=False).exists():
            return
        CartReminder.objects.update_or_create(
            contact=contact,
            reminded_at=None,
            defaults={
                "store": store,
                "checkout_key": checkout_key,
                "selections": selections,
                "is_cart": is_cart,
                "digest": digest,
                "due_at": timezone.now() + datetime.timedelta(hours=store.cart_reminder_hours),
            },
        )


def forget_open_cart(*, store: Store, checkout_key: str) -> None:
    """Drop the reminder of a checkout whose shopper no longer wants it."""
    CartReminder.objects.filter(store=store, checkout_key=checkout_key, reminded_at=None).delete()


@transaction.atomic
def process_cart_reminder(reminder: CartReminder) -> str:
    """Queue the email if it is still wanted, or look for the order that it led to. Return what happened."""
    locked = (
        CartReminder.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store", "contact__store")
        .get(pk=reminder.pk)
    )
    contact = locked.contact
    if locked.due_at is None:
        return "done"
    if locked.reminded_at is not None:
        return _look_for_order(locked, contact)
    if contact is None or not _is_wanted(locked, contact):
        locked.delete()
        return "dropped"
    if is_being_paid(locked):
        CartReminder.objects.filter(pk=locked.pk).update(due_at=timezone.now() + CHECK_INTERVAL)
        return "waits for a payment"
    _queue_reminder(locked, contact)
    return "queued"


def _queue_reminder(reminder: CartReminder, contact: Contact) -> None:
    now = timezone.now()
    reminder.reminded_at, reminder.due_at = now, now + CHECK_INTERVAL
    reminder.save(update_fields=["reminded_at", "due_at"])
    Notification.objects.get_or_create(
        contact=contact,
        key=reminder.pk,
        defaults={
            "kind": Notification.Kind.CART_REMINDER,
            "subject_id": reminder.pk,
            "next_try_at": now,
        },
    )


def _is_wanted(reminder: CartReminder, contact: Contact) -> bool:
    """Return True if the shopper should get the email, now or once no payment is open anymore."""
    now, hours = timezone.now(), reminder.store.cart_reminder_hours
    if hours is None or contact.stopped_at:
        return False
    latest = reminder.created_at + datetime.timedelta(hours=hours) + GRACE_PERIOD
    lately = CartReminder.objects.filter(contact=contact, reminded_at__gt=now - LEAST_DISTANCE)
    if now > latest or lately.exists() or is_bought(reminder):
        return False
    return bool(list_restorable_lines(reminder))


def _list_own_orders(reminder: CartReminder) -> QuerySet[Order]:
    """Return the orders of the checkout that was left, and those of the address."""
    own = Q(checkout_key=reminder.checkout_key)
    if reminder.contact is not None:
        own |= same_email(reminder.contact.email)
    return Order.objects.filter(own, store=reminder.store_id).exclude(
        checkout_key__startswith=RENEWAL_KEY_PREFIX
    )


def is_bought(reminder: CartReminder) -> bool:
    """Return True if the shopper has bought something since."""
    bought = Q(paid_at__gte=reminder.created_at) | Q(
        checkout_key=reminder.checkout_key, paid_at__isnull=False
    )
    return _list_own_orders(reminder).filter(bought).exists()


def is_being_paid(reminder: CartReminder) -> bool:
    """Return True while money may still come, or staff must decide about some that came."""
    orders = _list_own_orders(reminder)
    is_open = Q(payment_intents__status__in=PaymentIntent.OPEN)
    return orders.filter(is_open | Q(pk__in=list_orders_in_review())).exists()


def _look_for_order(reminder: CartReminder, contact: Contact | None) -> str:
    """Save the order that the email led to. After the period, delete what was chosen."""
    assert reminder.reminded_at is not None
    ends_at = reminder.reminded_at + CartReminder.RECOVERY_PERIOD
    if contact is not None:
        paid = _list_own_orders(reminder).filter(paid_at__gt=reminder.reminded_at, paid_at__lte=ends_at)
        reminder.recovered_order = paid.order_by("paid_at").first()
    now = timezone.now()
    is_over = contact is None or reminder.recovered_order is not None or now > ends_at
    reminder.due_at = None if is_over else now + CHECK_INTERVAL
    if is_over:
        reminder.selections = ""
    reminder.save(update_fields=["recovered_order", "due_at", "selections"])
    return "recovered" if reminder.recovered_order else "over" if is_over else "no order yet"


def list_restorable_lines(reminder: CartReminder) -> list[SelectionLine]:
    """Return what of the cart can still be bought."""
    lines: list[SelectionLine] = []
    for text in reminder.queries:
        query = QueryDict(text)
        try:
            if reminder.is_cart:
                lines.append(read_selection_line(store=reminder.store, query=query))
            elif has_selection(query):
                lines.extend(read_selection(store=reminder.store, query=query).lines)
        except Problem:
            continue
    return lines

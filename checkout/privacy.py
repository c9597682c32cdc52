"""Privacy: export one customer's data as JSON, or erase it, in every app."""

import datetime
import logging
from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from checkout.models import CartReminder, PaymentIntent, WebhookEvent
from orders import privacy as orders_privacy
from orders.customers import same_email
from orders.models import Contact, Customer, Order, PaymentRequest
from orders.unshipped_items import filter_orders_to_ship
from stores.errors import Conflict, NotFound, Problem
from stores.models import Store
from subscriptions import privacy as subscriptions_privacy
from subscriptions.models import Subscription

logger = logging.getLogger(__name__)

# NEXT resends an event for ten days (N203). Received events must be remembered for longer than that.
WEBHOOK_EVENT_RETENTION = datetime.timedelta(days=30)
EXPORTED_ATTEMPT_FIELDS = (
    "id",
    "order__number",
    "status",
    "amount",
    "currency",
    "shopper_ip",
    "user_agent",
    "created_at",
)
ERASED_TEXT_FIELDS = ("email", "name", "phone")
ERASED_OBJECT_FIELDS = ("shipping_address", "billing_address", "channel")


def delete_old_webhook_events() -> int:
    """Delete old webhook events, which contain personal data; return how many."""
    return WebhookEvent.objects.filter(
        received_at__lt=timezone.now() - WEBHOOK_EVENT_RETENTION, next_try_at=None
    ).delete()[0]


def find_customer(*, reference: str, store_slug: str = "") -> Customer:
    """Return the customer with this id or email. Raises NotFound, or Problem if several stores have one."""
    customers = Customer.objects.select_related("store").filter(Q(pk=reference) | same_email(reference))
    if store_slug:
        customers = customers.filter(store__slug=store_slug)
    matches = list(customers[:2])
    if not matches:
        raise NotFound(_("Customer not found."))
    if len(matches) > 1:
        raise Problem(_("Several stores have a customer with this email. Specify the store."))
    return matches[0]


def export_customer(*, customer: Customer, actor: str) -> dict[str, Any]:
    """Return all data about the customer, ready for `DjangoJSONEncoder`."""
    attempts = PaymentIntent.objects.filter(order__in=orders_privacy.list_customer_orders(customer))
    data = {
        "customer": orders_privacy.export_customer_profile(customer),
        "orders": orders_privacy.export_customer_orders(customer),
        "subscriptions": subscriptions_privacy.export_customer_subscriptions(customer),
        "contract_notices": orders_privacy.export_customer_notices(customer),
        "contacts": orders_privacy.export_customer_contact(customer),
        "sign_ins": orders_privacy.export_customer_sign_ins(customer),
        "open_carts": _export_cart_reminders(customer),
        "payment_requests": orders_privacy.export_customer_requests(customer),
        "ephemeral_tokens": orders_privacy.export_customer_tokens(customer),
        "payment_attempts": list(attempts.order_by("created_at").values(*EXPORTED_ATTEMPT_FIELDS)),
    }
    logger.info("customer %s exported by %s", customer.pk, actor)
    return data


def list_unsent_orders(customer: Customer) -> list[Order]:
    """Return the customer's paid orders of which something is still to ship."""
    return list(filter_orders_to_ship(orders_privacy.list_customer_orders(customer)))


def erase_customer(*, customer: Customer, actor: str, even_if_unsent: bool = False) -> int:
    """Erase the customer's personal data permanently; return how many orders the customer has.

    Orders keep their numbers, items and amounts. NEXT's own data must be erased there. Idempotent.
    Raises Conflict while a subscription is active, or a payment is open: its response would restore the data.
    Raises it for a paid order that hasn't shipped, too, unless `even_if_unsent`: its address would be gone.
    """
    with transaction.atomic():
        locked = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
        email = locked.email
        # Lock in the same order as settlement, to avoid deadlocks and lost updates.
        intents = list(
            PaymentIntent.objects.select_for_update(of=("order", "self"), no_key=True)
            .select_related("order")
            .filter(order__in=orders_privacy.list_customer_orders(locked).values("pk"))
        )
        if any(intent.is_open for intent in intents):
            raise Conflict(
                _("A payment by this customer is still in progress. Try again when it is complete.")
            )
        orders = orders_privacy.lock_customer_orders(locked)
        order_ids = [order.pk for order in orders]
        if not even_if_unsent and (unsent := list_unsent_orders(locked)):
            numbers = ", ".join(order.number for order in unsent)
            raise Conflict(
                _("Paid, but not shipped yet: %(numbers)s. Ship or refund first.") % {"numbers": numbers}
            )
        subscriptions_privacy.erase_customer_subscriptions(locked)
        _erase_cart_reminders(store=customer.store, email=email)
        request_ids = list(orders_privacy.list_customer_requests(locked).values_list("pk", flat=True))
        orders_privacy.erase_customer_data(customer=locked, orders=orders, actor=actor)
        for intent in intents:
            _erase_intent(intent)
        _erase_webhook_events(store=customer.store, order_ids=order_ids, email=email)
        # The admin's own log has the customer's name, and what they requested.
        for model, ids in ((Customer, [customer.pk]), (PaymentRequest, request_ids)):
            LogEntry.objects.filter(
                content_type=ContentType.objects.get_for_model(model), object_id__in=ids
            ).update(object_repr=F("object_id"))
    logger.info("customer %s erased by %s, with %d orders", customer.pk, actor, len(order_ids))
    return len(order_ids)


def _erase_intent(intent: PaymentIntent) -> None:
    order = intent.snapshot.get("order", {})
    for name in ERASED_TEXT_FIELDS:
        order[name] = ""
    for name in ERASED_OBJECT_FIELDS:
        order[name] = {}
    order["answers"] = []
    order["origin"] = order.get("origin", {}) | {"attribution": {}}
    for item in intent.snapshot.get("items", []):
        item["custom_text"] = ""
    intent.shopper_ip = None
    intent.user_agent = ""
    intent.save(update_fields=["snapshot", "shopper_ip", "user_agent", "updated_at"])


def _export_cart_reminders(customer: Customer) -> list[dict[str, Any]]:
    contacts = Contact.objects.filter(same_email(customer.email), store=customer.store_id)
    reminders = CartReminder.objects.filter(contact__in=contacts).order_by("created_at")
    return [dict(row) for row in reminders.values("created_at", "reminded_at", "selections")]


def _erase_cart_reminders(*, store: Store, email: str) -> None:
    """Delete what was left in the checkout. What was sent still counts in reports."""
    contacts = Contact.objects.filter(same_email(email), store=store)
    reminders = CartReminder.objects.filter(contact__in=contacts)
    reminders.filter(reminded_at=None).delete()
    reminders.update(selections="", due_at=None)


def _erase_webhook_events(*, store: Store, order_ids: list[str], email: str) -> None:
    """Clear the data of webhook events about the orders, their payments and subscriptions, and the customer.

    The rows stay, so that no event is applied twice.
    """
    numbers: set[str | None] = set()
    # A second payment that was refunded has its own number.
    for rows in (Order.objects.filter(pk__in=order_ids), PaymentIntent.objects.filter(order__in=order_ids)):
        numbers.update(rows.values_list("next_order_number", flat=True))
    known = sorted(filter(None, numbers))
    about = Q(data__number__in=known) | Q(data__order__in=known) | Q(data__order_number__in=known)
    subscriptions = Subscription.objects.filter(order__in=order_ids)
    about |= Q(
        event_type__startswith="subscription.",
        data__id__in=list(subscriptions.values_list("next_subscription_id", flat=True)),
    )
    if email:
        about |= Q(data__user__email__iexact=email) | Q(data__email__iexact=email)
    WebhookEvent.objects.filter(about, store=store).update(data={}, next_try_at=None)

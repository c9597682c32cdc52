"""One customer's data, exported or erased, as far as this floor keeps it; `checkout.privacy` does all."""

from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.api.serializers import serialize_order
from orders.customers import same_email, with_payment_totals
from orders.mirror import clear_personal_data
from orders.models import Customer, Notification, Order, OrderEvent, OrderItem, RefundRequest
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.order_log import log_order_event
from stores.errors import Conflict
from subscriptions.models import Subscription

# Lines of the log that end in words of a member of staff.
STAFF_WRITTEN_KINDS = ("note", "refund_requested", "cancel_requested", "reviewed")


def list_customer_orders(customer: Customer) -> QuerySet[Order]:
    """Return the customer's orders, with those never paid that name the same e-mail; oldest first."""
    own = Q(customer=customer)
    if customer.email:
        own |= same_email(customer.email) & Q(customer=None)
    return Order.objects.filter(own, store=customer.store_id).order_by("created_at", "pk")


def list_customer_subscriptions(customer: Customer) -> QuerySet[Subscription]:
    """Return what the customer's orders began, oldest first."""
    return Subscription.objects.filter(order__in=list_customer_orders(customer)).order_by("created_at", "pk")


def export_customer_data(customer: Customer) -> dict[str, Any]:
    """Return what is kept of the customer, ready for JSON; needs `store` loaded."""
    totals = with_payment_totals(Customer.objects.filter(pk=customer.pk)).get()
    return {
        "customer": {
            "id": customer.pk,
            "store": customer.store.name,
            "name": customer.name,
            "email": customer.email,
            "phone": customer.phone,
            "merchant_uuid": customer.merchant_uuid,
            "description": customer.description,
            "metadata": customer.metadata,
            "created_at": customer.created_at,
            "erased_at": customer.erased_at,
            "paid": getattr(totals, "paid", None),
            "refunded": getattr(totals, "refunded", None),
        },
        "orders": [
            export_order(order)
            for order in list_customer_orders(customer).prefetch_related("items", "events")
        ],
        "subscriptions": [
            export_subscription(row)
            for row in list_customer_subscriptions(customer).prefetch_related("invoices")
        ],
        "ephemeral_tokens": list(
            customer.ephemeral_tokens.order_by("created_at").values(
                "created_at", "redeemed_at", "provider", "order_id", "channel_metadata", "issued_by"
            )
        ),
    }


def export_order(order: Order) -> dict[str, Any]:
    return {
        **serialize_order(order, full_products=True),
        "id": order.pk,
        "language": order.language,
        "accepts_marketing": order.accepts_marketing,
        "billing_address": order.billing_address,
        "attribution": order.attribution,
        "shipments": order.fulfillments,
        "refunds": order.refunds,
        "log": [{"at": event.at, "text": event.text} for event in order.events.all()],
    }


def export_subscription(subscription: Subscription) -> dict[str, Any]:
    names = ("id", "status", "lines", "created_at", "canceled_at", "cancel_reason", "metadata")
    billed = ("id", "status", "amount", "currency", "paid_at", "lines")
    return {
        **{name: getattr(subscription, name) for name in names},
        "invoices": [
            {name: getattr(invoice, name) for name in billed} for invoice in subscription.invoices.all()
        ],
    }


def erase_customer_data(*, customer: Customer, actor: str) -> list[str]:
    """Empty what is personal of the customer and the orders, which keep numbers, items and amounts.

    Returns the ids of the orders. In the caller's transaction, which holds the customer's row.
    Errors: Conflict while a subscription runs, since its subscriber could be told of no charge any more.
    """
    orders = list(list_customer_orders(customer).select_for_update())
    if any(not subscription.is_over for subscription in list_customer_subscriptions(customer)):
        raise Conflict(_("A subscription of this customer is still running. End it first."))
    list_customer_subscriptions(customer).update(cancel_reason="", metadata={})
    for order in orders:
        erase_order(order=order, customer=customer, actor=actor)
    customer.ephemeral_tokens.all().delete()
    for field in ("name", "email", "phone", "merchant_uuid", "description"):
        setattr(customer, field, "")
    customer.metadata = {}
    customer.erased_at = customer.erased_at or timezone.now()
    customer.save()
    return [order.pk for order in orders]


def erase_order(*, order: Order, customer: Customer, actor: str) -> None:
    # From now on it is known by the customer's row alone.
    order.customer = customer
    order.name = order.email = order.phone = ""
    order.shipping_address = {}
    order.billing_address = {}
    order.attribution = {}
    order.channel = {}
    order.accepts_marketing = False
    clear_personal_data(order)
    order.save()
    OrderItem.objects.filter(order=order).exclude(custom_text="").update(custom_text="")
    Notification.objects.filter(order=order, sent_at=None).delete()
    # What staff wrote may name the person.
    RefundRequest.objects.filter(order=order).exclude(note=VERIFICATION_REFUND_NOTE).update(
        note="", message=""
    )
    OrderEvent.objects.filter(order=order, kind__in=STAFF_WRITTEN_KINDS).update(text="A note, erased.")
    log_order_event(
        order=order,
        kind="erased",
        text="The customer's personal data was erased.",
        source=OrderEvent.Source.STAFF,
        actor=actor,
    )

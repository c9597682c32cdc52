"""Export or erase one customer's subscriptions; `checkout.privacy` covers all of a customer's data."""

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from orders.models import Customer
from orders.privacy import list_customer_orders
from stores.errors import Conflict
from subscriptions.models import InvoiceLine, Subscription, SubscriptionLine

EXPORTED_SUBSCRIPTION_FIELDS = (
    "id",
    "status",
    "created_at",
    "canceled_at",
    "cancel_reason",
    "metadata",
)
EXPORTED_INVOICE_FIELDS = ("id", "status", "amount", "currency", "paid_at")
EXPORTED_LINE_FIELDS = ("name", "title", "quantity", "price")


def list_customer_subscriptions(customer: Customer) -> QuerySet[Subscription]:
    """Return the subscriptions started by the customer's orders, oldest first."""
    return Subscription.objects.filter(order__in=list_customer_orders(customer)).order_by("created_at", "pk")


def export_customer_subscriptions(customer: Customer) -> list[dict[str, Any]]:
    """Return the customer's subscriptions with their invoices, ready for JSON."""
    return [
        export_subscription(subscription)
        for subscription in list_customer_subscriptions(customer).prefetch_related("lines", "invoices__lines")
    ]


def export_subscription(subscription: Subscription) -> dict[str, Any]:
    return {
        **{name: getattr(subscription, name) for name in EXPORTED_SUBSCRIPTION_FIELDS},
        "lines": [
            export_line(line) | {"plan": line.terms.get("name", "")} for line in subscription.lines.all()
        ],
        "invoices": [
            {name: getattr(invoice, name) for name in EXPORTED_INVOICE_FIELDS}
            | {"lines": [export_line(line) for line in invoice.lines.all()]}
            for invoice in subscription.invoices.all()
        ],
    }


def export_line(line: SubscriptionLine | InvoiceLine) -> dict[str, Any]:
    return {name: getattr(line, name) for name in EXPORTED_LINE_FIELDS}


def erase_customer_subscriptions(customer: Customer) -> None:
    """Erase the personal data of the customer's subscriptions. Call it before erasing their orders.

    Runs in the caller's transaction, which holds the rows of the customer and the orders. Raises Conflict
    while a subscription runs, because its subscriber could no longer be emailed about charges.
    """
    if any(not subscription.is_over for subscription in list_customer_subscriptions(customer)):
        raise Conflict(_("This customer still has a running subscription. Cancel it first."))
    list_customer_subscriptions(customer).update(cancel_reason="", metadata={})

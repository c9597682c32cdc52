"""Customers, which the API calls users."""

from django.db.models import Sum

from sandbox.catalog import JsonObject
from sandbox.models import Customer, Transaction
from sandbox.money import ZERO, format_decimal

from .common import format_store_datetime


def serialize_user(customer: Customer) -> JsonObject:
    spent = Transaction.objects.filter(
        order__customer=customer, type=Transaction.Type.DEBIT, succeeded=True
    ).aggregate(total=Sum("amount"))["total"]
    return {
        "accepts_marketing": customer.accepts_marketing,
        "addresses": _serialize_user_addresses(customer),
        "date_joined": format_store_datetime(customer.date_joined, customer.store),
        "email": customer.email,
        "first_name": customer.first_name,
        "id": customer.pk,
        "ip": customer.ip,
        "is_blocked": False,
        "language": customer.language,
        "last_name": customer.last_name,
        "metadata": {},
        "orders_count": customer.orders.count(),
        "phone_number": customer.phone_number,
        "subscriptions_count": customer.subscriptions.count(),
        "tags": [],
        "total_spent": format_decimal(spent or ZERO),
        "user_agent": customer.user_agent,
        "user_type": "customer",
    }


def _serialize_user_addresses(customer: Customer) -> list[JsonObject]:
    """Return the shipping address of the first order as the default address."""
    order = customer.orders.exclude(shipping_address=None).order_by("id").first()
    if order is None:
        return []
    default = {"is_default_for_billing": True, "is_default_for_shipping": True}
    return [{"id": order.pk, **(order.shipping_address or {}), **default}]

"""The email that asks for a payment, and the one that reminds of it."""

from django.utils.translation import gettext as _

from catalog.stock import is_being_bought
from orders.email_kinds import EmailContent, register_email_hold, register_email_kind
from orders.models import Notification, PaymentRequest
from orders.payment_request_state import is_request_open
from stores.dates import format_store_day
from stores.models import TaxMode
from stores.money import format_money

Kind = Notification.Kind


def register_request_emails() -> None:
    """Register both kinds. `OrdersConfig.ready()` calls this once."""
    for kind in (Kind.REQUEST, Kind.REQUEST_REMINDER):
        register_email_kind(kind, build_request_email, is_outdated=is_request_over)
        register_email_hold(kind, is_request_being_paid)


def is_request_over(notification: Notification) -> bool:
    """Return True if there is nothing to ask for anymore, or nobody to ask."""
    request = notification.known_request
    return request.is_erased or not is_request_open(request)


def is_request_being_paid(notification: Notification) -> bool:
    """Return True while somebody is paying it: whether to ask again is known when that ends."""
    return is_being_bought(notification.known_request.link)


def build_request_email(notification: Notification) -> EmailContent:
    request, store = notification.known_request, notification.store
    request.link.store = store
    amount = format_money(request.amount, request.currency)
    is_reminder = notification.kind == Kind.REQUEST_REMINDER
    subject = (
        _("Reminder: %(amount)s for %(title)s") if is_reminder else _("Please pay %(amount)s for %(title)s")
    )
    rows = list(request.link.link_variants.select_related("variant__product"))
    return EmailContent(
        subject=subject % {"amount": amount, "title": request.title},
        template="orders/emails/request",
        context={
            "is_reminder": is_reminder,
            "amount": amount,
            "lines": describe_lines(request),
            "pay_by": format_store_day(request.expires_at, store),
            "pay_url": request.link.url,
            "may_cost_more": store.home_tax_mode == TaxMode.ADDED
            or any(row.variant.product.collect_shipping_address for row in rows),
        },
    )


def describe_lines(request: PaymentRequest) -> list[tuple[str, str]]:
    """Return each item with its quantity, and what it costs. Needs `link` loaded."""
    rows = request.link.link_variants.select_related("variant__product").prefetch_related("variant__values")
    lines = []
    for row in rows:
        quantity = (request.link.fixed_quantity or 1) if row.is_primary else row.quantity
        lines.append(
            (f"{quantity} × {row.variant}", format_money(row.unit_price * quantity, request.currency))
        )
    return lines

"""Emails about orders: confirmation, shipment, sign-in links, and withdrawals."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.consents import MARKETING_PURPOSE
from orders.contract_documents import describe_contract, list_contract_attachments
from orders.customers import same_email
from orders.email_kinds import EmailContent, register_email_hold, register_email_kind
from orders.models import ContractNotice, Notification, Order, OrderConsent, SignIn
from orders.presentation import format_address_lines, list_items_to_come, list_shipments
from orders.renewals import list_order_renewals
from orders.total_rows import list_order_rows
from stores.crypto import make_url_token
from stores.dates import format_store_time
from stores.models import Store

# In the details of an email that was sent: the order's total that it told.
TOLD_TOTAL = "told_total"


def register_order_emails() -> None:
    """Register the kinds of email about an order. `OrdersConfig.ready()` calls this once."""
    register_email_kind(Notification.Kind.CONFIRMATION, build_confirmation_email)
    register_email_kind(Notification.Kind.UPDATED, build_update_email, is_outdated=is_update_told)
    register_email_hold(Notification.Kind.UPDATED, is_confirmation_unsent)
    register_email_kind(Notification.Kind.SHIPPED, build_shipped_email)
    register_email_kind(Notification.Kind.SIGN_IN, build_sign_in_email, is_outdated=is_sign_in_link_over)
    register_email_kind(Notification.Kind.CONTRACT, build_contract_email)
    register_email_kind(
        Notification.Kind.CONFIRM_MARKETING, build_marketing_email, is_outdated=is_marketing_settled
    )
    register_email_kind(Notification.Kind.WITHDRAWAL, build_withdrawal_email, is_outdated=is_notice_deleted)


def build_confirmation_email(notification: Notification) -> EmailContent:
    order = notification.known_order
    return EmailContent(
        subject=_("Order %(number)s confirmed") % {"number": order.number},
        template="orders/emails/confirmation",
        context=describe_order(order),
        attachments=list_contract_attachments(order),
    )


def build_update_email(notification: Notification) -> EmailContent:
    """Build the email that follows the confirmation if something was added since."""
    order = notification.known_order
    return EmailContent(
        subject=_("Order %(number)s updated") % {"number": order.number},
        template="orders/emails/updated",
        context=describe_order(order),
        attachments=list_contract_attachments(order),
    )


def describe_order(order: Order) -> dict[str, Any]:
    """Return the context of an email that lists the whole order."""
    return {
        "items": [item for item in order.items.all() if item.quantity],
        "total_rows": list_order_rows(order),
        "renewals": list_order_renewals(order),
        "address_lines": format_address_lines(order.shipping_address),
        **describe_contract(order),
    }


def build_contract_email(notification: Notification) -> EmailContent:
    """Build the email with the contract's documents, for a store whose receipts NEXT sends."""
    order = notification.known_order
    return EmailContent(
        subject=_("Documents for order %(number)s") % {"number": order.number},
        template="orders/emails/contract",
        context=describe_contract(order),
        attachments=list_contract_attachments(order),
    )


def build_marketing_email(notification: Notification) -> EmailContent:
    """Build the email that asks to confirm the consent to news."""
    consent = _list_consents_to_confirm(notification).get()
    store = notification.store
    path = reverse(
        "orders:confirm_marketing", args=[make_url_token(purpose=MARKETING_PURPOSE, subject=str(consent.pk))]
    )
    return EmailContent(
        subject=_("Confirm that you want news from %(store)s") % {"store": store.name},
        template="orders/emails/confirm_marketing",
        context={"wording": consent.text, "confirm_url": f"{store.origin}{path}"},
    )


def is_marketing_settled(notification: Notification) -> bool:
    """Return True if there is nothing left to confirm."""
    return not _list_consents_to_confirm(notification).exists()


def _list_consents_to_confirm(notification: Notification) -> QuerySet[OrderConsent]:
    return notification.known_order.consents.filter(needs_confirmation=True, confirmed_at=None)


def is_update_told(notification: Notification) -> bool:
    """Return True if the last email that lists the whole order told its present total."""
    last = _list_receipts(notification.known_order).exclude(sent_at=None).order_by("sent_at").last()
    return last is not None and last.details.get(TOLD_TOTAL) == str(notification.known_order.total)


def is_confirmation_unsent(notification: Notification) -> bool:
    """Return True while the confirmation is still to be sent: only then is it known what it tells."""
    receipts = _list_receipts(notification.known_order).exclude(pk=notification.pk)
    return receipts.filter(kind=Notification.Kind.CONFIRMATION, next_try_at__isnull=False).exists()


def _list_receipts(order: Order) -> QuerySet[Notification]:
    kinds = (Notification.Kind.CONFIRMATION, Notification.Kind.UPDATED)
    return order.notifications.filter(kind__in=kinds)


def build_shipped_email(notification: Notification) -> EmailContent:
    """Build the email about one parcel, or about all of them if it is resent."""
    order, to_come = notification.known_order, list_items_to_come(notification.known_order)
    shipments = list_shipments(order)
    about = [shipment for shipment in shipments if str(shipment.id) == notification.subject_id]
    subject = _("Part of order %(number)s is on its way") if to_come else _("Order %(number)s is on its way")
    return EmailContent(
        subject=subject % {"number": order.number},
        template="orders/emails/shipped",
        context={
            "shipments": about or shipments,
            "items_to_come": to_come,
            # Even if nothing is left, one of several parcels isn't all of it.
            "is_part": bool(to_come) or len(about or shipments) < len(shipments),
        },
    )


def build_sign_in_email(notification: Notification) -> EmailContent:
    store, sign_in = notification.store, SignIn.objects.get(pk=notification.subject_id)
    url = reverse("orders:enter-account", args=[sign_in.make_token()])
    return EmailContent(
        subject=_("Sign in to %(store)s") % {"store": store.name},
        template="orders/emails/sign_in",
        context={
            "sign_in_url": f"{store.origin}{url}",
            "expires_at": format_store_time(sign_in.expires_at, store),
            "withdrawal_url": f"{store.origin}{reverse('orders:withdraw')}",  # of no single order
        },
    )


def is_sign_in_link_over(notification: Notification) -> bool:
    """Return True for a link that was used, or that expired before the email could be sent."""
    unused = SignIn.objects.filter(pk=notification.subject_id, session_digest="")
    return not unused.filter(expires_at__gt=timezone.now()).exists()


def build_withdrawal_email(notification: Notification) -> EmailContent:
    """Build the acknowledgment: to the sender, or to the order's own address if the sender gave another."""
    withdrawal = get_notice(notification)
    return EmailContent(
        subject=_("We received your withdrawal: %(contract)s") % {"contract": withdrawal.contract[:100]},
        template="orders/emails/withdrawal",
        context={
            "statement": withdrawal,
            "received_at": format_store_time(withdrawal.received_at, notification.store),
            "is_copy": notification.order is not None,
        },
    )


def get_notice(notification: Notification) -> ContractNotice:
    """Return the notice that the email acknowledges. The order's own copy names it."""
    return notification.notice or ContractNotice.objects.get(pk=notification.subject_id)


def is_notice_deleted(notification: Notification) -> bool:
    """Return True for the copy of a notice that is no longer kept."""
    is_copy = notification.order_id is not None
    return is_copy and not ContractNotice.objects.filter(pk=notification.subject_id).exists()


def list_paid_orders(*, store: Store, email: str) -> QuerySet[Order]:
    """Return the paid orders placed with this email, newest first, whichever customer they belong to."""
    return store.orders.filter(same_email(email)).exclude(paid_at=None)

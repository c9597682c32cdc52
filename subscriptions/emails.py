"""The emails about subscriptions and their invoices."""

from typing import Any

from django.utils.translation import gettext as _

from orders.email_kinds import EmailAttachment, EmailContent, register_email_kind
from orders.emails import describe_order, get_notice, is_notice_deleted
from orders.models import Notification
from stores.dates import format_store_day, format_store_time
from subscriptions.email_text import EMAIL_TEXTS, build_email_text, list_next_charge_rows
from subscriptions.models import Invoice, Subscription
from subscriptions.notifications import REMINDER_KINDS, is_reminder_outdated, notification_details
from subscriptions.reminders import will_renew
from subscriptions.subscription_lines import LINES_PREFETCH


def register_subscription_emails() -> None:
    """Register each kind of email about a subscription; called once, by `SubscriptionsConfig.ready()`."""
    register_email_kind(Notification.Kind.INVOICE, build_invoice_email)
    register_email_kind(Notification.Kind.RENEWAL, build_renewal_email)
    register_email_kind(
        Notification.Kind.CANCELLATION, build_cancellation_email, is_outdated=is_notice_deleted
    )
    for kind in EMAIL_TEXTS:
        if kind in REMINDER_KINDS:
            register_email_kind(kind, build_subscription_email, is_outdated=is_reminder_outdated)
        else:
            register_email_kind(kind, build_subscription_email)


def build_cancellation_email(notification: Notification) -> EmailContent:
    """Build the acknowledgment: to the sender, or to the order's own address if the sender gave another."""
    notice = get_notice(notification)
    store = notification.store
    return EmailContent(
        subject=_("We received your cancellation: %(contract)s") % {"contract": notice.contract[:100]},
        template="subscriptions/emails/cancellation",
        context={
            "statement": notice,
            "received_at": format_store_time(notice.received_at, store),
            "contract_end": format_store_day(notice.ends_at, store) if notice.ends_at else "",
            "is_copy": notification.order is not None,
        },
    )


def build_subscription_email(notification: Notification) -> EmailContent:
    """Build any email about a subscription. They differ only in their text."""
    subscription = Subscription.objects.select_related("store").get(pk=notification.subject_id)
    email_text = build_email_text(notification)
    return EmailContent(
        subject=email_text.subject,
        template="subscriptions/emails/subscription",
        context={
            "email_text": email_text,
            "lines": notification.details["lines"],
            "page_url": f"{subscription.store.origin}{subscription.get_absolute_url()}",
        },
    )


def build_renewal_email(notification: Notification) -> EmailContent:
    """Build the email about a renewal: what was charged, what is charged next, and how to end it."""
    order = notification.known_order
    subscriptions = Subscription.objects.filter(invoices__order=order).select_related("store", "order")
    return EmailContent(
        subject=_("Your %(store)s subscription renewed") % {"store": order.store.name},
        template="subscriptions/emails/renewal",
        context={
            **describe_order(order),
            "renewed": [
                _describe_renewed(subscription)
                for subscription in subscriptions.distinct().prefetch_related(LINES_PREFETCH)
            ],
        },
    )


def _describe_renewed(subscription: Subscription) -> dict[str, Any]:
    """Return what comes next for a subscription, as it is now, and where to manage it."""
    renewal_at = subscription.next_renewal_at
    is_known = renewal_at is not None and renewal_at > subscription.store.now() and will_renew(subscription)
    details = notification_details(subscription)
    return {
        "name": _name_line(subscription),
        "rows": list_next_charge_rows(order=subscription.order, details=details) if is_known else [],
        "page_url": f"{subscription.store.origin}{subscription.get_absolute_url()}",
    }


def _name_line(subscription: Subscription) -> str:
    """Return what the subscription delivers, as subscribers tell two of them apart."""
    line = subscription.main_line
    return ", ".join(filter(None, [line.name, line.title])) if line else ""


def build_invoice_email(notification: Notification) -> EmailContent:
    """Build the email with an invoice as an attached PDF."""
    # Not with the module: the PDF library takes a quarter of the time in which a process starts.
    from subscriptions.invoice_pdf import get_invoice_filename, get_invoice_number, render_invoice_pdf

    invoice = Invoice.objects.select_related("store", "order", "subscription__order").get(
        pk=notification.subject_id
    )
    number = get_invoice_number(invoice)
    return EmailContent(
        subject=_("Your invoice %(number)s") % {"number": number}
        if number
        else _("Your invoice from %(store)s") % {"store": invoice.store.name},
        template="subscriptions/emails/invoice",
        context={"invoice": invoice},
        attachments=(
            EmailAttachment(
                get_invoice_filename(invoice), render_invoice_pdf(invoice=invoice), "application/pdf"
            ),
        ),
    )

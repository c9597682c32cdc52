"""The emails about subscriptions and their invoices."""

from django.utils.translation import gettext as _

from orders.email_kinds import EmailAttachment, EmailContent, register_email_kind
from orders.models import Notification
from subscriptions.email_text import EMAIL_TEXTS, build_email_text
from subscriptions.invoice_pdf import get_invoice_filename, get_invoice_number, render_invoice_pdf
from subscriptions.models import Invoice, Subscription
from subscriptions.notifications import REMINDER_KINDS, is_reminder_outdated


def register_subscription_emails() -> None:
    """Register each kind of email about a subscription; called once, by `SubscriptionsConfig.ready()`."""
    register_email_kind(Notification.Kind.INVOICE, build_invoice_email)
    for kind in EMAIL_TEXTS:
        if kind in REMINDER_KINDS:
            register_email_kind(kind, build_subscription_email, is_outdated=is_reminder_outdated)
        else:
            register_email_kind(kind, build_subscription_email)


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


def build_invoice_email(notification: Notification) -> EmailContent:
    """Build the email with an invoice as an attached PDF."""
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

"""Mails to shoppers: queued in the transaction of the change they tell of, sent by the reconciler (S5).

A mail server that fails changes nothing about an order; the mail is sent later.
"""

import datetime
import logging
import time
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from orders.customers import same_email
from orders.models import Mail, Order
from orders.presentation import address_lines, shipments, shown_refunds
from stores.errors import Conflict
from stores.models import Store
from subscriptions import notifications as subscription_news
from subscriptions.email_text import words
from subscriptions.invoice_pdf import invoice_number, invoice_pdf
from subscriptions.models import Invoice, Subscription

logger = logging.getLogger(__name__)

Kind = Mail.Kind
# After each failure the next try is later; after the last one staff see what failed.
RETRY_MINUTES = (1, 5, 15, 60, 240, 720, 1440)
LEASE = datetime.timedelta(minutes=5)
LINKED_ORDERS = 5
ROUND_SECONDS = 20


def queue(*, order: Order, kind: str, key: str) -> Mail | None:
    """Write a mail down, in the caller's transaction; None where this news was written down before."""
    mail, is_new = Mail.objects.get_or_create(
        order=order, key=key[:60], defaults={"kind": kind, "next_try_at": timezone.now()}
    )
    return mail if is_new else None


def tell_subscriber(subscription: Subscription) -> None:
    """Queue what is done and was not told, and what is due, where this shop mails its subscribers.

    The caller holds the subscription's row and saves `news`. An order under review gets none before
    staff have looked at it.
    """
    order = subscription.order
    if order.review_reason or not subscription.lines:
        return
    if subscription.store.mail_subscribers and order.email:
        for kind, key, details in subscription_news.to_tell(subscription):
            if mail := queue(order=order, kind=kind, key=key):
                mail.subscription = subscription
                mail.details = subscription_news.facts(subscription) | details
                mail.save(update_fields=["subscription", "details"])
    subscription.news = []


def queue_news(*, order: Order, was_paid: bool, known_parcels: set[Any]) -> None:
    """Queue what the shopper should hear of after a change, where this shop is the one that writes.

    An order under review gets no good news before staff have looked at it.
    """
    if order.store.send_receipt or order.review_reason or order.is_erased or not order.is_paid:
        return
    if not was_paid:
        queue(order=order, kind=Kind.CONFIRMATION, key=Kind.CONFIRMATION)
    for parcel in order.fulfillments:
        if parcel.get("status") == "success" and parcel.get("id") not in known_parcels:
            queue(order=order, kind=Kind.DISPATCH, key=f"{Kind.DISPATCH}-{parcel.get('id')}")


def queue_withheld(order: Order) -> None:
    """Queue what was not told while the order was under review, unless it has ended with the review."""
    if order.status in {Order.Status.PAID, Order.Status.SHIPPING}:
        queue_news(order=order, was_paid=False, known_parcels=set())


def send_again(*, order: Order, kind: str, invoice: Invoice | None = None) -> Mail:
    """Queue a mail once more, because a person asked for it. Errors: Conflict where nobody is to be told."""
    if order.is_erased:
        raise Conflict(_("The shopper's data was erased: there is no address to write to."))
    now = timezone.now()
    key = f"{kind}-{now:%Y%m%d%H%M%S%f}"
    return Mail.objects.create(order=order, kind=kind, key=key, invoice=invoice, next_try_at=now)


def mail_links_for(*, store: Store, email: str) -> None:
    """Queue the addresses of the newest orders for whoever owns this e-mail address, if it has any here.

    Once an hour at most, and the caller learns nothing.
    """
    order = _paid(store, email).first()
    if order:
        queue(order=order, kind=Kind.LINKS, key=f"{Kind.LINKS}-{timezone.now():%Y%m%d%H}")


def send_due(*, limit: int = 100) -> int:
    """Send what is due; return how many were sent. Any number of processes may do this at once.

    A mail server that hangs ends the round: payments must not wait for it.
    """
    sent, ends = 0, time.monotonic() + ROUND_SECONDS
    due = Mail.objects.filter(next_try_at__lte=timezone.now()).order_by("next_try_at")
    for pk, at in due.values_list("pk", "next_try_at")[:limit]:
        if Mail.objects.filter(pk=pk, next_try_at=at).update(next_try_at=timezone.now() + LEASE):
            mail = Mail.objects.select_related("order__store", "subscription__store", "invoice").get(pk=pk)
            if subscription_news.is_outdated(mail):
                mail.delete()
            else:
                sent += _send(mail)
        if time.monotonic() >= ends:
            break
    return sent


def _send(mail: Mail) -> bool:
    try:
        build(mail).send()
    except Exception as error:
        _failed(mail, error)
        return False
    Mail.objects.filter(pk=mail.pk).update(
        sent_at=timezone.now(), next_try_at=None, attempts=mail.attempts + 1, last_error=""
    )
    return True


def _failed(mail: Mail, error: Exception) -> None:
    # The class alone: a mail server's words may hold the address.
    wait = RETRY_MINUTES[mail.attempts] if mail.attempts < len(RETRY_MINUTES) else None
    later = timezone.now() + datetime.timedelta(minutes=wait) if wait else None
    Mail.objects.filter(pk=mail.pk).update(
        attempts=mail.attempts + 1, next_try_at=later, last_error=type(error).__name__
    )
    logger.warning("mail %s of order %s was not sent: %s", mail.pk, mail.order_id, type(error).__name__)


def build(mail: Mail) -> EmailMultiAlternatives:
    """Return the mail in the shopper's language, as text and HTML."""
    order, store = mail.order, mail.order.store
    with translation.override(order.language):
        context = {
            "order": order,
            "store": store,
            "items": [item for item in order.items.all() if item.quantity],
            "status_url": f"{store.origin}{order.get_absolute_url()}",
            "address_lines": address_lines(order.shipping_address),
            "shipments": shipments(order),
            "refunds": shown_refunds(order),
            "orders": _linked(order) if mail.kind == Kind.LINKS else [],
            "invoice": mail.invoice,
        }
        template = mail.kind
        if mail.subscription is not None:
            template, subscription = "subscription", mail.subscription
            context["words"], context["lines"] = words(mail), mail.details["lines"]
            context["page_url"] = f"{store.origin}{subscription.get_absolute_url()}"
        message = EmailMultiAlternatives(
            subject=_subject(mail),
            body=render_to_string(f"orders/mail/{template}.txt", context),
            from_email=formataddr((store.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1])),
            to=[order.email],
            reply_to=[store.support_email] if store.support_email else None,
            # So that a mail sent twice after a crash is shown once.
            headers={"Message-ID": f"<mail-{mail.pk}-{order.external_id}@{store.host.partition(':')[0]}>"},
        )
        message.attach_alternative(render_to_string(f"orders/mail/{template}.html", context), "text/html")
        if mail.invoice:
            name = f"{invoice_number(mail.invoice)}.pdf"
            message.attach(name, invoice_pdf(invoice=mail.invoice), "application/pdf")
    return message


def _subject(mail: Mail) -> str:
    if mail.subscription is not None:
        return words(mail).subject
    names = {"number": mail.order.number, "store": mail.order.store.name}
    if mail.kind == Kind.CONFIRMATION:
        return _("Your order %(number)s at %(store)s") % names
    if mail.kind == Kind.DISPATCH:
        return _("Your order %(number)s is on its way") % names
    if mail.kind == Kind.INVOICE and mail.invoice:
        return _("Your invoice %(number)s") % {"number": invoice_number(mail.invoice)}
    return _("Your orders at %(store)s") % names


def _linked(order: Order) -> list[tuple[Order, str]]:
    return [
        (found, f"{order.store.origin}{found.get_absolute_url()}")
        for found in _paid(order.store, order.email)[:LINKED_ORDERS]
    ]


def _paid(store: Store, email: str) -> QuerySet[Order]:
    """The paid orders that were made with this very address, newest first, whosever they are."""
    return store.orders.filter(same_email(email)).exclude(paid_at=None)

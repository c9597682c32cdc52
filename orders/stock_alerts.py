"""Stock alerts: requested on a page, confirmed by email, and answered once when stock returns."""

import datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from catalog.availability import has_stock, not_for_sale_condition
from catalog.link_state import LinkState, filter_by_state
from catalog.models import PaymentLink, Product, Variant
from orders.contacts import get_or_create_contact
from orders.models import Contact, Notification, StockAlert
from orders.models.stock_alert import ALERT_PURPOSE
from stores.crypto import verify_url_token
from stores.models import Store

Kind = Notification.Kind
# Until an address that didn't confirm is forgotten, and one that waits in vain.
CONFIRMATION_PERIOD = datetime.timedelta(days=7)
WAITING_PERIOD = datetime.timedelta(days=365)
# Somebody else's address may be typed.
MAX_EMAILS_AN_HOUR = 3


def request_stock_alert(
    *, store: Store, variant: Variant, link: PaymentLink | None, email: str, language: str
) -> None:
    """Save the request, and queue the email that asks to confirm it.

    Does not tell the caller whether the address waits already.
    """
    with transaction.atomic():
        contact = get_or_create_contact(store=store, email=email, language=language, keep=WAITING_PERIOD)
        # Locked, so that requests at the same time see each other's.
        Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
        own = StockAlert.objects.filter(contact=contact, variant=variant)
        own.filter(Exists(_list_answers())).delete()
        alert, _is_new = own.get_or_create(contact=contact, variant=variant, defaults={"link": link})
        if alert.confirmed_at is None and _may_email(contact):
            hour = timezone.now().strftime("%Y%m%d%H")
            _queue(alert, kind=Kind.CONFIRM_ALERT, key=f"{alert.pk}-{hour}")


def _may_email(contact: Contact) -> bool:
    """Return False if the address got many of these emails just now."""
    hour_ago = timezone.now() - datetime.timedelta(hours=1)
    lately = contact.notifications.filter(kind=Kind.CONFIRM_ALERT, created_at__gt=hour_ago)
    return lately.count() < MAX_EMAILS_AN_HOUR


def _queue(alert: StockAlert, *, kind: str, key: str) -> bool:
    """Queue an email once. Return False if one with this key was queued before."""
    _notification, is_new = Notification.objects.get_or_create(
        contact=alert.contact,
        key=key,
        defaults={"kind": kind, "subject_id": alert.pk, "next_try_at": timezone.now()},
    )
    return is_new


def find_alert_by_token(*, store: Store, token: str) -> StockAlert | None:
    """Return the request that this address confirms, or None if it is unknown or forgotten."""
    alerts = StockAlert.objects.select_related("contact__store", "variant__product", "link")
    subject = verify_url_token(purpose=ALERT_PURPOSE, token=token)
    return alerts.filter(pk=subject, contact__store=store).first() if subject else None


def confirm_stock_alert(alert: StockAlert) -> None:
    """Let the request count. Idempotent."""
    StockAlert.objects.filter(pk=alert.pk, confirmed_at=None).update(confirmed_at=timezone.now())


def count_waiting(product: Product) -> int:
    """Return how many confirmed requests wait for one of the product's variants."""
    return _list_waiting().filter(variant__product=product).count()


def queue_due_stock_alerts(*, limit: int = 100) -> int:
    """Queue the emails about variants that can be bought again, oldest requests first; return how many."""
    due = list(_list_waiting().filter(_can_be_bought()).select_related("contact")[:limit])
    return sum(_queue(alert, kind=Kind.BACK_IN_STOCK, key=alert.pk) for alert in due)


def can_be_bought(alert: StockAlert) -> bool:
    """Return True if what the request waits for is on sale and in stock, on a page that still exists."""
    return StockAlert.objects.filter(_can_be_bought(), pk=alert.pk).exists()


def is_sold_out(variant: Variant, *, link: PaymentLink | None) -> bool:
    """Return True if one purchase can't be delivered."""
    return not has_stock(variant, (link.fixed_quantity if link else None) or 1)


def delete_old_stock_alerts() -> int:
    """Delete requests that nobody confirmed, and those that waited for long; return how many."""
    now = timezone.now()
    unconfirmed = Q(confirmed_at=None, created_at__lt=now - CONFIRMATION_PERIOD)
    return StockAlert.objects.filter(unconfirmed | Q(created_at__lt=now - WAITING_PERIOD)).delete()[0]


def _list_answers() -> QuerySet[Notification]:
    """Return the emails that answer a request, sent or about to be, for `Exists`."""
    return Notification.objects.filter(
        contact=OuterRef("contact"), kind=Kind.BACK_IN_STOCK, subject_id=OuterRef("pk")
    )


def _list_waiting() -> QuerySet[StockAlert]:
    return StockAlert.objects.filter(~Exists(_list_answers()), confirmed_at__isnull=False)


def _can_be_bought() -> Q:
    on_sale = Variant.objects.filter(active=True, product__active=True).exclude(not_for_sale_condition())
    in_stock = Q(variant__inventory_quantity=None) | Q(
        variant__inventory_quantity__gte=Coalesce(F("link__fixed_quantity"), 1)
    )
    open_links = PaymentLink.objects.filter(filter_by_state(LinkState.OPEN, now=timezone.now()))
    has_page = Q(variant__product__listed=True) | Q(link__in=open_links)
    return Q(variant__in=on_sale) & in_stock & has_page

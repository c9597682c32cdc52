"""What waits for a person, for the admin's home page."""

import datetime
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from orders.models import ContractNotice, Notification, Order, OrderReview, PriceDifference
from orders.price_differences import list_open_differences
from orders.unshipped_items import filter_orders_to_ship
from stores.models import Store

# Counting further would take longer than it helps.
MAX_COUNTED = 1_000
FAILED_EMAIL_DAYS = 30
SILENT_AFTER = datetime.timedelta(days=2)
MAX_DIFFERENCES = 5


@dataclass(frozen=True)
class Task:
    """One line of what waits, and the page where it is done."""

    text: str
    url: str
    is_urgent: bool = False


def count_rows(rows: QuerySet) -> int:
    """Return the number of rows, counted up to a limit."""
    return rows.order_by()[:MAX_COUNTED].count()


def list_order_tasks(stores: Sequence[Store]) -> Iterator[Task]:
    """Yield what waits in the stores' orders: money first."""
    reviews = count_rows(OrderReview.objects.open().filter(order__store__in=stores))
    if reviews:
        text = ngettext("%(count)s order to review", "%(count)s orders to review", reviews)
        yield Task(text % {"count": reviews}, reverse("admin:orders_orderreview_changelist"), is_urgent=True)
    for store in stores:
        yield from _list_connection_tasks(store)
    for difference in list_open_differences().filter(store__in=stores)[:MAX_DIFFERENCES]:
        yield Task(
            _describe_difference(difference),
            reverse("admin:orders_pricedifference_change", args=[difference.pk]),
            is_urgent=True,
        )
    to_ship = count_rows(filter_orders_to_ship(Order.objects.filter(store__in=stores)))
    if to_ship:
        text = ngettext("%(count)s order to ship", "%(count)s orders to ship", to_ship)
        url = reverse("admin:orders_order_changelist")
        yield Task(text % {"count": to_ship}, f"{url}?to_ship=yes")
    failed = count_rows(
        Notification.objects.filter(
            Q(order__store__in=stores)
            | Q(payment_request__store__in=stores)
            | Q(notice__store__in=stores)
            | Q(contact__store__in=stores),
            sent_at=None,
            next_try_at=None,
            created_at__gte=timezone.now() - datetime.timedelta(days=FAILED_EMAIL_DAYS),
        )
    )
    if failed:
        text = ngettext("%(count)s email wasn't sent", "%(count)s emails weren't sent", failed)
        url = reverse("admin:orders_notification_changelist")
        yield Task(text % {"count": failed}, f"{url}?sent_at__isempty=1", is_urgent=True)


def list_notice_tasks(stores: Sequence[Store]) -> Iterator[Task]:
    """Yield the notices that nobody has handled. Refunds after a withdrawal are due within 14 days."""
    # Those that wait for the day on which their contract should end are acknowledged, and looked at again.
    is_waiting = Q(acknowledged_at__isnull=False, process_at__isnull=False)
    rows = ContractNotice.objects.filter(~is_waiting, store__in=stores, resolved_at=None).order_by()
    counts = Counter(rows.values_list("kind", flat=True)[:MAX_COUNTED])
    url = reverse("admin:orders_contractnotice_changelist")
    if count := counts[ContractNotice.Kind.WITHDRAWAL]:
        text = ngettext("%(count)s withdrawal to handle", "%(count)s withdrawals to handle", count)
        yield Task(text % {"count": count}, f"{url}?kind__exact=withdrawal", is_urgent=True)
    if count := counts[ContractNotice.Kind.CANCELLATION]:
        text = ngettext("%(count)s cancellation to handle", "%(count)s cancellations to handle", count)
        yield Task(text % {"count": count}, f"{url}?kind__exact=cancellation", is_urgent=True)


def _list_connection_tasks(store: Store) -> Iterator[Task]:
    """Yield what is wrong between a store and NEXT."""
    url = reverse("admin:stores_store_change", args=[store.pk])
    if store.last_response_at and store.last_response_at < timezone.now() - SILENT_AFTER:
        date = date_format(localtime(store.last_response_at), "DATE_FORMAT")
        text = _("%(store)s: NEXT Commerce last answered on %(date)s")
        yield Task(text % {"store": store.name, "date": date}, url, is_urgent=True)
    if store.webhook_error:
        text = _("%(store)s: NEXT Commerce can't report events here")
        yield Task(text % {"store": store.name}, url, is_urgent=True)


def _describe_difference(difference: PriceDifference) -> str:
    if difference.kind == "tax":
        text = _("NEXT Commerce charged a different tax in %(region)s")
        return text % {"region": difference.cause}
    return _("NEXT Commerce gave a different discount: %(name)s") % {"name": difference.cause_name}

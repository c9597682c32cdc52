"""Tagging orders."""

from collections import defaultdict
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from orders.models import Order, OrderTag
from stores.errors import Problem

TaggedOrder = Order.tags.through


def clean_tag_name(text: str) -> str:
    """Return the name with single spaces. Raises Problem if it is empty or too long."""
    name = " ".join(text.replace("\0", "").split())
    if not name or len(name) > OrderTag.MAX_LENGTH:
        raise Problem(_("Enter a tag of 1 to %(max)d characters.") % {"max": OrderTag.MAX_LENGTH})
    return name


def add_tag(*, orders: Iterable[Order], name: str) -> int:
    """Tag the orders; return how many there are. A tag is one word in any case. Idempotent.

    Raises Problem if the name is empty or too long.
    """
    name = clean_tag_name(name)
    by_store: dict[int, list[Order]] = defaultdict(list)
    for order in orders:
        by_store[order.store_id].append(order)
    for store_id, of_store in by_store.items():
        tag = _get_or_create_tag(store_id, name)
        rows = [TaggedOrder(order_id=order.pk, ordertag_id=tag.pk) for order in of_store]
        TaggedOrder.objects.bulk_create(rows, ignore_conflicts=True)
    return sum(map(len, by_store.values()))


def _get_or_create_tag(store_id: int, name: str) -> OrderTag:
    tags = OrderTag.objects.filter(store=store_id, name__iexact=name)
    try:
        with transaction.atomic():
            return tags.first() or OrderTag.objects.create(store_id=store_id, name=name)
    except IntegrityError:  # another request created it first
        return tags.get()


def remove_tag(*, orders: Iterable[Order], name: str) -> int:
    """Take the tag off the orders; return from how many. Raises Problem for an empty or too long name."""
    name = clean_tag_name(name)
    rows = TaggedOrder.objects.filter(order__in=list(orders), ordertag__name__iexact=name)
    return rows.delete()[0]


def list_tags_in_use() -> QuerySet[OrderTag, str]:
    """Return the names of the tags that an order has, for staff to choose from."""
    in_use = OrderTag.objects.filter(pk__in=TaggedOrder.objects.values("ordertag_id"))
    return in_use.order_by("name").values_list("name", flat=True).distinct()

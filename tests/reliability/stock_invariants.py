"""Checks of stock: what is sold left it once, and nothing else did."""

from collections import Counter
from typing import Any

from django.db.models import Sum

from catalog.models import Hold, PaymentLink, Variant
from checkout.models import UpsellAttempt
from orders.models import Order, OrderItem
from stores.models import Store


def find_missing_stock(store: Store, initial_stock: dict[str, int]) -> list[str]:
    """Return the variants and links of which stock or uses are missing, or are left over."""
    left = dict(Variant.objects.filter(product__store=store).values_list("pk", "inventory_quantity"))
    restocked: Counter[str] = Counter()
    for item in OrderItem.objects.filter(order__store=store):
        restocked[item.variant_id] += item.restocked_quantity
    left |= dict(PaymentLink.objects.filter(store=store).values_list("pk", "uses_left"))
    gone: Counter[str] = Counter()
    for hold in Hold.objects.exclude(state="released"):
        gone[hold.variant_id or hold.link_id] += hold.quantity
    return [
        f"stock of {key}: {count} at the start, {left[key]} left, {gone[key]} sold or held, "
        f"{restocked[key]} restocked"
        for key, count in initial_stock.items()
        if left[key] + gone[key] - restocked[key] != count or left[key] < 0
    ]


def find_unsynced_stock(next_stock: dict[str, int]) -> list[str]:
    """Return the variants whose stock isn't NEXT's without what unpaid orders hold."""
    left = dict(Variant.objects.values_list("pk", "inventory_quantity"))
    held: Counter[str] = Counter()
    for hold in Hold.objects.filter(state="held", link=None):
        held[hold.variant_id or ""] += hold.quantity
    return [
        f"stock of {pk}: {count} in NEXT, {held[pk]} held, {left[pk]} here"
        for pk, count in next_stock.items()
        if left[pk] != max(count - held[pk], 0)
    ]


def find_wrong_sales(store: Store) -> list[str]:
    """Return the orders and upsells that took other units out of stock than they sold."""
    return [*_find_wrong_orders(store), *_find_wrong_upsells(store)]


def find_unlisted_sales(store: Store, next_orders: list[dict[str, Any]]) -> list[str]:
    """Return the stock taken for lines that nobody accepted, if NEXT lists no such line or somebody did."""
    listed = {line["id"] for order in next_orders for line in order["lines"] if line["is_upsell"]}
    accepted = set(UpsellAttempt.objects.filter(order__store=store).values_list("next_line_id", flat=True))
    references = {f"line-{line_id}" for line_id in listed - accepted}
    taken = Hold.objects.filter(variant__product__store=store, reference__startswith="line-", state="sold")
    return [f"stock taken for {hold.reference}" for hold in taken if hold.reference not in references]


def _find_wrong_orders(store: Store) -> list[str]:
    counted = set(Variant.objects.exclude(inventory_quantity=None).values_list("pk", flat=True))
    wrong = []
    for order in Order.objects.filter(store=store).prefetch_related("payment_intents"):
        holds = Hold.objects.filter(reference=order.pk, state="sold", link=None)
        sold = holds.aggregate(n=Sum("quantity"))["n"] or 0
        won = [intent for intent in order.payment_intents.all() if intent.status == "succeeded"]
        items = [item for intent in won for item in intent.snapshot["items"]]
        wanted = sum(item["quantity"] for item in items if item["variant_id"] in counted)
        sold_out = order.reviews.filter(kind="sold_out", subject_id="").exists()
        if sold != (0 if sold_out else wanted):
            wrong.append(f"{order}: sold {sold} of {wanted}")
    return wrong


def _find_wrong_upsells(store: Store) -> list[str]:
    wrong = []
    for attempt in UpsellAttempt.objects.filter(order__store=store):
        states = set(Hold.objects.filter(reference=attempt.pk).values_list("state", flat=True)) - {"released"}
        if states != ({"sold"} if attempt.status == "charged" else set()):
            wrong.append(f"upsell {attempt}: {attempt.status}, its stock is {states}")
    return wrong

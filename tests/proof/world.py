"""What the proofs share: time that passes, a world that comes to rest, and the books that must balance."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, Sum
from django.utils import timezone

from catalog.models import Hold, PaymentLink, Variant
from checkout.models import PaymentIntent, WebhookEvent
from checkout.reconcile import reconcile
from orders.models import Mail, Order, OrderEvent
from stores.models import Store

# What carries a time that we act upon.
TIMES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (PaymentIntent, ("created_at", "sent_at", "answered_at", "checked_at", "next_check_at", "settled_at")),
    (WebhookEvent, ("received_at", "next_try_at")),
    (Hold, ("expires_at",)),
    (Order, ("created_at", "mirrored_at", "refresh_at")),
    (Mail, ("created_at", "next_try_at")),
)


def pass_time(**span: float) -> None:
    """Let time pass, by making everything that has a time so much older."""
    by = datetime.timedelta(**span)
    for model, names in TIMES:
        model._default_manager.update(**{name: F(name) - by for name in names})


def is_at_rest() -> bool:
    """True where nobody has anything left to do but staff."""
    now = timezone.now()
    return not (
        PaymentIntent.objects.filter(
            Q(status__in=PaymentIntent.OPEN) | Q(next_check_at__isnull=False)
        ).exists()
        or WebhookEvent.objects.filter(next_try_at__isnull=False).exists()
        or Order.objects.filter(refresh_at__lt=now).exists()
        or Hold.objects.filter(state="held", expires_at__lt=now).exists()
        or Order.objects.filter(status="Pending", review_reason="").exists()
    )


def come_to_rest(*, limit: int = 100) -> Counter[str]:
    """Let the reconciler work and time pass until nothing is due; return what it did.

    With every fault off. What is not at rest after two weeks never will be.
    """
    done = reconcile(limit=limit)
    for hours in (0.01, 0.02, 0.3, 1, 1.1, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24):
        if is_at_rest():
            break
        pass_time(hours=hours)
        done += reconcile(limit=limit)
    return done


@dataclass
class Books:
    """The state of the world at rest, and every way in which it is wrong."""

    charges: int = 0
    paid: int = 0
    reviews: int = 0
    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.doubled, *self.left_open, *self.wrong]


def read_books(store: Store, charges: list[dict[str, Any]], began_with: dict[str, int]) -> Books:
    """Compare what the store charged with what we made of it.

    `began_with`: how many there were, by the id of the variant or of the payment link.
    """
    books = Books()
    check_charges(store, charges, books)
    check_orders(store, charges, books)
    check_open(store, books)
    check_stock(store, began_with, books)
    return books


def check_charges(store: Store, charges: list[dict[str, Any]], books: Books) -> None:
    """Each charge has exactly one order or one review."""
    intents = PaymentIntent.objects.filter(store=store, store_order_number__isnull=False)
    homes = Counter(
        intents.filter(status__in=["succeeded", "review"]).values_list("store_order_number", flat=True)
    )
    own = dict(intents.values_list("pk", "store_order_number"))
    for event in OrderEvent.objects.filter(order__store=store, kind="review"):
        number, intent = event.data.get("store_order"), event.data.get("payment_intent")
        if number and own.get(intent) != number:
            homes[number] += 1  # a second store order for one attempt
    taken = Counter(row["order_number"] for row in charges if row["kind"] == "charge")
    books.charges = sum(taken.values())
    books.lost = [f"charge of {number} has no order and no review" for number in taken if not homes[number]]
    books.doubled = [f"charge of {number}: counted {homes[number]}x" for number in taken if homes[number] > 1]
    books.doubled += [f"{number} was charged {times} times" for number, times in taken.items() if times > 1]
    books.reviews = PaymentIntent.objects.filter(store=store, status="review").count()


def check_orders(store: Store, charges: list[dict[str, Any]], books: Books) -> None:
    """No order is paid without a charge of its amount; each paid one has one line and one mail of it."""
    amounts = {row["order_number"]: Decimal(row["amount"]) for row in charges if row["kind"] == "charge"}
    for order in Order.objects.filter(store=store).prefetch_related("events", "mails", "payment_intents"):
        lines = [event.kind for event in order.events.all()].count("paid")
        mails = [mail.kind for mail in order.mails.all()].count("confirmation")
        won = [intent for intent in order.payment_intents.all() if intent.status == "succeeded"]
        if not order.is_paid:
            books.wrong += [f"{order}: {order.status} without having been paid"] * (
                order.status in {"Paid", "Shipping", "Refunded"}
            )
            books.wrong += [f"{order}: unpaid, and told as paid"] * bool(lines or mails or won)
            continue
        books.paid += 1
        if order.store_order_number not in amounts:
            books.wrong.append(f"{order}: paid without a charge")
        if lines != 1 or mails > 1 or len(won) != 1:
            books.wrong.append(f"{order}: {lines} lines of its payment, {mails} mails, {len(won)} payments")
        if won and won[0].store_order_number != order.store_order_number:
            books.wrong.append(f"{order}: not the store order that paid for it")
        if won and amounts.get(order.store_order_number) != won[0].amount:
            books.wrong.append(f"{order}: charged another amount than asked for")


def check_open(store: Store, books: Books) -> None:
    """Nothing waits for ever; what is still held is held for staff."""
    for intent in PaymentIntent.objects.filter(store=store):
        if intent.is_open or intent.next_check_at:
            books.left_open.append(f"payment intent {intent}: {intent.status}, {intent.next_check_at}")
    books.left_open += [
        f"webhook event {event}: {event.outcome}"
        for event in WebhookEvent.objects.filter(store=store, next_try_at__isnull=False)
    ]
    books.left_open += [
        f"order {order}: {order.status}"
        for order in Order.objects.filter(store=store, status="Pending", review_reason="")
    ]
    in_review = PaymentIntent.objects.filter(store=store, status="review").values("order")
    held = Hold.objects.filter(state="held").exclude(reference__in=in_review)
    books.left_open += [f"hold of {hold}" for hold in held]


def check_stock(store: Store, began_with: dict[str, int], books: Books) -> None:
    """What was there at first is left, sold, or held for staff; and sold is what paid orders have."""
    left = dict(Variant.objects.filter(product__store=store).values_list("pk", "inventory_quantity"))
    left |= dict(PaymentLink.objects.filter(store=store).values_list("pk", "uses_left"))
    gone: Counter[str] = Counter()
    for hold in Hold.objects.exclude(state="released"):
        gone[hold.variant_id or hold.link_id] += hold.quantity
    for key, count in began_with.items():
        if left[key] + gone[key] != count or left[key] < 0:
            books.wrong.append(f"stock of {key}: {count} at first, {left[key]} left, {gone[key]} gone")
    counted = set(Variant.objects.exclude(inventory_quantity=None).values_list("pk", flat=True))
    for order in Order.objects.filter(store=store).prefetch_related("payment_intents"):
        sold = (
            Hold.objects.filter(reference=order.pk, state="sold", link=None).aggregate(n=Sum("quantity"))["n"]
            or 0
        )
        won = [intent for intent in order.payment_intents.all() if intent.status == "succeeded"]
        items = [item for intent in won for item in intent.snapshot["items"]]
        wanted = sum(item["quantity"] for item in items if item["variant_id"] in counted)
        short = order.events.filter(kind="review", text__contains="sold out").exists()
        if sold != (0 if short else wanted):
            books.wrong.append(f"{order}: sold {sold} of {wanted}")

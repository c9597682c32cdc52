"""What the proofs share: time that passes, a world that comes to rest, and the books that must balance."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, QuerySet, Sum
from django.utils import timezone

from catalog.models import Hold, PaymentLink, Variant
from checkout.models import OfferAttempt, PaymentIntent, WebhookEvent
from checkout.payments.reconcile import reconcile
from orders.models import Mail, Order, OrderEvent, RefundRequest
from stores.models import Store

# What carries a time that we act upon.
TIMES: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (
        PaymentIntent,
        (
            *("created_at", "sent_at", "answered_at", "checked_at", "next_check_at", "settled_at"),
            "refund_asked_at",
        ),
    ),
    (OfferAttempt, ("created_at", "sent_at", "checked_at", "next_check_at", "settled_at")),
    (RefundRequest, ("created_at",)),
    (WebhookEvent, ("received_at", "next_try_at")),
    (Hold, ("expires_at",)),
    (Order, ("created_at", "paid_at", "mirrored_at", "refresh_at")),
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
        or OfferAttempt.objects.filter(next_check_at__isnull=False).exists()
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


REVIEW_ENDED = ("refunded", "discarded")


@dataclass
class Books:
    """The state of the world at rest, and every way in which it is wrong."""

    charges: int = 0
    paid: int = 0
    reviews: int = 0
    reviews_ended: int = 0  # by staff: given back, or closed by hand
    upsells: int = 0
    refunds: int = 0
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
    check_money(store, charges, books)
    check_orders(store, charges, books)
    check_open(store, books)
    check_stock(store, began_with, books)
    return books


def check_charges(store: Store, charges: list[dict[str, Any]], books: Books) -> None:
    """Each charge has exactly one order or one review."""
    intents = PaymentIntent.objects.filter(store=store, store_order_number__isnull=False)
    homes = Counter(
        intents.filter(status__in=["succeeded", "review", *REVIEW_ENDED]).values_list(
            "store_order_number", flat=True
        )
    )
    own = dict(intents.values_list("pk", "store_order_number"))
    for event in OrderEvent.objects.filter(order__store=store, kind="review"):
        number, intent = event.data.get("store_order"), event.data.get("payment_intent")
        if number and own.get(intent) != number:
            homes[number] += 1  # a second store order for one attempt
    taken = Counter(row["order_number"] for row in charges if row["kind"] == "charge")
    upsold = Counter(charged_offers(store).values_list("order__store_order_number", flat=True))
    books.upsells = sum(upsold.values())
    books.charges = sum(taken.values()) - books.upsells
    books.lost = [f"charge of {number} has no order and no review" for number in taken if not homes[number]]
    books.lost += [
        f"charge of an offer is not in {number}" for number in taken if taken[number] > 1 + upsold[number]
    ]
    books.doubled = [f"charge of {number}: counted {homes[number]}x" for number in taken if homes[number] > 1]
    books.doubled += [
        f"{number}: {upsold[number]} offers, charged {times} times"
        for number, times in taken.items()
        if times < 1 + upsold[number]
    ]
    reviewed = PaymentIntent.objects.filter(store=store)
    books.reviews = reviewed.filter(status="review").count()
    books.reviews_ended = reviewed.filter(status__in=REVIEW_ENDED).count()


def charged_offers(store: Store) -> QuerySet[OfferAttempt]:
    return OfferAttempt.objects.filter(order__store=store, status="charged")


def check_money(store: Store, charges: list[dict[str, Any]], books: Books) -> None:
    """Never more is given back than was taken, and no order says that more was."""
    moved: dict[str, Counter[Any]] = {"charge": Counter(), "refund": Counter()}
    for row in charges:
        moved[row["kind"]][row["order_number"]] += Decimal(row["amount"])
    books.refunds = len(moved["refund"])
    for number, given_back in moved["refund"].items():
        if given_back > moved["charge"][number]:
            books.wrong.append(f"{number}: {given_back} given back of {moved['charge'][number]}")
    for order in Order.objects.filter(store=store, refunded_amount__gt=0):
        if order.refunded_amount > moved["refund"][order.store_order_number or ""]:
            books.wrong.append(f"{order}: says {order.refunded_amount} was given back, and it was not")


def check_orders(store: Store, charges: list[dict[str, Any]], books: Books) -> None:
    """No order is paid without a charge of its amount; each paid one has one line and one mail of it."""
    amounts: dict[str | None, Decimal] = {}
    for row in charges:
        if row["kind"] == "charge":  # the first of an order; those of its offers come after
            amounts.setdefault(row["order_number"], Decimal(row["amount"]))
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
        f"offer {attempt}: {attempt.status}"
        for attempt in OfferAttempt.objects.filter(order__store=store)
        if attempt.is_in_doubt or attempt.next_check_at
    ]
    books.left_open += [
        f"webhook event {event}: {event.outcome}"
        for event in WebhookEvent.objects.filter(
            Q(next_try_at__isnull=False) | Q(outcome="received"), store=store
        )
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
    for attempt in OfferAttempt.objects.filter(order__store=store):
        states = set(Hold.objects.filter(reference=attempt.pk).values_list("state", flat=True)) - {"released"}
        if states != ({"sold"} if attempt.status == "charged" else set()):
            books.wrong.append(f"offer {attempt}: {attempt.status}, its stock is {states}")

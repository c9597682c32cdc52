"""Shared by the reliability tests: letting time pass, running until idle, and checking the invariants."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F, Model, Q, QuerySet
from django.utils import timezone

from catalog.models import Hold
from checkout.models import OrderListing, PaymentIntent, UpsellAttempt, WebhookEvent
from checkout.payments.order_listings import LISTING_INTERVAL
from checkout.payments.reconcile import reconcile_due_rows
from checkout.sentences import EVENT_RECEIVED
from orders.models import Notification, Order, OrderReview, RefundRequest
from orders.reviews import list_orders_in_review
from stores.models import Store
from tests.reliability.money_invariants import find_unequal_orders, find_unseen_money
from tests.reliability.stock_invariants import (
    find_missing_stock,
    find_unlisted_sales,
    find_unsynced_stock,
    find_wrong_sales,
)

# The timestamps that the code acts on.
TIMESTAMP_FIELDS: tuple[tuple[type[Model], tuple[str, ...]], ...] = (
    (
        PaymentIntent,
        ("created_at", "sent_at", "answered_at", "checked_at", "next_check_at", "settled_at"),
    ),
    (
        UpsellAttempt,
        ("created_at", "sent_at", "doubt_ends_at", "checked_at", "next_check_at", "settled_at"),
    ),
    (RefundRequest, ("created_at", "doubt_ends_at", "next_check_at")),
    (WebhookEvent, ("received_at", "next_try_at")),
    (OrderListing, ("due_at", "read_until")),
    (Hold, ("expires_at",)),
    (Order, ("created_at", "paid_at", "mirrored_at", "refresh_at", "shows_less_refunded_since")),
    (Notification, ("created_at", "next_try_at")),
)


def make_older(**span: float) -> None:
    """Let time pass by making every timestamp older by `span` (timedelta arguments)."""
    by = datetime.timedelta(**span)
    for model, names in TIMESTAMP_FIELDS:
        model._default_manager.update(**{name: F(name) - by for name in names})


def is_idle() -> bool:
    """Return True if only staff have anything left to do."""
    now = timezone.now()
    return not (
        PaymentIntent.objects.filter(
            Q(status__in=PaymentIntent.OPEN) | Q(next_check_at__isnull=False)
        ).exists()
        or WebhookEvent.objects.filter(next_try_at__isnull=False).exists()
        or OrderListing.objects.filter(due_at__lte=now).exists()
        or UpsellAttempt.objects.filter(next_check_at__isnull=False).exists()
        or RefundRequest.objects.filter(next_check_at__isnull=False).exists()
        or Order.objects.filter(refresh_at__lt=now).exists()
        or Hold.objects.filter(state="held", expires_at__lt=now).exists()
        or Order.objects.filter(status="Pending").exclude(pk__in=list_orders_in_review()).exists()
    )


def run_until_idle(*, limit: int = 100) -> Counter[str]:
    """Run the reconciler and let time pass until nothing is due. Return what it did.

    Every fault must be off. What isn't done after two weeks never will be.
    """
    # The list of orders is due, whatever the last one lacked.
    make_older(seconds=LISTING_INTERVAL.total_seconds())
    done = reconcile_due_rows(limit=limit)
    for hours in (0.01, 0.02, 0.3, 1, 1.1, 24, 24, 24, 24, 24, 24, 24, 24, 24, 24):
        if is_idle():
            break
        make_older(hours=hours)
        done += reconcile_due_rows(limit=limit)
    return done


CLOSED_REVIEW_STATUSES = ("refunded", "discarded")


@dataclass
class InvariantReport:
    """Counts at the end of a run, and every violation found."""

    charges: int = 0
    paid: int = 0
    reviews: int = 0
    reviews_closed: int = 0  # refunded or dismissed by staff
    second_orders: int = 0  # in review
    upsells: int = 0
    refunds: int = 0
    lost: list[str] = field(default_factory=list)
    unseen: list[str] = field(default_factory=list)  # money moved that neither we nor staff know of
    doubled: list[str] = field(default_factory=list)
    left_open: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)

    @property
    def faults(self) -> list[str]:
        return [*self.lost, *self.unseen, *self.doubled, *self.left_open, *self.wrong]


def check_invariants(
    store: Store,
    charges: list[dict[str, Any]],
    initial_stock: dict[str, int] | None = None,
    *,
    next_stock: dict[str, int] | None = None,
    may_overstate: bool = False,
) -> InvariantReport:
    """Compare what the sandbox charged with our records.

    `initial_stock` has the stock at the start by variant id, and the uses left by payment link id. Where
    products are synced, `next_stock` has NEXT's stock by variant id instead. With `may_overstate`, reviews
    may tell of more money than moved, because NEXT said so.
    """
    report = InvariantReport()
    check_charges(store, charges, report)
    check_money(store, charges, report)
    next_orders = store.sandbox.orders()
    report.unseen = find_unseen_money(store, charges, next_orders, may_overstate=may_overstate)
    report.wrong += find_unequal_orders(store, charges, next_orders)
    check_orders(store, charges, report)
    check_reviews(store, report)
    check_nothing_open(store, report)
    report.wrong += find_missing_stock(store, initial_stock or {})
    report.wrong += find_unsynced_stock(next_stock or {})
    report.wrong += find_wrong_sales(store)
    report.wrong += find_unlisted_sales(store, next_orders)
    return report


def check_charges(store: Store, charges: list[dict[str, Any]], report: InvariantReport) -> None:
    """Check that each charge has exactly one order or one review."""
    intents = PaymentIntent.objects.filter(store=store, next_order_number__isnull=False)
    matches = Counter(
        intents.filter(status__in=["succeeded", "review", *CLOSED_REVIEW_STATUSES]).values_list(
            "next_order_number", flat=True
        )
    )
    # A second NEXT order for one attempt.
    second_orders = OrderReview.objects.filter(order__store=store, kind="second_next_order")
    report.second_orders = second_orders.count()
    matches.update(second_orders.values_list("next_order_number", flat=True))
    charged = Counter(row["order_number"] for row in charges if row["kind"] == "charge")
    upsold = Counter(charged_upsells(store).values_list("order__next_order_number", flat=True))
    report.upsells = sum(upsold.values())
    report.charges = len(charged)
    report.lost = [
        f"charge of {number} has no order and no review" for number in charged if not matches[number]
    ]
    report.doubled = [
        f"charge of {number}: counted {matches[number]}x" for number in charged if matches[number] > 1
    ]
    report.doubled += [
        f"{number}: {upsold[number]} upsells, charged {times} times"
        for number, times in charged.items()
        if times < 1 + upsold[number]
    ]
    reviewed = PaymentIntent.objects.filter(store=store)
    report.reviews = reviewed.filter(status="review").count()
    report.reviews_closed = reviewed.filter(status__in=CLOSED_REVIEW_STATUSES).count()


def charged_upsells(store: Store) -> QuerySet[UpsellAttempt]:
    """Return the store's upsell attempts that were charged."""
    return UpsellAttempt.objects.filter(order__store=store, status="charged")


def check_money(store: Store, charges: list[dict[str, Any]], report: InvariantReport) -> None:
    """Check that no more is refunded than was charged, or than our orders say."""
    moved: dict[str, Counter[Any]] = {"charge": Counter(), "refund": Counter()}
    for row in charges:
        moved[row["kind"]][row["order_number"]] += Decimal(row["amount"])
    report.refunds = len(moved["refund"])
    for number, refunded in moved["refund"].items():
        if refunded > moved["charge"][number]:
            report.wrong.append(f"{number}: {refunded} refunded of {moved['charge'][number]}")
    for order in Order.objects.filter(store=store, refunded_amount__gt=0):
        if order.refunded_amount > moved["refund"][order.next_order_number or ""]:
            report.wrong.append(f"{order}: says {order.refunded_amount} was refunded, but it was not")


def check_orders(store: Store, charges: list[dict[str, Any]], report: InvariantReport) -> None:
    """Check that each paid order has a charge of its amount, one log line and at most one email."""
    amounts: dict[str | None, Decimal] = {}
    for row in charges:
        if row["kind"] == "charge":  # the first of an order; its upsells' charges come later
            amounts.setdefault(row["order_number"], Decimal(row["amount"]))
    for order in Order.objects.filter(store=store).prefetch_related(
        "events", "notifications", "payment_intents"
    ):
        lines = [event.kind for event in order.events.all()].count("paid")
        notifications = [notification.kind for notification in order.notifications.all()].count(
            "confirmation"
        )
        won = [intent for intent in order.payment_intents.all() if intent.status == "succeeded"]
        if not order.is_paid:
            report.wrong += [f"{order}: {order.status} but never paid"] * (
                order.status in {"Paid", "Shipping", "Partially refunded", "Refunded"}
            )
            report.wrong += [f"{order}: unpaid, but reported as paid"] * bool(lines or notifications or won)
            continue
        report.paid += 1
        if order.next_order_number not in amounts:
            report.wrong.append(f"{order}: paid without a charge")
        if lines != 1 or notifications > 1 or len(won) != 1:
            report.wrong.append(
                f"{order}: {lines} paid log lines, {notifications} notifications, {len(won)} payments"
            )
        if won and won[0].next_order_number != order.next_order_number:
            report.wrong.append(f"{order}: has another NEXT order than its payment")
        if won and amounts.get(order.next_order_number) != won[0].amount and not is_difference_told(order):
            report.wrong.append(f"{order}: charged another amount than ordered")


def is_difference_told(order: Order) -> bool:
    """Return True if staff or the shopper were told that NEXT charges this order another amount."""
    return (
        not order.is_total_final
        or order.reviews.filter(kind="payment_mismatch").exists()
        or order.events.filter(kind="price_difference").exists()
    )


def check_reviews(store: Store, report: InvariantReport) -> None:
    """Check that no review is lost: each stays until somebody ends it by name, and payments have theirs."""
    open_reviews = OrderReview.objects.open().filter(order__store=store)
    listed = Counter(
        open_reviews.filter(kind__in=OrderReview.PAYMENT_KINDS).values_list("payment_intent_id", flat=True)
    )
    in_review = Counter(
        PaymentIntent.objects.filter(store=store, status="review").values_list("pk", flat=True)
    )
    report.wrong += [f"{pk}: {in_review[pk]} in review, {listed[pk]} listed" for pk in listed - in_review]
    report.wrong += [f"{pk}: in review, but not listed" for pk in in_review - listed]
    for order in Order.objects.filter(store=store).prefetch_related("events", "reviews"):
        logged = Counter(event.kind for event in order.events.all())
        closed = [review for review in order.reviews.all() if not review.is_open]
        if (logged["review"], logged["reviewed"]) != (len(order.reviews.all()), len(closed)):
            report.wrong.append(f"{order}: a review was opened or closed without a log line")
        if not all(review.resolved_by and review.resolution for review in closed):
            report.wrong.append(f"{order}: a review was closed by nobody")


def check_nothing_open(store: Store, report: InvariantReport) -> None:
    """Check that nothing stays open, and that only payments in review still hold stock."""
    for intent in PaymentIntent.objects.filter(store=store):
        if intent.is_open or intent.next_check_at:
            report.left_open.append(f"payment intent {intent}: {intent.status}, {intent.next_check_at}")
    report.left_open += [
        f"upsell {attempt}: {attempt.status}"
        for attempt in UpsellAttempt.objects.filter(order__store=store)
        if attempt.is_in_doubt or attempt.next_check_at
    ]
    report.left_open += [
        f"webhook event {event}: {event.outcome}"
        for event in WebhookEvent.objects.filter(
            Q(next_try_at__isnull=False) | Q(outcome=EVENT_RECEIVED.fill()), store=store
        )
    ]
    report.left_open += [
        f"order {order}: {order.status}"
        for order in Order.objects.filter(store=store, status="Pending").exclude(
            pk__in=list_orders_in_review()
        )
    ]
    in_review = PaymentIntent.objects.filter(store=store, status="review").values("order")
    held = Hold.objects.filter(state="held").exclude(reference__in=in_review)
    report.left_open += [f"hold of {hold}" for hold in held]

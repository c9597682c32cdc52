"""Checks of money: nothing moves unseen, and orders add up and agree with NEXT."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from checkout.models import PaymentIntent, UpsellAttempt
from orders.models import Order, OrderReview, RefundRequest
from orders.sync import sync_order_as_staff
from stores.models import Store
from tests.factories import sum_parts
from wording.sentence import Money

# The note of the refunds that the merchant makes in NEXT's dashboard.
DASHBOARD = "Dashboard"
ZERO = Decimal(0)


def list_amounts(charges: Iterable[dict[str, Any]], kind: str) -> dict[str, list[Decimal]]:
    """Return the amounts of charges or refunds by NEXT order number, oldest first."""
    amounts: dict[str, list[Decimal]] = defaultdict(list)
    for row in charges:
        if row["kind"] == kind:
            amounts[row["order_number"]].append(Decimal(row["amount"]))
    return amounts


def find_unseen_money(
    store: Store,
    charges: list[dict[str, Any]],
    next_orders: list[dict[str, Any]],
    *,
    may_overstate: bool = False,
) -> list[str]:
    """Return each charge and refund that nobody asked for, and of which no review tells staff the amount."""
    unseen_charges = find_unseen_charges(store, charges, may_overstate=may_overstate)
    return [*unseen_charges, *find_unseen_refunds(store, charges, next_orders)]


def find_unseen_charges(
    store: Store, charges: list[dict[str, Any]], *, may_overstate: bool = False
) -> list[str]:
    """Return the charges after an order's first that no upsell and no review accounts for.

    A review of money that didn't move counts too, unless it `may_overstate`.
    """
    upsold = Counter(
        UpsellAttempt.objects.filter(order__store=store, status="charged").values_list(
            "order__next_order_number", flat=True
        )
    )
    reviewed: Counter[str | None] = Counter()
    for review in OrderReview.objects.filter(order__store=store, kind="extra_charge"):
        reviewed[review.order.next_order_number] += review.amount_to_refund  # type: ignore[assignment]
    unseen = []
    for number, amounts in list_amounts(charges, "charge").items():
        extra = sum(amounts[1 + upsold[number] :], ZERO)
        if extra > reviewed[number] or (extra != reviewed[number] and not may_overstate):
            unseen.append(f"{number}: {extra} charged beyond what was bought, {reviewed[number]} in review")
    return unseen


def find_unseen_refunds(
    store: Store, charges: list[dict[str, Any]], next_orders: list[dict[str, Any]]
) -> list[str]:
    """Return the refunds that neither our requests, nor the dashboard, nor a review account for."""
    known: dict[str | None, Decimal] = defaultdict(Decimal)
    for next_order in next_orders:
        for refund in next_order["refunds"]:
            if refund["note"] == DASHBOARD:
                known[next_order["number"]] += Decimal(refund["total_refund_amount"])
    for request in RefundRequest.objects.filter(order__store=store, state="done").select_related("order"):
        known[find_refunded_number(request)] += request.amount
    for review in OrderReview.objects.filter(order__store=store, kind="extra_refund").select_related("order"):
        request = RefundRequest.objects.select_related("order").get(pk=review.subject_id)
        known[find_refunded_number(request)] += read_extra_refund(review)
    return [
        f"{number}: {sum(amounts, ZERO)} refunded, {known[number]} requested or in review"
        for number, amounts in list_amounts(charges, "refund").items()
        if sum(amounts, ZERO) > known[number]
    ]


def find_refunded_number(request: RefundRequest) -> str | None:
    """Return the number of the NEXT order that the request refunds."""
    if request.payment_intent_id:
        return PaymentIntent.objects.get(pk=request.payment_intent_id).next_order_number
    return request.order.next_order_number


def read_extra_refund(review: OrderReview) -> Decimal:
    """Return the amount that the review tells staff."""
    extra = review.text.values["extra"]
    assert isinstance(extra, Money), str(review.text)
    return extra.amount


def find_unequal_orders(
    store: Store, charges: list[dict[str, Any]], next_orders: list[dict[str, Any]]
) -> list[str]:
    """Look at each paid order once more; return those that don't add up, or differ from NEXT's."""
    refunded = list_amounts(charges, "refund")
    totals = {row["number"]: Decimal(row["total_incl_tax"]) for row in next_orders}
    wrong = []
    for order in Order.objects.filter(store=store, paid_at__isnull=False).select_related("store"):
        sync_order_as_staff(order=order)
        order.refresh_from_db()
        number = order.next_order_number or ""
        if order.refunded_amount != sum(refunded[number], ZERO):
            wrong.append(f"{order}: {order.refunded_amount} refunded, {sum(refunded[number], ZERO)} in NEXT")
        if order.total != totals[number]:
            wrong.append(f"{order}: total {order.total}, {totals[number]} in NEXT")
        wrong += describe_unequal_parts(order)
    return wrong


def describe_unequal_parts(order: Order) -> list[str]:
    """Return what doesn't add up: the order's total, its discounts, or its taxes."""
    wrong = []
    if order.total != sum_parts(order) or order.adjustment_total:
        wrong.append(
            f"{order}: total {order.total}, parts {sum_parts(order)}, {order.adjustment_total} unnamed"
        )
    discounts = sum((row.amount for row in order.discounts.all()), ZERO)
    if discounts != order.discount_total:
        wrong.append(f"{order}: discount {order.discount_total}, but {discounts} listed")
    for is_included, total in ((False, order.tax_total), (True, order.included_tax_total)):
        rows = order.tax_lines.filter(item=None, is_included=is_included)
        taxes = sum((row.amount for row in rows), ZERO)
        if taxes != total:
            wrong.append(f"{order}: tax {total}, but {taxes} listed (included: {is_included})")
    return wrong

"""Ninety days of trade in the demo shop, played against its sandbox store before the shop opens.

Both clocks begin ninety days ago and are moved on together, so that orders, renewals, and shipments come to
be as they would have: through checkout, NEXT, and the reconciler. The same seed plays the same past.
"""

import datetime
import logging
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import requests
from django.conf import settings
from django.http import QueryDict
from django.utils import timezone

from catalog.models import LinkVisitCount, PaymentLink, SellingPlan, Variant
from catalog.payment_links import list_shared_links
from checkout.buyer import Buyer
from checkout.models import PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent
from checkout.payments.start import start_payment
from checkout.quote import calculate_quote
from checkout.selection import Selection, SelectionLine
from checkout.selection_query import read_selection
from demo.offers import Offers
from demo.payment_requests import plan_payment_requests, play_events, receive_demo_withdrawal
from demo.people import ORDER_STAFF_NAME, SHOPPER_COUNT, build_address, build_email
from orders.models import Order, OrderEvent, OrderReview
from orders.refunds import RefundInput, fetch_refund_quote, full_refund_input, issue_refund
from orders.reviews import open_review, resolve_review
from orders.sentences import PAID_AFTER_SOLD_OUT
from stores.models import Store
from subscriptions.models import Subscription
from subscriptions.services import cancel_subscription, pause_subscription

DAYS = 90
RECONCILE_EVERY = datetime.timedelta(days=7)
SHIPPED_AFTER = datetime.timedelta(days=2)
# The stock that visitors of the demo find stays interesting: what is nearly sold out isn't sold here.
LEAST_STOCK = 12


class DemoPast:
    """Plays the past. `address` is the control URL of the sandbox store."""

    def __init__(self, *, store: Store, address: str, begins_at: datetime.datetime) -> None:
        self.store = store
        self.address = address
        self.random = random.Random(29)
        self.now = begins_at
        self.reconciled_at = begins_at
        # Where the sandbox's clock was set to, and when.
        self.clock_set: tuple[datetime.datetime, float] | None = None
        self.links = list(list_shared_links(store).filter(active=True).select_related("product"))

    @contextmanager
    def take_time(self) -> Iterator[None]:
        """Let this process live in the past, without the limits and emails of the present."""
        # A second passes with each look, so that no two things happen at once.
        with (
            mock.patch.object(timezone, "now", self._tick),
            mock.patch.object(settings, "NEXT_API_CALLS_PER_SECOND", 10_000),
            mock.patch.object(settings, "EMAIL_BACKEND", "django.core.mail.backends.dummy.EmailBackend"),
        ):
            logging.disable(logging.CRITICAL)  # declined cards, reviews: part of the play
            try:
                yield
            finally:
                logging.disable(logging.NOTSET)

    def _tick(self) -> datetime.datetime:
        self.now += datetime.timedelta(milliseconds=20)
        return self.now

    def move_to(self, moment: datetime.datetime) -> None:
        """Move both clocks on, and let the reconciler work every few days."""
        # Meanwhile the sandbox's clock went on by itself, and it never goes back.
        set_to, set_at = self.clock_set or (self.now, time.monotonic())
        passed = datetime.timedelta(seconds=time.monotonic() - set_at + 1)
        self.now = max(moment, self.now, set_to + passed)
        self.clock_set = self.now, time.monotonic()
        self.control("clock", {"to": self.now.isoformat()})
        if self.now - self.reconciled_at >= RECONCILE_EVERY:
            self.reconciled_at = self.now
            self.ship_paid_orders()
            reconcile_due_rows(limit=500)

    def control(self, path: str, body: dict[str, Any], method: str = "POST") -> dict[str, Any]:
        """Call the sandbox's control API."""
        response = requests.request(method, f"{self.address}/{path}", json=body, timeout=60)
        response.raise_for_status()
        answer: dict[str, Any] = response.json()
        return answer

    def buy(
        self, *, shopper: int, link: PaymentLink, plan: SellingPlan | None = None, action: str = "pay"
    ) -> None:
        """Buy a variant of a link at random."""
        rows = link.link_variants.select_related("variant__product")
        variants = [row.variant for row in rows if row.is_primary and _is_plentiful(row.variant)]
        if not variants:
            return
        variant = self.random.choice(variants)
        quantity = 1 if plan else self.random.choices((1, 2, 3), weights=(8, 3, 1))[0]
        line = SelectionLine(
            variant=variant, quantity=min(quantity, link.max_quantity or quantity), plan=plan
        )
        self.check_out(Selection(source=link.pk, lines=(line,), link=link), shopper=shopper, action=action)

    def buy_as_offered(self, *, shopper: int, link: PaymentLink, amount: str = "") -> None:
        """Buy all that a bundle or a payment request sells, or enter an amount."""
        query = QueryDict(f"link={link.pk}&amount={amount}")
        self.check_out(read_selection(store=self.store, query=query), shopper=shopper)

    def check_out(self, selection: Selection, *, shopper: int, action: str = "pay") -> None:
        """Check out, and pay, decline, or leave at the payment page."""
        address = build_address(shopper)
        ships = selection.needs_shipping
        intent = start_payment(
            store=self.store,
            selection=selection,
            quote=calculate_quote(store=self.store, selection=selection, country="US", state=address.state),
            buyer=Buyer(
                email=build_email(address),
                first_name=address.first_name,
                last_name=address.last_name,
                accepts_marketing=shopper % 3 == 0,
                shipping_address=address if ships else None,
                billing_address=None if ships else address,
                ip=f"203.0.113.{shopper + 1}",
                user_agent="Mozilla/5.0",
            ),
            checkout_key=f"demo-{self.now.isoformat()}",
            fingerprint=f"demo-{self.now.isoformat()}",
        )
        self._pay(intent, action)

    def _pay(self, intent: PaymentIntent, action: str) -> None:
        if action == "abandon" or intent.status != PaymentIntent.Status.REDIRECTED:
            return
        token = intent.payment_complete_url.rstrip("/").rsplit("/", 1)[-1]
        self.now += datetime.timedelta(seconds=45)
        self.control(f"payments/{token}", {"action": action})
        check_payment_intent(
            intent=intent, source=OrderEvent.Source.RETURN, returned_unpaid=action == "decline"
        )

    def ship_paid_orders(self) -> None:
        """Ship, at NEXT, what was paid some days ago. The reconciler learns of it."""
        orders = Order.objects.filter(
            store=self.store,
            paid_at__lt=self.now - SHIPPED_AFTER,
            refunded_amount=0,
            shipments=None,
            next_order_number__isnull=False,
        ).exclude(shipping_code="")
        for order in orders:
            tracking = f"9400{self.random.randrange(10**12):012}"
            self.control(
                f"orders/{order.next_order_number}/edit",
                {"fulfil": {"tracking_code": tracking, "tracking_carrier": "USPS"}},  # codespell:ignore
            )
            Order.objects.filter(pk=order.pk).update(refresh_at=self.now)


def _is_plentiful(variant: Variant) -> bool:
    return variant.inventory_quantity is None or variant.inventory_quantity >= LEAST_STOCK


def play_demo_history(*, store: Store, address: str, begins_at: datetime.datetime, order_count: int) -> None:
    """Play the past up to now, unless the store has orders."""
    if store.orders.exists() or not order_count:
        return
    ends_at = timezone.now()
    past = DemoPast(store=store, address=address, begins_at=begins_at)
    with past.take_time():
        _play_orders(past, begins_at, ends_at, order_count)
        _settle_accounts(past)
        past.reconciled_at = begins_at  # whatever is left is due
        past.move_to(ends_at)
        past.control("switches", {"next_payment": "approve"}, "PATCH")
        _leave_something_to_do(past)
    # Playing took a while.
    past.control("clock", {"to": timezone.now().isoformat()})
    _count_visits(past, ends_at)


def _play_orders(
    past: DemoPast, begins_at: datetime.datetime, ends_at: datetime.datetime, order_count: int
) -> None:
    """Play the orders, more of them from week to week, and the payment requests between them."""
    rng, days = past.random, (ends_at - begins_at).days
    moments = sorted(
        begins_at + datetime.timedelta(days=days * rng.random() ** 0.7, seconds=rng.randrange(3600))
        for _number in range(order_count)
    )
    offers = Offers(past.links)
    requests_to_play = plan_payment_requests(past, ends_at)
    for number, moment in enumerate(moments):
        play_events(past, requests_to_play, until=min(moment, ends_at))
        past.move_to(min(moment, ends_at))
        if number == len(moments) - 12:
            # The renewals from here on are declined.
            past.control("switches", {"next_payment": "soft_decline"}, "PATCH")
        _play_order(past, offers, number)
    play_events(past, requests_to_play, until=ends_at)


def _play_order(past: DemoPast, offers: Offers, number: int) -> None:
    rng = past.random
    shopper = rng.randrange(SHOPPER_COUNT)
    if number % 6 == 1:
        link = offers.subscribed[number // 6 % len(offers.subscribed)]
        past.buy(shopper=number // 6 % SHOPPER_COUNT, link=link, plan=offers.plans[link])
    elif number % 8 == 4:
        link = offers.special[number // 8 % len(offers.special)]
        amount = rng.choice(("10", "15", "40")) if link.min_amount else ""
        past.buy_as_offered(shopper=shopper, link=link, amount=amount)
    else:
        action = rng.choices(("pay", "decline", "abandon"), weights=(10, 1, 1))[0]
        past.buy(shopper=shopper, link=rng.choice(offers.once), action=action)


def _settle_accounts(past: DemoPast) -> None:
    """Refund some orders, and pause and cancel some subscriptions."""
    paid = list(Order.objects.filter(store=past.store).exclude(paid_at=None).order_by("created_at"))
    once = [order for order in paid if not order.subscriptions.exists()]
    for number, order in enumerate(once[3::9]):
        refund_input = full_refund_input(order) if number % 2 else RefundInput(amount=order.items_total / 4)
        quote = fetch_refund_quote(order=order, refund_input=refund_input)
        issue_refund(
            order=order,
            refund_input=refund_input,
            expected=quote.amount,
            refunded_before=quote.refunded_before,
            actor=ORDER_STAFF_NAME,
            note="Arrived damaged." if number % 2 else "Late delivery, a quarter off.",
        )
    active = list(
        Subscription.objects.filter(store=past.store, status=Subscription.Status.ACTIVE).order_by("pk")
    )
    for subscription in active[:1]:
        pause_subscription(subscription=subscription)
    for subscription in active[1:2]:
        cancel_subscription(
            subscription=subscription, at_period_end=False, reason=Subscription.CancelReason.PRICE
        )
    for subscription in active[2:3]:
        cancel_subscription(
            subscription=subscription, at_period_end=True, reason=Subscription.CancelReason.CHANGED_MIND
        )


def _leave_something_to_do(past: DemoPast) -> None:
    """Put two paid orders before staff, of which one was decided."""
    orders = Order.objects.filter(store=past.store, refunded_amount=0).exclude(paid_at=None)
    for number, order in enumerate(orders.order_by("-paid_at")[:2]):
        review = open_review(
            order=order,
            kind=OrderReview.Kind.SOLD_OUT,
            text=PAID_AFTER_SOLD_OUT.fill(),
            source=OrderEvent.Source.RECONCILER,
        )
        if number:
            resolve_review(
                review=review,
                resolution=OrderReview.Resolution.DISMISSED,
                actor=ORDER_STAFF_NAME,
                note="Restocked. Ships next week.",
            )
    receive_demo_withdrawal(past)


def _count_visits(past: DemoPast, ends_at: datetime.datetime) -> None:
    """Count visits of each link by day, about twelve for each order."""
    rng = past.random
    LinkVisitCount.objects.bulk_create(
        LinkVisitCount(
            store=past.store,
            link_id=link.pk,
            date=(ends_at - datetime.timedelta(days=day)).date(),
            count=rng.randrange(1, 4 + (DAYS - day) // 10),
        )
        for link in past.links
        for day in range(DAYS)
        if rng.random() < 0.8
    )

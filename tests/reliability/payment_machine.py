"""The state of the payment model, and what it checks at the end. Its rules are in `payment_rules_*`."""

from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.cache import cache
from django.db.models import F
from django.test import Client
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from catalog.models import Hold, PaymentLink, Variant
from checkout.models import OpenCart, OrderListing, PaymentIntent, Upsell, UpsellAttempt, WebhookEvent
from checkout.payments.payment_return import payment_page_url
from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.errors import NextApiError
from orders.models import (
    CreditNote,
    Customer,
    Notification,
    Order,
    OrderEvent,
    PriceDifference,
    RefundRequest,
)
from stores.errors import Problem
from tests.payments.helpers import make_selection, own_checkout
from tests.reliability.invariants import check_invariants, make_older, run_until_idle
from tests.sandbox_process import SandboxStore

INDEX = st.integers(min_value=0, max_value=7)
Play = Callable[..., None]
# What happened, over all examples.
SEEN: Counter[str] = Counter()
# In an order in which rows can be deleted.
PURCHASE_MODELS = (
    Notification,
    Hold,
    WebhookEvent,
    RefundRequest,
    UpsellAttempt,
    PaymentIntent,
    OpenCart,
    OrderListing,
    OrderEvent,
    CreditNote,
    Order,
    Customer,
)


def reset_shop(shop: Any) -> dict[str, int]:
    """Delete all purchases and orders, restock three of each variant and give the link two uses.

    Return the stock by variant id and the uses left by link id.
    """
    for model in PURCHASE_MODELS:
        model._default_manager.all().delete()
    PriceDifference.objects.all().delete()
    cache.clear()
    Upsell.objects.update(usage_count=0)
    Variant.objects.update(next_price=F("price"))
    Variant.objects.filter(inventory_quantity__isnull=False).update(inventory_quantity=3)
    PaymentLink.objects.update(uses_left=2)
    setup = {name: value for name, value in shop.sandbox.settings.items() if name != "token"}
    shop.sandbox.delete()
    shop.sandbox = SandboxStore(url=shop.sandbox.url, name=shop.sandbox.name, settings=setup)
    shop.access_token = shop.sandbox.token
    shop.save()
    counted = Variant.objects.filter(inventory_quantity__isnull=False)
    return dict.fromkeys(counted.values_list("pk", flat=True), 3) | {PaymentLink.objects.get().pk: 2}


def needs(condition: Callable[[Any], object]) -> Callable[[Play], Play]:
    """Do nothing unless the condition holds.

    Unlike `precondition`, it leaves the choice of rules alone, which must not depend on how fast this machine
    is: Hypothesis would report flaky data.
    """

    def decorate(play: Play) -> Play:
        @wraps(play)
        def play_if_possible(self: Any, **arguments: Any) -> None:
            if condition(self):
                play(self, **arguments)

        return play_if_possible

    return decorate


class PaymentMachineBase(RuleBasedStateMachine):
    """One store, three purchases of two people, variants that run short and a link with two uses."""

    def __init__(self, shop: Any) -> None:
        super().__init__()
        self.shop = shop
        self.initial_stock = reset_shop(shop)
        self.choices = [
            make_selection(shop, "Desk lamp", "Black"),
            make_selection(shop, "Desk lamp", "Black", quantity=2),
            make_selection(shop, "Desk lamp", "White"),
            make_selection(shop, "Field notes", ""),
            make_selection(shop, "Light bulb", "", link=PaymentLink.objects.get()),
        ]
        self.hours = 0.0
        self.pages: list[tuple[PaymentIntent, float]] = []  # payment page at Link, and when it opened
        self.responses: list[tuple[PaymentIntent, str]] = []  # what the browser would post back
        self.events: list[tuple[str, Any]] = []  # webhooks that NEXT would send
        self.numbers: set[str] = set()  # of the sandbox's orders

    def note_new_orders(self) -> None:
        """Keep the events of the sandbox's orders that are new."""
        for order in self.shop.sandbox.orders():
            if order["number"] not in self.numbers:
                self.numbers.add(order["number"])
                self.events.append(("order.created", order))

    def act_as_staff(self, what: str, act: Callable[[], object]) -> None:
        """Run `act`, which may raise only errors that staff see as messages."""
        try:
            act()
        except (Problem, NextApiError):
            SEEN[f"staff refused: {what}"] += 1
        else:
            SEEN[f"staff: {what}"] += 1

    @rule()
    def reconcile(self) -> None:
        """Run the reconciler. No row may fail."""
        done = reconcile_due_rows()
        assert not [what for what in done if what.endswith("failed")], done

    @rule(hours=st.sampled_from([0.003, 0.02, 0.2, 1.1, 5, 30]))
    def time_passes(self, hours: float) -> None:
        """Let hours pass."""
        self.hours += hours
        make_older(hours=hours)

    def teardown(self) -> None:
        """Turn every fault off, run until idle, and check the invariants and the payment pages."""
        self.shop.sandbox.switches(faults=[], nonsense=None)
        done = run_until_idle()
        assert not [what for what in done if what.endswith("failed")], done
        report = check_invariants(self.shop, self.shop.sandbox.charges(), self.initial_stock)
        assert report.faults == [], report.faults
        for intent, _since in self.pages:
            self.check_payment_page(PaymentIntent.objects.select_related("order").get(pk=intent.pk))
        SEEN.update(
            charges=report.charges,
            paid=report.paid,
            reviews=report.reviews,
            reviews_closed=report.reviews_closed,
            second_orders=report.second_orders,
            upsells=report.upsells,
            refunds=report.refunds,
            examples=1,
        )

    def check_payment_page(self, intent: PaymentIntent) -> None:
        """Check that the page tells the shopper whether the payment was charged."""
        response = own_checkout(Client(), intent.order).get(payment_page_url(intent))
        state = "paid" if response.status_code == 303 else response.context["state"]
        expected = {"succeeded": "paid", "review": "review"}.get(intent.status)
        assert state == (expected or ("paid" if intent.order.is_paid else "not_completed")), intent.status

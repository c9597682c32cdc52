"""A state machine of payments: shoppers, NEXT, webhooks, the reconciler, staff and time act in any order.

At the end, with every fault off, the invariants must hold (`tests.reliability.invariants`).
RELIABILITY_EXAMPLES=1000 (or `make soak`) runs longer.
"""

import os
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial, wraps
from typing import Any

import pytest
import requests
from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db import connection
from django.db.models import F
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from catalog.models import Hold, PaymentLink, Variant
from checkout.discounts import build_discounts, check_code
from checkout.models import OpenCart, OrderListing, PaymentIntent, Upsell, UpsellAttempt, WebhookEvent
from checkout.payments import review_refunds, reviews
from checkout.payments.payment_return import payment_page_url
from checkout.payments.reconcile import reconcile_due_rows
from checkout.quote import Discounts, price_lines
from checkout.upsells.acceptance import accept_upsell, decline_upsell
from checkout.upsells.selection import present_next_upsell
from nextcommerce.errors import NextApiError
from nextcommerce.transport import RateLimitedRetry
from orders import refunds, staff_actions
from orders.models import (
    Customer,
    Notification,
    Order,
    OrderEvent,
    OrderReview,
    PriceDifference,
    RefundRequest,
)
from orders.refunds import RefundInput, full_refund_input
from stores import polling
from stores.errors import Conflict, Problem
from tests.factories import make_link
from tests.payments.helpers import deliver_webhook, make_selection, post_return, submit_checkout
from tests.payments.test_concurrency import run_concurrently
from tests.reliability.invariants import check_invariants, make_older, run_until_idle
from tests.sandbox_process import SandboxStore
from tests.upsells.helpers import make_upsell

EXAMPLES = int(os.environ.get("RELIABILITY_EXAMPLES", "20"))
STEPS = int(os.environ.get("RELIABILITY_STEPS", "22"))

INDEX = st.integers(min_value=0, max_value=7)
FAULTS = [
    {"operation": operation, "kind": kind, "when": when, "status": status}
    for operation in (
        *("ordersCreate", "ordersList", "ordersRetrieve", "*"),
        *("ordersAddLineItemsCreate", "ordersRefundCreate", "ordersCancelCreate"),
    )
    for kind, status in (
        ("status", 504),
        ("status", 500),
        ("close", 500),
        ("garbage", 500),
        ("truncate", 500),
    )
    for when in ("before", "after")
]
MONEY_CALLS = ("ordersCreate", "ordersAddLineItemsCreate", "ordersRefundCreate", "ordersCancelCreate")
FAULTS += [
    {"operation": operation, "kind": "status", "when": "after", "status": status}
    for operation in MONEY_CALLS
    for status in (400, 404, 409, 422, 429)
]
FAULTS += [
    # NEXT refuses a second cancellation by itself.
    *({"operation": operation, "kind": "repeat"} for operation in MONEY_CALLS[:3]),
    *({"operation": "ordersRetrieve", "kind": kind} for kind in ("stale", "foreign_order")),
    *({"operation": "ordersList", "kind": kind} for kind in ("empty_list", "short_list")),
]
RATE = {"country": "US", "percent": "8.875", "title": "Sales tax", "taxes_shipping": True}
# How the sandbox taxes, and what the shop knows of it.
TAXES = {
    "none": (None, "included"),
    "added": ("exclusive", "added"),
    "added, unknown": ("exclusive", "included"),
    "included": ("inclusive", "included"),
    "at payment": ("exclusive", "at_payment"),
}
COUPON = {"code": "WELCOME10", "name": "Welcome", "kind": "percent", "value": "10"}
SITE_OFFER = {"id": 3, "name": "Spring sale", "kind": "percent", "value": "20", "is_site_offer": True}
CLOSE_REVIEW = {
    "accept": reviews.accept_reviewed_payment,
    "refund": review_refunds.refund_reviewed_payment,
    "dismiss": reviews.dismiss_review,
}
REVIEW_ACTIONS = ("accept", "refund", "refund", "dismiss")
REFUNDS = ("one", "everything", "shipping", "amount", "amount", "cancel")
MALFORMED_RETURNS = ("", "not json", "[]", "null", '{"number": 7}', '{"number": "100000"}', "{")
# Of `sandbox.nonsense.CHANGES`: another number, payment, time or currency, and unknown words and URLs. What
# lies about money is recorded as NEXT says it, so it can't add up and is tested by itself.
FOREIGN_ANSWERS = (*range(8), 10, 11, 14, 15)
# How long a payment page at Link stays open.
PAGE_HOURS = 20
Play = Callable[..., None]


def needs(condition: Callable[["PaymentMachine"], object]) -> Callable[[Play], Play]:
    """Do nothing unless the condition holds.

    Unlike `precondition`, it leaves the choice of rules alone, which must not depend on how fast this machine
    is: Hypothesis would report flaky data.
    """

    def decorate(play: Play) -> Play:
        @wraps(play)
        def play_if_possible(self: "PaymentMachine", **arguments: Any) -> None:
            if condition(self):
                play(self, **arguments)

        return play_if_possible

    return decorate


class PaymentMachine(RuleBasedStateMachine):
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

    @initialize(taxes=st.sampled_from(list(TAXES)), has_site_offer=st.booleans())
    def set_taxes_and_discounts(self, taxes: str, has_site_offer: bool) -> None:
        """Choose the taxes and the discounts of the store and of NEXT."""
        mode, tax_mode = TAXES[taxes]
        self.shop.tax_mode = tax_mode
        self.shop.save(update_fields=["tax_mode"])
        self.shop.tax_rates.all().delete()
        if taxes in {"added", "included"}:
            self.shop.tax_rates.create(country="US", name="Sales tax", rate="8.875", taxes_shipping=True)
        offers = [SITE_OFFER] if has_site_offer else []
        taxes = {"taxes": {"mode": mode, "rates": [RATE]}} if mode else {}
        self.shop.sandbox.configure(
            **taxes,
            discounts={"coupons": [COUPON], "offers": offers, "site_offers_on_orders": True},
        )

    @rule(key=st.integers(1, 3), choice=st.integers(0, 4), back=st.booleans())
    def check_out_and_pay(self, key: int, choice: int, back: bool) -> None:
        """Complete the most common purchase, so that the other rules have something to act on."""
        pages = len(self.pages)
        self.check_out(key=key, choice=choice)
        if len(self.pages) > pages:
            self.act_at_link(which=pages, action="pay")
            if back:
                self.come_back(which=len(self.responses) - 1)

    @rule(key=st.integers(1, 3), choice=st.integers(0, 3), action=st.none() | st.sampled_from(REVIEW_ACTIONS))
    def pay_for_two_choices(self, key: int, choice: int, action: str | None) -> None:
        """Come back from Link, change the selection and pay both: the most common cause of a review."""
        pages = len(self.pages)
        self.check_out(key=key, choice=choice)
        self.check_out(key=key, choice=choice + 1)
        for page in range(pages, len(self.pages)):
            self.act_at_link(which=page, action="pay")
            self.come_back(which=len(self.responses) - 1)
        if action and PaymentIntent.objects.filter(status="review").exists():
            self.staff_close_a_review(which=0, action=action)

    @rule(key=st.integers(1, 3), choice=st.integers(0, 4), code=st.sampled_from(["", "WELCOME10"]))
    def check_out(self, key: int, choice: int, code: str = "") -> None:
        """Start a purchase, try again, or change its selection or code."""
        selection = self.choices[choice]
        discounts = self.find_discounts(selection, code)
        try:
            intent = submit_checkout(
                self.shop,
                selection,
                key=f"purchase {key}",
                form=f"form {choice} {code}",
                email="ada@example.com" if key < 3 else "grace@example.com",
                discounts=discounts,
            )
        except (Conflict, Problem) as refused:
            SEEN[f"refused: {refused.code}"] += 1
            return
        SEEN[f"started: {intent.status}"] += 1
        if intent.status == "redirected":
            intent.store = self.shop
            self.pages.append((intent, self.hours))

    def find_discounts(self, selection: Any, code: str) -> Discounts:
        """Return what NEXT says of the code, as the checkout page does."""
        check = check_code(
            store=self.shop,
            session=SessionStore(),
            lines=price_lines(selection, self.shop),
            code=code,
            may_ask=lambda: True,
        )
        SEEN["codes applied"] += check.is_applied
        return build_discounts(check=check, offers=())

    @rule(which=INDEX)
    @needs(lambda self: self.pages)
    def pay_on_a_page_that_nobody_was_sent_to(self, which: int) -> None:
        """Pay on any open page of NEXT, for example one that a call delivered twice has opened."""
        pages = [page for page in self.shop.sandbox.payments() if page["status"] == "open"]
        if not pages:
            return
        self.shop.sandbox.pay(pages[which % len(pages)]["token"])
        self.note_new_orders()

    @rule(which=INDEX, action=st.sampled_from(["pay", "pay", "pay", "decline", "abandon"]))
    @needs(lambda self: self.pages)
    def act_at_link(self, which: int, action: str) -> None:
        """Pay, decline or leave the payment page while it is open."""
        intent, since = self.pages[which % len(self.pages)]
        if self.hours - since > PAGE_HOURS:
            return
        answer = self.shop.sandbox.pay(intent.payment_complete_url, action)
        self.responses.append((intent, answer["response"] or "{}"))
        if action == "pay":
            self.note_new_orders()

    def note_new_orders(self) -> None:
        """Keep the events of the sandbox's orders that are new."""
        for order in self.shop.sandbox.orders():
            if order["number"] not in self.numbers:
                self.numbers.add(order["number"])
                self.events.append(("order.created", order))

    @rule(which=INDEX)
    @needs(lambda self: self.responses)
    def come_back(self, which: int) -> None:
        """Come back from Link: in time, late, or again."""
        intent, response = self.responses[which % len(self.responses)]
        assert post_return(intent, response).status_code == 303

    @rule(which=INDEX, text=st.sampled_from(MALFORMED_RETURNS))
    @needs(lambda self: self.pages)
    def come_back_malformed(self, which: int, text: str) -> None:
        """Post something malformed to the return address."""
        assert post_return(self.pages[which % len(self.pages)][0], text).status_code == 303

    @rule(which=INDEX, whose=INDEX)
    @needs(lambda self: self.responses)
    def come_back_with_another_payments_response(self, which: int, whose: int) -> None:
        """Post another payment's response to the return address."""
        intent = self.responses[which % len(self.responses)][0]
        assert post_return(intent, self.responses[whose % len(self.responses)][1]).status_code == 303

    @rule(which=INDEX)
    @needs(lambda self: self.pages)
    def open_payment_page(self, which: int) -> None:
        """Open the payment page."""
        answer = Client().get(payment_page_url(self.pages[which % len(self.pages)][0]))
        assert answer.status_code in {200, 303}

    @rule(which=INDEX, again=st.booleans())
    @needs(lambda self: self.events)
    def deliver_event(self, which: int, again: bool) -> None:
        """Deliver any event, in any order, once or twice. An event never chosen is a lost webhook."""
        number = which % len(self.events)
        kind, order = self.events[number]
        for _ in range(2 if again else 1):
            assert deliver_webhook(self.shop, kind, order, event_id=f"event {number}").status_code == 200

    @precondition(lambda self: connection.vendor == "postgresql")
    @rule(which=INDEX, event=INDEX)
    @needs(lambda self: self.events and self.responses)
    def everything_at_once(self, which: int, event: int) -> None:
        """Run the return, a webhook and two reconcilers at the same time."""
        number = event % len(self.events)
        kind, order = self.events[number]
        results = run_concurrently(
            partial(post_return, *self.responses[which % len(self.responses)]),
            partial(deliver_webhook, self.shop, kind, order, event_id=f"event {number}"),
            reconcile_due_rows,
            reconcile_due_rows,
        )
        assert not [result for result in results if isinstance(result, Exception)], results

    @rule(which=INDEX)
    @needs(lambda self: self.events)
    def deliver_transaction_event(self, which: int) -> None:
        """Deliver the event of an order's transaction."""
        order = self.events[which % len(self.events)][1]
        data = {"order": order["number"], "attribution": order["attribution"]}
        deliver_webhook(self.shop, "transaction.created", data, event_id=f"transaction of {order['number']}")

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 4))
    def next_fails(self, fault: dict[str, Any], times: int) -> None:
        """Plan a fault of the sandbox."""
        self.shop.sandbox.plan_fault(**fault, times=times)

    @rule(
        mode=st.sampled_from(["normal", "empty_though_charged", "malformed", "never"]),
        strip=st.booleans(),
    )
    def next_changes_behavior(self, mode: str, strip: bool) -> None:
        """Change how the sandbox returns shoppers, and whether it keeps tags."""
        self.shop.sandbox.switches(return_mode=mode, strip_tags=strip)

    @rule(nonsense=st.none() | st.sampled_from(FOREIGN_ANSWERS))
    def next_answers_about_another_order(self, nonsense: int | None) -> None:
        """Make the sandbox answer about another order, or with words and URLs that no column holds."""
        self.shop.sandbox.switches(nonsense=nonsense)

    @rule(
        which=INDEX,
        edit=st.sampled_from(
            [
                {"cancel": {"full_refund": True, "reason": "Dashboard"}},
                {"cancel": {"full_refund": False, "reason": "Dashboard"}},
                {"refund": {"amount": "1.00"}},
                {"fulfil": {}},
            ]
        ),
    )
    @needs(lambda self: self.events)
    def staff_edit_order_in_next(self, which: int, edit: dict[str, Any]) -> None:
        """Cancel, refund or fulfill an order in the sandbox."""
        number = self.events[which % len(self.events)][1]["number"]
        response = requests.post(
            f"{self.shop.sandbox.control_url}/orders/{number}/edit", json=edit, timeout=30
        )
        if response.ok:
            self.events.append(("order.updated", response.json()))

    @rule(which=INDEX, yes=st.booleans(), again=st.booleans())
    @needs(lambda self: Order.objects.filter(status="Paid").exists())
    def answer_an_upsell(self, which: int, yes: bool, again: bool) -> None:
        """Accept or decline a one-click upsell, with one click or two."""
        paid = list(Order.objects.filter(status="Paid").select_related("store").order_by("created_at"))
        attempt = present_next_upsell(order=paid[which % len(paid)])
        if attempt is None or attempt.is_in_doubt:
            return
        for _ in range(2 if again else 1):
            attempt = accept_upsell(attempt=attempt) if yes else decline_upsell(attempt=attempt)
        SEEN[f"upsell: {attempt.status}"] += 1

    @rule(which=INDEX, action=st.sampled_from(REVIEW_ACTIONS))
    @needs(lambda self: PaymentIntent.objects.filter(status="review").exists())
    def staff_close_a_review(self, which: int, action: str) -> None:
        """Close an open review in one of the ways that staff have."""
        open_reviews = list(PaymentIntent.objects.filter(status="review").select_related("order", "store"))
        intent = open_reviews[which % len(open_reviews)]
        self.act_as_staff(action, lambda: CLOSE_REVIEW[action](intent=intent, actor="kim"))

    @rule(which=INDEX)
    @needs(lambda self: OrderReview.objects.open().exists())
    def staff_close_an_order_review(self, which: int) -> None:
        """Close any open review on its order's page, which refuses those of payments."""
        open_reviews = list(OrderReview.objects.open().order_by("opened_at"))
        review = open_reviews[which % len(open_reviews)]
        self.act_as_staff(
            "close review",
            lambda: staff_actions.close_order_review(review=review, actor="kim", note=""),
        )
        still_open = set(OrderReview.objects.open().values_list("pk", flat=True))
        kept = {other.pk for other in open_reviews if other != review or review.is_of_payment}
        assert still_open == kept

    @rule(which=INDEX, what=st.sampled_from(REFUNDS), again=st.booleans())
    @needs(lambda self: Order.objects.filter(paid_at__isnull=False).exists())
    def staff_refund_or_cancel(self, which: int, what: str, again: bool) -> None:
        """Calculate a refund and confirm it, once or twice; or cancel the order."""
        paid = list(
            Order.objects.filter(paid_at__isnull=False).select_related("store").order_by("created_at")
        )
        order = paid[which % len(paid)]
        if what == "cancel":
            self.act_as_staff(
                "cancel",
                lambda: staff_actions.cancel_paid_order(
                    order=order, reason="x", full_refund=True, notify=False, actor="kim"
                ),
            )
            return
        refund_input = {
            "one": RefundInput(quantities={order.items.all()[0].pk: 1}),
            "everything": full_refund_input(order),
            "shipping": RefundInput(shipping=True),
            "amount": RefundInput(amount=Decimal("1.00")),
        }[what]

        def calculate_and_refund() -> None:
            refund_quote = refunds.fetch_refund_quote(order=order, refund_input=refund_input)
            for _ in range(2 if again else 1):
                self.act_as_staff(
                    f"refund {what}",
                    lambda: refunds.issue_refund(
                        order=order,
                        refund_input=refund_input,
                        expected=refund_quote.amount,
                        refunded_before=refunded_before,
                        actor="kim",
                    ),
                )

        refunded_before = order.refunded_amount
        self.act_as_staff(f"calculate {what}", calculate_and_refund)

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
        """Check that the page tells a shopper whether the payment was charged."""
        response = Client().get(payment_page_url(intent))
        state = "paid" if response.status_code == 303 else response.context["state"]
        expected = {"succeeded": "paid", "review": "review"}.get(intent.status)
        assert state == (expected or ("paid" if intent.order.is_paid else "not_completed")), intent.status


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


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_books_balance_after_any_sequence_of_events(shop, monkeypatch):
    """Each charge has one order or one review, no order is paid without one, and stock adds up."""
    monkeypatch.setattr(polling, "WAIT_SECONDS", 0)
    monkeypatch.setattr(RateLimitedRetry, "sleep", lambda self, response=None: None)
    make_link(shop.products.get(name="Light bulb"), uses_left=2)
    make_upsell(shop, usage_limit=2)
    SEEN.clear()

    run_state_machine_as_test(
        lambda: PaymentMachine(shop),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="RELIABILITY_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[
                phase for phase in Phase if phase is not Phase.shrink or "RELIABILITY_SHRINK" in os.environ
            ],
        ),
    )

    print(dict(SEEN))
    assert SEEN["charges"] == SEEN["paid"] + SEEN["reviews"] + SEEN["reviews_closed"] + SEEN["second_orders"]
    assert SEEN["paid"] > 0

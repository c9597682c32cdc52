"""A state machine of payments: shoppers, NEXT, webhooks, the reconciler, staff and time act in any order.

At the end, with every fault off, the invariants must hold (`tests.reliability.invariants`).
RELIABILITY_EXAMPLES=1000 (or `make soak`) runs longer.
"""

import os
from functools import partial

import pytest
from django.db import connection
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from checkout.models import PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.transport import RateLimitedRetry
from stores import polling
from tests.factories import make_link
from tests.payments.helpers import deliver_webhook, post_return
from tests.payments.test_concurrency import run_concurrently
from tests.reliability.payment_machine import INDEX, SEEN, needs
from tests.reliability.payment_rules_next import NextRules
from tests.reliability.payment_rules_shopper import ShopperRules
from tests.reliability.payment_rules_staff import REVIEW_ACTIONS, StaffRules
from tests.upsells.helpers import make_upsell

EXAMPLES = int(os.environ.get("RELIABILITY_EXAMPLES", "20"))
STEPS = int(os.environ.get("RELIABILITY_STEPS", "22"))


class PaymentMachine(ShopperRules, NextRules, StaffRules):
    """All rules, and what combines several of them."""

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

"""A model of the payment: shopper, store, webhook, reconciler, staff and time act in any order.

After it all, with every fault gone, the books must balance (`tests.proof.world`). PROOF_EXAMPLES=1000 (or
`make soak`) plays longer.
"""

import os
from collections import Counter
from typing import Any

import pytest
import requests
from django.test import Client
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test

from catalog.models import Hold, PaymentLink, Variant
from checkout import payment
from checkout.models import PaymentIntent, WebhookEvent
from checkout.receiver import payment_page
from checkout.reconcile import reconcile
from orders.models import Customer, Mail, Order, OrderEvent
from stores.admin_api.transport import PoliteRetry
from stores.errors import Conflict, Problem
from tests.factories import make_link
from tests.payment.actors import checkout, choose, come_back, deliver
from tests.proof.world import come_to_rest, pass_time, read_books
from tests.sandbox_process import SandboxStore

EXAMPLES = int(os.environ.get("PROOF_EXAMPLES", "20"))
STEPS = int(os.environ.get("PROOF_STEPS", "20"))

SOME = st.integers(min_value=0, max_value=7)
FAULTS = [
    {"operation": operation, "kind": kind, "when": when, "status": status}
    for operation in ("ordersCreate", "ordersList", "ordersRetrieve", "*")
    for kind, status in (
        ("status", 504),
        ("status", 500),
        ("close", 500),
        ("garbage", 500),
        ("truncate", 500),
    )
    for when in ("before", "after")
]
GARBAGE = ("", "not json", "[]", "null", '{"number": 7}', '{"number": "100000"}', "{")
# A payment page at Link is not open for ever.
PAGE_HOURS = 20


class Payments(RuleBasedStateMachine):
    """One shop, three purchases of two people, two kinds of goods that run short and a link with two uses."""

    def __init__(self, shop: Any) -> None:
        super().__init__()
        self.shop = shop
        self.began_with = clear(shop)
        self.choices = [
            choose(shop, "Desk lamp", "Black"),
            choose(shop, "Desk lamp", "Black", quantity=2),
            choose(shop, "Desk lamp", "White"),
            choose(shop, "Field notes", ""),
            choose(shop, "Light bulb", "", link=PaymentLink.objects.get()),
        ]
        self.hours = 0.0
        self.pages: list[tuple[PaymentIntent, float]] = []  # open at Link, since when
        self.responses: list[tuple[PaymentIntent, str]] = []  # what the browser would post back
        self.events: list[tuple[str, Any]] = []  # what the webhook would tell

    @rule(key=st.integers(1, 3), choice=st.integers(0, 4))
    def check_out_and_pay(self, key: int, choice: int) -> None:
        """The most common story, so that the others have something to happen to."""
        pages = len(self.pages)
        self.check_out(key=key, choice=choice)
        if len(self.pages) > pages:
            self.act_at_link(which=pages, action="pay")

    @rule(key=st.integers(1, 3), choice=st.integers(0, 4))
    def check_out(self, key: int, choice: int) -> None:
        """Begin, try again, or choose anew for the same purchase."""
        email = "ada@example.com" if key < 3 else "grace@example.com"
        try:
            intent = checkout(
                self.shop, self.choices[choice], key=f"purchase {key}", form=f"form {choice}", email=email
            )
        except (Conflict, Problem) as refused:
            SEEN[f"refused: {refused.code}"] += 1
            return
        SEEN[f"began: {intent.status}"] += 1
        if intent.status == "redirected":
            intent.store = self.shop
            self.pages.append((intent, self.hours))

    @precondition(lambda self: self.pages)
    @rule(which=SOME, action=st.sampled_from(["pay", "pay", "pay", "decline", "abandon"]))
    def act_at_link(self, which: int, action: str) -> None:
        intent, since = self.pages[which % len(self.pages)]
        if self.hours - since > PAGE_HOURS:
            return
        known = {order["number"] for order in self.shop.sandbox.orders()}
        answer = self.shop.sandbox.pay(intent.payment_complete_url, action)
        self.responses.append((intent, answer["response"] or "{}"))
        for order in self.shop.sandbox.orders():
            if order["number"] not in known:
                self.events.append(("order.created", order))

    @precondition(lambda self: self.responses)
    @rule(which=SOME)
    def come_back(self, which: int) -> None:
        """Come back, late, or once more."""
        intent, response = self.responses[which % len(self.responses)]
        assert come_back(intent, response).status_code == 303

    @precondition(lambda self: self.pages)
    @rule(which=SOME, text=st.sampled_from(GARBAGE))
    def come_back_with_garbage(self, which: int, text: str) -> None:
        assert come_back(self.pages[which % len(self.pages)][0], text).status_code == 303

    @precondition(lambda self: self.responses)
    @rule(which=SOME, whose=SOME)
    def come_back_with_somebody_elses_answer(self, which: int, whose: int) -> None:
        intent = self.responses[which % len(self.responses)][0]
        assert come_back(intent, self.responses[whose % len(self.responses)][1]).status_code == 303

    @precondition(lambda self: self.pages)
    @rule(which=SOME)
    def look_at_the_page(self, which: int) -> None:
        answer = Client().get(payment_page(self.pages[which % len(self.pages)][0]))
        assert answer.status_code in {200, 303}

    @precondition(lambda self: self.events)
    @rule(which=SOME, again=st.booleans())
    def webhook(self, which: int, again: bool) -> None:
        """Any event kept at the store, in any order, as often as it likes; what is not told is missing."""
        number = which % len(self.events)
        kind, order = self.events[number]
        for _ in range(2 if again else 1):
            assert deliver(self.shop, kind, order, event_id=f"event {number}").status_code == 200

    @precondition(lambda self: self.events)
    @rule(which=SOME)
    def webhook_of_a_transaction(self, which: int) -> None:
        order = self.events[which % len(self.events)][1]
        data = {"order": order["number"], "attribution": order["attribution"]}
        deliver(self.shop, "transaction.created", data, event_id=f"transaction of {order['number']}")

    @rule(fault=st.sampled_from(FAULTS), times=st.integers(1, 4))
    def store_fails(self, fault: dict[str, Any], times: int) -> None:
        self.shop.sandbox.fault(**fault, times=times)

    @rule(
        mode=st.sampled_from(["normal", "empty_though_charged", "malformed", "never"]),
        strip=st.booleans(),
    )
    def store_behaves(self, mode: str, strip: bool) -> None:
        self.shop.sandbox.switches(return_mode=mode, strip_tags=strip)

    @precondition(lambda self: self.events)
    @rule(
        which=SOME,
        edit=st.sampled_from(
            [
                {"cancel": {"full_refund": True}},
                {"cancel": {"full_refund": False}},
                {"refund": {"amount": "1.00"}},
                {"fulfil": {}},
            ]
        ),
    )
    def staff_act_in_the_store(self, which: int, edit: dict[str, Any]) -> None:
        number = self.events[which % len(self.events)][1]["number"]
        answer = requests.post(f"{self.shop.sandbox.control_url}/orders/{number}/edit", json=edit, timeout=30)
        if answer.ok:
            self.events.append(("order.updated", answer.json()))

    @rule()
    def reconcile(self) -> None:
        done = reconcile()
        assert not [what for what in done if what.endswith("failed")], done

    @rule(hours=st.sampled_from([0.003, 0.02, 0.2, 1.1, 5, 30]))
    def time_passes(self, hours: float) -> None:
        self.hours += hours
        pass_time(hours=hours)

    def teardown(self) -> None:
        self.shop.sandbox.switches(faults=[])
        done = come_to_rest()
        assert not [what for what in done if what.endswith("failed")], done
        books = read_books(self.shop, self.shop.sandbox.charges(), self.began_with)
        assert books.faults == []
        SEEN.update(charges=books.charges, paid=books.paid, reviews=books.reviews, examples=1)


SEEN: Counter[str] = Counter()


def clear(shop: Any) -> dict[str, int]:
    """Begin anew: no purchases, a sandbox store without orders, three of each lamp, two uses of the link.

    Return how many there are, by id.
    """
    for model in (Mail, Hold, WebhookEvent, PaymentIntent, OrderEvent, Order, Customer):
        model._default_manager.all().delete()
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
def test_whatever_happens_in_whatever_order_the_books_balance(shop, monkeypatch):
    """Each charge has one order or one review, no order is paid without one, and stock adds up."""
    monkeypatch.setattr(payment, "WAIT_SECONDS", 0)
    monkeypatch.setattr(PoliteRetry, "sleep", lambda self, response=None: None)
    make_link(shop.products.get(name="Light bulb"), uses_left=2)
    SEEN.clear()

    run_state_machine_as_test(
        lambda: Payments(shop),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize="PROOF_EXAMPLES" not in os.environ,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[phase for phase in Phase if phase is not Phase.shrink or "PROOF_SHRINK" in os.environ],
        ),
    )

    print(dict(SEEN))
    assert SEEN["charges"] == SEEN["paid"] + SEEN["reviews"]
    assert SEEN["paid"] > 0

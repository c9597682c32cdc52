"""Payment model: how NEXT taxes, fails and answers, and the webhooks that it sends."""

from typing import Any

import requests
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from tests.payments.helpers import deliver_webhook
from tests.reliability.payment_machine import INDEX, PaymentMachineBase, needs

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
# Of `sandbox.nonsense.CHANGES`: another number, payment, time or currency, unknown words and URLs, and lines
# with wrong ids. What lies about money is recorded as NEXT says it, so it can't add up and is tested by
# itself.
FOREIGN_ANSWERS = (*range(8), 10, 11, 14, 15, 18, 19, 20)


class NextRules(PaymentMachineBase):
    """NEXT taxes, fails, answers absurdly, and delivers webhooks in any order."""

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

    @rule(which=INDEX, again=st.booleans())
    @needs(lambda self: self.events)
    def deliver_event(self, which: int, again: bool) -> None:
        """Deliver any event, in any order, once or twice. An event never chosen is a lost webhook."""
        number = which % len(self.events)
        kind, order = self.events[number]
        for _ in range(2 if again else 1):
            assert deliver_webhook(self.shop, kind, order, event_id=f"event {number}").status_code == 200

    @rule(which=INDEX)
    @needs(lambda self: self.events)
    def deliver_transaction_event(self, which: int) -> None:
        """Deliver the event of an order's transaction."""
        order = self.events[which % len(self.events)][1]
        data = {"order": order["number"], "attribution": order["attribution"]}
        deliver_webhook(self.shop, "transaction.created", data, event_id=f"transaction of {order['number']}")

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

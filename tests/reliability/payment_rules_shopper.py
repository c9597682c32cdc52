"""Payment model: what shoppers do, at the shop and at Link."""

import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore
from django.test import Client
from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import rule

from checkout.discounts import build_discounts, check_code
from checkout.models import PaymentIntent
from checkout.payments.payment_return import payment_page_url
from checkout.quote import Discounts, price_lines
from checkout.upsells.acceptance import accept_upsell, decline_upsell
from checkout.upsells.selection import present_next_upsell
from orders.models import Order
from stores.errors import Conflict, Problem
from tests.payments.helpers import own_checkout, post_return, submit_checkout
from tests.reliability.payment_machine import INDEX, SEEN, PaymentMachineBase, needs

MALFORMED_RETURNS = ("", "not json", "[]", "null", '{"number": 7}', '{"number": "100000"}', "{")
# How long a payment page at Link stays open.
PAGE_HOURS = 20


class ShopperRules(PaymentMachineBase):
    """Shoppers check out, pay, come back and answer upsells."""

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

    @rule(which=INDEX)
    @needs(lambda self: self.responses)
    def come_back(self, which: int) -> None:
        """Come back from Link: in time, late, or again."""
        intent, response = self.responses[which % len(self.responses)]
        self.check_return(intent, response)

    @rule(which=INDEX, text=st.sampled_from(MALFORMED_RETURNS))
    @needs(lambda self: self.pages)
    def come_back_malformed(self, which: int, text: str) -> None:
        """Post something malformed to the return address."""
        self.check_return(self.pages[which % len(self.pages)][0], text)

    @rule(which=INDEX, whose=INDEX)
    @needs(lambda self: self.responses)
    def come_back_with_another_payments_response(self, which: int, whose: int) -> None:
        """Post another payment's response to the return address."""
        intent = self.responses[which % len(self.responses)][0]
        self.check_return(intent, self.responses[whose % len(self.responses)][1])

    def check_return(self, intent: PaymentIntent, text: str) -> None:
        """Post this to the return address, which leads on, but may have expired after a day."""
        status = post_return(intent, text).status_code
        created_at = PaymentIntent.objects.get(pk=intent.pk).created_at
        is_old = timezone.now() - created_at > datetime.timedelta(days=1)
        assert status == 303 or (status == 410 and is_old), status

    @rule(which=INDEX)
    @needs(lambda self: self.pages)
    def open_payment_page(self, which: int) -> None:
        """Open the payment page."""
        intent = self.pages[which % len(self.pages)][0]
        answer = own_checkout(Client(), intent.order).get(payment_page_url(intent))
        assert answer.status_code in {200, 303}

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

"""No answer that the published description allows changes which order a record is, or is an error of ours.

Needs a copy of the description: see `tests.sandbox.api_description`.
"""

import itertools
import json
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.reconcile import handle_order_refresh, handle_subscription
from checkout.payments.settle import check_payment_intent
from checkout.payments.webhook_events import apply_webhook_event
from nextcommerce.errors import NextApiError
from nextcommerce.json_cleaning import parse_json
from nextcommerce.transport import Transport
from orders.models import Order, OrderReview
from orders.refunds import full_refund_input, issue_refund
from orders.snapshot import MONEY_FIELDS, SHOWN_PARTS
from orders.staff_actions import cancel_paid_order
from orders.sync import sync_order_as_staff
from stores.errors import Problem
from subscriptions.models import Subscription
from subscriptions.services import cancel_subscription
from tests.factories import make_order, make_review, make_store, sum_parts
from tests.nextcommerce.described_answers import describe_answers
from tests.sandbox.api_description import DESCRIPTION_PATH, ApiDescription

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not DESCRIPTION_PATH.exists(), reason="needs a copy of the API description"),
]
NUMBER = "100001"
counter = itertools.count(1)
many_answers = settings(
    max_examples=40,
    deadline=None,
    database=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)


@pytest.fixture(scope="module")
def description():
    return ApiDescription()


@pytest.fixture
def answer_with(monkeypatch) -> Callable[[Any], None]:
    """Return a function that makes NEXT answer each call with this body."""

    def answer_with(body: Any) -> None:
        monkeypatch.setattr(Transport, "send_request", lambda self, *args, **kwargs: body)

    return answer_with


def make_paid_order(store):
    """Create a paid order that is in NEXT, with its payment and an open review."""
    number = f"{NUMBER}{next(counter)}"
    mark = f"pi_{next(counter):030d}"
    order = make_order(store, next_order_number=number, next_mark=mark, next_payment_status="paid")
    PaymentIntent.objects.create(
        id=mark,
        store=store,
        order=order,
        status="succeeded",
        amount=order.total,
        currency=order.currency,
        next_order_number=number,
        fingerprint=mark,
    )
    make_review(order)
    return order


def answer_about(order, body: Any, *, is_ours: bool) -> Any:
    """Return the generated body, with the number and mark of our order if `is_ours`."""
    if is_ours and isinstance(body, dict):
        return body | {
            "number": order.next_order_number,
            "tags": [order.next_mark],
            "currency": order.currency,
        }
    return body


def check_nothing_is_lost(before: Order) -> None:
    after = Order.objects.get(pk=before.pk)
    assert after.next_order_number == before.next_order_number
    assert (after.next_mark, after.currency, after.is_paid) == (before.next_mark, before.currency, True)
    assert after.total == sum_parts(after)
    assert after.refunded_amount >= Decimal(0)
    assert OrderReview.objects.filter(order=after, kind="sold_out", resolved_at=None).count() == 1
    intent = PaymentIntent.objects.get(pk=before.next_mark)
    assert (intent.status, intent.next_order_number) == ("succeeded", before.next_order_number)


def test_checks_refunds_and_cancellations(description, answer_with, client, admin_client):
    """Staff get a sentence, the reconciler an outcome, and shopper and staff their pages."""
    store = make_store()

    @many_answers
    @given(describe_answers(description, "ordersRetrieve"), st.booleans())
    def check(body, is_ours):
        order = make_paid_order(store)
        answer_with(answer_about(order, body, is_ours=is_ours))

        with suppress(NextApiError):
            handle_order_refresh(order)
        with suppress(Problem):
            sync_order_as_staff(order=order, actor="kim")
        with suppress(Problem):
            cancel_paid_order(order=order, reason="other", full_refund=True, notify=False, actor="kim")
        with suppress(Problem, NextApiError):
            issue_refund(
                order=order,
                refund_input=full_refund_input(order),
                expected=order.total,
                refunded_before=order.refunded_amount,
                actor="kim",
            )

        check_nothing_is_lost(order)
        assert client.get(order.get_absolute_url()).status_code == 200
        assert admin_client.get(f"/admin/orders/order/{order.pk}/change/", follow=True).status_code == 200

    check()


def test_signed_events(description, answer_with):
    """An event about an order says as little, or as much, as an answer. Parsing cleans its JSON."""
    store = make_store()

    @many_answers
    @given(describe_answers(description, "ordersRetrieve"), st.booleans())
    def check(body, is_ours):
        order = make_paid_order(store)
        event = WebhookEvent.objects.create(
            store=store,
            event_id=f"event-{next(counter)}",
            event_type="order.updated",
            data=parse_json(json.dumps(answer_about(order, body, is_ours=is_ours)).encode()),
            received_at=order.created_at,
        )

        apply_webhook_event(event)

        check_nothing_is_lost(order)
        event.refresh_from_db()
        assert event.outcome

    check()


def make_empty_snapshot(order):
    """Return what a payment remembers of an order without items."""
    shown = dict.fromkeys((*SHOWN_PARTS, *MONEY_FIELDS), "0.00")
    return {
        "order": {**shown, "payment_link_id": "", "email": order.email, "discount_code": ""},
        **{name: [] for name in ("items", "discounts", "tax_lines", "next_offer_ids", "next_priced")},
        "is_shipping_next_priced": False,
        "consents": [],
    }


def test_payments_that_are_not_settled_yet(description, answer_with):
    """An answer settles a payment only if it carries its mark."""
    store = make_store()

    @many_answers
    @given(describe_answers(description, "ordersRetrieve"), st.booleans())
    def check(body, is_ours):
        order = make_paid_order(store)
        Order.objects.filter(pk=order.pk).update(paid_at=None, status="Pending", next_order_number=None)
        PaymentIntent.objects.filter(order=order).update(
            status="redirected",
            next_order_number=None,
            snapshot=make_empty_snapshot(order),
        )
        answer_with(answer_about(order, body, is_ours=is_ours))

        intent = check_payment_intent(
            intent=PaymentIntent.objects.select_related("store", "order").get(order=order),
            source="return",
            hint=order.next_order_number,
        )

        if not is_ours:
            assert intent.is_open
        if intent.next_order_number is not None:
            assert intent.next_order_number == order.next_order_number

    check()


def test_subscriptions(description, answer_with):
    """A subscription stays the one it is, and a wish is sent once for each look."""
    store = make_store()

    @many_answers
    @given(describe_answers(description, "subscriptionsRetrieve"), st.booleans())
    def check(body, is_ours):
        order = make_paid_order(store)
        subscription = Subscription.objects.create(
            store=store, order=order, next_subscription_id=next(counter), currency="USD"
        )
        number = subscription.next_subscription_id
        answer_with(body | {"id": number, "currency": "USD"} if is_ours else body)

        with suppress(NextApiError):
            handle_subscription(subscription)
        with suppress(Problem, NextApiError):
            cancel_subscription(subscription=subscription, at_period_end=False)

        subscription.refresh_from_db()
        assert (subscription.next_subscription_id, subscription.currency) == (number, "USD")
        check_nothing_is_lost(order)

    check()

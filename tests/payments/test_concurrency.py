"""Concurrent payments on PostgreSQL: many callers, one effect."""

import datetime
import threading
import time
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from unittest.mock import Mock

import pytest
from django.db import connection, transaction
from django.utils import timezone

from catalog import stock
from catalog.models import Hold, PaymentLink, Variant
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments import webhooks
from checkout.payments.reconcile import expire_order, reconcile_due_rows
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderEvent
from stores.errors import Conflict
from tests.factories import make_link, variant_of
from tests.payments.helpers import (
    age_intent,
    deliver_webhook,
    make_due,
    make_selection,
    net_charged,
    order_create_calls,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)

pytestmark = pytest.mark.concurrent

ROUNDS = 5


def run_concurrently(*calls: Callable[[], object]) -> list[object]:
    """Run the calls in threads that start together. Return each one's result or exception."""
    barrier = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def run(index: int, call: Callable[[], object]) -> None:
        try:
            barrier.wait(timeout=30)
            results[index] = call()
        except Exception as error:
            results[index] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    return results


def test_concurrent_return_webhook_and_reconciler_settle_once(shop):
    """S2, S3: the losers of the race get the settled payment as success."""
    for round_number in range(ROUNDS):
        intent = submit_checkout(shop, key=f"purchase {round_number}", form="one")
        response = pay_at_link(intent)
        next_order = shop.sandbox.orders()[-1]
        make_due()

        results = run_concurrently(
            *[partial(post_return, intent, response)] * 7,
            *[
                partial(deliver_webhook, shop, "order.created", next_order, event_id=f"{intent.pk}{n}")
                for n in range(7)
            ],
            *[partial(check_payment_intent, intent=intent, source="reconciler")] * 3,
            *[reconcile_due_rows] * 3,
            *[
                partial(
                    settle_payment_intent,
                    intent=intent,
                    next_order=deserialize_order(next_order),
                    source="staff",
                )
            ]
            * 3,
        )

        assert not [result for result in results if isinstance(result, Exception)]
        assert [result.status for result in results[-3:]] == ["succeeded"] * 3
        order = Order.objects.get(pk=intent.order_id)
        intent.refresh_from_db()
        assert (order.status, intent.status) == ("Paid", "succeeded")
        assert list(order.events.values_list("kind", flat=True)) == ["paid"]
        assert list(Hold.objects.filter(reference=order.pk).values_list("state", flat=True)) == ["sold"]
    assert stock_of(shop) == 10 - ROUNDS


def test_concurrent_deliveries_of_one_event_have_one_effect(shop, monkeypatch):
    """S18: settlement is idempotent anyway; a repeated event isn't even applied again."""
    applied = Mock(wraps=webhooks.apply_webhook_event)
    monkeypatch.setattr(webhooks, "apply_webhook_event", applied)
    for round_number in range(1, ROUNDS + 1):
        key = f"purchase {round_number}"
        pay_at_link(submit_checkout(shop, key=key))
        next_order = shop.sandbox.orders()[-1]

        answers = run_concurrently(
            *[partial(deliver_webhook, shop, "order.created", next_order, event_id=key)] * 20
        )

        assert [answer.status_code for answer in answers] == [200] * 20
        assert WebhookEvent.objects.count() == applied.call_count == round_number
        assert OrderEvent.objects.filter(kind="paid").count() == round_number


def test_concurrent_posts_of_one_form_make_one_order_one_call_and_one_redirect(shop):
    """S20."""
    for round_number in range(ROUNDS):
        results = run_concurrently(*[partial(submit_checkout, shop, key=f"purchase {round_number}")] * 20)

        assert not [result for result in results if isinstance(result, Exception)]
        payment_urls = {intent.payment_complete_url for intent in results}
        assert len(payment_urls) == 1
        assert "" not in payment_urls
        assert len(order_create_calls(shop)) == round_number + 1
    assert Order.objects.count() == PaymentIntent.objects.count() == ROUNDS
    assert stock_of(shop) == 10 - ROUNDS


def test_concurrent_selections_for_one_purchase_hold_stock_for_one(shop):
    """S6, S20: two tabs of one checkout with different selections."""
    for round_number in range(ROUNDS):
        key = f"purchase {round_number}"
        submit_checkout(shop, key=key, form="first")

        results = run_concurrently(
            *[partial(submit_checkout, shop, make_selection(shop, title="White"), key=key, form="white")] * 4,
            *[partial(submit_checkout, shop, make_selection(shop, quantity=2), key=key, form="two black")]
            * 4,
        )

        assert {intent.status for intent in results} == {"redirected"}
        order = Order.objects.get(checkout_key=key)
        (hold,) = Hold.objects.filter(reference=order.pk, state="held")
        (item,) = order.items.all()
        assert (hold.variant_id, hold.quantity) == (item.variant_id, item.quantity)
        stock.release_hold(reference=order.pk)
        assert (stock_of(shop), stock_of(shop, title="White")) == (10, 10)


def test_last_item_goes_to_one_of_twenty_and_nineteen_are_told(shop):
    """S22."""
    shop.products.get(name="Desk lamp").variants.update(inventory_quantity=1)

    results = run_concurrently(*[partial(submit_checkout, shop, key=f"shopper {n}") for n in range(20)])

    won = [result for result in results if isinstance(result, PaymentIntent)]
    conflicts = [result for result in results if isinstance(result, Conflict)]
    assert (len(won), len(conflicts)) == (1, 19)
    assert {conflict.code for conflict in conflicts} == {"sold_out"}
    assert stock_of(shop) == 0
    assert Order.objects.count() == 1


def test_concurrent_holds_give_last_item_and_last_link_use_to_one(shop):
    """S22: also when nothing else, such as order numbers, makes the callers wait for each other."""
    link = make_link(shop.products.get(name="Light bulb"), uses_left=1)
    lamp = variant_of(shop.products.get(name="Desk lamp"))
    free = variant_of(shop.products.get(name="Field notes"))
    until = timezone.now() + datetime.timedelta(hours=1)

    def take(reference, variant, link):
        with transaction.atomic():
            stock.place_hold(
                reference=reference, wanted=[stock.StockRequest(variant, 1)], link=link, until=until
            )
        return "held"

    for round_number in range(ROUNDS):
        Variant.objects.filter(pk=lamp.pk).update(inventory_quantity=1)
        PaymentLink.objects.update(uses_left=1)

        results = run_concurrently(
            *[partial(take, f"lamp {round_number} {n}", lamp, None) for n in range(10)],
            *[partial(take, f"link {round_number} {n}", free, link) for n in range(10)],
        )

        outcomes = [result if result == "held" else result.code for result in results]
        assert Counter(outcomes[:10]) == {"held": 1, "sold_out": 9}
        assert Counter(outcomes[10:]) == {"held": 1, "link_being_bought": 9}
        assert stock_of(shop) == 0
        assert PaymentLink.objects.get().uses_left == 0


def test_swapping_selections_does_not_deadlock(shop, monkeypatch):
    """One shopper swaps black for white, another white for black, and a third buys white."""
    link = make_link(shop.products.get(name="Desk lamp"), uses_left=9)
    black, white = make_selection(shop, link=link), make_selection(shop, title="White", link=link)
    submit_checkout(shop, black, key="a", form="black")
    submit_checkout(shop, white, key="b", form="white")
    release = stock.release_hold

    def release_slowly(*, reference):
        release(reference=reference)
        time.sleep(0.2)

    monkeypatch.setattr(stock, "release_hold", release_slowly)

    results = run_concurrently(
        partial(submit_checkout, shop, white, key="a", form="white"),
        partial(submit_checkout, shop, black, key="b", form="black"),
        partial(submit_checkout, shop, white, key="c"),
    )

    assert [result.status for result in results] == ["redirected"] * 3
    assert (stock_of(shop), stock_of(shop, title="White")) == (9, 8)
    assert PaymentLink.objects.get().uses_left == 6


def test_last_use_of_a_link_goes_to_one_of_twenty(shop):
    """S22."""
    link = make_link(shop.products.get(name="Light bulb"), uses_left=1)
    selection = make_selection(shop, "Light bulb", "", link=link)

    results = run_concurrently(
        *[partial(submit_checkout, shop, selection, key=f"shopper {n}") for n in range(20)]
    )

    assert Counter(type(result).__name__ for result in results) == {"PaymentIntent": 1, "Conflict": 19}
    link.refresh_from_db()
    assert link.uses_left == 0
    assert stock_of(shop, "Light bulb", "") == 99


def test_one_network_cannot_hold_everything_by_posting_at_once(shop):
    shop.products.get(name="Light bulb").variants.update(inventory_quantity=430)
    selection = make_selection(shop, "Light bulb", "", 43)

    results = run_concurrently(
        *[partial(submit_checkout, shop, selection, key=f"visit {n}", ip="9.9.9.9") for n in range(10)]
    )

    assert Counter(type(result).__name__ for result in results) == {"PaymentIntent": 3, "Conflict": 7}
    assert stock_of(shop, "Light bulb", "") == 430 - 3 * 43


def test_two_paid_attempts_returning_at_once_make_one_order_and_one_review(shop):
    """S6."""
    for round_number in range(ROUNDS):
        key = f"purchase {round_number}"
        first = submit_checkout(shop, key=key, form="one black")
        second = submit_checkout(shop, make_selection(shop, title="White"), key=key, form="one white")
        returns = [(first, pay_at_link(first)), (second, pay_at_link(second))]

        run_concurrently(*[partial(post_return, *pair) for pair in returns] * 5)

        statuses = sorted(PaymentIntent.objects.filter(order=first.order_id).values_list("status", flat=True))
        assert statuses == ["review", "succeeded"]
    assert net_charged(shop) == Decimal("54.00") * 2 * ROUNDS


def test_concurrent_reconcilers_share_the_work(shop):
    for number in range(6):
        pay_at_link(submit_checkout(shop, make_selection(shop, "Light bulb", ""), key=f"shopper {number}"))
    make_due()
    shop.sandbox.clear_requests()

    results = run_concurrently(*[reconcile_due_rows] * 5)

    assert sum(done["payment intents: succeeded"] for done in results) == 6
    assert Order.objects.filter(status="Paid").count() == 6
    assert len([call for call in shop.sandbox.requests() if call["operation"] == "ordersRetrieve"]) == 6


def test_settling_and_expiring_lock_rows_in_the_same_order(shop):
    """Otherwise they would deadlock, and the database would abort one of them."""
    intent = submit_checkout(shop)
    pay_at_link(intent)
    next_order = deserialize_order(shop.sandbox.orders()[0])

    order_locked = threading.Event()

    def expire_slowly():
        with transaction.atomic():
            order = Order.objects.select_for_update().get()
            order_locked.set()
            time.sleep(0.3)
            return expire_order(order)

    def settle_meanwhile():
        order_locked.wait(10)
        return settle_payment_intent(intent=intent, next_order=next_order, source="webhook").status

    age_intent(intent, hours=2)
    assert run_concurrently(expire_slowly, settle_meanwhile) == ["expired", "succeeded"]
    assert (Order.objects.get().status, stock_of(shop)) == ("Paid", 9)


def test_paying_while_the_order_expires_never_loses_it(shop):
    for round_number in range(ROUNDS):
        intent = submit_checkout(shop, key=f"purchase {round_number}")
        response = pay_at_link(intent)
        age_intent(intent, hours=2)

        run_concurrently(*[reconcile_due_rows] * 3, *[partial(post_return, intent, response)] * 3)

        assert Order.objects.get(pk=intent.order_id).status == "Paid"
    assert stock_of(shop) == 10 - ROUNDS

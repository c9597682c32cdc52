"""Answers about another order: a second NEXT store has an order of the same number (S31)."""

import datetime
from decimal import Decimal

import pytest
from django.core import serializers
from django.db import transaction
from django.utils import timezone

from checkout.models import PaymentIntent
from checkout.payments import review_refunds, reviews, transitions
from checkout.payments.reconcile import reconcile_due_rows
from checkout.payments.settle import check_payment_intent, settle_payment_intent
from checkout.upsells.acceptance import accept_upsell
from nextcommerce.client import NextClient
from nextcommerce.deserializers import deserialize_order
from orders.models import Order, OrderItem, RefundRequest
from orders.next_order_identity import NextOrderMismatch
from orders.refunds import RefundInput, full_refund_input, issue_refund
from orders.staff_actions import add_order_note, cancel_paid_order
from orders.sync import apply_next_order, mirror_transaction, sync_order, sync_order_as_staff
from stores.errors import Conflict, Problem
from tests.payments.helpers import (
    allow_next_check,
    deliver_webhook,
    make_selection,
    net_charged,
    pay_at_link,
    stock_of,
    submit_checkout,
)
from tests.upsells.helpers import make_upsell, next_shown_upsell

REPORT = "NEXT Commerce answered about another order"


@pytest.fixture
def order(shop):
    """A paid order of two lamps, 103.00."""
    intent = submit_checkout(shop, make_selection(shop, quantity=2))
    pay_at_link(intent)
    check_payment_intent(intent=intent, source="return")
    order = Order.objects.select_related("store").get()
    assert order.status == "Paid"
    return order


@pytest.fixture
def other_store(sandbox, shop):
    """Another NEXT store with the same catalog, in which somebody bought a light bulb: order 100001."""
    settings = {name: value for name, value in shop.sandbox.settings.items() if name != "token"}
    other = sandbox.create_store(**settings)
    ours, shop.sandbox = shop.sandbox, other
    use_token(shop, other)
    intent = submit_checkout(shop, make_selection(shop, "Light bulb", ""), key="elsewhere")
    pay_at_link(intent)
    PaymentIntent.objects.filter(pk=intent.pk).delete()
    Order.objects.filter(checkout_key="elsewhere").delete()
    shop.sandbox = ours
    use_token(shop, ours)
    yield other
    other.delete()


def use_token(shop, sandbox_store):
    shop.access_token = sandbox_store.token
    shop.save()


def record_of(order):
    """Return everything we have on the order, as text. When to refresh it may change."""
    rows = [Order.objects.get(pk=order.pk), *order.items.order_by("pk"), *order.payment_intents.all()]
    for row in rows:
        for name in ("refresh_at", "checked_at", "next_check_at"):
            if hasattr(row, name):
                setattr(row, name, None)
    return serializers.serialize("json", rows)


def reports_of(order):
    return [str(review.text) for review in order.reviews.filter(kind="foreign_order")]


def reload(order):
    return Order.objects.select_related("store").get(pk=order.pk)


def test_wrong_token_changes_nothing_and_staff_are_told_once(order, shop, other_store, caplog):
    assert order.next_order_number == other_store.orders()[0]["number"]
    before, charged = record_of(order), net_charged(shop)
    use_token(shop, other_store)

    for _ in range(2):
        with pytest.raises(Conflict, match="answered about another order, so nothing was changed"):
            sync_order_as_staff(order=reload(order), actor="grace")
    with pytest.raises(Conflict, match="answered about another order"):
        cancel_paid_order(
            order=reload(order), reason="customer", full_refund=True, notify=False, actor="grace"
        )
    with pytest.raises(Conflict, match="answered about another order"):
        issue_refund(
            order=reload(order),
            refund_input=full_refund_input(order),
            expected=Decimal("103.00"),
            refunded_before=Decimal("0.00"),
            actor="grace",
        )
    Order.objects.update(refresh_at=timezone.now())
    assert reconcile_due_rows()["orders: refused: another order"] == 1
    assert reconcile_due_rows()["orders: refused: another order"] == 0
    deliver_webhook(shop, "order.updated", other_store.orders()[0])

    assert record_of(order) == before
    assert reports_of(order) == [
        f"{REPORT}: it carries another payment's ID. Check the store's API URL and access token."
    ]
    assert not RefundRequest.objects.exists()
    assert (net_charged(shop), sum(row["kind"] == "refund" for row in other_store.charges())) == (charged, 0)
    assert "refused" in caplog.text


def test_upsell_is_not_charged_to_another_order(order, shop, other_store):
    make_upsell(shop)
    attempt = next_shown_upsell(order)
    use_token(shop, other_store)
    charged = other_store.charges()

    attempt = accept_upsell(attempt=attempt)

    assert attempt.status == "refused"
    assert "Nothing was charged" in str(attempt.message)
    assert other_store.charges() == charged
    assert net_charged(shop) == Decimal("103.00")
    assert stock_of(shop, "Light bulb", "") == 99  # one was bought at the other store
    assert len(reports_of(order)) == 1


def test_note_is_not_added_to_another_order(order, shop, other_store):
    use_token(shop, other_store)

    with pytest.raises(Problem, match="saved here, but not in NEXT Commerce: NEXT Commerce answered about"):
        add_order_note(order=reload(order), text="Called the shopper.", actor="grace")

    assert [str(event.text) for event in order.events.filter(kind="note")] == ["Called the shopper."]
    assert "ordersNotesCreate" not in [call["operation"] for call in other_store.requests()]


def test_right_token_again_is_mirrored(order, shop, other_store):
    use_token(shop, other_store)
    with pytest.raises(NextOrderMismatch):
        sync_order(order=reload(order), source="reconciler")
    shop.sandbox.edit_order(order.next_order_number, fulfil={"tracking_code": "TRACK-1"})
    use_token(shop, shop.sandbox)

    assert sync_order(order=reload(order), source="reconciler").has_changed
    assert reload(order).status == "Shipping"


def test_order_without_any_mark_is_known_by_its_time(order, shop, sandbox, other_store):
    """The other store's order wasn't bought in a shop like ours."""
    before = record_of(order)
    data = other_store.orders()[0] | {
        "tags": [],
        "attribution": None,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": None,
    }

    with pytest.raises(NextOrderMismatch, match="created at another time"), transaction.atomic():
        apply_next_order(order=reload(order), next_order=deserialize_order(data), source="webhook")
    deliver_webhook(shop, "order.updated", data)

    assert record_of(order) == before


def test_merchant_may_remove_the_tags(order, shop):
    data = shop.sandbox.orders()[0] | {"tags": [], "attribution": None, "payment_status": "refunded"}

    deliver_webhook(shop, "order.updated", data)

    assert reload(order).next_payment_status == "refunded"
    assert reports_of(order) == []


def test_pending_refund_is_not_decided_by_another_order(order, shop, other_store):
    shop.sandbox.plan_fault("close", operation="ordersRefundCreate", when="after")
    item = OrderItem.objects.get(order=order)
    arguments = {
        "refund_input": RefundInput(quantities={item.pk: 1}),
        "expected": Decimal("49.00"),
        "refunded_before": Decimal("0.00"),
        "actor": "grace",
    }
    shop.sandbox.plan_fault("status", operation="ordersRetrieve", status=503, skip=1, times=3)
    with pytest.raises(Conflict, match="We're checking"):
        issue_refund(order=reload(order), **arguments)
    RefundRequest.objects.update(doubt_ends_at=timezone.now() - datetime.timedelta(minutes=5))
    use_token(shop, other_store)

    with pytest.raises(Conflict, match="answered about another order"):
        issue_refund(order=reload(order), **arguments)
    assert RefundRequest.objects.get().state == "pending"

    use_token(shop, shop.sandbox)
    with pytest.raises(Conflict, match="already been refunded"):
        issue_refund(order=reload(order), **arguments)
    assert RefundRequest.objects.get().state == "done"
    assert net_charged(shop) == Decimal("54.00")


def test_payment_in_review_is_neither_accepted_nor_refunded_at_another_store(shop, other_store):
    shop.sandbox.switches(strip_tags=True, strip_attribution=True)
    intent = submit_checkout(shop)
    pay_at_link(intent)
    next_order = deserialize_order(shop.sandbox.orders()[0])
    transitions.send_to_review(
        intent,
        next_order_number=next_order.number,
        next_created_at=next_order.created_at,
    )
    use_token(shop, other_store)

    for act in (reviews.accept_reviewed_payment, review_refunds.refund_reviewed_payment):
        with pytest.raises(Conflict, match="answered about another order"):
            act(intent=PaymentIntent.objects.select_related("store", "order").get(), actor="grace")

    intent.refresh_from_db()
    assert intent.status == "review"
    assert Order.objects.get().status == "Pending"
    assert sum(row["kind"] == "refund" for row in other_store.charges()) == 0
    assert len(reports_of(Order.objects.get())) == 1


@pytest.mark.parametrize("number", ["7", "", "../users", "x" * 300, 8.5, {"a": 1}])
def test_another_number_is_refused_and_the_order_can_still_be_refunded(order, shop, monkeypatch, number):
    """M5: the number was rewritten, and the order lost."""
    before = record_of(order)
    answer = deserialize_order(shop.sandbox.orders()[0] | {"number": number})
    if answer is not None:
        monkeypatch.setattr(NextClient, "retrieve_order", lambda *_: answer)
        with pytest.raises(Conflict, match="answered about another order"):
            sync_order_as_staff(order=reload(order))
        monkeypatch.undo()

    assert record_of(order) == before
    assert not sync_order_as_staff(order=reload(order)).has_changed


def test_number_of_another_order_is_refused(order, shop):
    second = submit_checkout(shop, make_selection(shop, "Field notes", ""), key="second")
    pay_at_link(second)
    data = shop.sandbox.orders()[1] | {"number": order.next_order_number}

    with pytest.raises(NextOrderMismatch, match="belongs to another payment"):
        settle_payment_intent(intent=second, next_order=deserialize_order(data), source="webhook")
    deliver_webhook(shop, "order.created", data)
    assert PaymentIntent.objects.get(pk=second.pk).status == "redirected"
    assert len(reports_of(second.order)) == 1

    renewed = Order.objects.get(pk=second.order_id)
    with pytest.raises(NextOrderMismatch, match="belongs to another order"), mirror_transaction(source="api"):
        apply_next_order(order=renewed, next_order=deserialize_order(data), source="api")

    check_payment_intent(intent=allow_next_check(second), source="return")
    assert PaymentIntent.objects.get(pk=second.pk).status == "succeeded"


def test_number_that_no_request_can_use_never_settles_a_payment(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    data = shop.sandbox.orders()[0]

    for number in ("../users", "x" * 300, "Zürich"):
        deliver_webhook(shop, "order.created", data | {"number": number}, event_id=number[:60])
    intent.refresh_from_db()
    assert (intent.status, intent.next_order_number) == ("redirected", None)

    deliver_webhook(shop, "order.created", data, event_id="right")
    intent.refresh_from_db()
    assert (intent.status, intent.next_order_number) == ("succeeded", "100001")


def test_settled_number_is_never_rewritten(shop):
    intent = submit_checkout(shop)

    assert transitions.record_next_order(intent, next_order_number="1001")
    assert not transitions.record_next_order(intent, next_order_number="1002")
    assert not transitions.mark_succeeded(intent, next_order_number="1002")
    intent.refresh_from_db()
    assert (intent.next_order_number, intent.status) == ("1001", "redirected")


def test_mark_that_an_order_was_settled_with_is_never_rewritten(order, shop, monkeypatch):
    """An app added another payment's ID to its tags for a while."""
    data = shop.sandbox.orders()[0]
    both = data | {"tags": ["pi_" + "0" * 30, *data["tags"]]}
    monkeypatch.setattr(NextClient, "retrieve_order", lambda *_: deserialize_order(both))
    sync_order_as_staff(order=reload(order))
    monkeypatch.undo()

    sync_order_as_staff(order=reload(order))
    assert reload(order).next_mark == order.next_mark
    assert reports_of(order) == []


def test_time_that_an_order_was_created_at_does_not_wander(order, shop):
    """API versions may round it, but each answer is compared with the first one."""
    data = shop.sandbox.orders()[0] | {"tags": [], "attribution": None}
    for seconds, is_same in ((50, True), (100, False)):
        created_at = order.next_created_at + datetime.timedelta(seconds=seconds)
        answer = data | {"created_at": created_at.isoformat()}
        deliver_webhook(shop, "order.updated", answer, event_id=str(seconds))
        assert bool(reports_of(order)) is not is_same

    assert reload(order).next_created_at == order.next_created_at


def test_foreign_answer_leaves_an_immediate_payment_open(shop, other_store):
    """The number is known from our own call, so an order without our mark was believed."""
    intent = submit_checkout(shop)
    transitions.record_next_order(intent, next_order_number="100001")
    use_token(shop, other_store)

    checked = check_payment_intent(intent=intent, source="return", returned_unpaid=True)

    assert checked.status == "redirected"
    assert PaymentIntent.objects.get(pk=intent.pk).status == "redirected"
    assert len(reports_of(intent.order)) == 1


def test_update_time_in_the_far_future_does_not_make_later_answers_old(order, shop):
    data = shop.sandbox.orders()[0]
    for time in ("9999-12-31T23:59:59Z", (timezone.now() + datetime.timedelta(days=3)).isoformat()):
        deliver_webhook(shop, "order.updated", data | {"updated_at": time}, event_id=time)
    assert reload(order).next_updated_at == order.next_updated_at
    shop.sandbox.edit_order(order.next_order_number, fulfil={"tracking_code": "TRACK-1"})

    assert sync_order_as_staff(order=reload(order)).has_changed
    assert reload(order).status == "Shipping"


def test_stale_answer_changes_nothing(order, shop):
    old = shop.sandbox.orders()[0]
    shop.sandbox.edit_order(order.next_order_number, fulfil={"tracking_code": "TRACK-1"})
    sync_order_as_staff(order=reload(order))
    before = record_of(order)

    deliver_webhook(shop, "order.updated", old)

    assert record_of(order) == before

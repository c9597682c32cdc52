"""What webhook events do: settle a payment, schedule a check with NEXT, or nothing."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import NextProductRefresh, ProductSync
from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments import webhook_events
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order, OrderEvent
from stores.models import StoreHealth
from tests.factories import make_store
from tests.payments.helpers import (
    deliver_webhook,
    paid_order,
    pay_at_link,
    postpone_checks,
    submit_checkout,
)


def test_events_in_the_wrong_order_end_the_same(shop):
    order = paid_order(shop)

    deliver_webhook(shop, "order.updated", order, event_id="second")
    deliver_webhook(shop, "order.created", order, event_id="first")

    assert Order.objects.get().status == "Paid"
    assert OrderEvent.objects.count() == 1


def test_older_event_does_not_undo_a_newer_one(shop):
    """S2: a stale save undoes the paid state."""
    before = paid_order(shop)
    shop.sandbox.edit_order(before["number"], cancel={})
    after = shop.sandbox.orders()[0]
    assert after["updated_at"] > before["updated_at"]

    deliver_webhook(shop, "order.created", before, event_id="1")
    deliver_webhook(shop, "order.updated", after, event_id="2")
    deliver_webhook(shop, "order.updated", before, event_id="3")

    assert Order.objects.get().status == "Canceled"


def test_event_before_we_know_the_order_number_is_applied(shop):
    """S4: the intent is found by its tag."""
    order = paid_order(shop)
    assert PaymentIntent.objects.get().next_order_number is None

    deliver_webhook(shop, "order.created", order)

    assert PaymentIntent.objects.get().next_order_number == order["number"]


def test_event_without_items_makes_the_reconciler_ask_next(shop):
    order = paid_order(shop)
    bare = {key: order[key] for key in ("number", "payment_status", "tags", "currency", "total_incl_tax")}
    postpone_checks()
    unrelated = bare | {"tags": [], "user": {"email": "somebody@else.example"}}
    deliver_webhook(shop, "order.created", unrelated, event_id="event-0")
    assert str(WebhookEvent.objects.get().outcome) == "not an order of this store"

    assert deliver_webhook(shop, "order.created", bare).status_code == 200
    assert Order.objects.get().status == "Pending"
    assert reconcile_due_rows()["payment intents: succeeded"] == 1
    assert Order.objects.get().status == "Paid"

    shop.sandbox.edit_order(order["number"], fulfil={})
    deliver_webhook(shop, "order.updated", bare, event_id="event-2")
    assert reconcile_due_rows()["orders: mirrored"] == 1
    assert not WebhookEvent.objects.exclude(next_try_at=None).exists()


def test_event_about_an_unrelated_order_is_saved_and_ignored(shop):
    order = paid_order(shop) | {"tags": [], "attribution": {}, "number": "900001"}
    order["user"] = {"email": "somebody@else.example"}

    deliver_webhook(shop, "order.created", order)

    event = WebhookEvent.objects.get()
    assert str(event.outcome) == "not an order of this store"
    assert event.next_try_at is None
    assert Order.objects.get().status == "Pending"


def test_late_event_about_a_shipped_order_gets_200_and_changes_nothing(shop):
    """S19."""
    order = paid_order(shop)
    shop.sandbox.edit_order(order["number"], fulfil={})
    deliver_webhook(shop, "order.updated", shop.sandbox.orders()[0], event_id="new")
    before = list(Order.objects.values())

    assert deliver_webhook(shop, "order.created", order, event_id="late").status_code == 200
    assert list(Order.objects.values()) == before


def test_transaction_event_schedules_a_check_of_its_payment(shop):
    intent = submit_checkout(shop)
    pay_at_link(intent)
    attribution = {"metadata": {"payment_intent": intent.pk}}
    postpone_checks()
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")

    deliver_webhook(other, "transaction.created", {"order": "1", "attribution": attribution})
    assert reconcile_due_rows() == {}
    deliver_webhook(shop, "transaction.created", {"order": "1", "attribution": attribution})
    reconcile_due_rows()

    assert Order.objects.get().status == "Paid"
    deliver_webhook(shop, "transaction.updated", {"order": "1", "attribution": attribution}, event_id="late")
    assert str(WebhookEvent.objects.get(event_id="late").outcome) == "not about this store"


def test_transaction_and_fulfillment_events_schedule_a_sync_of_their_order_only(shop):
    order = paid_order(shop)
    deliver_webhook(shop, "order.created", order)
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")
    number = order["number"]
    for index, (kind, data) in enumerate(
        [
            ("transaction.created", {"order": number}),
            ("transaction.updated", {"order": int(number)}),
            ("fulfillment.created", {"order_number": number}),
            ("fulfillment.updated", {"order": number}),
        ]
    ):
        later = timezone.now() + datetime.timedelta(hours=1)
        Order.objects.update(refresh_at=later)

        deliver_webhook(other, kind, data, event_id=f"theirs {index}")
        deliver_webhook(shop, kind, data | {"order": "x", "order_number": "x"}, event_id=f"another {index}")
        assert Order.objects.get().refresh_at == later
        deliver_webhook(shop, kind, data, event_id=f"ours {index}")
        assert Order.objects.get().refresh_at < later
    others = WebhookEvent.objects.exclude(event_type="order.created")
    outcomes = {str(event.outcome) for event in others}
    assert outcomes == {f"NEXT Commerce order {number} will be synced", "not about this store"}


@pytest.mark.parametrize("email", ["Ada@Example.com", "somebody@else.example", "", {"no": "text"}])
def test_customer_event_schedules_checks_of_that_persons_open_payments(shop, email):
    pay_at_link(submit_checkout(shop))
    postpone_checks()
    if not email:
        Order.objects.update(email="")  # as after erasure
    other = make_store(slug="other", host="other.test", webhook_secret="whsec_other")

    deliver_webhook(other, "customer.updated", {"id": 7, "email": email})
    assert reconcile_due_rows() == {}
    deliver_webhook(shop, "customer.updated", {"id": 7, "email": email})
    reconcile_due_rows()

    assert Order.objects.get().status == ("Paid" if email == "Ada@Example.com" else "Pending")
    deliver_webhook(shop, "customer.updated", {"id": 7, "email": email}, event_id="again")
    assert str(WebhookEvent.objects.get(event_id="again").outcome) == "this person has no open payments"


@pytest.mark.parametrize("kind", ["product.created", "product.updated", "product.deleted"])
def test_product_event_has_the_product_read(shop, kind):
    """Events of a product may arrive in any order, so what they say is only a hint."""
    deliver_webhook(shop, kind, {"id": 77, "title": "Lamp"})
    assert str(WebhookEvent.objects.get().outcome) == "this store doesn't import products"
    ProductSync.objects.create(store=shop, started_at=timezone.now(), finished_at=timezone.now())

    deliver_webhook(shop, kind, {"id": 77, "title": "Lamp"}, event_id="again")
    deliver_webhook(shop, kind, {"title": "Lamp"}, event_id="nameless")

    assert [row.next_product_id for row in NextProductRefresh.objects.all()] == [77]
    outcomes = {event.event_id: str(event.outcome) for event in WebhookEvent.objects.all()}
    assert outcomes["again"] == "product 77 will be read"
    assert outcomes["nameless"] == "no product in the event"


def test_event_that_cannot_be_applied_gets_200_and_is_retried(shop, monkeypatch, caplog):
    """S19: no 500 and no days of failing deliveries. It is applied as soon as it can be."""
    order = paid_order(shop)
    postpone_checks()
    with monkeypatch.context() as patch:
        patch.setattr(webhook_events, "settle_reported_order", lambda **_: 1 / 0)
        assert deliver_webhook(shop, "order.created", order).status_code == 200
    assert "couldn't be applied and will be retried" in caplog.text

    deliver_webhook(shop, "never.heard.of", {}, event_id="another")
    assert WebhookEvent.objects.exclude(next_try_at=None).get().event_id == "event-1"
    WebhookEvent.objects.exclude(next_try_at=None).update(next_try_at=timezone.now())

    assert reconcile_due_rows() == {"webhook events: applied": 1}
    assert reconcile_due_rows() == {}
    assert Order.objects.get().status == "Paid"


@pytest.mark.parametrize("kind", ["store.updated", "gateway.created", "gateway.updated"])
def test_event_of_the_store_has_its_settings_read_soon(shop, kind):
    """Its payment methods may be others now. What the event says of them is only a hint."""
    StoreHealth.record(shop, check_due_at=timezone.now() + datetime.timedelta(hours=1))

    deliver_webhook(shop, kind, {"id": 1})

    assert StoreHealth.objects.get().check_due_at <= timezone.now()
    assert str(WebhookEvent.objects.get().outcome) == "the store's settings will be read"

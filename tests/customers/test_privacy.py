"""Exporting and erasing a customer's personal data."""

import datetime
import json
from decimal import Decimal

import pytest
from django.utils import timezone

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.reconcile import reconcile_due_rows
from checkout.privacy import erase_customer, export_customer
from orders.customers import update_customer
from orders.models import Customer, Notification, Order, OrderEvent, ShipmentTracking
from orders.staff_actions import resend_order_notification
from orders.sync import sync_order_as_staff
from stores.errors import Conflict
from subscriptions.models import Subscription
from tests.api_client import ApiClient, success_data
from tests.customers.personal_data import PERSONAL_WORDS, dump_rows
from tests.factories import make_order
from tests.payments.helpers import age_intent, make_due, pay_at_link, post_return, submit_checkout


def test_export_contains_all_data(customer):
    data = export_customer(customer=customer, actor="staff")

    text = json.dumps(data, default=str).lower()
    assert [word for word in PERSONAL_WORDS if word not in text] == []
    assert [order["order_number"] for order in data["orders"]] == ["ORD-2026-00001", "ORD-2026-00002"]
    assert data["customer"]["paid"] == Decimal("54.00")
    assert data["payment_attempts"][0]["shopper_ip"] == "203.0.113.7"
    assert len(data["ephemeral_tokens"]) == 1
    (subscription,) = data["subscriptions"]
    assert subscription["cancel_reason"] == "Mrs. Lovelace moved"
    assert [row["amount"] for row in subscription["invoices"]] == [Decimal("54.00")]


def test_erasure_leaves_no_personal_data(customer):
    assert [word for word in PERSONAL_WORDS if word not in dump_rows()] == []

    assert erase_customer(customer=customer, actor="staff") == 2

    assert [word for word in PERSONAL_WORDS if word in dump_rows()] == []
    assert not Notification.objects.filter(sent_at=None).exists()


def test_orders_keep_their_numbers_items_and_amounts(customer, store):
    erase_customer(customer=customer, actor="staff")

    shown = success_data(ApiClient(store).get("/v1/orders/ORD-2026-00001"))
    assert shown["total_amount"] == {"amount": 54.0, "asset_id": "USD"}
    assert shown["items"][0]["product_name"] == "Desk lamp"
    assert shown["customer"] == {"id": customer.pk, "name": "", "email": "", "phone": ""}
    customer = success_data(ApiClient(store).get(f"/v1/customers/{customer.pk}"))
    assert (customer["total_payment"], customer["email"]) == (5400, "")


def test_order_log_records_the_erasure(customer):
    erase_customer(customer=customer, actor="mia")

    event = OrderEvent.objects.filter(kind="erased").first()
    assert (str(event.text), event.actor) == ("The customer's personal data was erased.", "mia")


def test_erasing_twice_changes_nothing_and_updates_are_rejected(customer, store):
    read_before = Customer.objects.get()
    erase_customer(customer=customer, actor="staff")
    customer.refresh_from_db()
    erased_at = customer.erased_at
    with pytest.raises(Conflict, match="erased"):
        update_customer(customer=read_before, name="Ada")

    erase_customer(customer=customer, actor="staff")

    customer.refresh_from_db()
    assert customer.erased_at == erased_at
    assert ApiClient(store).post(f"/v1/customers/{customer.pk}", {"name": "Ada"}).status_code == 409


def test_other_customers_keep_their_data(customer, store, other_store):
    Customer.objects.create(store=store, email="bob@example.com", name="Bob")
    mine = make_order(store, email="bob@example.com", name="Bob")
    theirs = make_order(other_store, email="ada@example.com", name="Ada")

    erase_customer(customer=customer, actor="staff")

    for order, name in ((mine, "Bob"), (theirs, "Ada")):
        order.refresh_from_db()
        assert order.name == name
    assert Customer.objects.filter(name="Bob").exists()


def test_open_payment_blocks_erasure(shop):
    intent = submit_checkout(shop)
    customer = Customer.objects.create(store=shop, email="ada@example.com")

    with pytest.raises(Conflict):
        erase_customer(customer=customer, actor="staff")

    intent.refresh_from_db()
    assert intent.snapshot["order"]["email"] == "ada@example.com"


def test_late_payment_is_accepted_without_personal_data(shop):
    """NEXT decides: the payment is never dropped, and no personal data is restored."""
    intent = submit_checkout(shop)
    customer = Customer.objects.create(store=shop, email="ada@example.com")
    PaymentIntent.objects.update(status="expired")
    erase_customer(customer=customer, actor="staff")

    post_return(intent, pay_at_link(intent))

    order = Order.objects.get()
    assert (order.status, order.customer, order.email) == ("Paid", customer, "")

    # Nor by later updates from NEXT.
    shop.sandbox.edit_order(
        order.next_order_number, fulfil={"tracking_code": "1Z999"}, refund={"amount": "5.00"}
    )
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    assert (order.status, order.refunds.get().amount) == ("Partially refunded", Decimal("5.00"))
    assert (order.order_status_url, order.refunds.get().note) == ("", "")
    assert order.shipments.count() == 1
    assert not ShipmentTracking.objects.exists()
    with pytest.raises(Conflict, match="erased"):
        resend_order_notification(order=order, kind="confirmation", actor="mia")


def test_old_webhook_events_are_deleted(customer):
    WebhookEvent.objects.filter(event_id="order.created").update(
        received_at=timezone.now() - datetime.timedelta(31)
    )

    assert reconcile_due_rows()["old events"] == 1

    assert not WebhookEvent.objects.filter(event_id="order.created").exists()


def test_active_subscription_blocks_erasure(customer):
    """The customer could no longer be emailed about its charges."""
    Subscription.objects.update(status="active")

    with pytest.raises(Conflict, match="still has a running subscription"):
        erase_customer(customer=customer, actor="staff")

    assert [word for word in PERSONAL_WORDS if word not in dump_rows()] == []


def test_erased_payment_is_not_looked_up_by_email(shop):
    """NEXT is searched by the payment's tag only, not for all orders without an email."""
    intent = submit_checkout(shop)
    PaymentIntent.objects.update(status="expired")
    erase_customer(customer=Customer.objects.create(store=shop, email="ada@example.com"), actor="staff")
    age_intent(intent, expire_hold=False, days=2)
    make_due()
    shop.sandbox.clear_requests()

    reconcile_due_rows()

    assert [call["query"] for call in shop.sandbox.requests()] == [{"tags": [intent.pk]}]

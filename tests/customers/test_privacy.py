"""Privacy: one customer's data handed over, or erased, while orders keep numbers and amounts."""

import datetime
import json
from decimal import Decimal
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.utils import timezone

from checkout.models import PaymentIntent, WebhookEvent
from checkout.payments.reconcile import run_reconciler
from checkout.privacy import erase_customer, export_customer
from orders.customers import update_customer
from orders.ephemeral_tokens import issue_token
from orders.models import Customer, Notification, Order, OrderEvent, RefundRequest
from orders.refunds import sync_order_as_staff
from orders.staff_actions import resend_order_notification
from stores.errors import Conflict
from subscriptions.models import Invoice, Subscription
from tests.api_client import ApiClient, success_data
from tests.factories import make_order
from tests.payments.helpers import age_intent, make_due, pay_at_link, post_return, submit_checkout

ADDRESS = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
# What must not be found anywhere afterwards.
PERSONAL = (
    "ada@",
    "quill",
    "lovelace",
    "main street",
    "5550140",
    "their-77",
    "gift for",
    "203.0.113.7",
    "rings twice",
)


@pytest.fixture
def ada(store):
    """A customer with one of everything, and something personal in each."""
    customer = Customer.objects.create(
        store=store,
        name="Ada Lovelace",
        email="ada@example.com",
        phone="+12025550140",
        merchant_uuid="their-77",
        description="Rings twice",
        metadata={"pen": "Quill"},
    )
    order = make_order(
        store,
        number="ORD-2026-00001",
        customer=customer,
        shipping_address=ADDRESS,
        billing_address=ADDRESS,
        next_order_number="1001",
        channel={"customer_id": customer.pk, "order_id": "their-77", "channel_metadata": {"who": "Quill"}},
        attribution={"utm_term": "quill"},
        fulfillments=[{"status": "success", "tracking_links": ["https://track.example/quill"]}],
        refunds=[{"amount": "1.00", "note": "for Quill", "at": None}],
        items=[{"custom_text": "Gift for Ada"}],
    )
    write_to_and_about(order)
    subscribe(order)
    try_to_pay(order)
    hear_of_it(store)
    # Never paid, so that it is nobody's but for the address.
    make_order(store, number="ORD-2026-00002", email="Ada@Example.com", status="Pending", paid_at=None)
    issue_token(
        store=store, idp_key="email", idp_subject="ada@example.com", channel_metadata={"who": "Quill"}
    )
    return customer


def write_to_and_about(order):
    Notification.objects.create(
        order=order, kind="confirmation", key="confirmation", next_try_at=timezone.now()
    )
    for kind in ("note", "refund_requested", "cancel_requested", "reviewed"):
        OrderEvent.objects.create(order=order, kind=kind, text="Quill rings twice", source="staff")
    RefundRequest.objects.create(
        order=order, amount=1, refunded_before=0, actor="mia", note="for Quill", state="done"
    )


def subscribe(order):
    subscription = Subscription.objects.create(
        store=order.store,
        order=order,
        customer=order.customer,
        next_subscription_id=7,
        currency="USD",
        status="canceled",
        cancel_reason="Mrs. Lovelace moved",
        metadata={"pen": "Quill"},
    )
    Invoice.objects.create(
        store=order.store, subscription=subscription, order=order, cycle=0, amount=54, currency="USD"
    )


def try_to_pay(order):
    """Once for the order, and a second time, which was refunded."""
    PaymentIntent.objects.create(
        store=order.store,
        order=order,
        status="succeeded",
        fingerprint="f",
        amount=Decimal("54.00"),
        currency="USD",
        shopper_ip="203.0.113.7",
        user_agent="Quill's browser",
        snapshot={
            "order": {"email": "ada@example.com", "name": "Ada Lovelace", "shipping_address": ADDRESS},
            "items": [{"custom_text": "Gift for Ada", "quantity": 1}],
        },
    )
    PaymentIntent.objects.create(
        store=order.store,
        order=order,
        status="refunded",
        amount=54,
        currency="USD",
        next_order_number="1002",
    )


def hear_of_it(store):
    """Webhooks of the order, its subscription, the second payment, and the person alone."""
    user = {"email": "ada@example.com"}
    for event_type, data in (
        ("order.created", {"number": "1001", "user": user}),
        ("subscription.updated", {"id": 7, "user": user}),
        ("transaction.created", {"order": "1002", "payment_details": {"name": "Quill"}}),
        ("customer.updated", {"id": 9, "email": "Ada@example.com"}),
    ):
        WebhookEvent.objects.create(store=store, event_id=event_type, event_type=event_type, data=data)


def everything():
    """All rows that could hold something of a customer, as one text."""
    rows = []
    for model in (Customer, Order, OrderEvent, RefundRequest, Subscription, PaymentIntent, WebhookEvent):
        rows += model.objects.values()
    rows += [item for order in Order.objects.all() for item in order.items.values("custom_text")]
    return str(rows).lower()


def test_an_export_has_everything(ada):
    data = export_customer(customer=ada, actor="staff")

    text = json.dumps(data, default=str).lower()
    assert [word for word in PERSONAL if word not in text] == []
    assert [order["order_number"] for order in data["orders"]] == ["ORD-2026-00001", "ORD-2026-00002"]
    assert data["customer"]["paid"] == Decimal("54.00")
    assert data["payment_attempts"][0]["shopper_ip"] == "203.0.113.7"
    assert len(data["ephemeral_tokens"]) == 1
    (subscription,) = data["subscriptions"]
    assert subscription["cancel_reason"] == "Mrs. Lovelace moved"
    assert [row["amount"] for row in subscription["invoices"]] == [Decimal("54.00")]


def test_nothing_personal_is_left(ada):
    assert [word for word in PERSONAL if word not in everything()] == []

    assert erase_customer(customer=ada, actor="staff") == 2

    assert [word for word in PERSONAL if word in everything()] == []
    assert not Notification.objects.exists()


def test_orders_keep_their_numbers_items_and_amounts(ada, store):
    erase_customer(customer=ada, actor="staff")

    shown = success_data(ApiClient(store).get("/v1/orders/ORD-2026-00001"))
    assert shown["total_amount"] == {"amount": 54.0, "asset_id": "USD"}
    assert shown["items"][0]["product_name"] == "Desk lamp"
    assert shown["customer"] == {"id": ada.pk, "name": "", "email": "", "phone": ""}
    customer = success_data(ApiClient(store).get(f"/v1/customers/{ada.pk}"))
    assert (customer["total_payment"], customer["email"]) == (5400, "")


def test_the_order_s_log_says_so(ada):
    erase_customer(customer=ada, actor="mia")

    event = OrderEvent.objects.filter(kind="erased").first()
    assert (event.text, event.actor) == ("The customer's personal data was erased.", "mia")


def test_twice_changes_nothing_and_nothing_is_written_again(ada, store):
    read_before = Customer.objects.get()
    erase_customer(customer=ada, actor="staff")
    ada.refresh_from_db()
    erased_at = ada.erased_at
    with pytest.raises(Conflict, match="erased"):
        update_customer(customer=read_before, name="Ada")

    erase_customer(customer=ada, actor="staff")

    ada.refresh_from_db()
    assert ada.erased_at == erased_at
    assert ApiClient(store).post(f"/v1/customers/{ada.pk}", {"name": "Ada"}).status_code == 409


def test_other_customers_keep_theirs(ada, store, other_store):
    Customer.objects.create(store=store, email="bob@example.com", name="Bob")
    mine = make_order(store, email="bob@example.com", name="Bob")
    theirs = make_order(other_store, email="ada@example.com", name="Ada")

    erase_customer(customer=ada, actor="staff")

    for order, name in ((mine, "Bob"), (theirs, "Ada")):
        order.refresh_from_db()
        assert order.name == name
    assert Customer.objects.filter(name="Bob").exists()


def test_not_while_a_payment_is_under_way(shop):
    intent = submit_checkout(shop)
    ada = Customer.objects.create(store=shop, email="ada@example.com")

    with pytest.raises(Conflict):
        erase_customer(customer=ada, actor="staff")

    intent.refresh_from_db()
    assert intent.snapshot["order"]["email"] == "ada@example.com"


def test_a_payment_that_comes_late_all_the_same_is_taken(shop):
    """What the store says wins: the money is never dropped, and nothing personal comes back."""
    intent = submit_checkout(shop)
    ada = Customer.objects.create(store=shop, email="ada@example.com")
    PaymentIntent.objects.update(status="expired")
    erase_customer(customer=ada, actor="staff")

    post_return(intent, pay_at_link(intent))

    order = Order.objects.get()
    assert (order.status, order.customer, order.email) == ("Paid", ada, "")

    # Nor with any news of it later on.
    shop.sandbox.edit_order(
        order.next_order_number, fulfil={"tracking_code": "1Z999"}, refund={"amount": "5.00"}
    )
    sync_order_as_staff(order=order)
    order.refresh_from_db()
    assert (order.status, order.refunds[0]["amount"]) == ("Refunded", "5.00")
    assert (order.order_status_url, order.refunds[0]["note"]) == ("", "")
    assert "1Z999" not in str(order.fulfillments)
    with pytest.raises(Conflict, match="erased"):
        resend_order_notification(order=order, kind="confirmation", actor="mia")


def test_what_webhooks_told_is_forgotten_once_it_cannot_come_again(ada):
    WebhookEvent.objects.filter(event_id="order.created").update(
        received_at=timezone.now() - datetime.timedelta(31)
    )

    assert run_reconciler()["old events"] == 1

    assert not WebhookEvent.objects.filter(event_id="order.created").exists()


def test_not_while_a_subscription_runs(ada):
    """Nobody could be told of its charges any more."""
    Subscription.objects.update(status="active")

    with pytest.raises(Conflict, match="still has a running subscription"):
        erase_customer(customer=ada, actor="staff")

    assert [word for word in PERSONAL if word not in everything()] == []


def test_nobodys_orders_are_gone_through_for_an_erased_payment(shop):
    """The store is asked for its mark, but not for everybody without an e-mail address."""
    intent = submit_checkout(shop)
    PaymentIntent.objects.update(status="expired")
    erase_customer(customer=Customer.objects.create(store=shop, email="ada@example.com"), actor="staff")
    age_intent(intent, expire_hold=False, days=2)
    make_due()
    shop.sandbox.clear_requests()

    run_reconciler()

    assert [call["query"] for call in shop.sandbox.requests()] == [{"tags": [intent.pk]}]


def test_a_command_prints_the_data(ada):
    out = StringIO()
    call_command("export_customer", "ADA@example.com", stdout=out)

    assert json.loads(out.getvalue())["customer"]["id"] == ada.pk


def test_a_command_erases(ada):
    out = StringIO()
    call_command("erase_customer", ada.pk, "--yes", stdout=out)

    assert out.getvalue().startswith(f"Erased {ada.pk}. 2 orders keep their numbers and amounts.")
    with pytest.raises(CommandError, match="no such customer"):
        call_command("erase_customer", "ada@example.com", "--yes")


def test_a_command_asks_first(ada, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: "no")

    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_customer", ada.pk)

    ada.refresh_from_db()
    assert ada.erased_at is None


def test_an_address_that_two_stores_know_needs_the_store(ada, other_store):
    Customer.objects.create(store=other_store, email="ada@example.com")

    with pytest.raises(CommandError, match="name the store"):
        call_command("export_customer", "ada@example.com")
    out = StringIO()
    call_command("export_customer", "ada@example.com", "--store", other_store.slug, stdout=out)
    assert json.loads(out.getvalue())["customer"]["id"] != ada.pk


@pytest.fixture
def staff(client, db):
    user = User.objects.create_superuser("mia", password="x")
    client.force_login(user)
    return client


def act(client, action, *customers, **more):
    chosen = [customer.pk for customer in customers]
    path = "/admin/orders/customer/"
    return client.post(path, {"action": action, "_selected_action": chosen, **more}, follow=True)


def test_staff_export_one_customer(ada, staff):
    answer = act(staff, "export_as_json", ada)

    assert answer["Content-Disposition"] == f'attachment; filename="{ada.pk}.json"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.json()["customer"]["email"] == "ada@example.com"


def test_staff_are_asked_before_anything_is_erased(ada, staff):
    page = act(staff, "erase_personal_data", ada)
    assert "erased for good" in page.text
    ada.refresh_from_db()
    assert ada.erased_at is None

    act(staff, "export_as_json", ada)

    page = act(staff, "erase_personal_data", ada, confirmed="1")

    assert "is erased" in page.text
    ada.refresh_from_db()
    assert ada.email == ""
    assert OrderEvent.objects.filter(kind="erased", actor="mia").count() == 2
    assert set(LogEntry.objects.values_list("object_repr", flat=True)) == {ada.pk}


def test_staff_see_a_customer_with_totals(ada, staff):
    page = staff.get(f"/admin/orders/customer/{ada.pk}/change/")

    assert "$54.00" in page.text
    assert staff.get("/admin/orders/customer/?q=lovelace").status_code == 200

"""A customer with personal data in every kind of row, to export and erase."""

from decimal import Decimal

from django.contrib.admin.models import LogEntry
from django.utils import timezone

from accounts.models import User
from accounts.staff_log import log_staff_act
from catalog.models import PaymentLink
from checkout.models import PaymentIntent, WebhookEvent
from orders.ephemeral_tokens import issue_token
from orders.models import (
    Customer,
    Notification,
    Order,
    OrderAddress,
    OrderDiscount,
    OrderEvent,
    OrderRefund,
    OrderReview,
    OrderTag,
    PaymentRequest,
    RefundRequest,
    SentEmail,
    ShipmentTracking,
)
from orders.sentences import EMAIL_SENT_AGAIN, NOTE
from orders.tags import add_tag
from subscriptions.models import Invoice, Subscription
from tests.factories import (
    make_order,
    make_payment_request,
    make_product,
    make_refund,
    make_review,
    make_shipment,
)

ADDRESS = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
MODELS_WITH_PERSONAL_DATA = (
    *(Customer, Order, OrderAddress, OrderDiscount, OrderEvent, OrderRefund, OrderReview, ShipmentTracking),
    *(OrderTag, SentEmail, RefundRequest, Subscription, PaymentIntent, WebhookEvent),
    *(PaymentRequest, PaymentLink, LogEntry),
)
# None of these may be left anywhere after an erasure.
PERSONAL_WORDS = (
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


def create_customer_with_personal_data(store):
    """Create a customer with one row of each kind, and personal data in each."""
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
        next_fulfillment_status="fulfilled",
        channel={"customer_id": customer.pk, "order_id": "their-77", "channel_metadata": {"who": "Quill"}},
        origin={"attribution": {"utm_term": "quill"}},
        items=[{"custom_text": "Gift for Ada"}],
    )
    add_tag(orders=[order], name="Mrs. Quill")
    sent = Notification.objects.create(order=order, kind="shipped", key="sent", sent_at=timezone.now())
    SentEmail.objects.create(
        notification=sent, recipient="ada@example.com", subject="Quill", text="Hi Quill", html="Hi Quill"
    )
    make_shipment(order, trackings=[{"url": "https://track.example/quill"}])
    make_refund(order, amount="0.00", note="for Quill")
    OrderDiscount.objects.create(order=order, name="Quill's coupon", code="QUILL", amount=1)
    create_notes(order)
    create_subscription(order)
    create_payments(order)
    create_webhook_events(store)
    create_payment_request(store)
    # Never paid, so it is linked to the customer only by the email.
    make_order(store, number="ORD-2026-00002", email="Ada@Example.com", status="Pending", paid_at=None)
    issue_token(
        store=store, idp_key="email", idp_subject="ada@example.com", channel_metadata={"who": "Quill"}
    )
    return customer


def create_notes(order):
    """Create an email to the customer, and texts about the customer written by staff."""
    Notification.objects.create(
        order=order, kind="confirmation", key="confirmation", next_try_at=timezone.now()
    )
    for kind in ("note", "refund_requested", "cancel_requested", "reviewed"):
        OrderEvent.objects.create(
            order=order, kind=kind, text=NOTE.fill(text="Quill rings twice"), source="staff"
        )
    make_review(order, resolved_at=timezone.now(), resolved_by="mia", note="Quill rings twice")
    RefundRequest.objects.create(
        doubt_ends_at=timezone.now(),
        order=order,
        amount=1,
        refunded_before=0,
        actor="mia",
        note="for Quill",
        state="done",
    )


def create_subscription(order):
    """Create a canceled subscription with an invoice."""
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


def create_payments(order):
    """Create the payment of the order, and a second one that was refunded."""
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


def create_payment_request(store):
    """Create an open payment request with a reminder to come, and its line in the staff log."""
    request = make_payment_request(
        make_product(store),
        title="Lessons for Ada Lovelace",
        note="Rings twice",
        reference="their-77",
        email="Ada@example.com",
    )
    text = SentEmail(notification=request.notifications.first(), text="Hi Quill", recipient="ada@example.com")
    text.save()
    user = User.objects.create_user("root")
    log_staff_act(actor=user, row=request, text=EMAIL_SENT_AGAIN.fill())


def create_webhook_events(store):
    """Create events about the order, its subscription, the second payment, and the customer alone."""
    user = {"email": "ada@example.com"}
    for event_type, data in (
        ("order.created", {"number": "1001", "user": user}),
        ("subscription.updated", {"id": 7, "user": user}),
        ("transaction.created", {"order": "1002", "payment_details": {"name": "Quill"}}),
        ("customer.updated", {"id": 9, "email": "Ada@example.com"}),
    ):
        WebhookEvent.objects.create(store=store, event_id=event_type, event_type=event_type, data=data)


def dump_rows():
    """Return all rows that could contain personal data, as one lower-case text."""
    rows = []
    for model in MODELS_WITH_PERSONAL_DATA:
        rows += model.objects.values()
    rows += [item for order in Order.objects.all() for item in order.items.values("custom_text")]
    return str(rows).lower()

"""Export and erase a customer's profile, orders and tokens. `checkout.privacy` covers all data."""

from typing import Any

from django.db.models import Prefetch, Q, QuerySet
from django.utils import timezone

from catalog.models import PaymentLink
from orders import sentences
from orders.api.serializers import OrderResponse, ShippingAddressResponse
from orders.consents import export_consents
from orders.customers import same_email, with_payment_totals
from orders.models import (
    Contact,
    ContractNotice,
    Customer,
    Notification,
    Order,
    OrderEvent,
    OrderItem,
    OrderTag,
    PaymentRequest,
    RefundRequest,
    SentEmail,
    Shipment,
    SignIn,
)
from orders.models.refund import VERIFICATION_REFUND_NOTE
from orders.order_log import log_order_event
from orders.payment_requests import cancel_payment_request
from orders.refund_records import erase_refund_notes
from orders.shipment_records import TRACKING_FIELDS, erase_tracking
from wording.sentence import Sentence

Kind = OrderEvent.Kind
# Log lines that contain text written by staff, which may name the customer.
STAFF_WRITTEN_KINDS = (Kind.NOTE, Kind.REFUND_REQUESTED, Kind.CANCEL_REQUESTED, Kind.REVIEWED)
EXPORTED_NOTICE_FIELDS = (
    *("kind", "received_at", "name", "contract", "items", "is_for_cause", "cause", "ends_on", "email"),
    *("language", "order__number", "subscription_id", "ends_at", "is_late", "resolved_at"),
)
EXPORTED_RELATIONS = (
    *(
        "items",
        "addresses",
        "refunds",
        "shipments__trackings",
        "discounts",
        "tax_lines",
        "events",
        "tags",
        "consents",
    ),
)

EXPORTED_REQUEST_FIELDS = (
    *("id", "email", "name", "language", "title", "reference", "note", "amount", "currency"),
    *("created_at", "paid_at", "canceled_at"),
)


def list_customer_orders(customer: Customer) -> QuerySet[Order]:
    """Return the customer's orders, and orders with the same email and no customer yet; oldest first."""
    own = Q(customer=customer)
    if customer.email:
        own |= same_email(customer.email) & Q(customer=None)
    return Order.objects.filter(own, store=customer.store_id).order_by("created_at", "pk")


def lock_customer_orders(customer: Customer) -> list[Order]:
    """Lock the rows of the customer's orders in the caller's transaction, and return them."""
    return list(list_customer_orders(customer).select_for_update(no_key=True))


def export_customer_profile(customer: Customer) -> dict[str, Any]:
    """Return the customer's own data, ready for JSON. Needs `store` loaded."""
    totals = with_payment_totals(Customer.objects.filter(pk=customer.pk)).get()
    return {
        "id": customer.pk,
        "store": customer.store.name,
        "name": customer.name,
        "email": customer.email,
        "phone": customer.phone,
        "merchant_uuid": customer.merchant_uuid,
        "description": customer.description,
        "metadata": customer.metadata,
        "created_at": customer.created_at,
        "erased_at": customer.erased_at,
        "paid": getattr(totals, "paid", None),
        "refunded": getattr(totals, "refunded", None),
    }


def export_customer_orders(customer: Customer) -> list[dict[str, Any]]:
    """Return the customer's orders with their logs, ready for JSON."""
    orders = list_customer_orders(customer).prefetch_related(
        *EXPORTED_RELATIONS, Prefetch("notifications", Notification.objects.select_related("sent_email"))
    )
    return [export_order(order) for order in orders]


def export_customer_tokens(customer: Customer) -> list[dict[str, Any]]:
    """Return the customer's ephemeral tokens without their secrets, ready for JSON."""
    tokens = customer.ephemeral_tokens.order_by("created_at").values(
        "created_at", "redeemed_at", "provider", "order_id", "channel_metadata", "issued_by"
    )
    return [dict(token) for token in tokens]


def export_customer_notices(customer: Customer) -> list[dict[str, Any]]:
    """Return the notices about the customer's orders, and those with the same email, ready for JSON.

    An erasure leaves them: they prove what was declared and when. `delete_old_notices` ends that.
    """
    own = Q(order__in=list_customer_orders(customer).order_by())
    if customer.email:
        own |= same_email(customer.email)
    notices = ContractNotice.objects.filter(own, store=customer.store_id).order_by("received_at")
    return [dict(row) for row in notices.values(*EXPORTED_NOTICE_FIELDS)]


def export_customer_sign_ins(customer: Customer) -> list[dict[str, Any]]:
    """Return the customer's sign-in links and sessions without their secrets, ready for JSON."""
    rows = SignIn.objects.filter(same_email(customer.email), store=customer.store_id)
    return [dict(row) for row in rows.order_by("created_at").values("created_at", "expires_at")]


def export_customer_contact(customer: Customer) -> list[dict[str, Any]]:
    """Return what the shop emails to the customer's address without an order, ready for JSON."""
    contacts = Contact.objects.filter(same_email(customer.email), store=customer.store_id)
    with_emails = Prefetch("notifications", Notification.objects.select_related("sent_email"))
    return [
        {
            "email": contact.email,
            "language": contact.language,
            "created_at": contact.created_at,
            "stopped_at": contact.stopped_at,
            "stock_alerts": [
                {"variant": str(alert.variant), "at": alert.created_at, "confirmed_at": alert.confirmed_at}
                for alert in contact.stock_alerts.select_related("variant__product")
            ],
            "emails": [export_email(notification) for notification in contact.notifications.all()],
        }
        for contact in contacts.prefetch_related(with_emails)
    ]


def list_customer_requests(customer: Customer) -> QuerySet[PaymentRequest]:
    """Return the payment requests sent to the customer, or paid by one of their orders; oldest first."""
    own = Q(customer=customer) | Q(order__in=list_customer_orders(customer).order_by().values("pk"))
    if customer.email:
        own |= same_email(customer.email)
    return PaymentRequest.objects.filter(own, store=customer.store_id).order_by("created_at", "pk")


def export_customer_requests(customer: Customer) -> list[dict[str, Any]]:
    """Return the payment requests sent to the customer with their emails, ready for JSON."""
    with_emails = Prefetch("notifications", Notification.objects.select_related("sent_email"))
    requests = list_customer_requests(customer).select_related("link").prefetch_related(with_emails)
    return [
        {
            **{name: getattr(request, name) for name in EXPORTED_REQUEST_FIELDS},
            "expires_at": request.expires_at,
            "emails": [export_email(notification) for notification in request.notifications.all()],
        }
        for request in requests
    ]


def export_order(order: Order) -> dict[str, Any]:
    """Return the order as the API shows it, with what the API leaves out, ready for JSON."""
    return {
        **OrderResponse(order, context={"full_products": True}).data,
        "id": order.pk,
        "language": order.language,
        "accepts_marketing": order.accepts_marketing,
        "billing_address": ShippingAddressResponse(order.billing_address).data
        if order.billing_address
        else None,
        "attribution": order.attribution,
        "answers": order.answers,
        "consents": export_consents(order),
        "shipments": [export_shipment(shipment) for shipment in order.shipments.all()],
        "refunds": [
            {"amount": refund.amount, "note": refund.note, "at": refund.refunded_at}
            for refund in order.refunds.all()
        ],
        "discounts": [
            {"name": discount.name, "code": discount.code, "amount": discount.amount}
            for discount in order.discounts.all()
        ],
        "tax_lines": [
            {"name": line.name, "rate": line.rate, "amount": line.amount} for line in order.tax_lines.all()
        ],
        "tags": [tag.name for tag in order.tags.all()],
        "emails": [export_email(notification) for notification in order.notifications.all()],
        "log": [{"at": event.at, "text": str(event.text)} for event in order.events.all()],
    }


def export_email(notification: Notification) -> dict[str, Any]:
    """Return the email as it was sent, ready for JSON."""
    copy = getattr(notification, "sent_email", None)
    return {
        "kind": notification.kind,
        "sent_at": notification.sent_at,
        "recipient": copy.recipient if copy else "",
        "subject": copy.subject if copy else "",
        "text": copy.text if copy else "",
    }


def export_shipment(shipment: Shipment) -> dict[str, Any]:
    """Return the parcel with its tracking codes, ready for JSON."""
    return {
        "status": shipment.status,
        "delivery_status": shipment.delivery_status,
        "tracking": [
            {name: getattr(tracking, name) for name in TRACKING_FIELDS}
            for tracking in shipment.trackings.all()
        ],
    }


def erase_customer_data(*, customer: Customer, orders: list[Order], actor: str) -> None:
    """Erase the personal data of the customer and the `orders`, which keep their numbers, items and amounts.

    Runs in the caller's transaction, which holds the row locks of both.
    """
    requests = list(list_customer_requests(customer).select_related("store", "link"))
    for order in orders:
        erase_order(order=order, customer=customer, actor=actor)
    for request in requests:
        erase_payment_request(request)
    customer.ephemeral_tokens.all().delete()
    for rows in (SignIn.objects, Contact.objects):
        rows.filter(same_email(customer.email), store=customer.store_id).delete()
    for field in ("name", "email", "phone", "merchant_uuid", "description"):
        setattr(customer, field, "")
    customer.metadata = {}
    customer.erased_at = customer.erased_at or timezone.now()
    customer.save()


def erase_order(*, order: Order, customer: Customer, actor: str) -> None:
    """Erase the order's personal data and link it to the customer, the only way to find it from now on."""
    order.customer = customer
    order.name = order.email = order.phone = ""
    order.order_status_url = ""
    order.origin = order.origin | {"attribution": {}}
    order.channel = {}
    order.answers = []
    order.accepts_marketing = False
    order.save()
    order.addresses.all().delete()
    erase_refund_notes(order)
    erase_tracking(order)
    # A coupon may have been made for one person.
    order.discounts.exclude(code="").update(name="", description="", code="")
    OrderItem.objects.filter(order=order).exclude(custom_text="").update(custom_text="")
    Notification.objects.filter(order=order, sent_at=None).delete()
    SentEmail.objects.filter(notification__order=order).delete()
    erase_tags(order)
    # Notes written by staff may name the customer.
    RefundRequest.objects.filter(order=order).exclude(note=VERIFICATION_REFUND_NOTE).update(
        note="", message=Sentence()
    )
    order.reviews.exclude(note="").update(note="")
    OrderEvent.objects.filter(order=order, kind__in=STAFF_WRITTEN_KINDS).update(
        text=sentences.NOTE_ERASED.fill()
    )
    log_order_event(
        order=order,
        kind=Kind.ERASED,
        text=sentences.DATA_ERASED.fill(),
        source=OrderEvent.Source.STAFF,
        actor=actor,
    )


def erase_payment_request(request: PaymentRequest) -> None:
    """Erase whom a request asked and for what, and close it if it is open. Its amount stays."""
    if not request.order_id:
        cancel_payment_request(request=request)
    texts = dict.fromkeys(("email", "name", "title", "reference", "note"), "")
    for name, value in texts.items():
        setattr(request, name, value)
    request.save(update_fields=[*texts, "search_text"])
    PaymentLink.objects.filter(pk=request.link_id).update(
        prefilled_email="", purpose="", name="", search_text=""
    )
    Notification.objects.filter(payment_request=request, sent_at=None).delete()
    SentEmail.objects.filter(notification__payment_request=request).delete()


def erase_tags(order: Order) -> None:
    """Take the tags off the order: staff may have named the customer. Delete those of no other order."""
    tag_ids = list(order.tags.values_list("pk", flat=True))
    order.tags.clear()
    OrderTag.objects.filter(pk__in=tag_ids, orders=None).delete()

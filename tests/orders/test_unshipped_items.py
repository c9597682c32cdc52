"""What of an order is still to ship: on its pages, in its emails, and in the admin's filter."""

from html import unescape

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from orders import notifications
from orders.models import Order, OrderItem
from orders.unshipped_items import filter_orders_to_ship
from tests.factories import make_order, make_shipment, make_store

LAMP = {"next_line_id": 1, "quantity": 2}
BULB = {"next_line_id": 2, "name": "Light bulb", "title": ""}


@pytest.fixture
def store(db):
    return make_store(next_sends_receipt=False)


@pytest.fixture
def order(store):
    """Return an order of two lamps and a bulb, of which nothing was sent."""
    return make_order(store, items=[LAMP, BULB])


def send_parcel(order, quantities, **fields):
    """Record a sent parcel, and the order as shipped in part unless told otherwise."""
    values = {"status": "Shipping", "next_fulfillment_status": "partially_fulfilled"} | fields
    Order.objects.filter(pk=order.pk).update(**values)
    order.refresh_from_db()
    return make_shipment(order, quantities=quantities)


def is_to_ship(order):
    return filter_orders_to_ship(Order.objects.filter(pk=order.pk)).exists()


def read_status_page(client, order):
    return " ".join(unescape(client.get(order.get_absolute_url()).text).split())


def test_order_is_to_ship_until_each_unit_was_sent(order):
    assert is_to_ship(order)
    send_parcel(order, {1: 1})
    assert is_to_ship(order)
    send_parcel(order, {1: 1})
    assert is_to_ship(order)

    send_parcel(order, {2: 1})

    assert not is_to_ship(order)


def test_partially_refunded_order_stays_to_ship_until_nothing_is_left(order):
    Order.objects.update(status="Partially refunded")
    OrderItem.objects.filter(next_line_id=1).update(refunded_quantity=2)
    assert is_to_ship(order)

    OrderItem.objects.filter(next_line_id=2).update(refunded_quantity=1)

    assert not is_to_ship(order)


@pytest.mark.parametrize(
    "change",
    [
        {"paid_at": None, "status": "Pending"},
        {"status": "Canceled"},
        {"status": "Refunded"},
        {"next_fulfillment_status": "fulfilled"},
    ],
)
def test_unpaid_canceled_refunded_and_shipped_orders_are_not_to_ship(order, change):
    Order.objects.update(**change)

    assert not is_to_ship(order)


def test_digital_items_are_not_to_ship(order):
    OrderItem.objects.update(requires_shipping=False)

    assert not is_to_ship(order)


def test_canceled_parcel_was_not_sent(order):
    parcel = send_parcel(order, {1: 2, 2: 1})
    assert not is_to_ship(order)

    parcel.status = "canceled"
    parcel.save()

    assert is_to_ship(order)


def test_admin_filters_the_orders_to_ship(order, store, admin_client):
    done = make_order(store, next_fulfillment_status="fulfilled", status="Shipping")

    page = admin_client.get("/admin/orders/order/", {"to_ship": "yes"}).text

    assert order.number in page
    assert done.number not in page


def test_status_page_tells_what_was_sent_and_what_is_to_come(client, order):
    send_parcel(order, {1: 1})

    page = read_status_page(client, order)

    assert "Part of your order has shipped. We're preparing the rest." in page
    sent, to_come = page.split("Still to come</strong>")
    assert "1 × <bdi>Desk lamp, Black</bdi>" in sent
    assert "Light bulb" not in sent.partition("Tracking</h2>")[2]
    assert to_come.startswith(" <br>1 × <bdi>Desk lamp, Black</bdi> <br>1 × <bdi>Light bulb</bdi>")


def test_nothing_is_claimed_if_the_content_of_a_parcel_is_unknown(client, order):
    send_parcel(order, {})

    page = read_status_page(client, order)

    assert "Still to come" not in page
    assert "Your order has shipped." in page


def test_each_email_names_what_its_parcel_has_and_what_is_to_come(order):
    first = send_parcel(order, {1: 2})
    notifications.queue_order_notifications(order=order, was_paid=True, sent_shipments=[first])
    notifications.send_due_notifications()
    second = send_parcel(order, {2: 1}, next_fulfillment_status="fulfilled")
    notifications.queue_order_notifications(order=order, was_paid=True, sent_shipments=[second])
    notifications.send_due_notifications()

    one, two = outgoing.outbox
    assert one.subject == f"Part of order {order.number} is on its way"
    assert "part of your order" in one.body
    assert "2 × Desk lamp, Black" in one.body
    assert "Still to come:\n1 × Light bulb\n" in one.body
    assert "2 × <bdi>Desk lamp, Black</bdi>" in one.alternatives[0].content
    assert two.subject == f"Order {order.number} is on its way"
    assert "1 × Light bulb" in two.body
    assert "Desk lamp" not in two.body
    assert "Still to come" not in two.body


def test_packing_slip_has_what_is_left_to_send(order, admin_client):
    slip = admin_client.get(f"/admin/orders/order/{order.pk}/packing-slip/").text
    assert "Desk lamp, Black" in slip
    send_parcel(order, {1: 2})

    slip = admin_client.get(f"/admin/orders/order/{order.pk}/packing-slip/").text

    assert "Light bulb" in slip
    assert "Desk lamp" not in slip


def test_order_in_part_refunded_before_shipping_says_so(client, order):
    Order.objects.update(status="Partially refunded", refunded_amount="10.00", paid_at=timezone.now())

    page = read_status_page(client, order)

    assert "Refunded $10.00 of $54.00. We're preparing your order." in page

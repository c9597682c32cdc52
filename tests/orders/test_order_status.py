"""The status page and the thank-you page of an order."""

import datetime
from html import unescape

import pytest

from orders.models import Order
from stores.crypto import make_url_token
from stores.models import Store
from tests.factories import make_order, make_refund, make_review, make_shipment, make_store

ADDRESS = {
    "name": "Ada Lovelace",
    "first_name": "Ada",
    "last_name": "Lovelace",
    "line1": "12 Main Street",
    "city": "Berlin",
    "state": "",
    "postal_code": "10115",
    "country": "DE",
    "phone": "",
}


@pytest.fixture
def store(db):
    return make_store(support_email="help@example.com")


@pytest.fixture
def order(store):
    return make_order(
        store,
        number="ORD-2026-00001",
        shipping_address=ADDRESS,
        shipping_method="Standard",
        items=[
            {"name": "Desk lamp", "title": "Black", "quantity": 1, "unit_price": "49.00", "media_order": []}
        ],
    )


def test_page_shows_items_prices_and_address(client, order):
    page = client.get(order.get_absolute_url()).text

    for text in ("ORD-2026-00001", "Desk lamp", "Black", "$49.00", "$5.00", "$54.00"):
        assert text in page
    # In the country's own format.
    address = ("Ada Lovelace", "12 Main Street", "10115 BERLIN", "Germany")
    assert "<br>".join(f"<bdi>{line}</bdi>" for line in address) in page
    assert "We've received your payment" in page
    assert "mailto:help@example.com?subject=ORD-2026-00001" in page


def test_page_shows_parcels_with_tracking(client, order):
    order.status = "Shipping"
    order.save()
    make_shipment(
        order,
        delivery_status="in_transit",
        trackings=[
            {"code": "1Z999", "url": "https://carrier.example/1Z999", "carrier": "Carrier"},
            {"code": "1Z998", "url": "javascript:alert(1)"},
            {"code": "1Z997", "url": "https://[1Z997"},
        ],
    )
    make_shipment(order, status="canceled", trackings=[{"code": "GONE"}])

    page = client.get(order.get_absolute_url()).text

    assert "On its way" in page
    assert 'href="https://carrier.example/1Z999"' in page
    assert "1Z998" in page
    assert "javascript:" not in page
    assert "1Z997" in page
    assert "https://[" not in page
    assert "GONE" not in page


def test_page_shows_refunds(client, order):
    order.status = "Partially refunded"
    make_refund(
        order,
        amount="10.00",
        note="for staff",
        refunded_at=datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC),
    )

    page = client.get(order.get_absolute_url()).text

    assert "Partially refunded" in page
    assert "Refunded $10.00 of $54.00." in page
    assert "We're preparing your order." in unescape(page)
    assert "Refunded on March 1, 2026" in page
    assert "−$10.00" in page
    assert "Total after refunds" in page
    assert "$44.00" in page
    assert "for staff" not in page


def test_order_in_review_shows_no_reason(client, order):
    make_review(order, "Paid a second time")

    page = client.get(order.get_absolute_url()).text

    assert "are reviewing this order" in page
    assert "second time" not in page


def test_unpaid_order_has_no_thank_you_page(client, order):
    Order.objects.update(paid_at=None, status="Pending")

    assert client.get(f"{order.get_absolute_url()}/thanks")["Location"] == order.get_absolute_url()
    assert "hasn't been paid yet" in client.get(order.get_absolute_url()).text


@pytest.mark.parametrize("change", [lambda order: Order.objects.update(status="Canceled"), make_review])
def test_canceled_order_or_order_in_review_has_no_thank_you_page(client, order, change):
    """S6: the page would say that the order is confirmed."""
    change(order)

    assert client.get(f"{order.get_absolute_url()}/thanks")["Location"] == order.get_absolute_url()


def test_dates_are_in_the_stores_time_zone(client, order):
    """Half past nine in the evening in New York is already tomorrow in UTC."""
    late = datetime.datetime(2026, 3, 9, 1, 30, tzinfo=datetime.UTC)
    Store.objects.update(time_zone="America/New_York")
    make_refund(order, amount="10.00", refunded_at=late)
    Order.objects.update(created_at=late, paid_at=late)

    page = client.get(order.get_absolute_url()).text

    assert page.count("March 8, 2026") == 3
    assert "March 9" not in page


def test_guessable_tokens_open_nothing(client, order):
    """S27: only the token for this purpose opens the page."""
    wrong = make_url_token(purpose="payment-page", subject=order.pk)
    for token in (order.pk, order.number, wrong, f"{order.pk}.x"):
        assert client.get(f"/orders/{token}").status_code == 404
        assert client.get(f"/orders/{token}/thanks").status_code == 404


def test_another_stores_host_does_not_show_the_order(client, order):
    make_store(host="other.example")

    assert client.get(order.get_absolute_url(), headers={"Host": "other.example"}).status_code == 404


def test_page_is_not_cached_and_sends_no_referrer(client, order):
    page = client.get(order.get_absolute_url())

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert list(page.cookies) == ["csrftoken"]


def test_thank_you_page_links_to_a_web_return_url_only(client, order):
    order.origin = {"payment_link": {"return_url": "https://course.example/welcome"}}
    order.save()
    assert 'href="https://course.example/welcome"' in client.get(f"{order.get_absolute_url()}/thanks").text

    order.origin = {"payment_link": {"return_url": "javascript:alert(1)"}}
    order.save()
    assert "javascript:" not in client.get(f"{order.get_absolute_url()}/thanks").text


def test_page_takes_few_queries(client, order, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        client.get(order.get_absolute_url())

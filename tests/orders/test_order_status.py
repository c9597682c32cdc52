"""An order under its secret address."""

import datetime

import pytest
from django.utils import timezone

from orders.models import Order, OrderItem
from stores.crypto import make_url_token
from stores.models import Store
from tests.factories import make_store

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
    order = Order.objects.create(
        store=store,
        number="ORD-2026-00001",
        external_id="ext_1",
        checkout_key="key-1",
        status="Paid",
        paid_at=timezone.now(),
        email="ada@example.com",
        name="Ada Lovelace",
        shipping_address=ADDRESS,
        currency="USD",
        items_total="49.00",
        shipping_total="5.00",
        total="54.00",
        shipping_method="Standard",
    )
    OrderItem.objects.create(
        order=order,
        product_id="prod_1",
        variant_id="var_1",
        name="Desk lamp",
        title="Black",
        option_values={"Color": "Black"},
        quantity=1,
        unit_price="49.00",
    )
    return order


def test_it_shows_what_was_bought_what_it_cost_and_where_it_goes(client, order):
    page = client.get(order.get_absolute_url()).text

    for text in ("ORD-2026-00001", "Desk lamp", "Black", "$49.00", "$5.00", "$54.00"):
        assert text in page
    # As the country's post writes it.
    address = ("Ada Lovelace", "12 Main Street", "10115 BERLIN", "Germany")
    assert "<br>".join(f"<bdi>{line}</bdi>" for line in address) in page
    assert "Your payment has arrived." in page
    assert "mailto:help@example.com?subject=ORD-2026-00001" in page


def test_it_shows_parcels_with_their_tracking(client, order):
    order.status = "Shipping"
    order.fulfillments = [
        {
            "id": 1,
            "status": "success",
            "delivery_status": "in_transit",
            "tracking_codes": ["1Z999", "1Z998", "1Z997"],
            "tracking_links": ["https://carrier.example/1Z999", "javascript:alert(1)", "https://[1Z997"],
            "tracking_carriers": ["Carrier"],
        },
        {"id": 2, "status": "canceled", "tracking_codes": ["GONE"]},
    ]
    order.save()

    page = client.get(order.get_absolute_url()).text

    assert "On its way" in page
    assert 'href="https://carrier.example/1Z999"' in page
    assert "1Z998" in page
    assert "javascript:" not in page
    assert "1Z997" in page
    assert "https://[" not in page
    assert "GONE" not in page


def test_it_shows_refunds(client, order):
    order.status = "Refunded"
    order.refunded_amount = "10.00"
    order.refunds = [{"amount": "10.00", "note": "for staff", "at": "2026-03-01T10:00:00+00:00"}]
    order.save()

    page = client.get(order.get_absolute_url()).text

    assert "A part of this order was refunded." in page
    assert "−$10.00" in page
    assert "for staff" not in page


def test_an_order_under_review_names_no_reason(client, order):
    order.review_reason = "Paid a second time"
    order.save()

    page = client.get(order.get_absolute_url()).text

    assert "looking into this order" in page
    assert "second time" not in page


def test_an_unpaid_order_has_no_thanks(client, order):
    Order.objects.update(paid_at=None, status="Pending")

    assert client.get(f"{order.get_absolute_url()}/thanks")["Location"] == order.get_absolute_url()
    assert "has not been paid yet" in client.get(order.get_absolute_url()).text


@pytest.mark.parametrize("now", [{"status": "Canceled"}, {"review_reason": "Sold out"}])
def test_what_was_canceled_or_is_under_review_has_no_thanks(client, order, now):
    """S6: the page would say that all is well, and that a confirmation is on its way."""
    Order.objects.update(**now)

    assert client.get(f"{order.get_absolute_url()}/thanks")["Location"] == order.get_absolute_url()


def test_its_days_are_those_of_the_shop(client, order):
    """Half past nine in the evening in New York is tomorrow in UTC."""
    late = datetime.datetime(2026, 3, 9, 1, 30, tzinfo=datetime.UTC)
    Store.objects.update(time_zone="America/New_York")
    refunds = [{"amount": "10.00", "note": "", "at": late.isoformat()}]
    Order.objects.update(created_at=late, paid_at=late, refunds=refunds)

    page = client.get(order.get_absolute_url()).text

    assert page.count("March 8, 2026") == 3
    assert "March 9" not in page


def test_nothing_guessable_opens_it(client, order):
    """S27."""
    wrong = make_url_token(purpose="payment-page", subject=order.pk)
    for token in (order.pk, order.number, wrong, f"{order.pk}.x"):
        assert client.get(f"/orders/{token}").status_code == 404
        assert client.get(f"/orders/{token}/thanks").status_code == 404


def test_another_shops_host_does_not_show_it(client, order):
    make_store(host="other.example")

    assert client.get(order.get_absolute_url(), headers={"Host": "other.example"}).status_code == 404


def test_it_is_kept_nowhere_and_its_address_goes_nowhere(client, order):
    page = client.get(order.get_absolute_url())

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "no-referrer"
    assert not page.cookies


def test_thanks_lead_back_to_where_the_link_says_but_only_to_the_web(client, order):
    order.payment_link_details = {"return_url": "https://course.example/welcome"}
    order.save()
    assert 'href="https://course.example/welcome"' in client.get(f"{order.get_absolute_url()}/thanks").text

    order.payment_link_details = {"return_url": "javascript:alert(1)"}
    order.save()
    assert "javascript:" not in client.get(f"{order.get_absolute_url()}/thanks").text


def test_it_takes_few_queries(client, order, django_assert_max_num_queries):
    with django_assert_max_num_queries(3):
        client.get(order.get_absolute_url())

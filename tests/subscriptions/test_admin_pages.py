"""Subscriptions as staff see them: who, what, how much, when next, and all charges so far."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from nextcommerce.sentences import QUOTED
from orders.models import Customer
from subscriptions.models import Invoice, Subscription
from tests.factories import make_invoice, make_order, make_store

LIST = "/admin/subscriptions/subscription/"


@pytest.fixture
def store(db):
    return make_store()


def make_subscription(store, **fields):
    """Make a running monthly subscription to two bags of coffee for 18.00, with 5.00 for shipping."""
    subscription = make_invoice(make_order(store, **fields.pop("order", {}))).subscription
    subscription.lines.create(next_line_id=1, quantity=2, price=18, name="Coffee", title="Dark")
    values = {
        "shipping_price": Decimal("5.00"),
        "next_interval": "month",
        "next_interval_count": 1,
        "next_status": "active",
        "next_renewal_at": datetime.datetime(2026, 12, 24, 12, tzinfo=datetime.UTC),
    }
    for name, value in (values | fields).items():
        setattr(subscription, name, value)
    subscription.save()
    return subscription


def read_page(client, subscription):
    return " ".join(client.get(f"{LIST}{subscription.pk}/change/").text.split())


def test_row_tells_who_what_how_much_and_when(admin_client, store):
    make_subscription(store)

    page = admin_client.get(LIST).text

    for text in (
        "Ada Lovelace",
        "2 × <bdi>Coffee, Dark</bdi>",
        "$41.00",
        "every month",
        "Dec. 24, 2026",
        "Active",
    ):
        assert text in page, text


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"status": "paused"}, "Paused"),
        (
            {"status": "paused", "paused_until": datetime.datetime(2026, 12, 1, 12, tzinfo=datetime.UTC)},
            "Paused until Dec. 1, 2026",
        ),
        ({"status": "past_due"}, "Past due"),
        ({"status": "canceled"}, "Canceled"),
        (
            {"trial_end": datetime.datetime(2036, 1, 2, 12, tzinfo=datetime.UTC)},
            "Free trial until Jan. 2, 2036",
        ),
        (
            {
                "cancel_at_period_end": True,
                "ends_at": datetime.datetime(2026, 12, 3, 12, tzinfo=datetime.UTC),
            },
            "Ends on Dec. 3, 2026",
        ),
        ({"sync_error": QUOTED.fill(text="No card.")}, "Problem"),
        ({"pending_action": "pause"}, "Change on its way"),
    ],
)
def test_row_and_page_tell_the_state_in_words(admin_client, store, fields, state):
    subscription = make_subscription(store, **fields)

    assert f">{state}</span>" in admin_client.get(LIST).text
    assert f">{state}</span>" in read_page(admin_client, subscription)


def test_subscriptions_are_filtered_in_words(admin_client, store):
    plain = make_subscription(store)
    stuck = make_subscription(
        store, sync_error=QUOTED.fill(text="No card."), pending_action="pause", duplicate_of=plain
    )

    page = admin_client.get(LIST).text
    assert "NEXT Commerce refused a change" in page
    for name in ("problem", "pending", "duplicate"):
        listed = {
            value: [row.pk for row in admin_client.get(LIST, {name: value}).context["cl"].result_list]
            for value in ("yes", "no")
        }
        assert listed == {"yes": [stuck.pk], "no": [plain.pk]}, name


def test_list_of_forty_rows_takes_a_fixed_number_of_queries(admin_client, store, django_assert_num_queries):
    for _number in range(40):
        make_subscription(store)
    admin_client.get(LIST)

    with django_assert_num_queries(6):
        admin_client.get(LIST)


def test_page_tells_the_next_charge_with_delivery_and_tax(admin_client, store):
    taxed = {"tax_lines": [{"name": "NY sales tax", "rate": "8.875", "amount": "3.91"}]}
    subscription = make_subscription(store, order=taxed)

    page = read_page(admin_client, subscription)

    for row in (
        '<th scope="row">Items</th> <td class="num-text">$36.00</td>',
        '<th scope="row">Shipping</th> <td class="num-text">$5.00</td>',
        '<th scope="row">Tax</th> <td class="num-text">Added when it is charged; last time, $3.91</td>',
        '<th scope="row">Total before tax</th> <td class="num-text"><strong>$41.00</strong></td>',
    ):
        assert row in page, row
    assert "December 24, 2026" in page or "Dec. 24, 2026" in page


def test_page_of_a_subscription_that_ends_charges_nothing(admin_client, store):
    subscription = make_subscription(store, status="canceled", canceled_at=timezone.now())

    assert "Nothing will be charged." in read_page(admin_client, subscription)


def test_page_lists_all_charges_with_their_orders(admin_client, store):
    subscription = make_subscription(store)
    renewal = make_order(store)
    Invoice.objects.create(
        store=store,
        subscription=subscription,
        order=renewal,
        cycle=1,
        status="paid",
        amount=41,
        currency="USD",
    )
    Invoice.objects.create(
        store=store, subscription=subscription, cycle=2, amount=42, currency="USD", attempt_count=3
    )

    page = read_page(admin_client, subscription).partition("<h2>Charges</h2>")[2]

    assert f"/admin/orders/order/{renewal.pk}/change/" in page
    assert "$41.00" in page
    assert "3 attempts" in page
    assert page.index("$42.00") < page.index("$41.00")


def test_page_links_to_customer_and_possible_duplicate(admin_client, store):
    ada = Customer.objects.create(store=store, name="Ada Lovelace", email="ada@example.com")
    other = make_subscription(store)
    subscription = make_subscription(store, customer=ada, duplicate_of=other)

    page = read_page(admin_client, subscription)

    assert f"/admin/orders/customer/{ada.pk}/change/" in page
    assert f"{LIST}{other.pk}/change/" in page


def test_page_of_an_unknown_subscription_is_not_found(admin_client, db):
    assert admin_client.get(f"{LIST}sub_nothing/change/").status_code == 404
    assert not Subscription.objects.exists()

"""A customer in the admin: everything they bought, their consent, and the erasure of their data."""

import pytest
from django.contrib.auth.models import Permission
from django.core.management import CommandError, call_command

from accounts.models import User
from checkout.privacy import erase_customer
from orders.models import Customer, Order
from stores.errors import Conflict
from tests.factories import make_invoice, make_order, make_store

LIST = "/admin/orders/customer/"
ADDRESS = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def ada(store):
    return Customer.objects.create(store=store, name="Ada Lovelace", email="ada@example.com")


def page_of(customer):
    return f"{LIST}{customer.pk}/change/"


def test_page_tells_all_orders_and_what_was_spent_by_currency(admin_client, store, ada):
    make_order(store, customer=ada, total="80.00", refunded_amount="20.00", status="Partially refunded")
    make_order(store, customer=ada, currency="EUR")
    make_order(store, customer=None, status="Pending", paid_at=None)  # by the same email
    make_order(store, email="grace@example.com", total="999.00")

    page = admin_client.get(page_of(ada))

    assert [(row.currency, f"{row.net:.2f}", row.order_count) for row in page.context["spending"]] == [
        ("EUR", "54.00", 1),
        ("USD", "60.00", 1),
    ]
    assert len(page.context["orders"]) == 3
    assert "$60.00" in page.text
    assert "$20.00 refunded" in page.text
    listed = admin_client.get("/admin/orders/order/", {"customer": ada.pk}).context["cl"].result_list
    assert len(listed) == 3


def test_page_tells_when_the_customer_agreed_to_marketing(admin_client, store, ada):
    assert "No consent given." in admin_client.get(page_of(ada)).text
    order = make_order(store, customer=ada, accepts_marketing=True)
    make_order(store, customer=ada)

    page = admin_client.get(page_of(ada))

    assert page.context["consent"] == order
    assert "Agreed on" in page.text


def test_staff_see_only_what_they_may(client, store, ada):
    make_invoice(make_order(store, customer=ada))
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client.force_login(viewer)

    page = client.get(page_of(ada)).text

    assert "ORD-" not in page
    assert "Desk lamp" not in page
    assert "Erase personal data" not in page
    assert "Export personal data" not in page


def test_page_links_to_subscriptions_of_the_customer(admin_client, store, ada):
    subscription = make_invoice(make_order(store, customer=ada)).subscription

    assert (
        f"/admin/subscriptions/subscription/{subscription.pk}/change/" in admin_client.get(page_of(ada)).text
    )


def test_list_tells_what_each_bought_in_a_fixed_number_of_queries(
    admin_client, store, django_assert_num_queries
):
    for number in range(40):
        customer = Customer.objects.create(store=store, email=f"{number}@example.com")
        make_order(store, customer=customer, total="10.00")
        make_order(store, customer=customer, total="20.00", refunded_amount="5.00")
    admin_client.get(LIST)

    with django_assert_num_queries(6):
        page = admin_client.get(LIST).text

    assert page.count("$25.00") == 40


def test_notes_about_a_customer_are_saved(admin_client, ada):
    form = {
        "name": ada.name,
        "email": ada.email,
        "phone": "",
        "description": "Rings twice",
        "merchant_uuid": "",
    }

    admin_client.post(page_of(ada), form)

    ada.refresh_from_db()
    assert ada.description == "Rings twice"


def test_customer_with_a_paid_order_that_has_not_shipped_is_erased_only_on_purpose(store, ada):
    order = make_order(store, customer=ada, shipping_address=ADDRESS)

    with pytest.raises(Conflict, match=f"Paid, but not shipped yet: {order.number}"):
        erase_customer(customer=ada, actor="mia")
    assert Order.objects.get().email == "ada@example.com"

    assert erase_customer(customer=ada, actor="mia", even_if_unsent=True) == 1
    assert Order.objects.get().is_erased


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Shipping", "next_fulfillment_status": "fulfilled"},
        {"status": "Pending", "paid_at": None},
        {"status": "Refunded", "refunded_amount": "54.00"},
        {"status": "Canceled"},
        {"items": [{"requires_shipping": False}]},
    ],
)
def test_customer_is_erased_if_nothing_is_left_to_ship(store, ada, fields):
    make_order(store, customer=ada, **fields)

    assert erase_customer(customer=ada, actor="mia") == 1


def test_staff_are_told_what_has_not_shipped_and_must_say_so(admin_client, store, ada):
    order = make_order(store, customer=ada)

    def press(**fields):
        data = {"action": "erase_personal_data", "_selected_action": [ada.pk], **fields}
        return admin_client.post(LIST, data, follow=True).text

    asked = press()
    assert f"{order.number}</a>: paid, but not shipped yet" in asked
    assert "Erase anyway" in asked
    assert "Ship or refund first." in press(confirmed="1")
    assert Customer.objects.get().erased_at is None
    assert f"Erased {ada.pk}." in press(confirmed="1", even_if_unsent="on")


def test_command_refuses_until_told_otherwise(store, ada):
    make_order(store, customer=ada)

    with pytest.raises(CommandError, match="Paid, but not shipped yet"):
        call_command("erase_customer", ada.pk, "--yes")
    call_command("erase_customer", ada.pk, "--yes", "--even-if-unsent")

    assert Customer.objects.get().erased_at

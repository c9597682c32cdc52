"""The order list: what it tells about each order, its filters and tabs, and actions on many orders."""

import datetime
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.utils import timezone
from pypdf import PdfReader

from accounts.models import User
from accounts.staff_log import describe_log_entry
from orders.models import Notification, Order, OrderItem, OrderTag, SavedView
from orders.tags import add_tag
from tests.factories import make_link, make_order, make_product, make_review, make_shipment, make_store

LIST = "/admin/orders/order/"
ADDRESS = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def store(db):
    return make_store(time_zone="America/New_York")


def numbers_listed(client, **query):
    return [row.number for row in client.get(LIST, query).context["cl"].result_list]


def row_text(client, **query):
    """Return the text of the list's rows."""
    page = client.get(LIST, query).text
    return " ".join(page.partition('id="result_list"')[2].partition("</table>")[0].split())


def test_row_tells_customer_items_state_and_what_stands_out(staff, store):
    order = make_order(
        store,
        items=[{"quantity": 2}, {"name": "Shade", "title": ""}, {"name": "Bulb", "title": ""}],
        is_test=True,
    )
    make_review(order)
    Notification.objects.create(order=order, kind="confirmation", key="x", attempts=8)
    add_tag(orders=[order], name="gift")

    row = row_text(staff)

    for text in (
        "Ada Lovelace",
        "ada@example.com",
        "2 × <bdi>Desk lamp, Black</bdi>",
        "1 × <bdi>Shade</bdi>",
        "and 1 more",
        "$54.00",
        ">Paid<",
        ">To ship<",
        ">Review: sold out<",
        ">Email not delivered<",
        ">Test<",
        ">gift<",
    ):
        assert text in row


@pytest.mark.parametrize(
    ("fields", "shown"),
    [
        ({"status": "Pending", "paid_at": None}, "Unpaid"),
        ({"next_fulfillment_status": "partially_fulfilled"}, "Paid Partly shipped"),
        ({"status": "Shipping", "next_fulfillment_status": "fulfilled"}, "Paid Shipped"),
        ({"status": "Canceled"}, "Canceled"),
        ({"items": [{"requires_shipping": False}]}, "Paid"),
        ({"items": [{"refunded_quantity": 1}], "status": "Partially refunded"}, "Partially refunded"),
    ],
)
def test_row_tells_payment_and_shipping_apart(staff, store, fields, shown):
    make_order(store, **fields)

    cell = row_text(staff).partition('class="field-status_text">')[2].partition("</td>")[0]

    assert " ".join(part.partition("<")[0] for part in cell.split(">") if part[:1].isalpha()) == shown


def test_list_of_forty_rows_takes_a_fixed_number_of_queries(staff, store, django_assert_num_queries):
    for number in range(40):
        order = make_order(store, items=[{}, {}], number=f"ORD-2026-{number:05}")
        add_tag(orders=[order], name=f"tag {number % 3}")
        make_review(order)
    staff.get(LIST)

    with django_assert_num_queries(11):
        staff.get(LIST)


def test_orders_are_filtered_by_what_people_ask_for(staff, store):
    lamp = make_product(store, name="Reading lamp")
    link = make_link(lamp)
    one = make_order(
        store,
        items=[{"product_id": lamp.pk, "name": "Reading lamp"}],
        shipping_address=ADDRESS,
        tax_country="US",
    ).number
    digital = make_order(store, items=[{"requires_shipping": False}], tax_country="US").number
    german = make_order(
        store, shipping_address=ADDRESS | {"country": "DE"}, tax_country="DE", payment_link_id=link.pk
    ).number
    refunded = make_order(store, status="Refunded", refunded_amount="54.00", is_test=True).number
    add_tag(orders=Order.objects.filter(number=german), name="Gift")

    for query, numbers in (
        ({"product": "reading"}, [one]),
        ({"product": lamp.variants.get().sku}, [one]),
        ({"product": lamp.pk}, [one]),
        ({"link": link.url}, [german]),
        ({"link": "Reading"}, [german]),
        ({"country": "US"}, [digital, one]),
        ({"country": "DE"}, [german]),
        ({"tag": "gift"}, [german]),
        ({"payment": "refunded"}, [refunded]),
        ({"is_test__exact": "1"}, [refunded]),
        ({"payment": "paid", "tag": "Gift", "country": "DE"}, [german]),
        ({"product": "no such thing"}, []),
        ({"country": "US", "q": one}, [one]),
    ):
        assert numbers_listed(staff, **query) == numbers, query


def test_days_of_the_filter_are_those_of_the_page_and_include_the_last(staff, store):
    order = make_order(store)
    Order.objects.update(created_at=datetime.datetime(2026, 3, 1, 23, 30, tzinfo=datetime.UTC))

    with timezone.override("America/New_York"):
        assert numbers_listed(staff, placed_from="2026-03-01", placed_to="2026-03-01") == [order.number]
        assert numbers_listed(staff, placed_from="2026-03-02") == []
        assert numbers_listed(staff, placed_to="2026-02-28") == []


@pytest.mark.parametrize(
    "query",
    [
        {"placed_from": "yesterday"},
        {"placed_to": "9999-12-31"},
        {"placed_from": "0001-01-01"},
        {"payment": "later"},
        {"to_ship": "maybe"},
        {"is_test__exact": "2"},
        {"store__id__exact": "two"},
        {"product": "\0"},
    ],
)
def test_nonsense_in_the_address_is_no_error(staff, store, query):
    order = make_order(store)

    assert numbers_listed(staff, **query) == [order.number]


def test_chosen_filters_are_named_and_each_can_be_removed(staff, store):
    make_order(store)

    page = " ".join(staff.get(LIST, {"country": "DE", "payment": "paid", "p": "1"}).text.split())

    assert '<a href="?payment=paid">Country: <bdi>Germany</bdi>' in page
    assert '<a href="?country=DE">Payment: <bdi>Paid</bdi>' in page


def test_staff_save_views_of_their_own(staff, store, client):
    query = "payment=paid&country=DE&p=3&unknown=x"
    staff.post(f"{LIST}views/save/", {"name": " Paid  in Germany ", "query": query})

    view = SavedView.objects.get()
    assert (view.name, view.query) == ("Paid in Germany", "payment=paid&country=DE")
    page = staff.get(LIST, {"country": "DE", "payment": "paid"})
    assert [tab.label for tab in page.context["tabs"] if tab.is_active] == ["Paid in Germany"]

    other = User.objects.create_superuser("other", password="x")
    client.force_login(other)
    assert "Paid in Germany" not in client.get(LIST).text
    client.post(f"{LIST}views/delete/", {"view": view.pk})
    assert SavedView.objects.exists()
    staff.force_login(User.objects.get(username="admin"))
    staff.post(f"{LIST}views/delete/", {"view": view.pk})
    assert not SavedView.objects.exists()


def test_view_without_name_or_filter_is_refused(staff, db):
    for fields, message in (
        ({"name": "", "query": "tag=gift"}, "Enter a name of 1 to 40 characters."),
        ({"name": "x" * 41, "query": "tag=gift"}, "Enter a name of 1 to 40 characters."),
        ({"name": "All of it", "query": "p=2"}, "Choose a filter first, then save the view."),
        ({"name": "Too long", "query": f"product={'x' * 1000}"}, "Choose a filter first"),
    ):
        assert message in staff.post(f"{LIST}views/save/", fields, follow=True).text, fields
    assert not SavedView.objects.exists()


def run_action(client, action, *orders, **fields):
    data = {"action": action, "_selected_action": [order.pk for order in orders], **fields}
    return client.post(LIST, data, follow=True)


def test_packing_slips_are_one_document_of_what_is_to_ship(staff, store):
    first = make_order(store, shipping_address=ADDRESS, items=[{"quantity": 3, "sku": "LAMP-1"}])
    sent = make_order(store, shipping_address=ADDRESS, status="Shipping", next_fulfillment_status="fulfilled")
    unpaid = make_order(store, shipping_address=ADDRESS, status="Pending", paid_at=None)
    part = make_order(
        store,
        shipping_address=ADDRESS | {"line1": "7 Rue Élysée"},
        language="de",
        status="Shipping",
        next_fulfillment_status="partially_fulfilled",
        items=[{"next_line_id": 1}, {"next_line_id": 2, "name": "Shade", "custom_text": "For Bea"}],
    )
    make_shipment(part, quantities={1: 1})

    answer = run_action(staff, "print_packing_slips", part, sent, unpaid, first)

    assert answer["Content-Type"] == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages]
    assert len(pages) == 2
    assert first.number in pages[0]
    assert "LAMP-1" in pages[0]
    assert "$" not in pages[0]
    assert "7 Rue Élysée" in pages[1]
    assert "For Bea" in pages[1]
    assert "Desk lamp" not in pages[1]
    assert describe_log_entry(LogEntry.objects.get()) == "Packing slips of 2 orders printed."


def test_packing_slips_without_anything_to_ship_say_so(staff, store):
    order = make_order(store, status="Pending", paid_at=None)

    page = run_action(staff, "print_packing_slips", order)

    assert "None of these orders has anything to ship." in page.text
    assert not LogEntry.objects.exists()


def test_tags_are_added_and_removed_for_many_orders_and_stores(staff, store):
    orders = [make_order(store), make_order(make_store(host="other.example")), make_order(store)]

    page = run_action(staff, "add_tag_to_selected", *orders[:2], tag="  call   back ")
    run_action(staff, "add_tag_to_selected", *orders, tag="Call back")

    assert "Tag “call back” added to 2 orders." in page.text
    assert OrderTag.objects.count() == 2
    assert [[tag.name for tag in order.tags.all()] for order in orders] == [["call back"]] * 3

    page = run_action(staff, "remove_tag_from_selected", *orders[:1], tag="CALL BACK")

    assert "Tag “CALL BACK” removed from 1 order." in page.text
    assert [order.tags.count() for order in orders] == [0, 1, 1]
    assert "Enter a tag of 1 to 40 characters." in run_action(staff, "add_tag_to_selected", *orders).text


def test_reviews_about_money_are_left_for_the_orders_own_page(staff, store):
    order, other = make_order(store), make_order(store)
    sold_out = make_review(order)
    charged = make_review(order, kind="extra_charge", amount_to_refund="20.00")
    payment = make_review(other, kind="payment_mismatch", payment_intent_id="pi_1")

    page = run_action(staff, "close_selected_reviews", order, other)

    assert "1 review closed." in page.text
    assert "2 reviews are about a payment or a refund." in page.text
    for review in (sold_out, charged, payment):
        review.refresh_from_db()
    assert (sold_out.resolved_by, charged.is_open, payment.is_open) == ("admin", True, True)


def test_staff_who_only_view_change_nothing(client, store):
    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(viewer)
    order = make_order(store)
    make_review(order)

    run_action(client, "add_tag_to_selected", order, tag="gift")
    run_action(client, "close_selected_reviews", order)

    assert not order.tags.exists()
    assert order.is_in_review
    assert "Add tag" not in client.get(LIST).text


def test_orders_of_a_product_are_found_by_an_index():
    assert ["product_id"] in [index.fields for index in OrderItem._meta.indexes]

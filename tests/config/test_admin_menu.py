"""The admin's menu, store switch, and search."""

import datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.urls import reverse

from accounts.roles import create_staff_roles
from config.admin_menu import MENU, find_current_url, find_model_admin
from orders.models import Customer, Order
from stores.models import StoreChoice
from tests.factories import make_invoice, make_link, make_order, make_product, make_store

pytestmark = pytest.mark.any_database


def read_menu(client):
    """Return the titles of the menu's sections, with those of their items."""
    menu = client.get(reverse("admin:index")).context["menu"]
    return {str(section.title): [str(item.title) for item in section.items] for section in menu}


def sign_in(client, django_user_model, role):
    create_staff_roles()
    user = django_user_model.objects.create_user("helper", password="x", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    client.force_login(user)
    return user


@pytest.fixture
def two_stores(db):
    """Return a store in Los Angeles and one in Berlin, with an order each."""
    stores = (
        make_store(name="Fern", time_zone="America/Los_Angeles"),
        make_store(name="Birch", host="birch.example", time_zone="Europe/Berlin"),
    )
    for store, name in zip(stores, ("Ada Lovelace", "Lin Lovelace"), strict=True):
        make_order(store, name=name, email=f"{name.split()[0].lower()}@example.com")
    return stores


def choose(client, store, **data):
    return client.post(reverse("admin:choose_store"), {"store": store.pk if store else "", **data})


# --- The menu


def test_menu_is_arranged_by_the_work(admin_client):
    assert list(read_menu(admin_client)) == [
        *("Home", "Orders", "Subscriptions", "Customers", "Products", "Payment links", "Upsells"),
        *("Discounts", "Reports", "Settings", "System"),
    ]


def test_menu_shows_only_what_the_person_may_open(client, django_user_model):
    sign_in(client, django_user_model, "Catalog staff")

    assert list(read_menu(client)) == ["Home", "Products", "Payment links"]


@pytest.mark.django_db
def test_every_item_of_the_menu_opens_for_a_superuser(admin_client):
    items = [item for section in admin_client.get("/admin/").context["menu"] for item in section.items]

    assert {item.url: admin_client.get(item.url).status_code for item in items} == {
        item.url: 200 for item in items
    }


def test_every_list_is_named_in_the_menu():
    """A list that isn't named would be shown under System."""
    named = {find_model_admin(item.url_name) for section in MENU for item in section.items}
    unnamed = [row for row in admin.site._registry.values() if row not in named]

    # Searched in a field of another form only.
    assert [str(row) for row in unnamed] == ["catalog.VariantAdmin"]


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/admin/", "/admin/"),
        ("/admin/orders/order/", "/admin/orders/order/"),
        ("/admin/orders/order/ord_1/refund/", "/admin/orders/order/"),
        ("/admin/orders/orderreview/", "/admin/orders/orderreview/"),
        ("/admin/password_change/", ""),
    ],
)
def test_current_item_is_the_one_that_the_page_is_below(path, current):
    urls = ["/admin/", "/admin/orders/order/", "/admin/orders/orderreview/"]

    assert find_current_url(path, urls) == current


def test_refund_page_leads_back_to_the_list_and_to_the_order(admin_client, two_stores):
    order = Order.objects.get(store=two_stores[0])

    trail = admin_client.get(reverse("admin:orders_order_refund", args=[order.pk])).context["trail"]

    assert trail.item.url == reverse("admin:orders_order_changelist")
    assert trail.row_url == reverse("admin:orders_order_change", args=[order.pk])


# --- The store switch


def test_chosen_store_filters_the_lists_and_is_remembered(admin_client, two_stores, client, admin_user):
    fern, _birch = two_stores
    list_url = reverse("admin:orders_order_changelist")
    assert "Lin Lovelace" in admin_client.get(list_url).text

    assert choose(admin_client, fern, next=list_url).url == list_url

    page = admin_client.get(list_url).text
    assert "Ada Lovelace" in page
    assert "Lin Lovelace" not in page
    client.force_login(admin_user)  # a new session
    assert "Lin Lovelace" not in client.get(list_url).text
    choose(admin_client, None)
    assert "Lin Lovelace" in admin_client.get(list_url).text


def test_order_of_another_store_opens_by_its_address(admin_client, two_stores):
    fern, birch = two_stores
    choose(admin_client, fern)

    url = reverse("admin:orders_order_change", args=[Order.objects.get(store=birch).pk])

    assert admin_client.get(url).status_code == 200


@pytest.mark.parametrize(
    ("data", "location"),
    [
        ({"store": "999", "next": "/admin/orders/order/"}, "/admin/orders/order/"),
        ({"store": "nonsense", "next": "https://evil.example/"}, "/admin/"),
        ({"store": "", "next": "//evil.example"}, "/admin/"),
    ],
)
def test_switch_leads_nowhere_else_and_chooses_only_known_stores(admin_client, two_stores, data, location):
    response = admin_client.post(reverse("admin:choose_store"), data)

    assert response.url == location
    assert not StoreChoice.objects.exists()


def test_shop_with_one_store_has_no_switch_and_no_filter_by_store(admin_client):
    make_order(make_store())

    page = admin_client.get(reverse("admin:orders_order_changelist"))

    assert "store-switch" not in page.text
    assert "store" not in page.context["cl"].list_display


def test_times_are_in_the_chosen_stores_zone_and_name_it(admin_client, two_stores):
    """06:30 UTC is the evening before in Los Angeles."""
    order = Order.objects.get(store=two_stores[0])
    at = datetime.datetime(2026, 3, 2, 6, 30, tzinfo=datetime.UTC)
    Order.objects.filter(pk=order.pk).update(created_at=at)
    url = reverse("admin:orders_order_changelist")
    assert "March 2, 2026, 6:30 a.m." in admin_client.get(url).text

    choose(admin_client, two_stores[0])

    page = admin_client.get(url).text
    assert "March 1, 2026, 10:30 p.m." in page
    assert "Times are in America/Los_Angeles." in page


# --- The search


def search(client, text):
    """Return the names found, by kind."""
    found = client.get(reverse("admin:search"), {"q": text}).context["found"]
    return {str(kind.title): [row.name for row in kind.rows] for kind in found}


@pytest.fixture
def rows(two_stores):
    fern, _birch = two_stores
    order = Order.objects.get(store=fern)
    Customer.objects.create(store=fern, name="Ada Lovelace", email="ada@example.com")
    make_invoice(order)
    link = make_link(make_product(fern, name="Ada's lamp"))
    return order, link


def test_one_search_finds_all_kinds(admin_client, rows):
    order, _link = rows

    assert search(admin_client, "ada") == {
        "Orders": [order.number],
        "Customers": ["Ada Lovelace"],
        "Products": ["Ada's lamp"],
        "Payment links": ["Ada's lamp"],
        "Subscriptions": ["Ada Lovelace"],
    }


def test_search_finds_orders_by_number_and_number_at_next(admin_client, rows):
    order, _link = rows
    Order.objects.filter(pk=order.pk).update(next_order_number="77001")

    assert search(admin_client, order.number) == search(admin_client, "77001") | {
        "Subscriptions": ["Ada Lovelace"]
    }
    assert search(admin_client, "77001") == {"Orders": [order.number]}


def test_search_looks_in_the_chosen_store_only(admin_client, rows, two_stores):
    choose(admin_client, two_stores[1])

    assert search(admin_client, "ada") == {}
    assert list(search(admin_client, "lovelace")) == ["Orders"]


def test_search_shows_only_what_the_person_may_view(client, django_user_model, rows):
    sign_in(client, django_user_model, "Catalog staff")

    assert list(search(client, "ada")) == ["Products", "Payment links"]


@pytest.mark.parametrize("text", ["", "   ", "%", "\\", "'; DROP TABLE", "ф" * 5000, "line\nbreak"])
def test_search_takes_any_text(admin_client, rows, text):
    assert admin_client.get(reverse("admin:search"), {"q": text}).status_code == 200


def test_search_takes_the_same_queries_however_much_it_finds(
    admin_client, rows, two_stores, django_assert_num_queries
):
    def count_queries():
        # Session, user, stores; orders by NEXT number, then by text; customers; three each of products and
        # links, whose matches are counted up to a limit; subscriptions by id, then by order.
        with django_assert_num_queries(15):
            found = search(admin_client, "ada")
        return {kind: len(names) for kind, names in found.items()}

    assert count_queries()["Orders"] == 1
    for _ in range(20):
        make_order(two_stores[0], email="ada@example.com")
    assert count_queries()["Orders"] == 8

"""An order's page in the admin: timeline, neighbors in the list, tags, and mentions in notes."""

import datetime

import pytest
from django.contrib.auth.models import Permission
from django.core import mail as outgoing
from django.utils import timezone

from accounts.models import User
from checkout.models import PaymentIntent
from orders.models import Notification, Order, OrderEvent
from orders.sentences import NOTE
from orders.tags import add_tag
from tests.factories import make_order, make_shipment, make_store

pytestmark = pytest.mark.django_db


@pytest.fixture
def store():
    return make_store()


@pytest.fixture
def staff(admin_client):
    return admin_client


def page_of(order):
    return f"/admin/orders/order/{order.pk}/change/"


def hours_ago(hours):
    return timezone.now() - datetime.timedelta(hours=hours)


def test_timeline_tells_everything_in_one_list_newest_first(staff, store):
    order = make_order(store, status="Shipping", transactions=[{"amount": "54.00", "made_at": hours_ago(8)}])
    PaymentIntent.objects.create(store=store, order=order, fingerprint="x", amount=54, currency="USD")
    PaymentIntent.objects.update(created_at=hours_ago(9))
    note = OrderEvent.objects.create(
        order=order, kind="note", text=NOTE.fill(text="Called."), source="staff", actor="mia"
    )
    OrderEvent.objects.filter(pk=note.pk).update(at=hours_ago(5))
    Notification.objects.create(order=order, kind="confirmation", key="x", sent_at=hours_ago(7))
    parcel = make_shipment(
        order, trackings=[{"code": "1Z999", "url": "https://ups.example/1Z999", "carrier": "UPS"}]
    )
    type(parcel).objects.update(recorded_at=hours_ago(3))

    page = staff.get(page_of(order))

    assert [entry.title for entry in page.context["timeline"]] == [
        "Parcel: Shipped (UPS)",
        "Note",
        "Email: confirmation",
        "Charge: $54.00",
        "Payment started: $54.00",
    ]
    timeline = page.text.partition('id="timeline"')[2]
    assert '<a href="https://ups.example/1Z999" rel="noreferrer">1Z999</a>' in timeline
    assert f"/admin/orders/notification/{order.notifications.get().pk}/change/" in timeline


def test_order_leads_to_its_neighbors_in_the_list_that_staff_came_from(staff, store):
    first, second, third = (make_order(store, number=f"ORD-2026-0000{n}") for n in (1, 2, 3))
    add_tag(orders=[first, third], name="gift")

    def neighbors(order, filters=""):
        context = staff.get(page_of(order), {"_changelist_filters": filters} if filters else {}).context
        return context["above"], context["below"]

    assert neighbors(second) == (third.pk, first.pk)
    assert neighbors(third, "tag=gift") == (None, first.pk)
    assert neighbors(third, "tag=gift&p=1&o=1") == (first.pk, None)
    assert neighbors(first, f"q={third.number}") == (third.pk, None)
    assert neighbors(second, "no=such&filter=1") == (None, None)


def test_the_way_back_to_the_list_is_kept_by_links_and_buttons(staff, store):
    order = make_order(store)
    query = "?_changelist_filters=tag%3Dgift"

    page = staff.get(page_of(order) + query).text
    answer = staff.post(f"/admin/orders/order/{order.pk}/tag/{query}", {"tag": "gift"})

    assert 'href="/admin/orders/order/?tag=gift"' in page
    assert f'action="/admin/orders/order/{order.pk}/tag/{query}"' in page
    assert answer["Location"] == page_of(order) + query


def test_staff_tag_an_order_and_take_the_tag_off(staff, store):
    order = make_order(store)
    path = f"/admin/orders/order/{order.pk}/tag/"

    assert "Remove tag &lt;b&gt;" in staff.post(path, {"tag": "<b>"}, follow=True).text
    assert "Enter a tag of 1 to 40" in staff.post(path, {"tag": "x" * 41}, follow=True).text
    staff.post(path, {"remove": "<B>"})

    assert not order.tags.exists()


def make_colleague(name, *permissions, **fields):
    user = User.objects.create_user(name, f"{name}@shop.example", "x", is_staff=True, **fields)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    return user


def add_note(client, order, text):
    return client.post(f"/admin/orders/order/{order.pk}/note/", {"text": text}, follow=True).text


def test_colleagues_mentioned_in_a_note_get_an_email(staff, store):
    make_colleague("tom", "view_order")
    make_colleague("eve.b", "view_order")
    order = make_order(store)

    page = add_note(staff, order, "Ask @Tom and @eve.b. (@tom)")

    assert "Note added." in page
    assert "We emailed eve.b, tom." in page
    assert sorted(mail.to[0] for mail in outgoing.outbox) == ["eve.b@shop.example", "tom@shop.example"]
    mail = outgoing.outbox[0]
    assert mail.subject == f"admin mentioned you on order {order.number}"
    assert "Ask @Tom and @eve.b. (@tom)" in mail.body
    assert f"http://testserver{page_of(order)}" in mail.body


def test_only_colleagues_who_may_see_the_order_are_told(staff, store):
    make_colleague("cat")
    make_colleague("gone", "view_order", is_active=False)
    order = make_order(store)

    page = add_note(staff, order, "@cat @gone @nobody @admin tom@shop.example")

    assert "We couldn&#x27;t email cat." in page
    assert outgoing.outbox == []


def test_note_is_saved_if_a_mention_cannot_be_sent(staff, store, settings):
    make_colleague("tom", "view_order")
    settings.EMAIL_BACKEND = "tests.orders.test_notifications.UnreachableBackend"
    order = make_order(store)

    page = add_note(staff, order, "Ask @tom.")

    assert "Note added." in page
    assert "We couldn&#x27;t email tom." in page
    assert str(order.events.get().text) == "Ask @tom."


def test_note_that_next_does_not_take_is_still_told_to_colleagues(staff, store):
    make_colleague("tom", "view_order")
    order = make_order(store, next_order_number="1001")  # nothing listens at this store's address

    page = add_note(staff, order, "Ask @tom.")

    assert "The note is saved here, but not in NEXT Commerce" in page
    assert [mail.to for mail in outgoing.outbox] == [["tom@shop.example"]]


def test_order_page_takes_a_fixed_number_of_queries(staff, store, django_assert_num_queries):
    order = make_order(store, items=[{}, {}, {}], status="Shipping")
    for number in range(10):
        add_tag(orders=[order], name=f"tag {number}")
        make_shipment(order, next_fulfillment_id=number, trackings=[{"code": str(number)}])
        Notification.objects.create(order=order, kind="shipped", key=str(number))
    Order.objects.update(customer=None)

    with django_assert_num_queries(27):
        staff.get(page_of(order))

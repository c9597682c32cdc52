"""One email about an open cart, for shoppers who asked for it in the checkout."""

import datetime
import re
from decimal import Decimal

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from catalog.models import Product
from checkout.cart_reminders import process_cart_reminder
from checkout.models import CartReminder, PaymentIntent
from checkout.privacy import erase_customer
from checkout.reminder_reports import report_cart_reminders
from orders import notifications
from orders.contacts import stop_emails
from orders.models import Contact, Customer, Notification, Order
from orders.reports.periods import Period
from stores.leases import claim_due_rows
from tests.factories import (
    make_order,
    make_payment_request,
    make_product,
    make_review,
    make_store,
    variant_of,
)

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

TICKED = {"email": "ada@example.com", "wants_reminder": "on", "update": "script"}


@pytest.fixture
def store():
    return make_store(cart_reminder_hours=4)


@pytest.fixture
def lamp(store):
    return make_product(store, collect_shipping_address=False)


def tick(shopper, lamp, path=None, **changed):
    """Type an email in the checkout, tick the box, and leave."""
    path = path or f"/checkout?variant={variant_of(lamp).pk}"
    shopper.get(path)
    return shopper.post(path, {**TICKED, "key": shopper.hidden("key"), **changed})


def wait(**time):
    """Let reminders become due and send what is due. Return the emails."""
    past = datetime.timedelta(**time or {"hours": 4})
    for row in CartReminder.objects.exclude(due_at=None):
        row.created_at, row.due_at = row.created_at - past, row.due_at - past
        row.reminded_at = row.reminded_at and row.reminded_at - past
        row.save()
    outgoing.outbox.clear()
    for row in list(claim_due_rows(CartReminder.objects.all(), "due_at", limit=100)):
        process_cart_reminder(row)
    notifications.send_due_notifications()
    return list(outgoing.outbox)


def find_path(mail, part):
    return re.search(rf"https?://[^/\s]+(/{part}\S*)", mail.body)[1]


def test_store_that_sends_none_offers_none(shopper):
    lamp = make_product(make_store(), collect_shipping_address=False)

    answer = tick(shopper, lamp)

    assert "wants_reminder" not in answer.text
    assert CartReminder.objects.count() == Contact.objects.count() == 0


def test_box_is_not_ticked_beforehand(shopper, lamp):
    page = shopper.get(f"/checkout?variant={variant_of(lamp).pk}").text

    box = re.search(r'<input type="checkbox" name="wants_reminder"[^>]*>', page)[0]
    assert "checked" not in box


@pytest.mark.parametrize("changed", [{"wants_reminder": ""}, {"email": ""}, {"email": "ada"}])
def test_who_does_not_tick_it_or_types_no_email_is_not_reminded(shopper, lamp, changed):
    tick(shopper, lamp, **changed)

    assert Contact.objects.count() == 0
    assert wait() == []


def test_shopper_is_reminded_once_after_the_stores_time(shopper, lamp):
    tick(shopper, lamp)
    assert wait(hours=3, minutes=58) == []

    (mail,) = wait(minutes=3)

    assert (mail.to, mail.subject) == (["ada@example.com"], "Your cart at Lamp House")
    assert "1 × Desk lamp" in mail.body
    assert [wait(days=1), wait(days=9)] == [[], []]


def test_unticking_it_ends_the_reminder(shopper, lamp):
    tick(shopper, lamp)
    path = shopper.page.request["PATH_INFO"]
    shopper.post(
        f"{path}?variant={variant_of(lamp).pk}",
        {"email": "ada@example.com", "update": "script", "key": shopper.hidden("key")},
    )

    assert wait() == []


def test_reminder_leads_back_to_what_was_chosen(shopper, lamp, client):
    tick(shopper, lamp, f"/checkout?variant={variant_of(lamp).pk}&quantity=3")
    link = find_path(wait()[0], "cart/restore/")
    stranger = type(client)()

    page = stranger.get(link).text
    assert "3 × " in page
    assert "ada@example.com" not in page

    answer = stranger.post(link)
    assert answer.status_code == 303
    assert answer["Location"] == f"/checkout?variant={variant_of(lamp).pk}&quantity=3"


def test_cart_is_restored_in_another_browser(shopper, store, lamp, client):
    bulb = make_product(store, name="Light bulb", collect_shipping_address=False)
    for product, quantity in ((lamp, 2), (bulb, 1)):
        shopper.add_to_cart(variant_of(product), quantity)
    tick(shopper, lamp, "/checkout")
    link = find_path(wait()[0], "cart/restore/")
    other = type(client)()
    other.get(link)
    assert other.get("/cart").text.count("Desk lamp") == 0, "opening the page changes nothing"

    assert other.post(link)["Location"] == "/cart?added"

    page = other.get("/cart").text
    assert "Desk lamp" in page
    assert "Light bulb" in page


def test_nobody_is_reminded_of_what_cannot_be_bought(shopper, lamp):
    tick(shopper, lamp)
    Product.objects.update(active=False)

    assert wait() == []
    assert CartReminder.objects.count() == 0


@pytest.mark.parametrize("email", ["ada@example.com", "ADA@Example.com"])
def test_who_bought_since_is_not_reminded(shopper, store, lamp, email):
    """Perhaps in another browser, or with another cart."""
    tick(shopper, lamp)
    make_order(store, email=email)

    assert wait() == []


def test_who_buys_after_the_email_was_queued_is_not_reminded(shopper, store, lamp):
    tick(shopper, lamp)
    CartReminder.objects.update(due_at=timezone.now())
    process_cart_reminder(CartReminder.objects.get())
    assert Notification.objects.count() == 1
    make_order(store)

    notifications.send_due_notifications()

    assert (outgoing.outbox, Notification.objects.count()) == ([], 0)


def make_attempt(store, **fields):
    customer = Customer.objects.create(store=store, email="ada@example.com")
    order = make_order(store, customer=customer, status="Pending", paid_at=None, **fields)
    return PaymentIntent.objects.create(
        store=store, order=order, amount=54, currency="USD", status="redirected", snapshot={}
    )


def test_nobody_is_reminded_while_a_payment_may_still_come(shopper, store, lamp):
    """At Link for a long time: the order exists at NEXT only after the payment."""
    tick(shopper, lamp)
    attempt = make_attempt(store)
    assert [wait(), wait(hours=2)] == [[], []]

    PaymentIntent.objects.filter(pk=attempt.pk).update(status="expired")

    assert len(wait(hours=2)) == 1


def test_nobody_is_reminded_while_staff_review_a_payment(shopper, store, lamp):
    tick(shopper, lamp)
    make_review(make_order(store, status="Pending", paid_at=None))

    assert wait() == []


def test_reminder_that_could_not_be_sent_for_days_is_dropped(shopper, lamp):
    tick(shopper, lamp)

    assert wait(days=3) == []
    assert CartReminder.objects.count() == 0


def test_store_that_turned_it_off_sends_no_more(shopper, store, lamp):
    tick(shopper, lamp)
    store.cart_reminder_hours = None
    store.save()

    assert wait() == []


def test_same_cart_is_never_told_twice_and_others_not_within_a_week(shopper, store, lamp, client):
    tick(shopper, lamp)
    assert len(wait()) == 1
    tick(shopper, lamp)
    assert CartReminder.objects.filter(reminded_at=None).count() == 0

    bulb = make_product(store, name="Light bulb", collect_shipping_address=False)
    tick(shopper, bulb)

    assert wait() == []


def test_newest_cart_of_an_address_counts(shopper, store, lamp):
    bulb = make_product(store, name="Light bulb", collect_shipping_address=False)
    tick(shopper, lamp)
    tick(shopper, bulb)

    (mail,) = wait()

    assert "Light bulb" in mail.body
    assert "Desk lamp" not in mail.body


def test_stop_link_ends_reminders_whoever_ticks_the_box_later(shopper, lamp, client):
    tick(shopper, lamp)
    stop = find_path(wait()[0], "emails/")
    assert "Emails stopped" in type(client)().post(stop).text

    CartReminder.objects.all().delete()
    tick(shopper, lamp)

    assert CartReminder.objects.count() == 0


def test_stopping_while_one_waits_ends_it(shopper, lamp):
    tick(shopper, lamp)
    stop_emails(Contact.objects.get())

    assert wait() == []


def test_cart_of_a_personal_payment_link_is_not_reminded_of(shopper, lamp):
    """It has reminders of its own."""
    link = make_payment_request(lamp).link

    page = shopper.get(f"/checkout?link={link.pk}&variant={variant_of(lamp).pk}").text

    assert "wants_reminder" not in page


def test_report_tells_what_reminders_recovered(shopper, store, lamp):
    tick(shopper, lamp)
    wait()
    recovered = make_order(store, paid_at=timezone.now() + datetime.timedelta(minutes=1))
    make_order(store, email="eve@example.com")
    wait(hours=2)
    assert CartReminder.objects.get().recovered_order == recovered
    today = timezone.now().date()

    table = report_cart_reminders(Period(store, today - datetime.timedelta(days=1), today))

    assert table.totals[1:] == (1, 1, 100, Decimal("54.00"))
    assert CartReminder.objects.get().selections == "", "nothing is kept that isn't needed"


def test_order_long_after_the_reminder_was_not_recovered_by_it(shopper, store, lamp):
    tick(shopper, lamp)
    wait()
    make_order(store, paid_at=timezone.now() + datetime.timedelta(days=1))

    wait(days=7, hours=2)

    row = CartReminder.objects.get()
    assert (row.recovered_order, row.due_at, row.selections) == (None, None, "")


def test_restoring_what_was_bought_says_so(shopper, store, lamp):
    tick(shopper, lamp)
    link = find_path(wait()[0], "cart/restore/")
    make_order(store, paid_at=timezone.now() + datetime.timedelta(minutes=1))

    answer = shopper.get(link)

    assert answer.status_code == 410
    assert "You've placed an order since" in answer.text.replace("&#x27;", "'")


def test_made_up_address_restores_nothing(shopper, lamp):
    tick(shopper, lamp)
    row = CartReminder.objects.get()

    assert shopper.get(f"/cart/restore/{row.pk}.{'A' * 24}").status_code == 404
    other = make_store(host="other.example")
    answer = shopper.client.get(f"/cart/restore/{row.make_token()}", headers={"host": other.host})
    assert answer.status_code == 404


def test_erasing_the_customer_erases_the_cart(shopper, store, lamp):
    tick(shopper, lamp)
    customer = Customer.objects.create(store=store, email="ada@example.com")
    make_order(
        store,
        customer=customer,
        paid_at=timezone.now() - datetime.timedelta(days=30),
        next_fulfillment_status="fulfilled",
    )

    erase_customer(customer=customer, actor="grace", even_if_unsent=True)

    assert [CartReminder.objects.count(), Contact.objects.count()] == [0, 0]
    assert Order.objects.get().email == ""

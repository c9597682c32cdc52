"""“Tell me when it's back”: requested, confirmed by email, and answered once."""

import datetime
import re

import pytest
from django.core import mail as outgoing
from django.test import Client
from django.utils import timezone

from catalog.models import Variant
from orders import notifications
from orders.contacts import delete_old_contacts
from orders.models import Contact, Customer, Notification, StockAlert
from orders.privacy import erase_customer_data, export_customer_contact
from orders.stock_alerts import count_waiting, delete_old_stock_alerts, queue_due_stock_alerts
from tests.factories import make_link, make_order, make_product, make_store, variant_of

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

SAME_ORIGIN = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def lamp():
    return make_product(make_store(), stock=0)


def ask(product, email="ada@example.com", **posted):
    data = {"variant": variant_of(product).pk, "email": email, **posted}
    return Client(headers=SAME_ORIGIN).post("/alerts", data)


def send():
    """Send what is due and return it."""
    outgoing.outbox.clear()
    queue_due_stock_alerts()
    notifications.send_due_notifications()
    return list(outgoing.outbox)


def find_path(mail, part):
    return re.search(rf"https?://[^/\s]+(/{part}\S*)", mail.body)[1]


def wait_for(product, email="ada@example.com", **posted):
    """Request and confirm an alert."""
    ask(product, email, **posted)
    (mail,) = send()
    answer = Client().post(find_path(mail, "alerts/"))
    assert "You're on the list" in answer.text.replace("&#x27;", "'")
    return StockAlert.objects.get(contact__email=email, variant__product=product)


def restock(product, quantity=5):
    Variant.objects.filter(product=product).update(inventory_quantity=quantity)


def test_page_of_a_sold_out_product_has_the_form(lamp):
    page = Client().get(lamp.get_absolute_url()).text

    assert 'action="/alerts"' in page
    assert f'name="variant" value="{variant_of(lamp).pk}"' in page


def test_page_names_the_sold_out_options_only():
    store = make_store()
    shirt = make_product(store, options={"Size": ["S", "M", "L"]})
    small, medium, _large = shirt.variants.all()
    Variant.objects.filter(pk__in=[small.pk, medium.pk]).update(inventory_quantity=0)

    page = Client().get(shirt.get_absolute_url()).text

    options = re.search(r'<select id="alert-variant".*?</select>', page, re.DOTALL)[0]
    assert re.findall(r'value="([^"]+)"', options) == [small.pk, medium.pk]


def test_page_of_a_product_in_stock_has_no_form():
    page = Client().get(make_product(make_store()).get_absolute_url()).text

    assert "/alerts" not in page


def test_shopper_confirms_and_is_told_once_when_stock_returns(lamp):
    wait_for(lamp)
    assert send() == [], "still sold out"

    restock(lamp)
    (mail,) = send()

    assert mail.to == ["ada@example.com"]
    assert mail.subject == "Back in stock: Desk lamp"
    assert f"{lamp.get_absolute_url()}?variant={variant_of(lamp).pk}" in mail.body
    restock(lamp, 0)
    send()
    restock(lamp)
    assert send() == [], "only once"


def test_unconfirmed_address_gets_no_other_email(lamp):
    ask(lamp)
    assert [mail.subject for mail in send()] == ["Confirm: tell me when Desk lamp is back"]

    restock(lamp)

    assert send() == []


def test_opening_the_link_confirms_nothing(lamp):
    """Mail scanners open every address."""
    ask(lamp)
    path = find_path(send()[0], "alerts/")
    Client().get(path)
    Client().head(path)

    assert StockAlert.objects.get().confirmed_at is None


def test_same_answer_whether_the_address_waits_already(lamp):
    wait_for(lamp)
    known, unknown = (
        ask(lamp, email).text.replace(email, "") for email in ("ada@example.com", "eve@example.com")
    )

    assert known == unknown
    assert [mail.to for mail in send()] == [["eve@example.com"]]


def test_somebody_elses_inbox_gets_few_emails():
    store = make_store()
    for number in range(4):
        ask(make_product(store, name=f"Lamp {number}", stock=0), "ADA@example.com")

    assert len(send()) == 3


def test_emails_are_queued_oldest_first_in_batches(lamp):
    emails = [f"shopper{number}@example.com" for number in range(3)]
    for email in emails:
        wait_for(lamp, email)
    restock(lamp)

    assert queue_due_stock_alerts(limit=2) == 2
    first = [row.contact.email for row in Notification.objects.filter(kind="back_in_stock").order_by("pk")]
    assert first == emails[:2]
    assert [queue_due_stock_alerts(limit=2) for _ in range(2)] == [1, 0]


def test_shopper_goes_on_waiting_if_it_sells_out_before_the_email_is_sent(lamp):
    wait_for(lamp)
    restock(lamp)
    queue_due_stock_alerts()
    restock(lamp, 0)
    assert send() == []

    restock(lamp)

    assert [mail.subject for mail in send()] == ["Back in stock: Desk lamp"]


@pytest.mark.parametrize("change", [{"active": False}, {"next_variant_id": None}])
def test_nobody_is_told_about_what_cannot_be_bought(lamp, change):
    wait_for(lamp)
    Variant.objects.filter(product=lamp).update(**change)
    restock(lamp)

    assert send() == []


def test_shopper_who_was_told_may_wait_again(lamp):
    wait_for(lamp)
    restock(lamp)
    send()
    restock(lamp, 0)

    wait_for(lamp)
    restock(lamp)

    assert [mail.subject for mail in send()] == ["Back in stock: Desk lamp"]


def test_email_leads_to_the_payment_link_it_was_requested_on(lamp):
    link = make_link(lamp)
    lamp.listed = False
    lamp.save()
    assert f'name="link" value="{link.pk}"' in Client().get(link.get_absolute_url()).text
    wait_for(lamp, link=link.pk)
    restock(lamp)

    assert f"{link.get_absolute_url()}?variant=" in send()[0].body


def test_link_that_closed_leads_nobody_to_a_closed_page(lamp):
    link = make_link(lamp)
    wait_for(lamp, link=link.pk)
    link.active = False
    link.save()
    restock(lamp)

    assert f"{lamp.get_absolute_url()}?variant=" in send()[0].body


def test_variant_in_stock_needs_no_alert(lamp):
    restock(lamp)

    answer = ask(lamp)

    assert answer["Location"] == f"{lamp.get_absolute_url()}?variant={variant_of(lamp).pk}"
    assert StockAlert.objects.count() == 0


@pytest.mark.parametrize("email", ["", "ada"])
def test_invalid_email_is_shown_with_the_form_again(lamp, email):
    answer = ask(lamp, email)

    assert "field__error" in answer.text
    assert Contact.objects.count() == 0


def test_other_stores_variants_and_made_up_ones_are_unknown(lamp):
    other = make_product(make_store(host="other.example"), stock=0)

    assert [ask(other).status_code, ask(lamp, variant="x").status_code] == [404, 404]


def test_another_site_requests_nothing(lamp):
    elsewhere = Client(headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"})

    answer = elsewhere.post("/alerts", {"variant": variant_of(lamp).pk, "email": "ada@example.com"})

    assert answer.status_code == 403


def test_stop_link_ends_all_alerts_after_a_click(lamp):
    bulb = make_product(lamp.store, name="Light bulb", stock=0)
    ask(bulb)
    stop = find_path(send()[0], "emails/")
    wait_for(lamp)
    assert Client().get(stop).status_code == 200
    assert StockAlert.objects.count() == 2, "a scanner opened it"

    answer = Client().post(stop)

    assert "Emails stopped" in answer.text
    restock(lamp)
    assert send() == []


def test_mail_program_stops_the_emails_with_its_own_button(lamp):
    """RFC 8058: it posts to the address, without cookies."""
    wait_for(lamp)
    restock(lamp)
    (mail,) = send()
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail.extra_headers["List-Unsubscribe"].strip("<>").partition("testserver")[2]

    answer = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})

    assert answer.status_code == 200
    assert Contact.objects.get().stopped_at is not None


def test_staff_see_how_many_wait(lamp, admin_client):
    for email in ("ada@example.com", "eve@example.com"):
        wait_for(lamp, email)
    ask(lamp, "unconfirmed@example.com")

    assert count_waiting(lamp) == 2
    page = admin_client.get(f"/admin/catalog/product/{lamp.pk}/change/").text
    assert "2 shoppers want an email when this is back in stock." in page


def test_erasing_the_customer_erases_what_waits(lamp):
    wait_for(lamp)
    customer = Customer.objects.create(store=lamp.store, email="ADA@example.com")
    order = make_order(lamp.store, customer=customer)
    assert export_customer_contact(order.customer)[0]["stock_alerts"][0]["variant"] == "Desk lamp"

    erase_customer_data(customer=order.customer, orders=[order], actor="grace")

    assert [Contact.objects.count(), StockAlert.objects.count()] == [0, 0]
    assert Notification.objects.filter(order=None).count() == 0


def test_what_is_over_is_deleted(lamp):
    wait_for(lamp)
    ask(lamp, "eve@example.com")
    StockAlert.objects.update(created_at=timezone.now() - datetime.timedelta(days=8))
    assert delete_old_stock_alerts() == 1, "never confirmed"
    StockAlert.objects.update(created_at=timezone.now() - datetime.timedelta(days=366))
    assert delete_old_stock_alerts() == 1

    Contact.objects.update(keep_until=timezone.now())

    assert delete_old_contacts() == 2
    assert Notification.objects.count() == 0

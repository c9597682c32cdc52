"""A shopper's orders behind a sign-in by a link in an email."""

import datetime
import re

import pytest
from django.core import mail as outgoing
from django.test import Client
from django.utils import timezone

from orders import notifications
from orders.models import Customer, Notification, SignIn
from orders.privacy import erase_customer_data
from orders.sign_in import delete_old_sign_ins, use_sign_in_link
from subscriptions.models import Subscription
from tests.factories import make_order, make_store

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


@pytest.fixture
def store():
    return make_store()


def request_link(email="ada@example.com", *, browser=None, host="testserver"):
    """Ask for a link and return its path, or None if none was emailed."""
    outgoing.outbox.clear()
    (browser or Client()).post("/account", {"email": email}, headers={"host": host})
    notifications.send_due_notifications()
    if not outgoing.outbox:
        return None
    return re.search(r"https?://[^/]+(/account/enter/\S+)", outgoing.outbox[0].body)[1]


def press_button(browser, link):
    """Open the link, press its button, and return the answer."""
    key = re.search(r'name="key" value="([^"]+)"', browser.get(link).text)[1]
    return browser.post(link, {"key": key})


def sign_in(email="ada@example.com"):
    browser = Client(headers={"Origin": "null", "Sec-Fetch-Site": "same-origin"})
    answer = press_button(browser, request_link(email))
    assert (answer.status_code, answer["Location"]) == (303, "/account")
    return browser


def test_shopper_signs_in_and_sees_the_paid_orders_of_the_address(store):
    """One of them belongs to another customer, whom a token named."""
    mine = make_order(store)
    other_case = make_order(store, email="Ada@Example.com")
    unpaid = make_order(store, paid_at=None, status="Pending")
    others = make_order(store, email="bob@example.com")
    elsewhere = make_order(make_store(host="other.example"))

    page = sign_in().get("/account").text

    seen = [order.get_absolute_url() in page for order in (mine, other_case, unpaid, others, elsewhere)]
    assert seen == [True, True, False, False, False]
    assert "Signed in as ada@example.com" in page


def test_subscriptions_of_the_address_are_listed_with_their_states(store):
    running, over = (
        Subscription.objects.create(
            store=store,
            order=make_order(store),
            next_subscription_id=number,
            currency="USD",
            status=status,
        )
        for number, status in ((1, "active"), (2, "canceled"))
    )
    others = Subscription.objects.create(
        store=store, order=make_order(store, email="bob@example.com"), next_subscription_id=3, currency="USD"
    )

    page = sign_in().get("/account").text

    assert [row.get_absolute_url() in page for row in (running, over, others)] == [True, True, False]
    assert page.index("Active") < page.index("Canceled")


def test_typing_an_address_reveals_nothing_about_it(store):
    """S27."""
    make_order(store)
    known, unknown = (
        re.sub(r'name="csrfmiddlewaretoken"[^>]*', "", Client().post("/account", {"email": email}).text)
        for email in ("ADA@example.com", "bob@example.com")
    )

    assert "If we find orders for this email address" in known
    assert known == unknown
    assert [row.order.email for row in Notification.objects.all()] == ["ada@example.com"]


def test_invalid_email_shows_an_error_beside_the_field(store):
    assert "name@example.com" in Client().post("/account", {"email": "ada"}).text


def test_address_gets_three_links_an_hour_however_often_it_is_typed(store):
    make_order(store)
    for _ in range(5):
        Client().post("/account", {"email": "ada@example.com"})
    assert SignIn.objects.count() == Notification.objects.count() == 3

    SignIn.objects.update(created_at=timezone.now() - datetime.timedelta(hours=1, seconds=1))
    Client().post("/account", {"email": "ada@example.com"})

    assert SignIn.objects.count() == 4


def test_opening_the_link_signs_nobody_in_and_does_not_use_it_up(store):
    """Mail scanners open every address, some of them more than once."""
    make_order(store)
    link = request_link()
    for _ in range(3):
        scanner = Client()
        assert scanner.get(link).status_code == 200
        assert "account" not in scanner.cookies
        assert scanner.head(link).status_code == 200

    assert press_button(Client(), link).status_code == 303


def test_link_works_in_one_browser_only(store):
    make_order(store)
    link, first, second = request_link(), Client(), Client()
    key = re.search(r'name="key" value="([^"]+)"', second.get(link).text)[1]
    press_button(first, link)

    late = second.post(link, {"key": key})

    assert late.status_code == 410
    assert "already used" in late.text
    assert "account" not in second.cookies
    assert second.get(link).status_code == 410
    assert first.get(link)["Location"] == "/account", "the same browser is signed in already"


def test_pressing_the_button_twice_signs_in_once(store):
    """The first answer may be lost: the browser shows the second."""
    make_order(store)
    link, browser = request_link(), Client()
    key = re.search(r'name="key" value="([^"]+)"', browser.get(link).text)[1]

    assert [Client().post(link, {"key": key}).status_code for _ in range(2)] == [303, 303]
    assert SignIn.objects.count() == 1


def test_key_that_could_be_guessed_begins_no_session(store):
    make_order(store)
    link = request_link()

    assert [Client().post(link, {"key": key}).status_code for key in ("", "a" * 31)] == [410, 410]
    assert SignIn.objects.get().session_digest == ""


def test_link_ends_after_half_an_hour_and_the_page_offers_another(store):
    make_order(store)
    link = request_link()
    SignIn.objects.update(expires_at=timezone.now())

    answer = Client().get(link)

    assert answer.status_code == 410
    assert "Email me a sign-in link" in answer.text
    assert not use_sign_in_link(sign_in=SignIn.objects.get(), key="k" * 43)


def test_email_that_comes_too_late_is_not_sent(store):
    make_order(store)
    Client().post("/account", {"email": "ada@example.com"})
    SignIn.objects.update(expires_at=timezone.now())

    notifications.send_due_notifications()

    assert outgoing.outbox == []
    assert Notification.objects.count() == 0


@pytest.mark.parametrize("link", ["/account/enter/x", "/account/enter/sgn_0.AAAA", "/account/enter/%00.%00"])
def test_made_up_link_signs_nobody_in(store, link):
    browser = Client()

    assert browser.post(link, {"key": "k" * 43}).status_code == 410
    assert "account" not in browser.cookies


def test_session_opens_nothing_at_another_store(store):
    """Also if both stores know the address."""
    other = make_store(host="other.example")
    make_order(store)
    hidden = make_order(other)
    browser = sign_in()
    link = request_link(host="other.example")

    page = browser.get("/account", headers={"host": "other.example"}).text

    assert hidden.number not in page
    assert "Email me a sign-in link" in page
    assert Client().get(link).status_code == 410, "the other store's link"


def test_signing_out_ends_the_session_on_the_server(store):
    make_order(store)
    browser = sign_in()
    key = browser.cookies["account"].value

    answer = browser.post("/account/leave")

    assert answer["Location"] == "/account"
    browser.cookies["account"] = key  # as if somebody had copied it
    assert "Signed in" not in browser.get("/account").text
    assert SignIn.objects.count() == 0


def test_another_site_signs_nobody_out(store):
    make_order(store)
    browser = sign_in()

    answer = browser.post("/account/leave", headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "Signed in" in browser.get("/account").text


def test_session_cookie_is_sent_to_the_account_only(store):
    make_order(store)
    cookie = sign_in().cookies["account"]

    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == ("/account", True, "Lax")
    assert cookie["max-age"] == 14 * 24 * 60 * 60


def test_session_ends_after_two_weeks(store):
    make_order(store)
    browser = sign_in()
    row = SignIn.objects.get()
    assert datetime.timedelta(days=13) < row.expires_at - timezone.now() < datetime.timedelta(days=15)

    SignIn.objects.update(expires_at=timezone.now())

    assert "Signed in" not in browser.get("/account").text


def test_database_has_neither_the_link_nor_the_key(store):
    """D13: what it has opens nothing."""
    make_order(store)
    link = request_link()
    browser = Client()
    press_button(browser, link)
    row = SignIn.objects.values().get()

    assert link.rpartition(".")[2] not in str(row)
    thief = Client()
    thief.cookies["account"] = row["session_digest"]
    assert browser.cookies["account"].value not in str(row)
    assert "Signed in" not in thief.get("/account").text


def test_shopper_without_orders_is_led_on(store):
    order = make_order(store)
    browser = sign_in()
    order.email = "other@example.com"
    order.save()

    page = browser.get("/account").text

    assert "You have no orders here yet" in page
    assert "Go to the shop" in page


def test_long_list_is_shown_in_pages_of_constant_cost(store, django_assert_max_num_queries):
    orders = [make_order(store) for _ in range(23)]
    browser = sign_in()

    with django_assert_max_num_queries(8):
        first = browser.get("/account").text
    second = browser.get("/account?page=2").text

    assert [order.get_absolute_url() in first for order in orders] == [False] * 3 + [True] * 20
    assert [order.get_absolute_url() in second for order in orders] == [True] * 3 + [False] * 20


def test_erasing_the_customer_ends_the_session(store):
    order = make_order(store, customer=Customer.objects.create(store=store, email="ada@example.com"))
    browser = sign_in()

    erase_customer_data(customer=order.customer, orders=[order], actor="grace")

    assert SignIn.objects.count() == 0
    assert "Signed in" not in browser.get("/account").text


def test_old_sign_ins_are_deleted(store):
    now = timezone.now()
    for minutes in (61, 59, -1):
        SignIn.objects.create(
            store=store, email="ada@example.com", expires_at=now - datetime.timedelta(minutes=minutes)
        )

    assert delete_old_sign_ins() == 1
    assert SignIn.objects.count() == 2

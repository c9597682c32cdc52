"""Emails in the admin: shown as they were sent, without secrets, and sent again."""

import pytest
from django.core import mail as outgoing

from accounts.models import User
from orders import notifications
from orders.models import Notification, Order, SentEmail
from orders.privacy import erase_order
from orders.sent_emails import save_sent_email
from tests.factories import make_order, make_store


@pytest.fixture
def order(db):
    store = make_store(next_sends_receipt=False)
    address = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
    return make_order(store, shipping_address=address)


@pytest.fixture
def sent(order):
    """Return a confirmation that was sent."""
    notification = notifications.resend_notification(order=order, kind="confirmation")
    assert notifications.send_due_notifications() == 1
    notification.refresh_from_db()
    return notification


def page_of(notification):
    return f"/admin/orders/notification/{notification.pk}/change/"


def test_email_is_shown_as_it_was_sent_even_if_the_order_changed(admin_client, order, sent):
    Order.objects.update(name="Grace Hopper", email="grace@example.com")

    page = admin_client.get(page_of(sent)).text
    html = admin_client.get(f"/admin/orders/notification/{sent.pk}/html/")

    assert f"Order {order.number} confirmed" in page
    assert "ada@example.com" in page
    assert "12 Main Street" in page
    assert "Hi Ada Lovelace" in html.text
    assert "Grace" not in page + html.text


def test_email_is_shown_in_a_frame_that_runs_nothing_and_loads_nothing(admin_client, sent):
    page = admin_client.get(page_of(sent)).text
    html = admin_client.get(f"/admin/orders/notification/{sent.pk}/html/")

    assert f'sandbox src="/admin/orders/notification/{sent.pk}/html/"' in page
    policy = html["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "img-src data:" in policy
    assert policy.rstrip().endswith("sandbox")
    assert html["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in html["Cache-Control"]


def test_copy_of_an_email_opens_no_page_of_the_customer(admin_client, order, sent):
    secret = order.get_absolute_url()
    assert secret in outgoing.outbox[0].body

    copy = SentEmail.objects.get()

    assert secret not in copy.text + copy.html
    assert "http://testserver/…" in copy.text
    assert secret not in admin_client.get(page_of(sent)).text


def test_waiting_email_is_shown_as_it_would_be_sent(admin_client, order):
    waiting = notifications.resend_notification(order=order, kind="confirmation")

    page = admin_client.get(page_of(waiting)).text

    assert "As it would be sent now" in page
    assert "Waiting to be sent" in page
    assert "Hi Ada Lovelace" in admin_client.get(f"/admin/orders/notification/{waiting.pk}/html/").text


def test_email_that_cannot_be_built_says_so(admin_client, order):
    broken = Notification.objects.create(order=order, kind="paused", key="x", subject_id="sub_gone")

    assert "This email can't be put together" in admin_client.get(page_of(broken)).text.replace("&#x27;", "'")


def test_staff_send_an_email_again_once(admin_client, order, sent):
    path = f"/admin/orders/notification/{sent.pk}/send/"

    first = admin_client.post(path, follow=True).text
    second = admin_client.post(path, follow=True).text

    assert "The email will be sent shortly." in first
    assert "This email is already waiting to be sent." in second
    assert notifications.send_due_notifications() == 1
    assert [mail.subject for mail in outgoing.outbox] == [f"Order {order.number} confirmed"] * 2
    assert order.events.get(kind="notification").actor == "admin"


def test_email_that_was_given_up_is_tried_again_as_the_same_email(admin_client, order):
    failed = Notification.objects.create(
        order=order, kind="confirmation", key="confirmation", attempts=8, last_error="SMTPRecipientsRefused"
    )
    assert "Not delivered" in admin_client.get(page_of(failed)).text

    admin_client.post(f"/admin/orders/notification/{failed.pk}/send/")
    notifications.send_due_notifications()

    assert Notification.objects.get().sent_at


def test_erased_customers_emails_are_gone_and_stay_gone(admin_client, order, sent):
    """An email that is being sent while the data is erased leaves no copy."""
    message = notifications.build_email(Notification.objects.get())
    sent.order.customer = None
    erase_order(order=sent.order, customer=None, actor="mia")
    assert not SentEmail.objects.exists()

    save_sent_email(Notification.objects.get(), message)

    assert not SentEmail.objects.exists()
    assert "erased, and this email with it" in admin_client.get(page_of(sent)).text
    answer = admin_client.post(f"/admin/orders/notification/{sent.pk}/send/", follow=True)
    assert "this email has no recipient" in answer.text


def test_email_that_was_sent_is_not_sent_again_if_its_copy_fails(order, monkeypatch):
    monkeypatch.setattr("orders.sent_emails.copy_email", lambda *_args: 1 / 0)
    notifications.resend_notification(order=order, kind="confirmation")

    assert notifications.send_due_notifications() == 1
    assert notifications.send_due_notifications() == 0
    assert Notification.objects.get().sent_at


def test_emails_are_listed_by_what_became_of_them(admin_client, order, sent):
    Notification.objects.create(order=order, kind="sign_in", key="sign_in")

    def listed(state):
        page = admin_client.get("/admin/orders/notification/", {"state": state})
        return [row.kind for row in page.context["cl"].result_list]

    assert listed("sent") == ["confirmation"]
    assert listed("failed") == ["sign_in"]
    assert listed("waiting") == []
    assert listed("nonsense") == ["sign_in", "confirmation"]


def test_only_staff_who_may_change_orders_send_emails(client, sent):
    from django.contrib.auth.models import Permission

    viewer = User.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_notification"))
    client.force_login(viewer)

    page = client.get(page_of(sent)).text

    assert "Send again" not in page
    assert client.post(f"/admin/orders/notification/{sent.pk}/send/").status_code == 403

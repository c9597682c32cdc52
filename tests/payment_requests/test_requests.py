"""Asking for a payment: the email, its reminder, and what ends them."""

import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.core import mail as outgoing
from django.utils import timezone

from catalog.models import Hold, PaymentLink
from orders.models import Notification, PaymentRequest
from orders.new_payment_requests import RequestedItem, create_payment_request
from orders.notifications import send_due_notifications
from orders.payment_request_state import annotate_state, filter_by_request_state, get_request_state
from orders.payment_requests import (
    cancel_payment_request,
    extend_payment_request,
    record_request_payment,
    resend_payment_request,
)
from stores.errors import Conflict, Problem
from tests.api_client import ApiClient, success_data
from tests.factories import (
    build_request_draft,
    make_order,
    make_payment_request,
    make_plan,
    make_product,
    make_store,
    variant_of,
)

pytestmark = pytest.mark.any_database


@pytest.fixture
def store(db):
    return make_store(time_zone="America/New_York", support_email="help@example.com")


@pytest.fixture
def workshop(store):
    return make_product(store, name="Workshop", price="300.00", collect_shipping_address=False)


@pytest.fixture
def request_(workshop):
    return make_payment_request(workshop, name="Ada Lovelace", note="See you\nin May!", reference="INV-7")


def pass_time(**time):
    """Let every email that waits come closer."""
    for row in Notification.objects.exclude(next_try_at=None):
        row.next_try_at -= datetime.timedelta(**time)
        row.save()


def expire(request):
    past = timezone.now() - datetime.timedelta(seconds=1)
    PaymentLink.objects.filter(pk=request.link_id).update(expires_at=past)


def state_of(request):
    return get_request_state(annotate_state(PaymentRequest.objects.filter(pk=request.pk)).get()).value


def test_recipient_is_told_who_asks_for_how_much_until_when_and_where_to_pay(request_):
    assert send_due_notifications() == 1
    assert send_due_notifications() == 0

    (sent,) = outgoing.outbox
    assert (sent.to, sent.reply_to) == (["ada@example.com"], ["help@example.com"])
    assert sent.subject == "Please pay $120.00 for Workshop deposit"
    html = sent.alternatives[0].content
    for body in (sent.body, html):
        assert "Hi Ada Lovelace," in body
        assert "Lamp House is requesting this payment." in body
        assert "Workshop" in body
        assert "Reference: INV-7" in body
        assert f"http://testserver/link/{request_.link_id}" in body
    assert "See you<br>in May!" in html
    assert "added at checkout" not in html


def test_email_is_in_the_language_of_the_recipient(workshop):
    make_payment_request(workshop, language="de")
    send_due_notifications()

    assert '<html lang="de">' in outgoing.outbox[0].alternatives[0].content
    assert "120,00\xa0$" in outgoing.outbox[0].body


def test_copy_for_staff_has_no_address_to_pay_at(request_):
    send_due_notifications()

    copy = Notification.objects.get(kind="request").sent_email
    assert "http://testserver/…" in copy.text
    assert request_.link_id not in copy.text + copy.html


def test_unpaid_request_is_reminded_of_once(request_):
    send_due_notifications()
    reminder = Notification.objects.get(kind="request_reminder")
    local = reminder.next_try_at.astimezone(ZoneInfo("America/New_York"))
    expires = request_.expires_at.astimezone(ZoneInfo("America/New_York"))
    assert (expires.date() - local.date()).days == 3
    assert (local.hour, local.minute) == (9, 0)

    pass_time(days=12)
    assert (send_due_notifications(), send_due_notifications()) == (1, 0)

    assert outgoing.outbox[1].subject == "Reminder: $120.00 for Workshop deposit"
    assert "is still waiting for this payment" in outgoing.outbox[1].body


def test_reminder_can_count_from_the_request(workshop):
    request = make_payment_request(workshop, reminder="after", reminder_days=2)

    reminder = Notification.objects.get(kind="request_reminder")
    zone = ZoneInfo("America/New_York")
    days = reminder.next_try_at.astimezone(zone).date() - request.created_at.astimezone(zone).date()
    assert days.days == 2


def test_reminder_can_be_left_out(workshop):
    make_payment_request(workshop, reminder="none", reminder_days=0)

    assert [row.kind for row in Notification.objects.all()] == ["request"]


def pay(request):
    record_request_payment(make_order(request.store, payment_link_id=request.link_id))


@pytest.mark.parametrize("end", [pay, expire, lambda request: cancel_payment_request(request=request)])
def test_nothing_is_sent_after_it_is_paid_canceled_or_expired(request_, end):
    """Not even what was due and hadn't been sent yet."""
    pass_time(days=20)
    end(request_)

    assert send_due_notifications() == 0
    assert outgoing.outbox == []
    assert not Notification.objects.exists()


def test_nobody_is_reminded_while_they_pay(request_):
    send_due_notifications()
    pass_time(days=20)
    later = timezone.now() + datetime.timedelta(hours=1)
    hold = Hold.objects.create(reference="ord_1", link=request_.link, quantity=1, expires_at=later)

    assert send_due_notifications() == 0
    hold.state = "released"
    hold.save()
    pass_time(days=1)

    assert send_due_notifications() == 1


def test_same_form_posted_twice_asks_once(workshop, request_):
    draft = build_request_draft(workshop, title="Again")

    again = create_payment_request(
        store=workshop.store, draft=draft, form_key=request_.form_key, actor="grace"
    )

    assert again == request_
    assert (PaymentRequest.objects.count(), PaymentLink.objects.count()) == (1, 1)
    assert Notification.objects.filter(kind="request").count() == 1


def test_failed_email_shows_on_the_request_and_is_tried_again_by_hand(request_, settings):
    """S5."""
    settings.EMAIL_BACKEND = "tests.orders.test_notifications.UnreachableBackend"
    assert state_of(request_) == "waiting"
    Notification.objects.filter(kind="request").update(attempts=7)
    send_due_notifications()
    assert state_of(request_) == "failed"

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    resend_payment_request(request=request_)
    with pytest.raises(Conflict, match="already waiting"):
        resend_payment_request(request=request_)

    assert send_due_notifications() == 1
    assert state_of(request_) == "sent"
    assert Notification.objects.filter(kind="request").count() == 1


def test_sent_email_can_be_sent_again(request_):
    send_due_notifications()
    resend_payment_request(request=request_)

    assert send_due_notifications() == 1
    assert [sent.subject for sent in outgoing.outbox] == ["Please pay $120.00 for Workshop deposit"] * 2


@pytest.mark.parametrize(
    ("end", "reason"),
    [(pay, "has been paid"), (expire, "Extend it first"), ("cancel", "was canceled")],
)
def test_what_is_over_is_not_sent_again(request_, end, reason):
    if end == "cancel":
        cancel_payment_request(request=request_)
    else:
        end(request_)

    with pytest.raises(Conflict, match=reason):
        resend_payment_request(request=request_)


def test_expired_request_can_be_extended_and_its_reminder_moves_along(request_):
    expire(request_)
    assert state_of(request_) == "expired"
    day = timezone.localdate() + datetime.timedelta(days=60)

    extend_payment_request(request=request_, expires_on=day)

    link = PaymentLink.objects.get()
    zone = ZoneInfo("America/New_York")
    assert f"{link.expires_at.astimezone(zone):%Y-%m-%d %H:%M:%S}" == f"{day} 23:59:59"
    reminder = Notification.objects.get(kind="request_reminder")
    assert reminder.next_try_at.astimezone(zone).date() == day - datetime.timedelta(days=3)
    assert state_of(request_) == "waiting"


def test_extended_request_reminds_no_second_time(request_):
    pass_time(days=20)
    send_due_notifications()

    extend_payment_request(request=request_, expires_on=timezone.localdate() + datetime.timedelta(days=90))
    pass_time(days=100)

    assert send_due_notifications() == 0


@pytest.mark.parametrize("days", [-1, -400])
def test_request_cannot_end_in_the_past(request_, workshop, days):
    day = timezone.localdate() + datetime.timedelta(days=days)

    with pytest.raises(Problem, match="Choose today or a later day"):
        extend_payment_request(request=request_, expires_on=day)
    with pytest.raises(Problem, match="Choose today or a later day"):
        make_payment_request(workshop, expires_on=day)


def test_request_cannot_end_when_nobody_lives_to_see_it(request_, workshop):
    """9999-12-31 is what people enter for never, and has no time in UTC."""
    with pytest.raises(Problem, match="within the next five years"):
        extend_payment_request(request=request_, expires_on=datetime.date.max)
    with pytest.raises(Problem, match="within the next five years"):
        make_payment_request(workshop, expires_on=datetime.date.max)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"reminder_days": 30}, "reminder would go out"),
        ({"reminder": "after", "reminder_days": 30}, "reminder would go out"),
        ({"items": ()}, "Choose 1 to 20 products"),
    ],
)
def test_request_that_makes_no_sense_is_refused_whole(workshop, change, reason):
    with pytest.raises(Problem, match=reason):
        make_payment_request(workshop, **change)

    assert not PaymentRequest.objects.exists()
    assert not PaymentLink.objects.exists()


@pytest.mark.parametrize(
    ("price", "reason"), [("0.00", "smallest amount"), ("0.49", "smallest amount"), ("-5", "smallest amount")]
)
def test_amount_that_cannot_be_charged_is_refused(workshop, price, reason):
    with pytest.raises(Problem, match=reason):
        make_payment_request(workshop, items=(RequestedItem(variant_of(workshop).pk, 1, Decimal(price)),))


def test_what_cannot_be_bought_cannot_be_asked_for(store, workshop):
    abroad = make_product(make_store(host="other.example"), name="Elsewhere")
    unknown = make_product(store, name="Unknown")
    unknown.variants.update(next_variant_id=None)
    club = make_product(store, name="Club", requires_selling_plan=True)
    make_plan(club)

    for product, reason in (
        (abroad, "no longer available"),
        (unknown, "NEXT Commerce"),
        (club, "subscription"),
    ):
        with pytest.raises(Problem, match=reason):
            make_payment_request(workshop, items=(RequestedItem(variant_of(product).pk),))


def test_more_than_is_in_stock_cannot_be_asked_for(workshop):
    with pytest.raises(Problem, match="enough Workshop in stock"):
        make_payment_request(workshop, items=(RequestedItem(variant_of(workshop).pk, 11),))


@pytest.mark.parametrize(
    ("end", "text"),
    [
        ({"active": False}, "This payment request was withdrawn."),
        ({"uses_left": 0}, "This payment request has been paid."),
        ({"expires_at": timezone.now()}, "This payment request has expired."),
        ({}, "This link is closed."),
    ],
)
def test_recipient_is_told_why_it_cannot_be_paid_anymore(request_, workshop, client, end, text):
    PaymentLink.objects.update(**{"active": True} | end)
    workshop.variants.update(active=bool(end))  # off sale, if nothing else ended it

    page = client.get(request_.link.get_absolute_url())

    assert (page.status_code, text in page.text) == (410, True)


def test_link_of_a_request_is_in_no_list_of_links(store, request_):
    client = ApiClient(store)

    listed = success_data(client.get("/v1/payment_links?page=0&page_size=10"))
    assert listed["total"] == 0
    assert client.get(f"/v1/payment_links/{request_.link_id}").status_code == 404
    assert client.delete(f"/v1/payment_links/{request_.link_id}").status_code == 404


@pytest.mark.parametrize(
    ("act", "state"),
    [(pay, "paid"), ("cancel", "canceled"), (expire, "expired"), ("send", "sent"), ("nothing", "waiting")],
)
def test_state_of_a_request_is_what_the_filter_finds(request_, act, state):
    if act == "cancel":
        cancel_payment_request(request=request_)
    elif act == "send":
        send_due_notifications()
    elif act != "nothing":
        act(request_)

    found = annotate_state(PaymentRequest.objects.all())
    states = ("paid", "canceled", "expired", "viewed", "sent", "waiting", "failed")
    assert [name for name in states if filter_by_request_state(found, name)] == [state]
    assert state_of(request_) == state

"""Reviews of an order: each matter is opened once, and ended alone and by name."""

from decimal import Decimal
from functools import partial

import pytest
from django.contrib.auth.models import Permission

from orders.models import Notification, Order, OrderReview
from orders.notifications import queue_order_notifications
from orders.reviews import list_orders_in_review, open_review, resolve_review
from orders.sentences import NOTE
from tests.factories import make_order, make_orders, make_review, make_store
from tests.payments.test_concurrency import run_concurrently

Kind = OrderReview.Kind
Resolution = OrderReview.Resolution


@pytest.fixture
def order(db):
    return make_order(make_store(next_sends_receipt=False))


def report(order, kind=Kind.SOLD_OUT, text="Paid after the item sold out.", **fields):
    return open_review(order=order, kind=kind, text=NOTE.fill(text=text), source="webhook", **fields)


def close(review, *, actor="kim", note=""):
    return resolve_review(review=review, resolution=Resolution.DISMISSED, actor=actor, note=note)


def log_of(order):
    return [(event.kind, str(event.text), event.actor) for event in order.events.all()]


def test_matter_is_opened_logged_and_reported_once(order, caplog):
    first = report(order)

    assert report(order, text="Paid after the item sold out, once more.") == first
    assert log_of(order) == [("review", "Paid after the item sold out.", "")]
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        f"order {order.number}: needs review (sold_out): Paid after the item sold out."
    ]


def test_second_reason_stays_beside_the_first(order):
    report(order)
    report(order, Kind.DUPLICATE_PAYMENT, "Duplicate payment.", payment_intent_id="pi_2")

    reasons = [str(review.text) for review in OrderReview.objects.open().order_by("opened_at")]
    assert reasons == ["Paid after the item sold out.", "Duplicate payment."]


@pytest.mark.parametrize("field", ["payment_intent_id", "next_order_number", "subject_id"])
def test_same_problem_of_two_payments_or_upsells_is_two_matters(order, field):
    one, other = (report(order, Kind.UPSELL, **{field: name}) for name in ("1", "2"))

    close(one)

    assert OrderReview.objects.open().get() == other


def test_same_problem_of_two_orders_is_two_matters(order):
    report(order)
    report(make_order(order.store))

    assert set(list_orders_in_review()) == set(OrderReview.objects.values_list("order_id", flat=True))
    assert OrderReview.objects.count() == 2


def test_what_staff_decided_is_not_opened_again(order):
    """A webhook that comes again reports nothing new."""
    second = partial(report, order, Kind.SECOND_NEXT_ORDER, next_order_number="777")
    review = second()
    close(review)

    assert second() == review
    assert not order.is_in_review


@pytest.mark.parametrize("kind", [Kind.FOREIGN_ORDER, Kind.VERIFICATION_REFUND])
def test_what_happens_again_is_opened_again(order, kind):
    close(report(order, kind))

    report(order, kind)
    report(order, kind)

    assert (OrderReview.objects.open().count(), OrderReview.objects.count()) == (1, 2)


def test_review_ends_once_and_by_name(order):
    review = report(order)

    assert close(review, actor="kim", note="Shipped later.")
    assert not close(OrderReview.objects.get(), actor="lee", note="Refunded.")

    review.refresh_from_db()
    assert (review.resolved_by, review.resolution, review.note) == ("kim", "dismissed", "Shipped later.")
    assert log_of(order)[1:] == [
        ("reviewed", "kim closed the review. (Paid after the item sold out.) Shipped later.", "kim")
    ]


def test_emails_are_withheld_until_the_last_review_ends(order):
    first, second = report(order), report(order, Kind.UPSELL)
    queue_order_notifications(order=order, was_paid=False, sent_shipments=[])

    close(first)
    assert not Notification.objects.exists()
    close(second)

    assert Notification.objects.get().kind == "confirmation"


@pytest.mark.parametrize("status", ["Canceled", "Refunded"])
def test_canceled_or_refunded_order_gets_no_email_when_its_review_ends(order, status):
    review = report(order)
    order.status = status
    order.save()

    close(review)

    assert not Notification.objects.exists()


def test_values_that_do_not_fit_the_columns_are_cut(order):
    """They come from NEXT."""
    review = report(
        order,
        Kind.FOREIGN_ORDER,
        "Long. " * 200,
        next_order_number="9\0" * 100,
        amount_to_refund=Decimal("1e30"),
    )

    review.refresh_from_db()
    assert (len(str(review.text)), review.next_order_number) == (500, "9" * 64)
    assert review.amount_to_refund == 0
    assert report(order, Kind.FOREIGN_ORDER, next_order_number="9\0" * 100) == review


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_one_matter_reported_by_twenty_at_once_is_opened_once():
    order = make_order(make_store())

    results = run_concurrently(*[partial(report, order)] * 20)

    assert set(results) == {OrderReview.objects.get()}
    assert order.events.count() == 1


@pytest.mark.concurrent
@pytest.mark.django_db(transaction=True)
def test_last_two_reviews_ended_at_once_send_the_email_once():
    """Neither of the two sees the other's review as open and leaves the email to it."""
    store = make_store(next_sends_receipt=False)
    for _ in range(10):
        order = make_order(store)
        reviews = report(order), report(order, Kind.UPSELL)

        results = run_concurrently(*[partial(close, review) for review in (*reviews, *reviews)])

        assert sorted(results) == [False, False, True, True]
        assert order.notifications.get().kind == "confirmation"


def listed(client, **query):
    page = client.get("/admin/orders/orderreview/", query)
    assert page.status_code == 200
    return [review.pk for review in page.context["cl"].result_list]


def test_list_shows_open_reviews_and_finds_the_others(admin_client, order):
    open_one = make_review(order, kind="duplicate_payment", payment_intent_id="pi_7", amount_to_refund=54)
    closed = make_review(make_order(order.store, name="Grace Hopper"))
    close(closed)
    elsewhere = make_review(make_order(make_store(host="other.example", name="Other")))

    assert listed(admin_client) == [elsewhere.pk, open_one.pk]
    assert listed(admin_client, state="closed") == [closed.pk]
    assert listed(admin_client, state="all") == [elsewhere.pk, closed.pk, open_one.pk]
    assert listed(admin_client, order__store__id__exact=order.store_id) == [open_one.pk]
    assert listed(admin_client, kind__exact="duplicate_payment") == [open_one.pk]
    assert listed(admin_client, state="all", q="hopper") == [closed.pk]
    assert listed(admin_client, q="pi_7") == [open_one.pk]
    page = admin_client.get("/admin/orders/orderreview/").text
    for text in (f"/admin/orders/order/{order.pk}/change/", "/admin/checkout/paymentintent/pi_7/", "$54.00"):
        assert text in page
    assert admin_client.get(f"/admin/orders/orderreview/{open_one.pk}/change/").status_code == 200


def test_list_query_count_is_constant(admin_client, order, django_assert_max_num_queries):
    for n in range(30):
        make_review(make_order(order.store), payment_intent_id=f"pi_{n}")

    with django_assert_max_num_queries(7):
        assert len(listed(admin_client)) == 30


def test_orders_are_filtered_by_review(admin_client, order):
    other = make_order(order.store)
    close(make_review(other))
    make_review(order, "Sold out, look.")

    def numbers(answer):
        rows = admin_client.get("/admin/orders/order/", {"in_review": answer}).context["cl"].result_list
        return [row.number for row in rows]

    assert (numbers("yes"), numbers("no")) == ([order.number], [other.number])
    assert "Sold out, look." in admin_client.get("/admin/orders/order/").text


def test_order_page_shows_all_reviews_and_closes_each_alone(admin_client, order):
    first, second = make_review(order, "Sold out."), make_review(order, "Upsell unpaid.", kind="upsell")
    path = f"/admin/orders/order/{order.pk}"
    closing = {"review": first.pk, "text": "Shipped later."}

    assert "Review closed." in admin_client.post(f"{path}/close-review/", closing, follow=True).text
    again = admin_client.post(f"{path}/close-review/", closing, follow=True).text

    assert "This review was already closed." in again
    assert OrderReview.objects.open().get() == second
    page = admin_client.get(f"{path}/change/").text
    for text in ("Upsell unpaid.", "Sold out.", "Shipped later.", f'value="{second.pk}"'):
        assert text in page
    assert f'value="{first.pk}"' not in page
    assert order.events.filter(kind="reviewed").count() == 1


def test_review_of_another_order_is_not_closed_from_this_one(admin_client, order):
    review = make_review(make_order(order.store))

    answer = admin_client.post(f"/admin/orders/order/{order.pk}/close-review/", {"review": review.pk})

    assert answer.status_code == 404
    assert OrderReview.objects.open().get() == review


def test_staff_who_may_only_view_orders_see_reviews_and_cannot_close_them(client, order, django_user_model):

    review = make_review(order, "Sold out.")
    viewer = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    client.force_login(viewer)
    assert client.get("/admin/orders/orderreview/").status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="view_order"))

    page = client.get(f"/admin/orders/order/{order.pk}/change/").text

    assert listed(client) == [review.pk]
    assert "Sold out." in page
    assert "close-review" not in page
    answer = client.post(f"/admin/orders/order/{order.pk}/close-review/", {"review": review.pk})
    assert answer.status_code == 403
    assert OrderReview.objects.open().exists()


def test_order_list_reads_all_reviews_at_once(admin_client, order, django_assert_max_num_queries):
    make_orders(make_store(host="many.example"), 30)
    for listed_order in Order.objects.all():
        make_review(listed_order)

    with django_assert_max_num_queries(11):
        admin_client.get("/admin/orders/order/")

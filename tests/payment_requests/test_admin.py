"""Staff ask for a payment, look what became of it, extend, cancel, duplicate, and export."""

import datetime

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils import timezone

from accounts.staff_log import describe_log_entry
from catalog.link_visits import save_visit_counts
from catalog.models import PaymentLink
from orders.models import Notification, PaymentRequest
from orders.payment_requests import record_request_payment
from tests.catalog_admin.conftest import StaffBrowser, staff  # noqa: F401
from tests.factories import make_link, make_order, make_payment_request, make_product, make_store, variant_of

ADD = reverse("admin:orders_paymentrequest_add")
LIST = reverse("admin:orders_paymentrequest_changelist")

pytestmark = pytest.mark.any_database


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def workshop(store):
    return make_product(store, name="Workshop", price="300.00", collect_shipping_address=False)


@pytest.fixture
def asked(workshop):
    return make_payment_request(workshop)


def act(staff, request, name, **data):  # noqa: F811
    url = reverse(f"admin:orders_paymentrequest_{name}", args=[request.pk])
    return staff.client.post(url, data, follow=True)


def add_url(store, **query):
    names = "".join(f"&{name}={value}" for name, value in query.items())
    return f"{ADD}?store={store.slug}{names}"


def test_staff_ask_for_any_amount(staff, store, workshop):  # noqa: F811
    response = staff.save(
        add_url(store),
        title="Deposit",
        email="lin@example.com",
        name="Lin",
        reference="INV-9",
        **{"items-0-variant": variant_of(workshop).pk, "items-0-price": "80.00"},
    )

    assert staff.messages(response) == ["The request will be sent in a moment."]
    request = PaymentRequest.objects.get()
    assert (request.title, request.email, str(request.amount)) == ("Deposit", "lin@example.com", "80.00")
    assert request.created_by == "staff"
    assert request.customer.email == "lin@example.com"
    assert request.reminder_days == 3
    assert request.link.url in response.text
    assert {row.kind for row in Notification.objects.all()} == {"request", "request_reminder"}
    assert LogEntry.objects.get(object_id=request.pk).user.username == "staff"


def test_double_click_asks_once(staff, store, workshop):  # noqa: F811
    url = add_url(store)
    form = staff.fields(url) | {
        "title": "Deposit",
        "email": "lin@example.com",
        "items-0-variant": variant_of(workshop).pk,
    }
    pages = [staff.client.post(url, form) for _click in range(2)]

    assert pages[0].headers["Location"] == pages[1].headers["Location"]
    assert PaymentRequest.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"title": ""}, "This field is required."),
        ({"email": "nobody"}, "Enter a complete email address, such as name@example.com."),
        ({"expires_on": "2020-01-01"}, "Choose today or a later day."),
        ({"expires_on": "9999-12-31"}, "Choose a day within the next five years."),
        ({"reminder_days": ""}, "Enter a number of days"),
        ({"reminder_days": "50"}, "The reminder would go out before the request"),
        ({"items-0-price": "0.10"}, "Enter at least 0.50."),
        ({"items-0-variant": ""}, "Choose at least one product."),
    ],
)
def test_form_says_what_is_wrong_and_keeps_the_rest(staff, store, workshop, changes, message):  # noqa: F811
    filled = {
        "title": "Deposit",
        "email": "lin@example.com",
        "items-0-variant": variant_of(workshop).pk,
        "items-0-quantity": "2",
    }
    page = staff.save(add_url(store), **filled | changes)

    assert message in page.text
    assert 'name="items-0-quantity" value="2"' in page.text
    assert not PaymentRequest.objects.exists()


def test_form_starts_from_a_link_or_another_request(staff, store, workshop, asked):  # noqa: F811
    bulb = make_product(store, name="Bulb")
    link = make_link(workshop, name="Course", add_ons=[(variant_of(bulb), 2, 2)])

    from_link = staff.fields(add_url(store, link=link.pk))
    from_request = staff.fields(add_url(store, copy_of=asked.pk))

    assert (from_link["title"], from_link["email"]) == ("Course", "")
    assert from_link["items-0-variant"] == variant_of(workshop).pk
    assert (from_link["items-1-variant"], from_link["items-1-quantity"]) == (variant_of(bulb).pk, "2")
    assert (from_request["title"], from_request["email"]) == ("Workshop deposit", "ada@example.com")
    assert from_request["items-0-price"] == "120.00"
    assert from_request["form_key"] != asked.form_key


def test_with_several_stores_the_address_says_which_asks(staff, store, workshop):  # noqa: F811
    other = make_store(host="other.example", name="Chair House")

    page = staff.open(ADD)

    assert f"?store={other.slug}" in page.text
    assert "Chair House" in page.text


def test_list_shows_what_became_of_each_and_finds_by_any_word(staff, store, workshop, asked):  # noqa: F811
    paid = make_payment_request(workshop, title="Balance", reference="INV-8", email="lin@example.com")
    order = make_order(store, payment_link_id=paid.link_id)
    record_request_payment(order)
    save_visit_counts(count_visit(store, asked))

    page = staff.open(LIST)
    assert ["Paid" in page.text, "Viewed" in page.text] == [True, True]
    assert order.number in page.text

    for query, titles in (
        ("?q=inv-8", ["Balance"]),
        ("?q=ada@", ["Workshop deposit"]),
        ("?state=viewed", ["Workshop deposit"]),
        ("?state=paid", ["Balance"]),
        ("?state=canceled", []),
    ):
        rows = staff.open(f"{LIST}{query}").context["cl"].result_list
        assert [row.title for row in rows] == titles


def count_visit(store, request):
    from collections import Counter

    return Counter({(store.pk, request.link_id, timezone.localdate()): 2})


def test_list_costs_the_same_for_any_number_of_rows(staff, workshop, django_assert_max_num_queries):  # noqa: F811
    for number in range(12):
        make_payment_request(workshop, title=f"Deposit {number}")

    with django_assert_max_num_queries(5):
        staff.open(LIST)


def test_staff_extend_cancel_and_send_again_with_a_line_in_the_log(staff, asked):  # noqa: F811
    Notification.objects.filter(kind="request").update(sent_at=timezone.now(), next_try_at=None)
    day = timezone.localdate() + datetime.timedelta(days=40)

    for name, data in (("resend", {}), ("extend", {"expires_on": f"{day}"}), ("cancel", {})):
        act(staff, asked, name, **data)

    asked.refresh_from_db()
    assert asked.canceled_at is not None
    link = PaymentLink.objects.get()
    assert (link.active, f"{link.expires_at:%Y-%m-%d}") == (False, f"{day}")
    assert Notification.objects.filter(kind="request").count() == 2
    texts = [
        describe_log_entry(entry) for entry in LogEntry.objects.filter(object_id=asked.pk).order_by("pk")
    ]
    assert ["sent again" in texts[0], "until" in texts[1], "canceled" in texts[2]] == [True] * 3


def test_page_says_why_something_cannot_be_done(staff, asked):  # noqa: F811
    act(staff, asked, "cancel")

    for name, data in (("resend", {}), ("extend", {"expires_on": "2099-01-01"}), ("extend", {})):
        page = act(staff, asked, name, **data)
        assert staff.messages(page)[0] in {
            "This request was canceled. Duplicate it to ask again.",
            "Enter the last day on which the request can be paid.",
        }


def test_export_has_a_row_for_each_request_and_defuses_formulas(staff, workshop, asked):  # noqa: F811
    make_payment_request(workshop, title="=1+1")

    response = staff.client.get(reverse("admin:orders_paymentrequest_export"))

    lines = b"".join(response.streaming_content).decode().splitlines()
    assert lines[0].startswith("\ufeffid,title,reference,name,email,amount,currency,status")
    assert [line.split(",")[1] for line in lines[1:]] == ["'=1+1", "Workshop deposit"]
    assert "Exported 2 requests." in map(describe_log_entry, LogEntry.objects.all())


def test_who_may_only_view_changes_nothing(client, django_user_model, asked):
    from django.contrib.auth.models import Permission

    user = django_user_model.objects.create(username="viewer", is_staff=True)
    user.user_permissions.add(Permission.objects.get(codename="view_paymentrequest"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    viewer = StaffBrowser(client)

    page = viewer.open(asked.get_admin_url())
    assert "Cancel it" not in page.text
    for name in ("resend", "cancel", "extend"):
        assert act(viewer, asked, name).status_code == 403
    assert client.get(ADD).status_code == 403
    assert client.get(reverse("admin:orders_paymentrequest_export")).status_code == 403


def test_order_says_which_request_it_paid(staff, store, asked):  # noqa: F811
    order = make_order(store, payment_link_id=asked.link_id)
    record_request_payment(order)

    page = staff.open(reverse("admin:orders_order_change", args=[order.pk]))

    assert f'<a href="{asked.get_admin_url()}"><bdi>Workshop deposit</bdi></a>' in page.text


def test_links_of_requests_are_not_in_the_list_of_links(staff, asked):  # noqa: F811
    page = staff.open(reverse("admin:catalog_paymentlink_changelist"))

    assert page.context["cl"].result_count == 0

"""Orders in the admin: found, seen at a glance, refunded, canceled, noted, printed and exported."""

import re
from decimal import Decimal

import pytest

from orders.models import Order, OrderItem
from tests.factories import make_order, make_orders, make_store
from tests.payments.helpers import make_selection, net_charged, pay_at_link, submit_checkout


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def bought(db):
    """A paid order that the store need not be asked about."""
    address = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
    return make_order(make_store(), items=[{"title": "Black"}], shipping_address=address)


@pytest.fixture
def many(db):
    words = {"email": "shopper{n}@example.com", "name": "Shopper {n}", "next_order_number": "100{n:03}"}
    return make_orders(make_store(), 120, **words)


def test_orders_are_found_by_number_name_mail_and_store_number(staff, many):
    for text, number in {
        "2026-00007": "ORD-2026-00007",
        "SHOPPER 33": "ORD-2026-00033",
        "shopper44@": "ORD-2026-00044",
        "100055": "ORD-2026-00055",
    }.items():
        page = staff.get("/admin/orders/order/", {"q": text}).text
        assert number in page
        assert page.count('class="field-number"') == 1


def test_orders_are_filtered_by_status(staff, many):
    page = staff.get("/admin/orders/order/", {"status__exact": "Pending"}).text

    assert "ORD-2026-00118" in page
    assert "ORD-2026-00119" not in page


def test_the_list_leads_to_its_orders(staff, many):
    listed = staff.get("/admin/orders/order/", {"q": "2026-00007"}).text
    address = re.search(r'class="field-number"><a href="([^"?]+)', listed)[1]

    assert "<h1>ORD-2026-00007" in staff.get(address).text


def test_the_list_costs_the_same_however_long(staff, many, django_assert_max_num_queries):
    with django_assert_max_num_queries(9):
        staff.get("/admin/orders/order/")


def test_an_order_is_seen_at_a_glance(staff, order):
    page = staff.get(f"/admin/orders/order/{order.pk}/change/").text

    for text in (
        order.number,
        "Desk lamp",
        "$98.00",
        "$103.00",
        "ada@example.com",
        "MONSEY, NY 10952",
        f"Paid: NEXT order {order.next_order_number}",
        order.payment_intents.get().pk,
        order.next_order_number,
    ):
        assert text in page


def test_a_line_is_refunded_after_its_amount_was_seen(staff, order, shop):
    path = f"/admin/orders/order/{order.pk}/refund/"
    item = OrderItem.objects.get()
    assert "Calculate" in staff.get(path).text

    shown = staff.post(path, {f"quantity_{item.pk}": "1", "note": "Scratched"}).text
    assert "The store gives back <strong>$49.00</strong>." in shown
    assert net_charged(shop) == Decimal("103.00")

    yes = {"amount": "49.00", "refunded_before": "0.00"}
    staff.post(path, {f"quantity_{item.pk}": "1", "note": "Scratched", **yes})
    again = staff.post(path, {f"quantity_{item.pk}": "1", "note": "Scratched", **yes}, follow=True)

    assert "49.00 of this order has been refunded already." in again.text
    assert net_charged(shop) == Decimal("54.00")
    page = staff.get(f"/admin/orders/order/{order.pk}/change/").text
    assert "−$49.00" in page
    assert "admin refunded 49.00 USD. Scratched" in page


def test_an_order_is_canceled_and_a_second_time_refused(staff, order, shop):
    path = f"/admin/orders/order/{order.pk}/cancel/"
    form = {"reason": "Changed mind", "full_refund": "on", "notify": "on"}

    assert "The order is canceled." in staff.post(path, form, follow=True).text
    assert "This order is canceled already." in staff.post(path, form, follow=True).text
    assert net_charged(shop) == 0


def test_checking_with_the_store_settles_what_was_paid_unheard(staff, shop):
    """S1 by hand: the tab was closed, nobody called."""
    intent = submit_checkout(shop, make_selection(shop))
    intent.store = shop
    pay_at_link(intent)
    order = Order.objects.get()
    assert order.status == "Pending"

    answer = staff.post(f"/admin/orders/order/{order.pk}/check/", follow=True)

    assert "The order is as the store has it." in answer.text
    order.refresh_from_db()
    assert order.status == "Paid"


def test_checking_an_unpaid_order_says_that_nothing_is_known(staff, shop):
    submit_checkout(shop, make_selection(shop))

    answer = staff.post(f"/admin/orders/order/{Order.objects.get().pk}/check/", follow=True)

    assert "The store knows of no payment for this order." in answer.text


def test_a_store_that_is_away_is_said_in_a_sentence(staff, order, shop):
    shop.sandbox.plan_fault(kind="status", operation="*", status=500, times=20)

    answer = staff.post(f"/admin/orders/order/{order.pk}/check/", follow=True)

    assert "The store could not be asked" in answer.text


def test_notes_mails_and_reviews_have_their_buttons(staff, order):
    Order.objects.update(review_reason="Paid a second time.")
    base = f"/admin/orders/order/{order.pk}"

    assert "The note is kept." in staff.post(f"{base}/note/", {"text": "Called."}, follow=True).text
    assert "goes out in a moment" in staff.post(f"{base}/email/", {"kind": "confirmation"}, follow=True).text
    assert "The review is ended." in staff.post(f"{base}/resolve-review/", {"text": "Fine"}, follow=True).text
    assert "A note has from 1 to 500" in staff.post(f"{base}/note/", {"text": ""}, follow=True).text


def test_nothing_is_done_by_a_get_or_by_who_may_only_look(client, staff, order, django_user_model, shop):
    for name in ("cancel", "note", "email", "resolve-review", "check"):
        assert staff.get(f"/admin/orders/order/{order.pk}/{name}/").status_code == 405

    from django.contrib.auth.models import Permission

    looker = django_user_model.objects.create_user("looker", password="x", is_staff=True)
    looker.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(looker)
    assert client.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200
    for name in ("cancel", "note", "email", "resolve-review", "check", "refund"):
        assert client.post(f"/admin/orders/order/{order.pk}/{name}/").status_code == 403
    assert net_charged(shop) == Decimal("103.00")


def test_orders_are_neither_made_edited_nor_deleted_by_hand(staff, bought):
    assert staff.get("/admin/orders/order/add/").status_code == 403
    assert staff.post(f"/admin/orders/order/{bought.pk}/delete/").status_code == 403
    staff.post(f"/admin/orders/order/{bought.pk}/change/", {"status": "Pending"})
    bought.refresh_from_db()
    assert bought.status == "Paid"


def test_a_packing_slip_has_no_prices_and_an_invoice_has_them(staff, bought):
    """R192."""
    slip = staff.get(f"/admin/orders/order/{bought.pk}/packing-slip/").text
    invoice = staff.get(f"/admin/orders/order/{bought.pk}/invoice/").text

    assert "Desk lamp, Black" in slip
    assert "12 Main Street" in slip
    assert "$" not in slip
    assert "$49.00" in invoice
    assert "$54.00" in invoice


def test_what_the_list_shows_is_exported_as_csv_without_formulas(staff, many, django_assert_max_num_queries):
    Order.objects.filter(number="ORD-2026-00007").update(name="=HYPERLINK(1)")

    with django_assert_max_num_queries(12):
        answer = staff.get("/admin/orders/order/export/", {"status__exact": "Paid"})
        lines = answer.getvalue().decode().splitlines()

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0].startswith("number,external_id,status,created_at")
    assert len(lines) == 61
    assert any("'=HYPERLINK(1)" in line for line in lines)


def test_payments_and_delivery_methods_can_be_looked_at_without_their_secrets(staff, order):
    intent = order.payment_intents.get()
    page = staff.get(f"/admin/checkout/paymentintent/{intent.pk}/change/").text

    assert order.number in page
    assert intent.fingerprint not in page
    assert staff.get("/admin/checkout/shippingmethod/").status_code == 200
    assert staff.get("/admin/orders/notification/").status_code == 200

"""Orders in the admin: search, view, refund, cancel, note, print, and export."""

import re
from decimal import Decimal
from html import unescape

import pytest

from orders.models import Order
from tests.factories import make_order, make_orders, make_review, make_store
from tests.payments.helpers import make_selection, net_charged, pay_at_link, submit_checkout


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def local_order(db):
    """Return a paid order that exists only here, not in the sandbox."""
    address = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
    return make_order(make_store(), items=[{"title": "Black"}], shipping_address=address)


@pytest.fixture
def many_orders(db):
    fields = {"email": "shopper{n}@example.com", "name": "Shopper {n}", "next_order_number": "100{n:03}"}
    return make_orders(make_store(), 120, **fields)


def test_orders_are_found_by_number_name_email_and_next_number(staff, many_orders):
    for text, number in {
        "2026-00007": "ORD-2026-00007",
        "SHOPPER 33": "ORD-2026-00033",
        "shopper44@": "ORD-2026-00044",
        "100055": "ORD-2026-00055",
    }.items():
        page = staff.get("/admin/orders/order/", {"q": text}).text
        assert number in page
        assert page.count('class="field-number"') == 1


def test_orders_are_filtered_by_status(staff, many_orders):
    page = staff.get("/admin/orders/order/", {"status__exact": "Pending"}).text

    assert "ORD-2026-00118" in page
    assert "ORD-2026-00119" not in page


def test_list_links_to_its_orders(staff, many_orders):
    listed = staff.get("/admin/orders/order/", {"q": "2026-00007"}).text
    address = re.search(r'class="field-number"><a href="([^"?]+)', listed)[1]

    assert "<h1>ORD-2026-00007" in staff.get(address).text


def test_list_query_count_is_constant(staff, many_orders, django_assert_max_num_queries):
    with django_assert_max_num_queries(11):
        staff.get("/admin/orders/order/")


def test_order_page_shows_everything(staff, order):
    page = staff.get(f"/admin/orders/order/{order.pk}/change/").text

    for text in (
        order.number,
        "Desk lamp",
        "$98.00",
        "$103.00",
        "ada@example.com",
        "MONSEY, NY 10952",
        f"Paid: NEXT Commerce order {order.next_order_number}",
        order.payment_intents.get().pk,
        order.next_order_number,
    ):
        assert text in page


def test_order_page_lists_discounts_and_taxes(staff, local_order):
    # The menu has an entry of that name.
    assert (
        "Discount"
        not in staff.get(f"/admin/orders/order/{local_order.pk}/change/").text.partition('id="content"')[2]
    )
    order = make_order(
        local_order.store,
        discounts=[{"name": "Spring", "code": "SPRING10", "amount": "4.90"}],
        tax_lines=[{"name": "NY sales tax", "rate": "8.875", "amount": "3.91"}],
    )

    page = " ".join(staff.get(f"/admin/orders/order/{order.pk}/change/").text.split())

    assert '<bdi>Discount: Spring (SPRING10)</bdi></th> <td class="num">−$4.90</td>' in page
    assert '<bdi>NY sales tax (8.875%)</bdi></th> <td class="num">$3.91</td>' in page
    assert '<bdi>Total</bdi></th> <td class="num">$53.01</td>' in page


def read_order_page(staff, order):
    return " ".join(staff.get(f"/admin/orders/order/{order.pk}/change/").text.split())


def test_order_page_lists_every_charge_and_refund_and_they_add_up(staff, local_order):
    order = make_order(
        local_order.store,
        total="76.80",
        refunded_amount="22.00",
        transactions=[
            {"next_transaction_id": 1, "amount": "53.00"},
            {"next_transaction_id": 2, "amount": "23.80", "has_failed": True},
            {"next_transaction_id": 3, "amount": "23.80"},
            {"next_transaction_id": 4, "amount": "22.00", "kind": "refund"},
        ],
    )

    page = read_order_page(staff, order).partition("Charges and refunds")[2]

    assert page.count("Failed") == 1
    assert "<s>$23.80</s>" in page
    assert '<th scope="row" colspan="3">Charged</th> <td class="num">$76.80</td>' in page
    assert '<th scope="row" colspan="3">Refunded</th> <td class="num">−$22.00</td>' in page
    assert '<th scope="row" colspan="3">Net</th> <td class="num">$54.80</td>' in page
    assert "order-warning" not in page


def test_order_page_says_if_charges_and_total_differ(staff, local_order):
    short = make_order(local_order.store, total="76.80", transactions=[{"amount": "53.00"}])
    reserved = make_order(local_order.store, transactions=[{"kind": "authorization", "amount": "54.00"}])

    warning = "NEXT Commerce lists charges of $53.00, but the order comes to $76.80."
    assert warning in read_order_page(staff, short)
    assert "Nothing is charged yet. $54.00 is reserved." in read_order_page(staff, reserved)
    assert "NEXT Commerce lists no charges or refunds." in read_order_page(staff, local_order)


def test_partly_refunded_order_shows_what_is_left_in_the_list_and_is_found_by_its_status(staff, local_order):
    make_order(
        local_order.store,
        number="ORD-2026-77777",
        status="Partially refunded",
        refunded_amount="22.00",
        total="66.00",
    )

    page = staff.get("/admin/orders/order/", {"status__exact": "Partially refunded"}).text

    assert "ORD-2026-77777" in page
    assert local_order.number not in page
    assert "$44.00" in page
    assert "Refunded $22.00 of $66.00." in page


def test_order_can_be_canceled_only_once(staff, order, shop):
    path = f"/admin/orders/order/{order.pk}/cancel/"
    form = {"reason": "Changed mind", "full_refund": "on", "notify": "on"}

    assert "Order canceled." in staff.post(path, form, follow=True).text
    assert "This order is already canceled." in staff.post(path, form, follow=True).text
    assert net_charged(shop) == 0


def test_check_settles_a_payment_nobody_reported(staff, shop):
    """S1, found by staff: the tab was closed and no webhook came."""
    intent = submit_checkout(shop, make_selection(shop))
    intent.store = shop
    pay_at_link(intent)
    order = Order.objects.get()
    assert order.status == "Pending"

    answer = staff.post(f"/admin/orders/order/{order.pk}/check/", follow=True)

    assert "Order updated from NEXT Commerce." in answer.text
    order.refresh_from_db()
    assert order.status == "Paid"


def test_check_of_an_unpaid_order_finds_no_payment(staff, shop):
    submit_checkout(shop, make_selection(shop))

    answer = staff.post(f"/admin/orders/order/{Order.objects.get().pk}/check/", follow=True)

    assert "NEXT Commerce has no payment for this order." in answer.text


def test_unreachable_next_store_shows_an_error_message(staff, order, shop):
    shop.sandbox.plan_fault(kind="status", operation="*", status=500, times=20)

    answer = staff.post(f"/admin/orders/order/{order.pk}/check/", follow=True)

    assert "NEXT Commerce couldn't be reached" in unescape(answer.text)


def test_staff_can_add_notes_resend_emails_and_close_reviews(staff, order):
    review = make_review(order)
    base = f"/admin/orders/order/{order.pk}"

    assert "Note added." in staff.post(f"{base}/note/", {"text": "Called."}, follow=True).text
    assert (
        "The email will be sent shortly."
        in staff.post(f"{base}/email/", {"kind": "confirmation"}, follow=True).text
    )
    closing = {"review": review.pk, "text": "Fine"}
    assert "Review closed." in staff.post(f"{base}/close-review/", closing, follow=True).text
    assert "Enter a note of 1 to 500" in staff.post(f"{base}/note/", {"text": ""}, follow=True).text


def test_actions_need_post_and_the_change_permission(client, staff, order, django_user_model, shop):
    for name in ("cancel", "note", "email", "close-review", "check"):
        assert staff.get(f"/admin/orders/order/{order.pk}/{name}/").status_code == 405

    from django.contrib.auth.models import Permission

    viewer = django_user_model.objects.create_user("viewer", password="x", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_order"))
    client.force_login(viewer)
    assert client.get(f"/admin/orders/order/{order.pk}/change/").status_code == 200
    for name in ("cancel", "note", "email", "close-review", "check", "refund"):
        assert client.post(f"/admin/orders/order/{order.pk}/{name}/").status_code == 403
    assert net_charged(shop) == Decimal("103.00")


def test_orders_cannot_be_added_edited_or_deleted(staff, local_order):
    assert staff.get("/admin/orders/order/add/").status_code == 403
    assert staff.post(f"/admin/orders/order/{local_order.pk}/delete/").status_code == 403
    staff.post(f"/admin/orders/order/{local_order.pk}/change/", {"status": "Pending"})
    local_order.refresh_from_db()
    assert local_order.status == "Paid"


def test_packing_slip_has_no_prices_and_invoice_has_them(staff, local_order):
    """R192."""
    slip = staff.get(f"/admin/orders/order/{local_order.pk}/packing-slip/").text
    invoice = staff.get(f"/admin/orders/order/{local_order.pk}/invoice/").text

    assert "Desk lamp, Black" in slip
    assert "12 Main Street" in slip
    assert "$" not in slip
    assert "$49.00" in invoice
    assert "$54.00" in invoice


def test_csv_export_matches_the_list_and_escapes_formulas(staff, many_orders, django_assert_max_num_queries):
    Order.objects.filter(number="ORD-2026-00007").update(name="=HYPERLINK(1)")

    with django_assert_max_num_queries(13):
        query = {"status__exact": "Paid", "format": "csv", "rows": "order"}
        answer = staff.get("/admin/orders/order/export/", query)
        lines = answer.getvalue().decode("utf-8-sig").splitlines()

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert lines[0].startswith("number,external_id,status,created_at")
    assert len(lines) == 61
    assert any("'=HYPERLINK(1)" in line for line in lines)


def test_export_asks_what_the_file_holds(staff, many_orders):
    """The list's filters and search stay; the selected orders are a filter, too."""
    page = staff.get("/admin/orders/order/export/", {"status__exact": "Paid", "q": "shopper"}).text
    assert "The file will hold 60 orders." in page
    assert '<input type="hidden" name="status__exact" value="Paid">' in page

    chosen = [str(pk) for pk in Order.objects.values_list("pk", flat=True)[:2]]
    data = {"action": "export_selected", "_selected_action": chosen}
    assert "The file will hold 2 orders." in staff.post("/admin/orders/order/", data, follow=True).text

    everything = data | {"select_across": "1", "_selected_action": chosen}
    answer = staff.post("/admin/orders/order/?status__exact=Paid", everything, follow=True)
    assert "The file will hold 60 orders." in answer.text


def test_long_workbook_is_refused_next_to_its_choice(staff, many_orders, monkeypatch):
    monkeypatch.setattr("orders.admin.csv_export.MAX_XLSX_ORDERS", 59)
    query = {"status__exact": "Paid", "rows": "item", "format": "xlsx"}

    assert "A workbook holds up to 59 orders." in staff.get("/admin/orders/order/export/", query).text

    monkeypatch.setattr("orders.admin.csv_export.MAX_XLSX_ORDERS", 60)
    answer = staff.get("/admin/orders/order/export/", query)
    assert answer["Content-Disposition"].endswith('.xlsx"')
    answer.close()


def test_payments_and_shipping_methods_show_no_secrets(staff, order):
    intent = order.payment_intents.get()
    page = staff.get(f"/admin/checkout/paymentintent/{intent.pk}/change/").text

    assert order.number in page
    assert intent.fingerprint not in page
    assert staff.get("/admin/checkout/shippingmethod/").status_code == 200
    assert staff.get("/admin/orders/notification/").status_code == 200

"""Withdrawals in the admin: on the home page, on the order, and handled."""

import pytest
from django.utils import timezone

from orders.contract_notices import queue_acknowledgment
from orders.models import ContractNotice, Notification, OrderEvent
from tests.factories import make_order, make_store, make_withdrawal


@pytest.fixture
def order(db):
    return make_order(make_store(time_zone="Europe/Berlin"), number="ORD-2026-00001")


@pytest.fixture
def withdrawal(order):
    return make_withdrawal(order.store, order=order, received_at="2026-07-01T22:30:00Z")


def page_of(row):
    return f"/admin/orders/{row._meta.model_name}/{row.pk}/change/"


def test_home_says_how_many_wait_and_handled_ones_are_gone(admin_client, withdrawal):
    assert "1 withdrawal to handle" in admin_client.get("/admin/").text

    admin_client.post(f"/admin/orders/contractnotice/{withdrawal.pk}/handle/")
    admin_client.post(f"/admin/orders/contractnotice/{withdrawal.pk}/handle/")

    assert "to handle" not in admin_client.get("/admin/").text
    assert ContractNotice.objects.get().resolved_by == "admin"
    assert OrderEvent.objects.filter(kind="withdrawal", actor="admin").count() == 1


def test_order_page_shows_the_statement_and_leads_to_the_prepared_refund(admin_client, order, withdrawal):
    page = admin_client.get(page_of(order)).text
    assert "The customer withdrew from the contract" in page
    assert "July 2, 2026, 12:30 a.m." in page

    address = f"/admin/orders/order/{order.pk}/refund/?withdrawal={withdrawal.pk}"
    assert f'href="{address}"' in page
    refund = admin_client.get(address).text
    assert '<input type="radio" name="what" value="everything" checked>' in refund
    assert 'value="Withdrawal of July 2, 2026"' in refund
    # Which items are meant, staff must read.
    ContractNotice.objects.update(items="The red one")
    assert '<input type="radio" name="what" value="items" checked>' in admin_client.get(address).text


def test_order_page_has_no_refund_button_without_money_to_refund(admin_client, order, withdrawal):
    order.refunded_amount = order.total
    order.save()

    assert "Prepare the refund" not in admin_client.get(page_of(order)).text


def test_page_points_out_late_and_unmatched_statements_with_the_orders_that_may_be_meant(
    admin_client, order, withdrawal
):
    ContractNotice.objects.update(is_late=True)
    assert "More than 14 days after payment and shipping" in admin_client.get(page_of(withdrawal)).text

    ContractNotice.objects.update(is_late=False, order=None)
    page = admin_client.get(page_of(withdrawal)).text
    assert "No order has both this number and this email" in page
    assert f'<a href="{page_of(order)}">ORD-2026-00001</a> (Ada Lovelace)' in page


def test_acknowledgment_is_sent_again_once_at_a_time(admin_client, withdrawal):
    sent = queue_acknowledgment(withdrawal)
    Notification.objects.update(next_try_at=None, sent_at=timezone.now())

    for _click in range(2):
        admin_client.post(f"/admin/orders/contractnotice/{withdrawal.pk}/acknowledge/")
    assert Notification.objects.filter(next_try_at__isnull=False).count() == 1

    Notification.objects.update(next_try_at=None, sent_at=timezone.now())
    admin_client.post(f"/admin/orders/notification/{sent.pk}/send/")
    assert Notification.objects.count() == 3


def test_emails_list_and_task_have_withdrawals_of_the_chosen_store(admin_client, withdrawal):
    other = make_withdrawal(make_store(host="other.example", name="Other"), name="Grace Hopper")
    for row in (withdrawal, other):
        queue_acknowledgment(row)
    Notification.objects.update(next_try_at=None)
    admin_client.post("/admin/store/", {"store": withdrawal.store_id})

    listed = admin_client.get("/admin/orders/notification/").text
    assert "Withdrawal received" in listed
    assert "Grace Hopper" not in listed
    assert "1 email wasn&#x27;t sent" in admin_client.get("/admin/").text
    email = admin_client.get(page_of(withdrawal.notifications.get())).text
    assert f'href="{page_of(withdrawal)}"' in email
    assert "We received your withdrawal" in email

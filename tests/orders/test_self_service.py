"""Shoppers cancel their own order, or correct its address, before it is prepared: in time, and once."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from nextcommerce.errors import CallOutcome, NextApiError
from nextcommerce.sentences import QUOTED
from orders import staff_actions
from orders.models import Order, RefundRequest
from orders.self_service import get_change_deadline
from orders.sync import sync_order_as_staff
from stores.next_client import open_next_client
from tests.factories import make_order, make_review, make_store
from tests.payments.helpers import net_charged

pytestmark = pytest.mark.any_database

SAME_ORIGIN = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
CANCEL = "ordersCancelCreate"


@pytest.fixture
def open_order(order, shop):
    """Return a paid order of a store that lets shoppers cancel for half an hour."""
    shop.self_service_minutes = 30
    shop.save()
    return order


def press_cancel(order):
    return Client(headers=SAME_ORIGIN).post(f"{order.get_absolute_url()}/cancel")


def count_calls(shop):
    return sum(call["operation"] == CANCEL for call in shop.sandbox.requests())


def test_order_page_offers_it_only_where_the_store_allows_it(order, shop):
    """Off by default: a cancellation gives money back."""
    assert "Cancel this order" not in Client().get(order.get_absolute_url()).text

    shop.self_service_minutes = 30
    shop.save()

    assert f"{order.get_absolute_url()}/cancel" in Client().get(order.get_absolute_url()).text


def test_shopper_cancels_and_gets_everything_back(open_order, shop):
    page = Client().get(f"{open_order.get_absolute_url()}/cancel").text
    assert "refund $103.00" in page
    assert count_calls(shop) == 0, "opening the page does nothing"

    answer = press_cancel(open_order)

    assert (answer.status_code, answer["Location"]) == (303, open_order.get_absolute_url())
    open_order.refresh_from_db()
    assert (open_order.status, net_charged(shop)) == ("Canceled", 0)
    event = open_order.events.get(kind="cancel_requested")
    assert (event.source, event.actor) == ("shopper", "the shopper")
    assert str(event.text) == "The shopper canceled the order on its page and gets a full refund."


def test_pressing_it_twice_cancels_once(open_order, shop):
    assert [press_cancel(open_order).status_code for _ in range(2)] == [303, 303]
    assert count_calls(shop) == 1


def test_press_during_another_one_does_nothing(open_order, shop):
    """Of two at once, one request is saved (S33), and the other shopper is told that it is on its way."""
    RefundRequest.objects.create(
        order=open_order,
        amount=103,
        refunded_before=0,
        cancels=True,
        purpose="cancel",
        doubt_ends_at=timezone.now() + datetime.timedelta(minutes=5),
    )

    assert press_cancel(open_order)["Location"] == open_order.get_absolute_url()

    assert count_calls(shop) == 0
    # The apostrophe is escaped.
    assert "canceling this order and refunding it" in Client().get(open_order.get_absolute_url()).text


@pytest.mark.parametrize("fault", [{"kind": "close"}, {"kind": "status", "status": 400}])
def test_lost_answer_is_looked_up(open_order, shop, fault):
    shop.sandbox.plan_fault(operation=CANCEL, when="after", **fault)

    assert press_cancel(open_order).status_code == 303

    open_order.refresh_from_db()
    assert (open_order.status, net_charged(shop)) == ("Canceled", 0)
    assert count_calls(shop) == 1


def test_cancellation_that_next_does_not_show_yet_is_not_sent_again(open_order, shop):
    shop.sandbox.plan_fault("status", status=503, operation=CANCEL, when="before")
    press_cancel(open_order)

    press_cancel(open_order)

    assert count_calls(shop) == 1
    assert RefundRequest.objects.get().state == "pending"


@pytest.mark.parametrize("fulfillment", ["processing", "fulfilled", "nonsense"])
def test_order_at_the_warehouse_is_not_canceled(open_order, shop, fulfillment, monkeypatch):
    """Our record may be minutes old, so NEXT is asked first."""
    from nextcommerce import deserializers

    original = deserializers.deserialize_order

    def answer(data):
        return original({**data, "fulfillment_status": fulfillment})

    monkeypatch.setattr("nextcommerce.client.deserialize_order", answer)

    page = press_cancel(open_order)

    assert page.status_code == 409
    assert "started to prepare it" in page.text
    assert (count_calls(shop), net_charged(shop)) == (0, open_order.total)
    assert RefundRequest.objects.count() == 0


def test_order_is_not_canceled_too_late(open_order, shop):
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(minutes=31))

    assert "Cancel this order" not in Client().get(open_order.get_absolute_url()).text
    assert Client().get(f"{open_order.get_absolute_url()}/cancel").status_code == 409
    assert press_cancel(open_order).status_code == 409
    assert count_calls(shop) == 0


def test_shipped_order_is_not_canceled(open_order, shop):
    shop.sandbox.edit_order(open_order.next_order_number, fulfil={})
    sync_order_as_staff(order=open_order)

    assert press_cancel(open_order).status_code == 409
    assert count_calls(shop) == 0


def test_nothing_is_canceled_while_next_cannot_be_asked(open_order, shop):
    shop.sandbox.plan_fault("status", status=503, operation="ordersRetrieve", times=5)

    page = press_cancel(open_order)

    assert page.status_code == 409
    assert "Try again in a minute" in page.text
    assert (count_calls(shop), RefundRequest.objects.count()) == (0, 0)


def test_another_site_cancels_nothing(open_order, shop):
    elsewhere = Client(enforce_csrf_checks=True, headers={"Origin": "null", "Sec-Fetch-Site": "cross-site"})

    assert elsewhere.post(f"{open_order.get_absolute_url()}/cancel").status_code == 403
    assert count_calls(shop) == 0


@pytest.mark.parametrize(
    "fields",
    [
        {"status": "Pending", "paid_at": None},
        {"status": "Refunded"},
        {"status": "Partially refunded"},
        {"next_order_number": None},
        {"checkout_key": "renewal-1"},
        {"shipping_address": None},
        {"items": [{"selling_plan": {"selling_plan_id": "sp_1"}}]},
    ],
)
@pytest.mark.django_db
def test_order_that_shoppers_never_cancel_themselves(fields):
    """Such as one that started a subscription, which would go on."""
    address = {"name": "Ada Lovelace", "line1": "12 Main Street", "city": "Monsey", "country": "US"}
    order = make_order(
        make_store(self_service_minutes=30),
        **{"next_order_number": "1001", "shipping_address": address} | fields,
    )

    assert get_change_deadline(order) is None


def test_order_in_review_waits_for_staff(open_order, shop):
    make_review(open_order)

    assert "Cancel this order" not in Client().get(open_order.get_absolute_url()).text
    assert press_cancel(open_order).status_code == 409
    assert count_calls(shop) == 0


# --- The shipping address

PATCH = "ordersPartialUpdate"
TYPED = {
    "name": "Ada King",
    "line1": "14 Side Street",
    "line2": "",
    "city": "Monsey",
    "state": "NY",
    "postal_code": "10952",
}


def change_address(order, **changed):
    return Client(headers=SAME_ORIGIN).post(f"{order.get_absolute_url()}/address", TYPED | changed)


def patches(shop):
    return [call["body"] for call in shop.sandbox.requests() if call["operation"] == PATCH]


def read_address(order):
    """Return where our record and the order's page say that it ships to."""
    address = Order.objects.get(pk=order.pk).shipping_address
    return address.name, address.line1


def test_shopper_corrects_the_address(open_order, shop):
    page = Client().get(f"{open_order.get_absolute_url()}/address").text
    assert 'value="12 Main Street"' in page

    answer = change_address(open_order)

    assert (answer.status_code, answer["Location"]) == (303, open_order.get_absolute_url())
    (body,) = patches(shop)
    assert body["shipping_address"] == {
        "first_name": "Ada",
        "last_name": "King",
        "line1": "14 Side Street",
        "line2": "",
        "line4": "Monsey",
        "state": "NY",
        "postcode": "10952",
        "country": "US",
        "phone_number": "2025550140",
    }
    assert read_address(open_order) == ("Ada King", "14 Side Street")
    texts = [str(event.text) for event in open_order.events.filter(kind="address")]
    assert texts == [
        "The shopper asked to change the shipping address.",
        "Shipping address changed in NEXT Commerce.",
    ]
    assert "14 Side Street" in Client().get(open_order.get_absolute_url()).text


def test_note_for_the_delivery_moves_to_the_new_address(open_order, shop):
    """NEXT keeps it in the shipping address."""
    note = {"question": "", "kind": "note", "answer": "Ring twice"}
    Order.objects.filter(pk=open_order.pk).update(answers=[note])

    change_address(open_order)

    (body,) = patches(shop)
    assert body["shipping_address"]["notes"] == "Ring twice"


def test_longest_second_line_that_the_checkout_stores_is_kept(open_order, shop):
    """It has the part of the city and the number for customs, which have fields of their own there."""
    change_address(open_order, line2="x" * 255)

    (body,) = patches(shop)
    assert body["shipping_address"]["line2"] == "x" * 255


def test_postal_code_of_another_state_is_taken_once_confirmed(open_order, shop):
    asked = change_address(open_order, postal_code="90210")

    assert asked.status_code == 200
    assert "This code is unusual for New York." in asked.text
    assert 'name="unusual_postal_code" value="NY 90210"' in asked.text

    confirmed = change_address(open_order, postal_code="90210", unusual_postal_code="NY 90210")

    assert confirmed.status_code == 303
    (body,) = patches(shop)
    assert body["shipping_address"]["postcode"] == "90210"


@pytest.mark.parametrize("fault", [{"kind": "close"}, {"kind": "status", "status": 400}])
def test_lost_answer_to_a_new_address_is_looked_up(open_order, shop, fault):
    shop.sandbox.plan_fault(operation=PATCH, when="after", **fault)

    change_address(open_order)

    assert read_address(open_order) == ("Ada King", "14 Side Street")


def test_reconciler_goes_on_where_a_process_ended(open_order, shop):
    shop.sandbox.plan_fault("status", status=503, operation=PATCH, when="before")
    assert change_address(open_order).status_code == 303
    assert read_address(open_order)[1] == "12 Main Street", "NEXT still ships there"
    assert "changing this address" in Client().get(open_order.get_absolute_url()).text

    Order.objects.update(refresh_at=timezone.now())
    reconcile_due_rows()

    assert read_address(open_order) == ("Ada King", "14 Side Street")
    assert Order.objects.get().awaits_address is False


def test_address_that_next_refuses_stays(open_order, shop):
    shop.sandbox.plan_fault("status", status=400, operation=PATCH, when="before")

    page = change_address(open_order)

    assert page.status_code == 409
    assert "Check it, or contact us" in page.text
    assert read_address(open_order)[1] == "12 Main Street"
    assert Order.objects.get().awaits_address is False


def test_wish_that_next_does_not_fulfill_ends(open_order, shop):
    shop.sandbox.plan_fault("status", status=503, operation=PATCH, when="before", times=9)
    change_address(open_order)
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(hours=3), refresh_at=timezone.now())

    reconcile_due_rows()

    order = Order.objects.get()
    assert (order.awaits_address, order.addresses.filter(kind="requested").count()) == (False, 0)
    assert "stays as it was" in str(order.events.filter(kind="address").last().text)


def test_newest_of_two_wishes_counts(open_order, shop):
    change_address(open_order, line1="1 First Street")
    change_address(open_order, line1="2 Second Street")

    assert read_address(open_order)[1] == "2 Second Street"
    assert patches(shop)[-1]["shipping_address"]["line1"] == "2 Second Street"


def test_second_of_two_cancellations_requests_nothing(open_order, shop, monkeypatch):
    open_cancellation = staff_actions._open_cancellation

    def open_late(**values):
        Order.objects.update(status="Canceled")  # by the first, after the second had looked
        return open_cancellation(**values)

    monkeypatch.setattr(staff_actions, "_open_cancellation", open_late)
    Client().post(f"{open_order.get_absolute_url()}/cancel")

    assert RefundRequest.objects.count() == 0
    assert Order.objects.get().status == "Canceled"


@pytest.mark.parametrize("refused", [False, True])
def test_older_wish_that_is_sent_last_does_not_stay(open_order, shop, monkeypatch, refused):
    client = type(open_next_client(shop))
    update_order, calls = client.update_order, []

    def update_late(self, *args):
        calls.append(args)
        if len(calls) == 1:  # the newer wish overtakes this one
            change_address(open_order, line1="2 Second Street")
            if refused:
                raise NextApiError(QUOTED.fill(text="No"), outcome=CallOutcome.REFUSED, status=400)
        elif refused and len(calls) == 2:  # the newer wish isn't sent yet
            raise NextApiError(QUOTED.fill(text="Later"), outcome=CallOutcome.RETRY)
        return update_order(self, *args)

    monkeypatch.setattr(client, "update_order", update_late)
    change_address(open_order, line1="1 First Street")
    Order.objects.update(refresh_at=timezone.now())
    reconcile_due_rows()

    assert read_address(open_order)[1] == "2 Second Street"
    assert patches(shop)[-1]["shipping_address"]["line1"] == "2 Second Street"
    assert Order.objects.get().awaits_address is False


def test_same_address_costs_no_change(open_order, shop):
    change_address(open_order, name="Ada Lovelace", line1="12  main street")

    assert patches(shop) == []


def test_state_with_other_taxes_is_refused(open_order, shop):
    Order.objects.update(tax_state="NY")

    page = change_address(open_order, state="CA", postal_code="90001")

    assert "cancel this order and place a new one" in page.text
    assert patches(shop) == []


@pytest.mark.parametrize("changed", [{"postal_code": "x"}, {"name": " "}])
def test_incomplete_address_is_shown_again(open_order, shop, changed):
    page = change_address(open_order, **changed)

    assert "field__error" in page.text
    assert patches(shop) == []


def test_address_is_not_changed_too_late(open_order, shop):
    Order.objects.update(paid_at=timezone.now() - datetime.timedelta(minutes=31))

    assert change_address(open_order).status_code == 409
    assert Client().get(f"{open_order.get_absolute_url()}/address").status_code == 409
    assert patches(shop) == []


def test_address_of_an_order_at_the_warehouse_stays(open_order, shop):
    shop.sandbox.edit_order(open_order.next_order_number, fulfil={})

    page = change_address(open_order)

    assert page.status_code == 409
    assert "started to prepare it" in page.text
    assert (patches(shop), read_address(open_order)[1]) == ([], "12 Main Street")

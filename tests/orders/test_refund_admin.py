"""Refunds in the admin: what to refund, the amount before it is confirmed, and what became of it."""

from datetime import timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from nextcommerce.sentences import QUOTED
from orders.models import Order, OrderItem, RefundRequest
from tests.payments.helpers import net_charged


@pytest.fixture
def staff(admin_client):
    return admin_client


@pytest.fixture
def refund_url(order):
    return f"/admin/orders/order/{order.pk}/refund/"


def quantity_field():
    return f"quantity_{OrderItem.objects.get().pk}"


def read_text(response):
    return " ".join(unescape(response.text).split())


def test_refund_shows_the_amount_before_it_is_made_and_is_made_once(staff, order, shop, refund_url):
    form = {"what": "items", quantity_field(): "1", "note": "Scratched"}
    assert "Review refund" in staff.get(refund_url).text

    shown = read_text(staff.post(refund_url, form))
    assert "NEXT Commerce will refund <strong>$49.00</strong>." in shown
    assert "<li>1 × <bdi>Desk lamp, Black</bdi></li>" in shown
    assert "After this refund, the customer has paid $54.00 in total." in shown
    assert net_charged(shop) == Decimal("103.00")

    confirmation = form | {"amount": "49.00", "refunded_before": "0.00"}
    staff.post(refund_url, confirmation)
    again = staff.post(refund_url, confirmation, follow=True)

    assert "49.00 of this order has already been refunded." in again.text
    assert net_charged(shop) == Decimal("54.00")
    page = read_text(staff.get(f"/admin/orders/order/{order.pk}/change/"))
    assert "−$49.00" in page
    assert "admin refunded $49.00. Scratched" in page
    assert "Partially refunded" in page


def test_everything_that_is_left_is_refunded(staff, order, shop, refund_url):
    assert "Everything that is left, $103.00" in read_text(staff.get(refund_url))
    shown = read_text(staff.post(refund_url, {"what": "everything"}))
    assert "<li>2 × <bdi>Desk lamp, Black</bdi></li> <li>Shipping</li>" in shown

    answer = staff.post(
        refund_url, {"what": "everything", "amount": "103.00", "refunded_before": "0.00"}, follow=True
    )

    assert "Refunded $103.00." in answer.text
    assert net_charged(shop) == 0
    order.refresh_from_db()
    assert order.status == "Refunded"


def test_shipping_alone_is_refunded(staff, order, shop, refund_url):
    shown = read_text(staff.post(refund_url, {"what": "items", "shipping": "on"}))

    assert "NEXT Commerce will refund <strong>$5.00</strong>." in shown
    assert 'name="shipping" value="True"' in shown


def test_amount_alone_returns_no_item(staff, order, shop, refund_url):
    form = {"what": "amount", "custom_amount": "7.50", quantity_field(): "2"}
    shown = read_text(staff.post(refund_url, form))
    assert "NEXT Commerce will refund <strong>$7.50</strong>." in shown
    assert "Only money is refunded. No item is returned or canceled." in shown

    staff.post(refund_url, form | {"amount": "7.50", "refunded_before": "0.00"})

    assert net_charged(shop) == Decimal("95.50")
    assert OrderItem.objects.get().refunded_quantity == 0


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({"what": "amount"}, "Enter the amount to refund."),
        ({"what": "amount", "custom_amount": "0"}, "greater than or equal to 0.01"),
        ({"what": "amount", "custom_amount": "NaN"}, "Enter a number."),
        ({"what": "amount", "custom_amount": "103.01"}, "Only 103.00 can still be refunded."),
        ({"what": "items"}, "Choose what to refund first."),
        ({"what": "items", "quantity": "3"}, "less than or equal to 2"),
        ({"what": "items", "quantity": "-1"}, "greater than or equal to 0"),
        ({"what": "items", "quantity": "9" * 30}, "less than or equal to 2"),
    ],
)
def test_invalid_choice_is_explained_and_refunds_nothing(staff, order, shop, refund_url, form, error):
    if "quantity" in form:
        form = form | {quantity_field(): form["quantity"]}

    shown = read_text(staff.post(refund_url, form))

    assert error in shown
    assert "Review refund" in shown
    assert net_charged(shop) == Decimal("103.00")


def test_changing_the_choice_keeps_what_was_chosen(staff, order, refund_url):
    shown = read_text(staff.post(refund_url, {"what": "items", quantity_field(): "1", "edit": "1"}))

    assert "Review refund" in shown
    assert f'name="{quantity_field()}" value="1"' in shown


@pytest.mark.parametrize("amount", ["", "NaN", "ten"])
def test_confirmation_without_a_valid_amount_refunds_nothing(staff, order, shop, refund_url, amount):
    form = {"what": "everything", "amount": amount, "refunded_before": "0.00"}

    assert "The amount is missing." in staff.post(refund_url, form, follow=True).text
    assert net_charged(shop) == Decimal("103.00")


def make_refund_request(order, **fields):
    """Write down a refund of 22.00 that grace requested."""
    RefundRequest.objects.create(
        **{"order": order, "amount": 22, "refunded_before": 0, "actor": "grace"}
        | {"doubt_ends_at": timezone.now() + timedelta(minutes=3)}
        | fields
    )


def test_refund_whose_outcome_is_unknown_is_never_called_failed(staff, order, refund_url):
    """Nor is another one offered until it is known."""
    make_refund_request(order)
    sentence = "We're checking whether NEXT Commerce made the refund of $22.00 that grace requested."

    order_page = read_text(staff.get(f"/admin/orders/order/{order.pk}/change/"))
    refund_page = read_text(staff.get(refund_url))

    assert sentence in order_page
    assert refund_url not in order_page
    assert sentence in refund_page
    assert "Review refund" not in refund_page


def test_lost_response_is_told_as_being_checked(staff, order, shop, refund_url):
    """S23: as a warning, not as an error."""
    shop.sandbox.plan_fault(operation="ordersRefundCreate", kind="close", when="after", times=1)
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="status", status=503, skip=1, times=9)
    form = {"what": "items", "shipping": "on", "amount": "5.00", "refunded_before": "0.00"}

    page = staff.post(refund_url, form, follow=True)

    assert [message.level_tag for message in page.context["messages"]] == ["warning"]
    assert "We're checking whether NEXT Commerce made the refund of $5.00" in read_text(page)


def test_refused_refund_is_listed_as_failed_with_the_reason(staff, order):
    make_refund_request(order, state="refused", message=QUOTED.fill(text="Card expired"))

    page = read_text(staff.get(f"/admin/orders/order/{order.pk}/change/"))

    assert 'Refund requested by grace <br><span class="quiet">Card expired</span>' in page
    assert "<s>−$22.00</s>" in page
    assert Order.objects.get().refunded_amount == 0

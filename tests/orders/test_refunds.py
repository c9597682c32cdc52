"""Refunds by staff against the sandbox over HTTP, whose charges are the reference."""

from dataclasses import replace
from decimal import Decimal

import pytest

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from nextcommerce.schemas import NextRefundQuote
from orders import refunds
from orders.models import Order, RefundRequest
from orders.refund_requests import RefundInDoubt, open_refund_request
from orders.refunds import RefundInput, fetch_refund_quote, full_refund_input
from orders.sync import sync_order_as_staff
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from tests.payments.helpers import net_charged


def one_lamp(order):
    return RefundInput(quantities={order.items.get().pk: 1})


def refund(*, order, refunded_before="0.00", **confirmed):
    """Confirm a refund that was calculated when `refunded_before` had been refunded."""
    return refunds.issue_refund(order=order, refunded_before=Decimal(refunded_before), **confirmed)


def refunded(order):
    order.refresh_from_db()
    return order.refunded_amount


def test_calculation_refunds_nothing(order, shop):
    refund_quote = fetch_refund_quote(order=order, refund_input=one_lamp(order))

    assert refund_quote.amount == Decimal("49.00")
    assert net_charged(shop) == Decimal("103.00")


def test_partial_refund_is_shown_on_the_order(order, shop):
    """The API says Refunded for it (X19, R169); people read that it is partial."""
    refund(
        order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace", note="Scratched"
    )

    assert net_charged(shop) == Decimal("54.00")
    assert refunded(order) == Decimal("49.00")
    assert order.status == "Partially refunded"
    texts = [str(event.text) for event in order.events.all()]
    assert "grace refunded $49.00. Scratched" in texts
    assert order.refunds.get().amount == Decimal("49.00")


def test_amount_already_refunded_in_next_is_rejected(order, shop):
    """Our order does not show the refund yet."""
    refund_input = full_refund_input(order)
    body = fetch_refund_quote(order=order, refund_input=refund_input).body
    open_next_client(shop).refund_order(order.next_order_number, body)

    with pytest.raises(
        Problem, match=r"NEXT Commerce didn't refund the payment: .*More than can be refunded"
    ):
        fetch_refund_quote(order=order, refund_input=refund_input)


def test_shipped_units_are_returned_and_unshipped_ones_canceled(order, shop):
    """Also after an earlier refund of the shipping."""
    (line,) = shop.sandbox.orders()[0]["lines"]
    one = {"line_id": line["id"], "quantity": 1}
    shop.sandbox.edit_order(order.next_order_number, fulfil={"lines": [one]})
    sync_order_as_staff(order=order)
    refund(order=order, refund_input=RefundInput(shipping=True), expected=Decimal("5.00"), actor="grace")
    order.refresh_from_db()
    assert order.status == "Partially refunded"

    refund(
        order=order,
        refund_input=full_refund_input(order),
        expected=Decimal("98.00"),
        refunded_before="5.00",
        actor="grace",
    )

    refund_lines = shop.sandbox.orders()[0]["refunds"][-1]["refund_line_items"]
    assert [(row["quantity"], row["restock_type"]) for row in refund_lines] == [(1, "cancel"), (1, "return")]
    assert net_charged(shop) == 0
    order.refresh_from_db()
    assert order.items.get().refunded_quantity == 2


def test_refund_keeps_the_total_and_quantity_sold(order, shop):
    refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    order.refresh_from_db()
    assert order.total == Decimal("103.00")
    assert order.tax_total == Decimal("0.00")
    assert order.items.get().quantity == 2


def test_amount_is_refunded_without_taking_anything_back(order, shop):
    amount = RefundInput(amount=Decimal("7.25"))
    assert fetch_refund_quote(order=order, refund_input=amount).amount == Decimal("7.25")

    refund(order=order, refund_input=amount, expected=Decimal("7.25"), actor="grace")

    assert net_charged(shop) == Decimal("95.75")
    assert refunded(order) == Decimal("7.25")
    assert order.items.get().refunded_quantity == 0


@pytest.mark.parametrize(
    ("amount", "error"),
    [
        ("0.00", "Enter an amount that can be paid out"),
        ("-1.00", "Enter an amount that can be paid out"),
        ("7.255", "Enter an amount that can be paid out"),
        ("103.01", r"Only 103\.00 can still be refunded"),
    ],
)
def test_amount_that_cannot_be_refunded_is_rejected(order, shop, amount, error):
    with pytest.raises(Problem, match=error):
        fetch_refund_quote(order=order, refund_input=RefundInput(amount=Decimal(amount)))


def test_amount_may_differ_from_the_price_of_the_lines(order, shop):
    """The lamp comes back damaged: less than its price is refunded."""
    damaged = RefundInput(quantities={order.items.get().pk: 1}, amount=Decimal("30.00"))

    refund(order=order, refund_input=damaged, expected=Decimal("30.00"), actor="grace")

    assert net_charged(shop) == Decimal("73.00")
    assert refunded(order) == Decimal("30.00")
    assert order.items.get().refunded_quantity == 1


def test_full_refund_includes_shipping(order, shop):
    refund_quote = fetch_refund_quote(order=order, refund_input=full_refund_input(order))
    assert refund_quote.amount == Decimal("103.00")

    refund(order=order, refund_input=full_refund_input(order), expected=refund_quote.amount, actor="grace")

    assert net_charged(shop) == 0
    assert refunded(order) == Decimal("103.00")


def test_never_more_than_paid_is_refunded(order, shop):
    """S23: whatever is requested, however often."""
    refund(order=order, refund_input=full_refund_input(order), expected=Decimal("103.00"), actor="grace")
    order.refresh_from_db()

    for refund_input, error in (
        (full_refund_input(order), "nothing left to refund"),
        (one_lamp(order), "Only 0 × Desk lamp can still be refunded"),
        (RefundInput(shipping=True), "nothing left to refund"),
    ):
        with pytest.raises(Problem, match=error):
            refund(order=order, refund_input=refund_input, expected=Decimal("49.00"), actor="ada")

    assert net_charged(shop) == 0


def inflate_calculation(monkeypatch, then=lambda: None):
    """Have NEXT calculate far more than was paid, and call `then` after each calculation."""
    calculate = NextClient.calculate_refund

    def answer(self, number, body):
        calculated = calculate(self, number, body)
        then()
        charges = dict.fromkeys(calculated.refundable_charges, Decimal("500.00"))
        return replace(calculated, amount=Decimal("500.00"), refundable_charges=charges)

    monkeypatch.setattr(NextClient, "calculate_refund", answer)


def test_calculation_is_capped_at_the_amount_paid(order, shop, monkeypatch):
    """S23: our own total counts."""
    inflate_calculation(monkeypatch)

    refund_quote = fetch_refund_quote(order=order, refund_input=full_refund_input(order))

    assert refund_quote.amount == Decimal("103.00")
    assert [row["amount"] for row in refund_quote.body["transactions"]] == ["103.00"]


def test_live_order_without_a_refundable_charge_is_not_refunded(order, shop, monkeypatch):
    """NEXT calculates an amount and names no charge to take it from: nothing is requested."""
    Order.objects.filter(pk=order.pk).update(is_test=False)
    order.refresh_from_db()
    quote = NextRefundQuote(amount=Decimal("54.00"), refundable_charges={})
    monkeypatch.setattr(NextClient, "calculate_refund", lambda *_args: quote)

    with pytest.raises(Problem, match="lists no charge to refund"):
        fetch_refund_quote(order=order, refund_input=full_refund_input(order))

    assert not RefundRequest.objects.exists()


def test_refund_made_during_the_calculation_counts(order, shop, monkeypatch):
    """S23: a webhook reports a refund between the calculation and the request."""
    inflate_calculation(monkeypatch, then=lambda: Order.objects.update(refunded_amount=Decimal("103.00")))

    with pytest.raises(Conflict, match="already been refunded"):
        refund(order=order, refund_input=full_refund_input(order), expected=Decimal("103.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")
    assert not RefundRequest.objects.exists()


def test_changed_amount_is_not_refunded(order, shop):
    with pytest.raises(Conflict, match=r"would now refund 49\.00"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("98.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")


def test_confirming_twice_refunds_once(order, shop):
    """S23: a double click on the refund of one of two lamps does not refund the other."""
    confirmed = {"refund_input": one_lamp(order), "expected": Decimal("49.00"), "actor": "grace"}
    refund(order=order, **confirmed)

    with pytest.raises(Conflict, match=r"49\.00 of this order has already been refunded"):
        refund(order=order, **confirmed)

    assert net_charged(shop) == Decimal("54.00")


def test_two_staff_confirming_the_same_refund_make_one(order, shop, monkeypatch):
    """S23: the first refund is made after the second calculation and before its request."""
    confirmed = {"refund_input": one_lamp(order), "expected": Decimal("49.00")}
    calculate = refunds.fetch_refund_quote

    def calculate_then_refund(**arguments):
        refund_quote = calculate(**arguments)
        monkeypatch.setattr(refunds, "fetch_refund_quote", calculate)
        refund(order=Order.objects.get(pk=order.pk), actor="ada", **confirmed)
        return refund_quote

    monkeypatch.setattr(refunds, "fetch_refund_quote", calculate_then_refund)
    with pytest.raises(Conflict, match="already been refunded"):
        refund(order=order, actor="grace", **confirmed)

    assert net_charged(shop) == Decimal("54.00")


def test_refund_stays_pending_until_the_order_shows_it(order, shop, monkeypatch):
    """Otherwise another refund could be based on the old total."""
    refund_order = NextClient.refund_order

    def refund_before_an_outage(*args):
        answer = refund_order(*args)
        shop.sandbox.plan_fault(operation="ordersRetrieve", kind="status", status=500, times=3)
        return answer

    monkeypatch.setattr(NextClient, "refund_order", refund_before_an_outage)
    with pytest.raises(RefundInDoubt, match="We're checking whether NEXT Commerce made this refund"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")
    assert RefundRequest.objects.get().state == "pending"
    monkeypatch.undo()

    with pytest.raises(Conflict, match="already been refunded"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert RefundRequest.objects.get().state == "done"
    assert net_charged(shop) == Decimal("54.00")


def test_only_one_refund_runs_at_a_time(order, shop):
    """S23: the second of two staff must wait."""
    open_refund_request(order=order, amount=Decimal("49.00"), refunded_before=Decimal("0.00"), actor="ada")

    with pytest.raises(RefundInDoubt):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")


def test_empty_selection_or_unreachable_next_starts_no_refund(order, shop):
    with pytest.raises(Problem, match="Choose what to refund"):
        fetch_refund_quote(order=order, refund_input=RefundInput())

    shop.sandbox.plan_fault(operation="ordersRefundCalculateCreate", kind="status", status=503, times=4)
    with pytest.raises(NextApiError):
        fetch_refund_quote(order=order, refund_input=one_lamp(order))
    assert not RefundRequest.objects.exists()


def test_unpaid_order_cannot_be_refunded(order):
    Order.objects.update(paid_at=None)
    order.refresh_from_db()

    with pytest.raises(Conflict, match="hasn't been paid"):
        fetch_refund_quote(order=order, refund_input=full_refund_input(order))

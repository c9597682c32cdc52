"""Refunds by staff, asked of a sandbox store over HTTP; its own charges are the truth."""

from decimal import Decimal

import pytest
from django.utils import timezone

from nextcommerce.client import NextClient
from nextcommerce.errors import NextApiError
from orders import refunds
from orders.models import Order, RefundRequest
from orders.refunds import RefundInput, calculate_refund, full_refund_input
from stores.errors import Conflict, Problem
from stores.next_client import open_next_client
from tests.payments.helpers import net_charged


def one_lamp(order):
    return RefundInput(quantities={order.items.get().pk: 1})


def refund(*, order, refunded_before="0.00", **said):
    """Say yes to what was shown when so much had been refunded."""
    return refunds.issue_refund(order=order, refunded_before=Decimal(refunded_before), **said)


def refunded(order):
    order.refresh_from_db()
    return order.refunded_amount


def test_the_amount_is_known_before_anything_is_done(order, shop):
    refund_quote = calculate_refund(order=order, refund_input=one_lamp(order))

    assert refund_quote.amount == Decimal("49.00")
    assert net_charged(shop) == Decimal("103.00")


def test_one_of_two_lamps_is_refunded_and_the_order_says_so(order, shop):
    """X19, R169: a refund in part makes the order Refunded, and its amount is known."""
    refund(
        order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace", note="Scratched"
    )

    assert net_charged(shop) == Decimal("54.00")
    assert refunded(order) == Decimal("49.00")
    assert order.status == "Refunded"
    texts = [event.text for event in order.events.all()]
    assert "grace refunded 49.00 USD. Scratched" in texts
    assert order.refunds[0]["amount"] == "49.00"


def test_what_was_refunded_in_the_store_meanwhile_is_refused_in_a_sentence(order, shop):
    """Before the news of it has come: our order still says that nothing was given back."""
    refund_input = full_refund_input(order)
    body = calculate_refund(order=order, refund_input=refund_input).body
    open_next_client(shop).refund_order(order.next_order_number, body)

    with pytest.raises(Problem, match=r"The store did not refund: .*More than can be refunded"):
        calculate_refund(order=order, refund_input=refund_input)


def test_what_is_left_of_an_order_partly_sent_is_refunded_as_what_it_is(order, shop):
    """3.5: a lamp in a parcel is returned, one on the shelf is canceled, whatever was refunded before."""
    (line,) = shop.sandbox.orders()[0]["lines"]
    one = {"line_id": line["id"], "quantity": 1}
    shop.sandbox.edit_order(order.next_order_number, fulfil={"lines": [one]})
    refunds.sync_order_as_staff(order=order)
    refund(order=order, refund_input=RefundInput(shipping=True), expected=Decimal("5.00"), actor="grace")
    order.refresh_from_db()
    assert order.status == "Refunded"

    yes = {"refund_input": full_refund_input(order), "expected": Decimal("98.00"), "refunded_before": "5.00"}
    refund(order=order, actor="grace", **yes)

    back = shop.sandbox.orders()[0]["refunds"][-1]["refund_line_items"]
    assert [(row["quantity"], row["restock_type"]) for row in back] == [(1, "cancel"), (1, "return")]
    assert net_charged(shop) == 0
    order.refresh_from_db()
    assert order.items.get().refunded_quantity == 2


def test_what_was_sold_and_its_total_stay_as_they_were(order, shop):
    refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    order.refresh_from_db()
    assert order.total == Decimal("103.00")
    assert order.tax_total == Decimal("0.00")
    assert order.items.get().quantity == 2


def test_everything_is_refunded_with_its_shipping(order, shop):
    refund_quote = calculate_refund(order=order, refund_input=full_refund_input(order))
    assert refund_quote.amount == Decimal("103.00")

    refund(order=order, refund_input=full_refund_input(order), expected=refund_quote.amount, actor="grace")

    assert net_charged(shop) == 0
    assert refunded(order) == Decimal("103.00")


def test_never_more_than_was_paid(order, shop):
    """S23: whatever is asked, however often."""
    refund(order=order, refund_input=full_refund_input(order), expected=Decimal("103.00"), actor="grace")
    order.refresh_from_db()

    for refund_input, said in (
        (full_refund_input(order), "nothing left to refund"),
        (one_lamp(order), "Only 0 of Desk lamp can still be refunded"),
        (RefundInput(shipping=True), "nothing left to refund"),
    ):
        with pytest.raises(Problem, match=said):
            refund(order=order, refund_input=refund_input, expected=Decimal("49.00"), actor="ada")

    assert net_charged(shop) == 0


def generous(monkeypatch, then=lambda: None):
    """A store that would give back far more than was paid."""
    ask = NextClient.calculate_refund

    def answer(self, number, body):
        found = ask(self, number, body)
        then()
        rows = [row | {"refundable_amount": "500.00"} for row in found["transactions"]]
        return found | {"amount_incl_tax": "500.00", "transactions": rows}

    monkeypatch.setattr(NextClient, "calculate_refund", answer)


def test_a_store_that_would_give_back_more_is_asked_for_what_was_paid(order, shop, monkeypatch):
    """S23: our own sum counts, whatever the store thinks."""
    generous(monkeypatch)

    refund_quote = calculate_refund(order=order, refund_input=full_refund_input(order))

    assert refund_quote.amount == Decimal("103.00")
    assert [row["amount"] for row in refund_quote.body["transactions"]] == ["103.00"]


def test_what_was_given_back_while_the_store_was_asked_counts(order, shop, monkeypatch):
    """S23: a refund that came by webhook between the question and the deed."""
    generous(monkeypatch, then=lambda: Order.objects.update(refunded_amount=Decimal("103.00")))

    with pytest.raises(Conflict, match="refunded already"):
        refund(order=order, refund_input=full_refund_input(order), expected=Decimal("103.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")
    assert not RefundRequest.objects.exists()


def test_another_amount_than_the_one_shown_is_not_refunded(order, shop):
    with pytest.raises(Conflict, match=r"would refund 49\.00 now"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("98.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")


def test_a_yes_said_twice_refunds_once(order, shop):
    """S23: a double click on the refund of one of two lamps does not take the other one too."""
    yes = {"refund_input": one_lamp(order), "expected": Decimal("49.00"), "actor": "grace"}
    refund(order=order, **yes)

    with pytest.raises(Conflict, match=r"49\.00 of this order has been refunded already"):
        refund(order=order, **yes)

    assert net_charged(shop) == Decimal("54.00")


def test_two_people_who_saw_the_same_refund_one_lamp_between_them(order, shop, monkeypatch):
    """S23: the first is done while the second has calculated and not yet asked."""
    yes = {"refund_input": one_lamp(order), "expected": Decimal("49.00")}
    calculate = refunds.calculate_refund

    def overtaken(**asked):
        refund_quote = calculate(**asked)
        monkeypatch.setattr(refunds, "calculate_refund", calculate)
        refund(order=Order.objects.get(pk=order.pk), actor="ada", **yes)
        return refund_quote

    monkeypatch.setattr(refunds, "calculate_refund", overtaken)
    with pytest.raises(Conflict, match="refunded already"):
        refund(order=order, actor="grace", **yes)

    assert net_charged(shop) == Decimal("54.00")


def test_a_refund_is_not_done_before_the_order_shows_it(order, shop):
    """Else another one could be made by the old sum."""
    shop.sandbox.plan_fault(operation="ordersRetrieve", kind="status", status=500, times=3)
    with pytest.raises(Conflict, match="could not be asked"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")
    assert RefundRequest.objects.get().state == "pending"

    with pytest.raises(Conflict, match="refunded already"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert RefundRequest.objects.get().state == "done"
    assert net_charged(shop) == Decimal("54.00")


def test_one_refund_at_a_time(order, shop):
    """S23: the second of two people is told to wait, not obeyed."""
    RefundRequest.objects.create(
        order=order, amount=Decimal("49.00"), refunded_before=Decimal("0.00"), actor="ada"
    )

    with pytest.raises(Conflict, match="under way"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert net_charged(shop) == Decimal("103.00")


def test_a_lost_answer_is_looked_up_and_not_asked_again(order, shop):
    """The store did it and the answer was lost: the next attempt learns so before doing anything."""
    shop.sandbox.plan_fault(operation="ordersRefundCreate", kind="close", when="after", times=1)
    with pytest.raises(Conflict, match="answer was lost"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    refunds.resolve_unclear_refund(order=order)

    assert RefundRequest.objects.get().state == "done"
    assert refunded(order) == Decimal("49.00")
    assert net_charged(shop) == Decimal("54.00")


def test_a_lost_question_may_be_asked_again_after_a_minute(order, shop):
    shop.sandbox.plan_fault(operation="ordersRefundCreate", kind="close", when="before", times=1)
    with pytest.raises(Conflict, match="answer was lost"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")
    with pytest.raises(Conflict, match="under way"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    RefundRequest.objects.update(created_at=timezone.now() - 2 * refunds.ANSWER_LOST_AFTER)
    refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert net_charged(shop) == Decimal("54.00")


def test_the_stores_no_is_passed_on_in_its_words(order, shop):
    shop.sandbox.plan_fault(operation="ordersRefundCreate", kind="status", status=400, times=1)

    with pytest.raises(Problem, match="The store did not refund"):
        refund(order=order, refund_input=one_lamp(order), expected=Decimal("49.00"), actor="grace")

    assert RefundRequest.objects.get().state == "refused"
    assert net_charged(shop) == Decimal("103.00")


def test_a_refund_of_nothing_or_of_a_store_that_is_away_is_not_begun(order, shop):
    with pytest.raises(Problem, match="Choose what to refund"):
        calculate_refund(order=order, refund_input=RefundInput())

    shop.sandbox.plan_fault(operation="ordersRefundCalculateCreate", kind="status", status=503, times=4)
    with pytest.raises(NextApiError):
        calculate_refund(order=order, refund_input=one_lamp(order))
    assert not RefundRequest.objects.exists()


def test_an_unpaid_order_has_nothing_to_refund(order):
    Order.objects.update(paid_at=None)
    order.refresh_from_db()

    with pytest.raises(Conflict, match="not paid"):
        calculate_refund(order=order, refund_input=full_refund_input(order))

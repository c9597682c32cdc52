"""What a NEXT order's total consists of: discounts, taxes, shipping, charges, as NEXT charged them."""

from decimal import Decimal

import pytest
from django.db import transaction

from nextcommerce.deserializers import deserialize_order
from orders.models import Order
from orders.sync import apply_next_order
from orders.transaction_records import MoneyMoved, sum_money_moved
from tests.factories import make_order, make_store, sum_parts

# Two mugs at 25.00 and 4.99 for shipping, untaxed.
LINE = {
    "id": 1,
    "variant_id": 21,
    "product_title": "Mug",
    "quantity": 2,
    "current_quantity": 2,
    "price_incl_tax": "50.00",
    "price_excl_tax": "50.00",
}
NEXT_ORDER = {
    "number": "100001",
    "payment_status": "paid",
    "total_incl_tax": "54.99",
    "shipping_incl_tax": "4.99",
    "shipping_excl_tax": "4.99",
    "lines": [LINE],
}
COUPON = {"name": "Welcome", "amount": "5.00", "voucher": {"code": "WELCOME5"}}
TAX = {"id": 3, "tax_title": "VAT", "rate": 0.2}


def make_mugs(tax_mode="at_payment", **fields):
    """Create the order of two mugs as shown at the checkout, at a store with this tax mode."""
    mug = {"next_variant_id": 21, "quantity": 2, "unit_price": Decimal("25.00"), "next_line_id": 1}
    totals = {
        "items_total": Decimal("50.00"),
        "shipping_total": Decimal("4.99"),
        "total": Decimal("54.99"),
        "next_order_number": "100001",
    }
    return make_order(make_store(tax_mode=tax_mode), items=[mug], **totals | fields)


def mirror(order, **answer):
    """Mirror the answer twice; the second time must change nothing. Return the order's parts."""
    next_order = deserialize_order(NEXT_ORDER | answer)
    for is_first in (True, False):
        with transaction.atomic():
            locked = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
            changed = apply_next_order(order=locked, next_order=next_order, source="webhook")
        assert is_first or not changed
    order.refresh_from_db()
    assert order.total == sum_parts(order)
    return parts_of(order)


def parts_of(order):
    parts = {
        "items": order.items_total,
        "discount": order.discount_total,
        "shipping": order.shipping_total,
        "tax": order.tax_total,
        "included": order.included_tax_total,
        "adjustment": order.adjustment_total,
        "total": order.total,
    }
    return {name: str(amount) for name, amount in parts.items() if amount}


def listed_discounts(order):
    return [(row.label, row.code, row.is_shipping, str(row.amount)) for row in order.discounts.all()]


def listed_taxes(order):
    return [
        (row.label, None if row.rate is None else f"{row.rate:.3f}", str(row.amount), row.is_shipping)
        for row in order.tax_lines.filter(item=None)
    ]


def line(excl, incl, *, discount="5.00", tax=None):
    taxes = [{"tax_id": 3, "tax_title": "VAT", "rate": 0.2, "amount": tax}] if tax else []
    return LINE | {
        "price_excl_tax": excl,
        "price_incl_tax": incl,
        "total_discount": discount,
        "tax_lines": taxes,
    }


WORKED_EXAMPLES = [
    pytest.param(
        {
            "lines": [line("45.00", "54.00", tax="9.00")],
            "shipping_excl_tax": "4.99",
            "shipping_incl_tax": "5.99",
            "shipping_tax_lines": [TAX | {"amount": "1.00"}],
            "total_incl_tax": "59.99",
            "total_excl_tax": "49.99",
            "total_tax": "10.00",
        },
        {"items": "50.00", "discount": "5.00", "shipping": "4.99", "tax": "10.00", "total": "59.99"},
        [("VAT", "20.000", "9.00", False), ("VAT", "20.000", "1.00", True)],
        id="added, shipping taxed",
    ),
    pytest.param(
        {
            "lines": [line("45.00", "54.00", tax="9.00")],
            "total_incl_tax": "58.99",
            "total_excl_tax": "49.99",
            "total_tax": "9.00",
        },
        {"items": "50.00", "discount": "5.00", "shipping": "4.99", "tax": "9.00", "total": "58.99"},
        [("VAT", "20.000", "9.00", False)],
        id="added, shipping not taxed",
    ),
    pytest.param(
        {
            "lines": [line("37.50", "45.00", tax="7.50")],
            "shipping_excl_tax": "4.16",
            "shipping_incl_tax": "4.99",
            "shipping_tax_lines": [TAX | {"amount": "0.83"}],
            "total_incl_tax": "49.99",
            "total_excl_tax": "41.66",
            "total_tax": "8.33",
        },
        {"items": "50.00", "discount": "5.00", "shipping": "4.99", "included": "8.33", "total": "49.99"},
        [("VAT", "20.000", "7.50", False), ("VAT", "20.000", "0.83", True)],
        id="included, shipping taxed",
    ),
    pytest.param(
        {"lines": [line("45.00", "45.00")], "total_incl_tax": "49.99", "total_excl_tax": "49.99"},
        {"items": "50.00", "discount": "5.00", "shipping": "4.99", "total": "49.99"},
        [],
        id="untaxed",
    ),
]


@pytest.mark.parametrize("tax_mode", ["included", "added", "at_payment", "none"])
@pytest.mark.parametrize(("answer", "parts", "taxes"), WORKED_EXAMPLES)
def test_total_has_its_discount_and_tax_whatever_the_shop_believed(db, tax_mode, answer, parts, taxes):
    """S36, S37: the prices tell whether NEXT added the tax or found it in them."""
    order = make_mugs(tax_mode)

    assert mirror(order, total_discount="5.00", voucher_discounts=[COUPON], **answer) == parts
    assert listed_discounts(order) == [("Welcome", "WELCOME5", False, "5.00")]
    assert listed_taxes(order) == taxes
    assert order.is_total_final


@pytest.mark.parametrize("rate", [0.2, 20, None])
@pytest.mark.parametrize("order_taxes", ["10.00", "9.00", None])
def test_order_taxes_may_contain_those_of_shipping_or_not(db, order_taxes, rate):
    order = make_mugs()
    tax = TAX | {"rate": rate}
    mug = line("45.00", "54.00", tax="9.00")
    mug["tax_lines"][0]["rate"] = rate

    mirror(
        order,
        lines=[mug],
        shipping_incl_tax="5.99",
        shipping_tax_lines=[tax | {"amount": "1.00"}],
        tax_lines=[tax | {"amount": order_taxes}] if order_taxes else [],
        total_incl_tax="59.99",
        total_tax="10.00",
    )

    assert [row[2:] for row in listed_taxes(order)] == [("9.00", False), ("1.00", True)]
    assert listed_taxes(order)[0][1] == "20.000"
    assert sum(row.amount for row in order.tax_lines.filter(item=None)) == order.tax_total


def test_tax_that_nothing_names_is_still_a_tax(db):
    order = make_mugs()

    parts = mirror(order, lines=[line("50.00", "54.44", discount="0.00")], total_incl_tax="59.43")

    assert (parts["tax"], listed_taxes(order)) == ("4.44", [("Tax", "8.880", "4.44", False)])


def test_discounts_that_are_netted_into_the_lines_are_discounts(db):
    """NEXT lists none, and says that there is none."""
    order = make_mugs()

    parts = mirror(order, lines=[line("40.00", "40.00", discount="0.00")], total_incl_tax="44.99")

    assert parts == {"items": "50.00", "discount": "10.00", "shipping": "4.99", "total": "44.99"}
    assert listed_discounts(order) == [("Discount", "", False, "10.00")]


@pytest.mark.parametrize(
    ("total_discount", "offers"),
    [
        ("4.99", [{"name": "Free shipping", "amount": "4.99"}]),
        ("0.00", [{"name": "Free shipping", "amount": "4.99"}]),
        (None, [{"name": "Free shipping", "amount": "4.99"}]),
    ],
)
def test_free_shipping_keeps_the_price_of_shipping(db, total_discount, offers):
    order = make_mugs()

    parts = mirror(
        order,
        shipping_incl_tax="0.00",
        shipping_excl_tax="0.00",
        total_discount=total_discount,
        offer_discounts=offers,
        total_incl_tax="50.00",
    )

    assert parts == {"items": "50.00", "discount": "4.99", "shipping": "4.99", "total": "50.00"}
    assert listed_discounts(order) == [("Free shipping", "", True, "4.99")]


def test_discount_that_lowers_one_item_names_it(db):
    order = make_mugs()
    bulb = LINE | {"id": 2, "variant_id": 22, "product_title": "Bulb", "price_incl_tax": "50.00"}

    mirror(
        order,
        lines=[line("45.00", "45.00"), bulb],
        offer_discounts=[{"name": "Mug week", "amount": "5.00"}],
        total_incl_tax="99.99",
    )

    assert [(row.item.next_variant_id, row.label) for row in order.discounts.all()] == [(21, "Mug week")]


@pytest.mark.parametrize(("tax_mode", "unit_price"), [("added", "45.00"), ("included", "54.00")])
def test_line_added_in_next_has_the_price_before_its_discount_and_added_tax(db, tax_mode, unit_price):
    order = make_mugs(tax_mode)
    mugs = {"added": ("50.00", "60.00"), "included": ("41.67", "50.00")}[tax_mode]
    bulb = LINE | {"id": 2, "variant_id": 22, "quantity": 1, "current_quantity": 1}
    bulb |= {"price_excl_tax": "40.00", "price_incl_tax": "49.00", "total_discount": "5.00"}
    total = Decimal(mugs[1]) + Decimal("49.00") + Decimal("4.99")

    parts = mirror(
        order, lines=[line(*mugs, discount="0.00"), bulb], total_discount="5.00", total_incl_tax=str(total)
    )

    assert str(order.items.last().unit_price) == unit_price
    assert parts["discount"] == "5.00"
    assert "adjustment" not in parts


def test_what_next_does_not_itemize_is_an_adjustment(db):
    order = make_mugs()

    parts = mirror(order, total_incl_tax="60.00")

    assert parts == {"items": "50.00", "shipping": "4.99", "adjustment": "5.01", "total": "60.00"}


def test_missing_keys_leave_the_parts_that_were_shown(db):
    order = make_mugs(tax_total=Decimal("4.00"), total=Decimal("58.99"))

    parts = mirror(order, lines=[{"id": 1, "quantity": 2}], total_incl_tax="58.99", shipping_incl_tax=None)

    assert parts == {"items": "50.00", "shipping": "4.99", "tax": "4.00", "total": "58.99"}


def test_refund_with_its_tax_changes_no_part_of_the_total(db):
    """NEXT may reduce a line, its discount and its tax to what is left, and keep the total."""
    order = make_mugs()
    taxed = {"total_incl_tax": "58.99", "total_discount": "5.00", "voucher_discounts": [COUPON]}
    before = mirror(order, lines=[line("45.00", "54.00", tax="9.00")], total_tax="9.00", **taxed)
    names = listed_discounts(order), listed_taxes(order)

    refund = {
        "id": 5,
        "total_refund_amount": "27.00",
        "refund_line_items": [{"line_item_id": 1, "quantity": 1}],
    }
    left = line("22.50", "27.00", discount="2.50", tax="4.50") | {"current_quantity": 1}
    after = mirror(order, lines=[left], total_tax="4.50", refunds=[refund], **taxed)

    assert after == before
    assert listed_discounts(order) == names[0]
    assert (order.refunded_amount, order.net_total) == (Decimal("27.00"), Decimal("31.99"))


def test_names_stay_if_a_later_answer_has_none(db):
    order = make_mugs()
    reduced = {"lines": [line("45.00", "45.00")], "total_incl_tax": "49.99", "total_discount": "5.00"}
    mirror(order, voucher_discounts=[COUPON], **reduced)

    mirror(order, **reduced)

    assert listed_discounts(order) == [("Welcome", "WELCOME5", False, "5.00")]


def test_charges_and_refunds_are_listed_and_add_up(db):
    order = make_mugs()
    rows = [
        {"id": 1, "type": "debit", "status": "failed", "amount": "54.99"},
        {"id": 2, "type": "debit", "status": "succeeded", "amount": "54.99"},
        {"id": 3, "type": "debit", "status": "pending", "amount": "9.00"},
        {"id": 4, "type": "refund", "status": "succeeded", "amount": "4.99"},
    ]

    mirror(order, transactions=rows)

    assert [(row.kind, row.has_failed, str(row.amount)) for row in order.transactions.all()] == [
        ("charge", True, "54.99"),
        ("charge", False, "54.99"),
        ("other", False, "9.00"),
        ("refund", False, "4.99"),
    ]
    assert sum_money_moved(order) == MoneyMoved(
        charged=Decimal("54.99"), refunded=Decimal("4.99"), authorized=Decimal(0)
    )
    assert sum_money_moved(order).net == order.net_total == Decimal("50.00")
    mirror(order, transactions=rows[:2])
    assert order.transactions.count() == 4


def test_order_whose_charges_next_does_not_list_was_charged_its_total(db):
    """A test order may have none."""
    order = make_mugs()

    mirror(order)

    assert sum_money_moved(order).charged == Decimal("54.99")

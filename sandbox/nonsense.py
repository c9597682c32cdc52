"""Absurd answers that the API description allows.

``nonsense`` is a number: it chooses what is wrong with orders that the Admin API answers one by one, with
refunds, and with calculated refunds, always the same for the same number. Nothing in the store changes.
"""

from collections.abc import Callable

from .catalog import JsonObject

HUGE_AMOUNT = "9999999999.99"
HUGE_INTEGER = 2**63 - 1
LONG_TEXT = "Zürich \U0001f6b2 " * 600
FAR_TIME = "9999-12-31T23:59:59Z"


def _set(**values: object) -> Callable[[JsonObject], None]:
    def change(order: JsonObject) -> None:
        order.update(values)

    return change


def _set_in(name: str, **values: object) -> Callable[[JsonObject], None]:
    """Change every row of a list."""

    def change(order: JsonObject) -> None:
        for row in order[name]:
            row.update(values)

    return change


def _add_rows(name: str, *rows: JsonObject) -> Callable[[JsonObject], None]:
    def change(order: JsonObject) -> None:
        order[name] = [*order[name], *rows]

    return change


def _repeat_lines(order: JsonObject) -> None:
    order["lines"] = [*order["lines"], *order["lines"]]


def _replace_lines(order: JsonObject) -> None:
    for place, line in enumerate(order["lines"]):
        line.update(id=HUGE_INTEGER - place, variant_id=HUGE_INTEGER, product_id=HUGE_INTEGER)


CHANGES: tuple[Callable[[JsonObject], None], ...] = (
    _set(number="7"),
    _set(number=""),
    _set(number=LONG_TEXT),
    _set(number="../../users"),
    _set(tags=["pi_" + "0" * 30], attribution={}),
    _set(tags=[], attribution={}, created_at="2001-01-01T00:00:00Z"),
    _set(currency="XTS"),
    _set(currency=LONG_TEXT),
    _set(total_incl_tax="-5.00"),
    _set(total_incl_tax=HUGE_AMOUNT, shipping_incl_tax=HUGE_AMOUNT),
    _set(status=LONG_TEXT, payment_status=LONG_TEXT, fulfillment_status=LONG_TEXT),
    _set(status="\0", payment_status="\0", fulfillment_status="\0"),
    _set(updated_at=FAR_TIME),
    _set(updated_at="0001-01-01T00:00:00Z"),
    _set(order_status_url="javascript:alert(1)"),
    _set(order_status_url="https://example.com/" + "x" * 5000),
    _set(lines=[]),
    _repeat_lines,
    _replace_lines,
    _set_in("lines", id=0),
    _set_in("lines", id=-1, quantity=-3, current_quantity=-3),
    _set_in("lines", quantity=HUGE_INTEGER, current_quantity=HUGE_INTEGER),
    _set_in("lines", price_incl_tax=HUGE_AMOUNT, price_excl_tax=HUGE_AMOUNT),
    _set_in("lines", price_incl_tax="-1.00", price_excl_tax="-1.00"),
    _set_in("lines", product_title="\0" + LONG_TEXT, sku=LONG_TEXT, variant_title=LONG_TEXT),
    _set_in("transactions", id=-1, amount="-1.00", type=LONG_TEXT, status=LONG_TEXT),
    _add_rows("refunds", {"id": 1, "total_refund_amount": HUGE_AMOUNT, "note": LONG_TEXT}),
    _add_rows("refunds", {"id": -1, "total_refund_amount": "-1.00", "created_at": FAR_TIME}),
    _add_rows("refunds", {"id": 1, "total_refund_amount": "1.00"}, {"id": 1, "total_refund_amount": "2.00"}),
    _add_rows("fulfillments", {"id": 1, "status": LONG_TEXT, "tracking_codes": [LONG_TEXT, "\0"]}),
    _add_rows("fulfillments", {"id": HUGE_INTEGER, "status": "success", "tracking_links": ["not a url"]}),
    _set(subscriptions=[{"id": -1, "billing_cycle": -1}, {"id": HUGE_INTEGER, "billing_cycle": 0}]),
)


# Of the answer to ordersRefundCreate.
REFUND_CHANGES: tuple[Callable[[JsonObject], None], ...] = (
    dict.clear,
    _set(id=-1, total_refund_amount="-1.00"),
    _set(id=HUGE_INTEGER, total_refund_amount=HUGE_AMOUNT),
    _set(total_refund_amount=LONG_TEXT, note="\0" + LONG_TEXT, created_at=FAR_TIME),
    _set(refund_line_items=[{"line_item_id": -1, "quantity": -1}, {"line_item_id": 1, "quantity": 2**40}]),
)
# Of the answer to ordersRefundCalculateCreate.
CALCULATED_REFUND_CHANGES: tuple[Callable[[JsonObject], None], ...] = (
    dict.clear,
    _set(amount_incl_tax="-1.00"),
    _set(amount_incl_tax=HUGE_AMOUNT),
    _set(amount_incl_tax=LONG_TEXT, currency=LONG_TEXT),
    _set(transactions=[{"id": -1, "refundable_amount": "1.00"}]),
    _set_in("transactions", refundable_amount="-1.00"),
    _set_in("transactions", refundable_amount=HUGE_AMOUNT),
)


def turn_into_foreign_order(order: JsonObject) -> JsonObject:
    """Return an order of another store that has the same number: other marks, time, lines and total."""
    foreign = {
        **order,
        "tags": ["pi_" + "0" * 30],
        "attribution": {},
        "created_at": "2001-01-01T00:00:00Z",
        "total_incl_tax": "13.00",
        "lines": [{**line} for line in order["lines"]],
    }
    _replace_lines(foreign)
    return foreign


def distort_order(order: JsonObject, choice: int | None) -> JsonObject:
    """Change the order by one of ``CHANGES``. None changes nothing."""
    return _distort(order, CHANGES, choice)


def distort_refund(refund: JsonObject, choice: int | None) -> JsonObject:
    """Change the answer to a refund by one of ``REFUND_CHANGES``. None changes nothing."""
    return _distort(refund, REFUND_CHANGES, choice)


def distort_calculated_refund(calculation: JsonObject, choice: int | None) -> JsonObject:
    """Change a calculated refund by one of ``CALCULATED_REFUND_CHANGES``. None changes nothing."""
    return _distort(calculation, CALCULATED_REFUND_CHANGES, choice)


def _distort(
    answer: JsonObject, changes: tuple[Callable[[JsonObject], None], ...], choice: int | None
) -> JsonObject:
    if choice is not None:
        changes[choice % len(changes)](answer)
    return answer

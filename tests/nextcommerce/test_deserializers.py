"""Values of an answer that are unusual, wrong, or missing."""

from decimal import Decimal

import pytest

from nextcommerce import deserializers, store_deserializers
from nextcommerce.statuses import NextEventSubject
from tests.nextcommerce.next_answers import TEMPLATES


def read_order(**fields):
    return deserializers.deserialize_order({"number": "100001", **fields})


def test_unknown_status_words_stay_text_and_answer_no():
    order = read_order(status="teleported", payment_status="bartered", fulfillment_status="beamed")

    assert (order.status, order.payment_status, order.fulfillment_status) == (
        "teleported",
        "bartered",
        "beamed",
    )
    assert {order.is_settled, order.is_void, order.is_canceled, order.has_shipped} == {False}


@pytest.mark.parametrize(
    ("number", "expected"),
    [
        ("100001", "100001"),
        (100001, "100001"),
        ("", None),
        ("1/../2", None),
        ("9" * 65, None),
        (["100001"], None),
        (None, None),
    ],
)
def test_order_needs_a_number_that_can_be_requested(number, expected):
    order = read_order(number=number)

    assert (order and order.number) == expected


@pytest.mark.parametrize(
    ("amount", "expected"),
    [
        ("24.00", Decimal("24.00")),
        (24, Decimal(24)),
        ("-3.00", Decimal("-3.00")),
        ("NaN", None),
        ("1e400", None),
        (float("inf"), None),
        ("10000000000.00", None),
        (True, None),
        ({"amount": "24.00"}, None),
        ("twenty", None),
    ],
)
def test_total_is_an_amount_that_fits_or_none(amount, expected):
    assert read_order(total_incl_tax=amount).total_incl_tax == expected


@pytest.mark.parametrize(
    ("time", "expected"),
    [
        ("2026-02-03T04:05:06-05:00", "2026-02-03T04:05:06-05:00"),
        ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06+00:00"),
        ("2026-02-03T04:05:06", None),
        ("9999-12-31T23:59:59-23:59", None),
        ("0001-01-01T00:00:00Z", None),
        ("2026-02-31T00:00:00Z", None),
        (1770000000, None),
    ],
)
def test_time_keeps_its_offset_or_is_none(time, expected):
    updated_at = read_order(updated_at=time).updated_at

    assert (updated_at and updated_at.isoformat()) == expected


def test_currency_has_three_letters():
    found = [read_order(currency=value).currency for value in ("USD", "usd", "US", "DOLLARS", "U$D", 840)]

    assert found == ["USD", "USD", "", "", "", ""]


def test_line_with_nonsense_keeps_what_can_be_read():
    order = read_order(
        lines=[
            {"id": 2**63, "variant_id": 0, "product_id": 5, "quantity": -2, "product_title": "La\0mp"},
            "no line",
        ]
    )

    (line,) = order.lines
    assert (line.id, line.variant_id, line.quantity, line.title) == (None, 5, 0, "Lamp")


def test_marks_are_read_as_texts_and_integers():
    order = read_order(
        tags=["pi_1", 5, None, ["pi_2"]],
        attribution={"metadata": {"payment_intent": "pi_1", "replaces": 7, "nested": {"a": 1}, "none": None}},
    )

    assert order.tags == ("pi_1", "5")
    assert order.metadata == {"payment_intent": "pi_1", "replaces": 7}


def test_order_with_a_later_billing_cycle_is_a_renewal():
    assert read_order(subscriptions=[{"id": 3, "billing_cycle": 1}]).is_renewal
    assert read_order(source="subscription").is_renewal
    assert not read_order(subscriptions=[{"id": 3, "billing_cycle": 0}]).is_renewal
    assert not read_order(subscriptions=[{"id": 3, "billing_cycle": "one"}]).is_renewal


def test_discounts_and_taxes_of_an_order_are_read():
    order = read_order(
        offer_discounts=[{"name": "Spring", "amount": "5.00"}],
        voucher_discounts=[{"name": "Welcome", "amount": "2.00", "voucher": {"code": "HELLO"}}],
        tax_lines=[{"tax_title": "Sales tax", "amount": "1.60", "rate": 0.08}],
    )

    assert [(row.name, row.amount, row.voucher_code) for row in order.discounts] == [
        ("Spring", Decimal("5.00"), ""),
        ("Welcome", Decimal("2.00"), "HELLO"),
    ]
    assert [(row.name, row.amount, row.rate) for row in order.tax_lines] == [
        ("Sales tax", Decimal("1.60"), Decimal("0.08"))
    ]


def test_refund_counts_the_units_of_each_line():
    rows = [
        {"line_item_id": 7, "quantity": 1},
        {"line_item_id": 7, "quantity": 2},
        {"line_item_id": 8, "quantity": -4},
        {"line_item_id": None, "quantity": 1},
    ]

    (refund,) = read_order(refunds=[{"id": 1, "total_refund_amount": "3", "refund_line_items": rows}]).refunds

    assert refund.quantities == {7: 3, 8: 0}


def test_subscription_leaves_out_lines_and_cycles_that_name_nothing():
    subscription = deserializers.deserialize_subscription(
        {
            "id": 4,
            "status": "retrying",
            "interval_count": 0,
            "lines": [{"id": -1}, {"id": 9, "variant_id": 5, "quantity": 2, "price": "12.50"}],
            "orders": [
                {"billing_cycle": 1, "order_number": "100007"},
                {"billing_cycle": -1, "order_number": "100008"},
                {"billing_cycle": 2, "order_number": ""},
            ],
        }
    )

    assert subscription.is_past_due
    assert subscription.interval_count == 1
    assert [(line.id, line.quantity, line.price) for line in subscription.lines] == [(9, 2, Decimal("12.50"))]
    assert [(cycle.cycle, cycle.order_number) for cycle in subscription.billing_cycles] == [(1, "100007")]
    assert subscription.last_cycle == 1


@pytest.mark.parametrize(
    ("fields", "stock"),
    [
        ({"track_stock": True, "stockrecords": [{"num_in_stock": 9, "num_allocated": 2}]}, 7),
        ({"track_stock": True, "stockrecords": [{"num_in_stock": -3}, {"num_in_stock": 10}]}, 7),
        ({"track_stock": True, "stockrecords": [{"num_in_stock": 1, "num_allocated": 5}]}, 0),
        ({"track_stock": True, "allow_backorders": True, "stockrecords": []}, None),
        ({"track_stock": True, "stockrecords": [{"num_in_stock": 2**31}]}, None),
        ({"track_stock": False}, None),
        ({"purchase_availability": "unavailable", "track_stock": False}, 0),
    ],
)
def test_stock_of_a_variant(fields, stock):
    product = store_deserializers.deserialize_product({"id": 1, "title": "Lamp", "variants": [fields]})

    assert product.variants[0].stock == stock


def test_event_says_what_it_is_about():
    event = store_deserializers.deserialize_event(
        "transaction.created",
        {
            "order": "100001",
            "subscription": {"id": 3, "billing_cycle": 1},
            "attribution": {"metadata": {"payment_intent": "pi_1"}},
        },
    )

    assert event.subject is NextEventSubject.TRANSACTION
    assert (event.order_number, event.subscription_ids) == ("100001", (3,))
    assert event.metadata == {"payment_intent": "pi_1"}
    assert store_deserializers.deserialize_event("tickets", ["?"]).subject is NextEventSubject.UNKNOWN


def test_payment_methods_may_be_codes_or_objects_with_currencies():
    group = store_deserializers.deserialize_gateway_group(TEMPLATES["gateway group"])

    assert group.payment_methods == {"link": {"USD", "EUR"}, "bankcard": set()}
    assert group.currencies == {"USD"}
    store = store_deserializers.deserialize_store(TEMPLATES["store"])
    assert store.payment_methods == {"paypal": {"USD", "EUR"}, "link": set()}


def test_gateway_that_does_not_say_that_it_is_active_is_not():
    row = {"id": 7, "name": "Stripe", "active": "yes"}

    assert store_deserializers.deserialize_gateway(row).is_active is False

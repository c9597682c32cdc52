"""What NEXT lists for an order: refunds, parcels, and lines, however oddly it lists them."""

import datetime
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nextcommerce.deserializers import deserialize_order
from orders.models import Notification, Order, OrderRefund, Shipment, ShipmentItem
from orders.sync import apply_next_order
from tests.factories import make_order, make_store, sum_parts

LINE = {
    "id": 1,
    "variant_id": 21,
    "product_title": "Desk lamp",
    "quantity": 1,
    "current_quantity": 1,
    "price_incl_tax": "49.00",
    "price_excl_tax": "49.00",
}
REFUND = {"id": 5, "total_refund_amount": "10.00", "note": "Scratched", "created_at": "2026-03-01T10:00:00Z"}
PARCEL = {
    "id": 7,
    "status": "success",
    "delivery_status": "in_transit",
    "tracking_codes": ["1Z999"],
    "tracking_links": ["https://carrier.example/1Z999"],
    "tracking_carriers": ["Carrier"],
}


@pytest.fixture
def order(db):
    """Return a paid order of one lamp at a store that sends its own emails."""
    lamp = {"next_variant_id": 21, "next_line_id": 1}
    order = make_order(make_store(next_sends_receipt=False), items=[lamp], next_order_number="100001")
    mirror(order)
    return order


def mirror(order, **data):
    """Mirror an answer of NEXT with this data; return whether it changed anything."""
    answer = {
        "number": "100001",
        "created_at": "2026-03-01T09:00:00Z",
        "payment_status": "paid",
        "total_incl_tax": "54.00",
        "shipping_incl_tax": "5.00",
        "lines": [LINE],
        **data,
    }
    with transaction.atomic():
        locked = Order.objects.select_for_update(of=("self",)).select_related("store").get(pk=order.pk)
        changed = apply_next_order(order=locked, next_order=deserialize_order(answer), source="webhook")
    order.refresh_from_db()
    return changed


def listed_refunds(order):
    return [(refund.next_refund_id, str(refund.amount), refund.note) for refund in order.refunds.all()]


def listed_parcels(order):
    return [
        (
            parcel.next_fulfillment_id,
            parcel.status,
            [(row.code, row.url, row.carrier) for row in parcel.trackings.all()],
        )
        for parcel in order.shipments.all()
    ]


def sold_items(order):
    return [(item.next_line_id, item.quantity, str(item.unit_price)) for item in order.items.all()]


def test_refund_that_a_later_answer_leaves_out_stays(order):
    other = REFUND | {"id": 6, "total_refund_amount": "2.00", "note": "Late"}
    assert mirror(order, refunds=[REFUND])

    assert mirror(order, refunds=[other])
    assert not mirror(order, refunds=[])

    assert listed_refunds(order) == [(5, "10.00", "Scratched"), (6, "2.00", "Late")]


def test_refund_listed_twice_counts_once(order):
    mirror(order, refunds=[REFUND, REFUND | {"note": "Again"}])

    assert listed_refunds(order) == [(5, "10.00", "Scratched")]
    assert order.refunded_amount == Decimal("10.00")


def test_refund_is_the_same_with_and_without_its_id(order):
    unnamed = {name: value for name, value in REFUND.items() if name != "id"}
    mirror(order, refunds=[unnamed])
    assert listed_refunds(order) == [(None, "10.00", "Scratched")]

    assert mirror(order, refunds=[REFUND])
    assert not mirror(order, refunds=[REFUND])
    assert not mirror(order, refunds=[unnamed])

    assert listed_refunds(order) == [(5, "10.00", "Scratched")]


def test_two_equal_refunds_without_ids_are_two(order):
    unnamed = {"total_refund_amount": "3.00"}

    assert mirror(order, refunds=[unnamed, unnamed])
    assert not mirror(order, refunds=[unnamed, unnamed])

    assert listed_refunds(order) == [(None, "3.00", ""), (None, "3.00", "")]


def test_known_time_of_a_refund_stays_known(order):
    mirror(order, refunds=[REFUND])

    assert not mirror(order, refunds=[REFUND | {"created_at": None}])

    at = datetime.datetime(2026, 3, 1, 10, tzinfo=datetime.UTC)
    assert order.refunds.get().refunded_at == at


def test_parcel_that_a_later_answer_leaves_out_stays(order):
    mirror(order, fulfillments=[PARCEL])

    assert mirror(order, fulfillments=[PARCEL | {"id": 8, "tracking_codes": ["1Z998"]}])
    assert not mirror(order, fulfillments=[])

    assert [(parcel[0], parcel[2][0][0]) for parcel in listed_parcels(order)] == [(7, "1Z999"), (8, "1Z998")]
    assert order.status == "Shipping"


def test_corrected_tracking_code_replaces_the_old_one_and_is_logged_once(order):
    mirror(order, fulfillments=[PARCEL])

    assert mirror(order, fulfillments=[PARCEL | {"tracking_codes": ["1Z123"]}])
    assert not mirror(order, fulfillments=[PARCEL | {"tracking_codes": ["1Z123"]}])

    assert listed_parcels(order) == [
        (7, "success", [("1Z123", "https://carrier.example/1Z999", "Carrier")]),
    ]
    assert [event.kind for event in order.events.all()] == ["shipped", "fulfillment"]


def test_each_parcel_is_announced_once_when_it_is_sent(order):
    """Not when it is listed before, and not again when its id is learned later."""
    unnamed = {name: value for name, value in PARCEL.items() if name != "id"}
    mirror(order, fulfillments=[unnamed | {"status": "packed"}])
    assert not Notification.objects.exists()

    mirror(order, fulfillments=[unnamed])
    mirror(order, fulfillments=[PARCEL])
    mirror(order, fulfillments=[PARCEL, PARCEL, unnamed | {"tracking_codes": ["1Z998"]}])

    assert Notification.objects.filter(kind="shipped").count() == 2
    assert [parcel[0] for parcel in listed_parcels(order)] == [7, None]


def test_content_of_a_parcel_is_recorded_by_line(order):
    lines = [{"order_line_id": 1, "quantity": 1}, {"order_line_id": 2, "quantity": 3}]
    content = [*lines, {"order_line_id": 2, "quantity": 1}, {"order_line_id": None, "quantity": 1}]

    assert mirror(order, fulfillments=[PARCEL | {"line_items": content}])
    assert not mirror(order, fulfillments=[PARCEL | {"line_items": content}])
    assert mirror(order, fulfillments=[PARCEL | {"line_items": lines}])

    assert list(ShipmentItem.objects.values_list("next_line_id", "quantity")) == [(1, 1), (2, 3)]


def test_more_links_and_carriers_than_codes_are_recorded(order):
    links = ["https://carrier.example/1", "https://carrier.example/2"]

    mirror(order, fulfillments=[PARCEL | {"tracking_links": links, "tracking_carriers": ["A", "B", "C"]}])

    assert listed_parcels(order)[0][2] == [("1Z999", links[0], "A"), ("", links[1], "B"), ("", "", "C")]


def test_line_listed_twice_is_one_item(order):
    assert not mirror(order, lines=[LINE, LINE | {"quantity": 3, "current_quantity": 3}])

    assert sold_items(order) == [(1, 1, "49.00")]


def test_two_lines_of_one_variant_keep_their_quantities(db):
    lamps = [{"next_variant_id": 21, "quantity": 1}, {"next_variant_id": 21, "quantity": 2}]
    order = make_order(make_store(), items=lamps, next_order_number="100001")
    pair = LINE | {"id": 2, "quantity": 2, "current_quantity": 2}

    mirror(order, total_incl_tax="152.00", lines=[pair, LINE])

    assert sold_items(order) == [(1, 1, "49.00"), (2, 2, "49.00")]
    assert not order.events.filter(kind="edited").exists()


def test_line_id_decides_before_the_variant(order):
    """A line without an id comes first, of the same variant."""
    unnamed = {name: value for name, value in LINE.items() if name != "id"}

    mirror(order, total_incl_tax="103.00", lines=[unnamed, LINE])

    assert sold_items(order) == [(1, 1, "49.00"), (None, 1, "49.00")]


@pytest.mark.parametrize("quantity", [-1, 2**31, 2**62])
def test_invalid_quantity_changes_no_item(order, quantity):
    line = LINE | {"quantity": quantity, "current_quantity": quantity}

    assert not mirror(order, lines=[line, line | {"id": 2}])

    assert sold_items(order) == [(1, 1, "49.00")]


def test_line_added_and_refunded_between_two_answers_is_sold_and_refunded(order):
    bulb = LINE | {"id": 2, "variant_id": 22, "quantity": 1, "current_quantity": 0}
    refund = REFUND | {"refund_line_items": [{"line_item_id": 2, "quantity": 1}]}

    assert mirror(order, lines=[LINE, bulb], refunds=[refund])
    assert not mirror(order, lines=[LINE, bulb], refunds=[refund])

    assert [(item.quantity, item.refunded_quantity) for item in order.items.all()] == [(1, 0), (1, 1)]


def test_line_without_a_title_or_price_is_recorded(order):
    assert mirror(order, lines=[LINE, {"id": 2, "quantity": 1}])

    assert order.items.last().name == ""
    assert order.items.last().unit_price == 0


def test_sum_that_cannot_be_stored_leaves_the_total_as_it_was(order):
    dear = LINE | {"quantity": 2**31 - 1, "current_quantity": 2**31 - 1}

    mirror(order, total_incl_tax="9999999999.00", lines=[dear])

    assert (order.items_total, order.total) == (Decimal("49.00"), Decimal("54.00"))


IDS = st.sampled_from([None, -1, 0, 1, 2, 2**31, 2**63 - 1, 2**64, "7", True])
TEXTS = st.sampled_from([None, "", "success", "canceled", "x" * 3000, "https://[", "🜁", 3, ["1Z999"], {}])
AMOUNTS = st.sampled_from([None, "", "-1", "0.005", "9999999999.999", "1e9", "NaN", 4, "49.00"])
TIMES = st.sampled_from(
    [None, "", "2026-03-01T10:00:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59+14:00"]
)
QUANTITIES = st.sampled_from([None, -1, 0, 1, 2, 2**31, 2**62, "2"])
RATES = st.sampled_from([None, 0, 0.2, 20, -1, 1e15, 1e-9, "x"])


def lists_of(**fields):
    return st.lists(st.fixed_dictionaries({}, optional=fields), max_size=4)


ANSWERS = st.fixed_dictionaries(
    {},
    optional={
        "status": TEXTS,
        "payment_status": st.sampled_from(["paid", "refunded", "pending", "x" * 99, None]),
        "fulfillment_status": TEXTS,
        "total_incl_tax": AMOUNTS,
        "total_excl_tax": AMOUNTS,
        "total_tax": AMOUNTS,
        "total_discount": AMOUNTS,
        "shipping_incl_tax": AMOUNTS,
        "shipping_excl_tax": AMOUNTS,
        "tax_lines": lists_of(id=IDS, tax_title=TEXTS, rate=RATES, amount=AMOUNTS),
        "shipping_tax_lines": lists_of(tax_id=IDS, tax_title=TEXTS, rate=RATES, amount=AMOUNTS),
        "offer_discounts": lists_of(name=TEXTS, description=TEXTS, amount=AMOUNTS),
        "voucher_discounts": lists_of(
            name=TEXTS, amount=AMOUNTS, voucher=st.fixed_dictionaries({}, optional={"code": TEXTS})
        ),
        "updated_at": TIMES,
        "order_status_url": TEXTS,
        "lines": lists_of(
            id=IDS,
            variant_id=IDS,
            product_title=TEXTS,
            sku=TEXTS,
            quantity=QUANTITIES,
            current_quantity=QUANTITIES,
            price_incl_tax=AMOUNTS,
            price_excl_tax=AMOUNTS,
            total_discount=AMOUNTS,
            tax_lines=lists_of(tax_id=IDS, tax_title=TEXTS, rate=RATES, amount=AMOUNTS),
            is_upsell=st.booleans(),
        ),
        "refunds": lists_of(
            id=IDS,
            total_refund_amount=AMOUNTS,
            note=TEXTS,
            created_at=TIMES,
            refund_line_items=lists_of(line_item_id=IDS, quantity=QUANTITIES),
        ),
        "transactions": lists_of(
            id=IDS,
            type=st.sampled_from(["refund", "debit", "authorize", "x", None]),
            status=st.sampled_from(["succeeded", "failed", "pending", None]),
            amount=AMOUNTS,
            date_created=TIMES,
        ),
        "fulfillments": lists_of(
            id=IDS,
            status=TEXTS,
            delivery_status=TEXTS,
            tracking_codes=TEXTS,
            tracking_code=TEXTS,
            tracking_link=TEXTS,
            tracking_carriers=TEXTS,
            line_items=lists_of(order_line_id=IDS, quantity=QUANTITIES),
        ),
    },
)
UNNAMED_PARCELS = [
    {"fulfillments": [{"tracking_code": "1Z999"}, {}]},
    # The row of the first one is the looser match of the second, and the other way round.
    {"fulfillments": [{}, {"status": "success", "tracking_carriers": ["Carrier"]}]},
]


def test_parcels_without_ids_keep_their_own_tracking(order):
    """One has a code and one has none: neither takes the other's row."""
    parcels = [{"id": None, "tracking_code": "1Z999"}, {}]

    assert mirror(order, payment_status="paid", fulfillments=parcels)
    assert not mirror(order, payment_status="paid", fulfillments=parcels)
    assert not mirror(order, payment_status="paid", fulfillments=parcels[::-1])

    assert Shipment.objects.count() == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(answers=st.lists(ANSWERS, min_size=1, max_size=3))
@example(answers=UNNAMED_PARCELS)
def test_no_answer_is_too_odd_to_mirror_and_none_changes_anything_twice(order, answers):
    """S30: whatever its content, an answer is recorded as far as it can be, and nothing recorded is lost."""
    with transaction.atomic():
        refunds, parcels = 0, 0
        for answer in answers:
            mirror(order, **answer)
            assert not mirror(order, **answer)
            assert order.total == sum_parts(order)
            assert OrderRefund.objects.count() >= refunds
            assert Shipment.objects.count() >= parcels
            refunds, parcels = OrderRefund.objects.count(), Shipment.objects.count()
        transaction.set_rollback(True)

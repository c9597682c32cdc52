"""From the JSON of NEXT to the data classes of `schemas`: orders and subscriptions.

Lenient, and never an exception: an unknown key is ignored, an unknown word stays text, what is missing gets a
harmless default, and nonsense is None, "" or left out. So an unexpected value never loses an order.
"""

from collections import Counter
from decimal import Decimal
from typing import Any

from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_amount,
    parse_currency,
    parse_id,
    parse_list,
    parse_mapping,
    parse_metadata,
    parse_order_number,
    parse_price,
    parse_quantity,
    parse_text,
    parse_texts,
    parse_timestamp,
)
from nextcommerce.schemas import (
    NextAddress,
    NextBillingCycle,
    NextDiscount,
    NextFulfillment,
    NextLine,
    NextOrder,
    NextRefund,
    NextRefundQuote,
    NextSubscription,
    NextSubscriptionLine,
    NextTaxLine,
    NextTransaction,
)
from nextcommerce.statuses import NextRestockType, NextTransactionStatus, NextTransactionType

# `source` of an order that NEXT made to renew a subscription.
_RENEWAL_SOURCE = "subscription"


def deserialize_order(data: Any) -> NextOrder | None:
    """Return the order, or None if the data has no valid order number."""
    row = parse_mapping(data)
    number = parse_order_number(row.get("number"))
    if not number:
        return None
    return NextOrder(
        number=number,
        status=parse_text(row.get("status")),
        payment_status=parse_text(row.get("payment_status")),
        fulfillment_status=parse_text(row.get("fulfillment_status")),
        is_test=row.get("is_test") is True,
        is_renewal=_is_renewal(row),
        currency=parse_currency(row.get("currency")),
        email=parse_text(parse_mapping(row.get("user")).get("email")),
        total_incl_tax=parse_amount(row.get("total_incl_tax")),
        total_excl_tax=parse_price(row.get("total_excl_tax")),
        total_tax=parse_price(row.get("total_tax")),
        total_discount=parse_price(row.get("total_discount")),
        total_outstanding=parse_amount(row.get("total_outstanding")),
        shipping_incl_tax=parse_price(row.get("shipping_incl_tax")),
        shipping_excl_tax=parse_price(row.get("shipping_excl_tax")),
        shipping_tax=parse_price(row.get("shipping_tax")),
        shipping_code=parse_text(row.get("shipping_code")),
        shipping_method=parse_text(row.get("shipping_method")),
        shipping_address=_deserialize_address(parse_mapping(row.get("shipping_address"))),
        created_at=parse_timestamp(row.get("created_at")),
        updated_at=parse_timestamp(row.get("updated_at")),
        supports_upsells=row.get("supports_post_purchase_upsells") is True,
        order_status_url=parse_text(row.get("order_status_url")),
        tags=parse_texts(parse_list(row.get("tags"))),
        metadata=parse_metadata(parse_mapping(row.get("attribution")).get("metadata")),
        lines=tuple(_deserialize_line(item) for item in iter_objects(row.get("lines"))),
        transactions=tuple(deserialize_transaction(item) for item in iter_objects(row.get("transactions"))),
        refunds=tuple(_deserialize_refund_row(item) for item in iter_objects(row.get("refunds"))),
        fulfillments=tuple(_deserialize_fulfillment(item) for item in iter_objects(row.get("fulfillments"))),
        discounts=tuple(
            deserialize_discount(item)
            for name in ("offer_discounts", "voucher_discounts")
            for item in iter_objects(row.get(name))
        ),
        tax_lines=_deserialize_tax_lines(row.get("tax_lines")),
        shipping_tax_lines=_deserialize_tax_lines(row.get("shipping_tax_lines")),
        subscription_ids=deserialize_subscription_ids(row),
    )


def _deserialize_address(row: JsonMapping) -> NextAddress | None:
    if not row:
        return None
    names = ("first_name", "last_name", "line1", "line2", "state", "country")
    texts = {name: parse_text(row.get(name)) for name in names}
    return NextAddress(
        **texts, city=parse_text(row.get("line4")), postal_code=parse_text(row.get("postcode"))
    )


def _is_renewal(row: JsonMapping) -> bool:
    cycles = (
        parse_quantity(item.get("billing_cycle")) or 0 for item in iter_objects(row.get("subscriptions"))
    )
    return row.get("source") == _RENEWAL_SOURCE or any(cycles)


def deserialize_subscription_ids(row: JsonMapping) -> tuple[int, ...]:
    """Return the ids of the subscriptions that an order or a transaction names."""
    named = [*iter_objects(row.get("subscriptions")), parse_mapping(row.get("subscription"))]
    return tuple(item_id for item in named if (item_id := parse_id(item.get("id"))) is not None)


def _deserialize_line(row: JsonMapping) -> NextLine:
    # Version 2023-02-10 nests the product. It is undocumented which field returns the requested id.
    nested = parse_mapping(row.get("product"))
    quantity = parse_quantity(row.get("quantity")) or 0
    current_quantity = parse_quantity(row.get("current_quantity"))
    return NextLine(
        id=parse_id(row.get("id")),
        variant_id=parse_id(row.get("variant_id"))
        or parse_id(row.get("product_id"))
        or parse_id(nested.get("id")),
        title=parse_text(row.get("product_title") or nested.get("title")),
        variant_title=parse_text(row.get("variant_title")),
        sku=parse_text(row.get("sku")),
        quantity=quantity,
        current_quantity=quantity if current_quantity is None else current_quantity,
        fulfillable_quantity=parse_quantity(row.get("fulfillable_quantity")) or 0,
        price_excl_tax=parse_price(row.get("price_excl_tax")),
        price_incl_tax=parse_price(row.get("price_incl_tax")),
        total_discount=parse_price(row.get("total_discount")),
        tax_lines=_deserialize_tax_lines(row.get("tax_lines")),
        is_upsell=row.get("is_upsell") is True,
        metadata=parse_metadata(row.get("metadata")),
    )


def deserialize_transaction(data: Any) -> NextTransaction:
    """Return the transaction."""
    row = parse_mapping(data)
    type_, status = parse_text(row.get("type")), parse_text(row.get("status"))
    has_succeeded = status == NextTransactionStatus.SUCCEEDED
    return NextTransaction(
        id=parse_id(row.get("id")),
        type=NextTransactionType(type_),
        amount=parse_price(row.get("amount")) or Decimal(0),
        created_at=parse_timestamp(row.get("date_created")),
        is_authorization=has_succeeded and type_ == NextTransactionType.AUTHORIZE,
        is_charge=has_succeeded and type_ == NextTransactionType.DEBIT,
        is_refund=has_succeeded and type_ == NextTransactionType.REFUND,
        has_failed=status == NextTransactionStatus.FAILED,
        billing_cycle=parse_quantity(parse_mapping(row.get("subscription")).get("billing_cycle")),
    )


def deserialize_refund(data: Any) -> NextRefund | None:
    """Return the refund that was just made, or None if the data is none."""
    return _deserialize_refund_row(data) if isinstance(data, dict) and "id" in data else None


def _deserialize_refund_row(row: JsonMapping) -> NextRefund:
    return NextRefund(
        id=parse_id(row.get("id")),
        amount=parse_price(row.get("total_refund_amount")) or Decimal(0),
        note=parse_text(row.get("note")),
        created_at=parse_timestamp(row.get("created_at")),
        quantities=_sum_quantities(row.get("refund_line_items"), id_name="line_item_id"),
        restocked=_sum_quantities(
            [
                item
                for item in iter_objects(row.get("refund_line_items"))
                if NextRestockType(parse_text(item.get("restock_type"))).is_restocked
            ],
            id_name="line_item_id",
        ),
    )


def _sum_quantities(data: Any, *, id_name: str) -> Counter[int]:
    """Return the quantities of the listed parts of lines, by line id."""
    quantities: Counter[int] = Counter()
    for item in iter_objects(data):
        if (line_id := parse_id(item.get(id_name))) is not None:
            quantities[line_id] += parse_quantity(item.get("quantity")) or 0
    return quantities


def deserialize_refund_quote(data: Any) -> NextRefundQuote | None:
    """Return what NEXT would refund, or None if the data is no object."""
    if not isinstance(data, dict):
        return None
    charges = {
        parse_id(item.get("id")): parse_price(item.get("refundable_amount")) or Decimal(0)
        for item in iter_objects(data.get("transactions"))
    }
    return NextRefundQuote(
        amount=parse_price(data.get("amount_incl_tax")) or Decimal(0),
        refundable_charges={
            charge_id: amount for charge_id, amount in charges.items() if charge_id is not None
        },
    )


def _deserialize_fulfillment(row: JsonMapping) -> NextFulfillment:
    def parse_tracking(name: str) -> tuple[str, ...]:
        # NEXT describes the plural as one text, and the documentation shows a list.
        plural = row.get(f"{name}s")
        return parse_texts(plural if isinstance(plural, list) else row.get(name))

    return NextFulfillment(
        id=parse_id(row.get("id")),
        status=parse_text(row.get("status")),
        delivery_status=parse_text(row.get("delivery_status")),
        tracking_codes=parse_tracking("tracking_code"),
        tracking_links=parse_tracking("tracking_link"),
        tracking_carriers=parse_tracking("tracking_carrier"),
        quantities=_sum_quantities(row.get("line_items"), id_name="order_line_id"),
    )


def deserialize_discount(row: JsonMapping) -> NextDiscount:
    """Return a discount of an order or a cart."""
    return NextDiscount(
        name=parse_text(row.get("name")),
        description=parse_text(row.get("description")),
        amount=parse_price(row.get("amount")) or Decimal(0),
        voucher_code=parse_text(parse_mapping(row.get("voucher")).get("code")),
    )


def _deserialize_tax_lines(data: Any) -> tuple[NextTaxLine, ...]:
    return tuple(
        NextTaxLine(
            id=parse_id(row.get("tax_id")) or parse_id(row.get("id")),
            name=parse_text(row.get("tax_title")),
            amount=parse_price(row.get("amount")) or Decimal(0),
            rate=parse_price(row.get("rate")),
        )
        for row in iter_objects(data)
    )


def deserialize_subscription(data: Any) -> NextSubscription | None:
    """Return the subscription, or None if the data has no valid id."""
    row = parse_mapping(data)
    subscription_id = parse_id(row.get("id"))
    if subscription_id is None:
        return None
    return NextSubscription(
        id=subscription_id,
        status=parse_text(row.get("status")),
        interval=parse_text(row.get("interval")),
        interval_count=parse_quantity(row.get("interval_count")) or 1,
        next_renewal_at=parse_timestamp(row.get("next_renewal_date")),
        paused_at=parse_timestamp(row.get("paused_at")),
        paused_until=parse_timestamp(row.get("paused_until")),
        cancel_reason=parse_text(row.get("cancel_reason")),
        currency=parse_currency(row.get("currency")),
        shipping_price=parse_price(row.get("shipping_price")),
        lines=tuple(
            line
            for item in iter_objects(row.get("lines"))
            if (line := _deserialize_subscription_line(item)) is not None
        ),
        billing_cycles=tuple(
            NextBillingCycle(cycle=cycle, order_number=number)
            for item in iter_objects(row.get("orders"))
            if (cycle := parse_quantity(item.get("billing_cycle"))) is not None
            and (number := parse_order_number(item.get("order_number")))
        ),
    )


def _deserialize_subscription_line(row: JsonMapping) -> NextSubscriptionLine | None:
    """Return the line, or None without a valid id: nothing could be done with it."""
    line_id = parse_id(row.get("id"))
    if line_id is None:
        return None
    return NextSubscriptionLine(
        id=line_id,
        variant_id=parse_id(row.get("variant_id")) or parse_id(row.get("product_id")),
        title=parse_text(row.get("product_title")),
        variant_title=parse_text(row.get("variant_title")),
        quantity=parse_quantity(row.get("quantity")) or 1,
        price=parse_price(row.get("price")) or Decimal("0.00"),
        metadata=parse_metadata(row.get("metadata")),
    )

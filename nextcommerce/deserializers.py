"""From the JSON of NEXT to the data classes of `schemas`.

Lenient, and never an exception: an unknown key is ignored, an unknown word stays text, what is missing gets a
harmless default, and nonsense is None, "" or left out. So an unexpected value never loses an order.
"""

from decimal import Decimal
from typing import Any

from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_currency,
    parse_id,
    parse_mapping,
    parse_metadata,
    parse_price,
    parse_quantity,
    parse_text,
    parse_timestamp,
)
from nextcommerce.schemas import (
    NextBillingCycle,
    NextShippingMethod,
    NextSubscription,
    NextSubscriptionLine,
)


def deserialize_shipping_method(data: Any) -> NextShippingMethod:
    """Return the shipping method; without a valid code, its `code` is ""."""
    row = parse_mapping(data)
    prices = {
        parse_currency(item.get("currency")): parse_price(item.get("price_per_order"))
        for item in iter_objects(row.get("prices"))
    }
    return NextShippingMethod(
        code=parse_text(row.get("code")),
        name=parse_text(row.get("name")),
        delivery_time=parse_text(row.get("delivery_time")),
        is_public=row.get("is_public") is not False,
        countries=tuple(
            filter(None, (parse_text(i.get("code")) for i in iter_objects(row.get("countries"))))
        ),
        prices={
            currency: f"{price:f}" for currency, price in prices.items() if currency and price is not None
        },
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
            and (number := parse_text(item.get("order_number")))
        ),
        raw=row,
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

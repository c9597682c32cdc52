"""Data classes for shipping methods, subscriptions and payment redirects; orders are in `order_schemas`.

Parsing is lenient so that an unexpected field never loses an order: unknown keys stay in `raw`, unknown
enum values stay plain text, and missing fields get a harmless default.
"""

import datetime
from dataclasses import dataclass, field
from typing import Self

from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_amount,
    parse_integer,
    parse_text,
    parse_timestamp,
)


@dataclass(frozen=True)
class PaymentRedirect:
    """Where to send the shopper to pay: the response of `ordersCreate` while no order exists yet."""

    payment_complete_url: str


@dataclass(frozen=True)
class NextShippingMethod:
    """A shipping method; `prices` maps a currency code to a decimal string."""

    code: str
    name: str
    delivery_time: str
    is_public: bool
    countries: tuple[str, ...]
    prices: dict[str, str]

    @classmethod
    def parse(cls, data: JsonMapping) -> Self:
        return cls(
            code=parse_text(data.get("code")),
            name=parse_text(data.get("name")),
            delivery_time=parse_text(data.get("delivery_time")),
            is_public=data.get("is_public") is not False,
            countries=tuple(parse_text(item.get("code")) for item in iter_objects(data.get("countries"))),
            prices={
                parse_text(item.get("currency")): str(price)
                for item in iter_objects(data.get("prices"))
                if (price := parse_amount(item.get("price_per_order"))) is not None
            },
        )


@dataclass(frozen=True)
class NextSubscription:
    """A subscription. Dates keep the UTC offset that NEXT sent."""

    id: int
    status: str
    interval: str
    interval_count: int
    next_renewal_at: datetime.datetime | None
    currency: str
    raw: JsonMapping = field(repr=False)

    @classmethod
    def parse(cls, data: JsonMapping) -> Self | None:
        """Return the subscription, or None if the data has no id."""
        subscription_id = parse_integer(data.get("id"))
        if subscription_id is None:
            return None
        return cls(
            id=subscription_id,
            status=parse_text(data.get("status")),
            interval=parse_text(data.get("interval")),
            interval_count=parse_integer(data.get("interval_count")) or 1,
            next_renewal_at=parse_timestamp(data.get("next_renewal_date")),
            currency=parse_text(data.get("currency")),
            raw=data,
        )

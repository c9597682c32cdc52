"""Typed answers. Unknown keys are left in `raw`, unknown enum values stay plain text, missing parts get a
harmless default: a field that is absent must not lose an order (S30)."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.utils import timezone
from django.utils.dateparse import parse_datetime

JsonMapping = Mapping[str, Any]

# Ten digits before the point (3), and what a database keeps as a whole number: more makes no sense.
_AMOUNT_LIMIT = Decimal(10**10)
_INTEGER_LIMIT = 2**63


def parse_text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def parse_amount(value: Any) -> Decimal | None:
    """A decimal text or number, or None where there is none that makes sense."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _AMOUNT_LIMIT else None


def parse_integer(value: Any) -> int | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _INTEGER_LIMIT
    return value if sound else None


def parse_timestamp(value: Any) -> datetime.datetime | None:
    """An ISO 8601 time as an aware datetime; a naive one is taken as UTC."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is not None and timezone.is_naive(parsed):
        return parsed.replace(tzinfo=datetime.UTC)
    return parsed


def iter_objects(value: Any) -> Iterator[JsonMapping]:
    """The JSON objects of what should be a list of them."""
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def parse_mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class PaymentRedirect:
    """ordersCreate's other answer: where the shopper pays. No order exists yet (section 2)."""

    payment_complete_url: str


@dataclass(frozen=True)
class NextShippingMethod:
    """A row of `GET /shipping-methods/`; `prices` maps a currency to a decimal text."""

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
    """A subscription as the admin API knows it (3.7). Dates keep the store's own offset."""

    id: int
    status: str
    interval: str
    interval_count: int
    next_renewal_at: datetime.datetime | None
    currency: str
    raw: JsonMapping = field(repr=False)

    @classmethod
    def parse(cls, data: JsonMapping) -> Self | None:
        """Read a subscription; None where it has no id, so is none."""
        number = parse_integer(data.get("id"))
        if number is None:
            return None
        return cls(
            id=number,
            status=parse_text(data.get("status")),
            interval=parse_text(data.get("interval")),
            interval_count=parse_integer(data.get("interval_count")) or 1,
            next_renewal_at=parse_timestamp(data.get("next_renewal_date")),
            currency=parse_text(data.get("currency")),
            raw=data,
        )

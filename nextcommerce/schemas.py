"""Typed answers. Unknown keys are left in `raw`, unknown enum values stay plain text, missing parts get a
harmless default: a field that is absent must not lose an order (S30)."""

import datetime
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Self

from django.utils import timezone
from django.utils.dateparse import parse_datetime

Json = Mapping[str, Any]

# Ten digits before the point (3), and what a database keeps as a whole number: more makes no sense.
_TOO_MUCH = Decimal(10**10)
_TOO_LARGE = 2**63


def text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def amount(value: Any) -> Decimal | None:
    """A decimal text or number, or None where there is none that makes sense."""
    if value is None or isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number) < _TOO_MUCH else None


def whole(value: Any) -> int | None:
    sound = isinstance(value, int) and not isinstance(value, bool) and abs(value) < _TOO_LARGE
    return value if sound else None


def moment(value: Any) -> datetime.datetime | None:
    """An ISO 8601 time as an aware datetime; a naive one is taken as UTC."""
    try:
        parsed = parse_datetime(value) if isinstance(value, str) else None
    except ValueError:
        return None
    if parsed is not None and timezone.is_naive(parsed):
        return parsed.replace(tzinfo=datetime.UTC)
    return parsed


def objects(value: Any) -> Iterator[Json]:
    """The JSON objects of what should be a list of them."""
    return (item for item in (value if isinstance(value, list) else []) if isinstance(item, dict))


def mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(frozen=True)
class Redirect:
    """ordersCreate's other answer: where the shopper pays. No order exists yet (section 2)."""

    payment_complete_url: str


@dataclass(frozen=True)
class StoreShippingMethod:
    """A row of `GET /shipping-methods/`; `prices` maps a currency to a decimal text."""

    code: str
    name: str
    delivery_time: str
    is_public: bool
    countries: tuple[str, ...]
    prices: dict[str, str]

    @classmethod
    def parse(cls, data: Json) -> Self:
        return cls(
            code=text(data.get("code")),
            name=text(data.get("name")),
            delivery_time=text(data.get("delivery_time")),
            is_public=data.get("is_public") is not False,
            countries=tuple(text(item.get("code")) for item in objects(data.get("countries"))),
            prices={
                text(item.get("currency")): str(price)
                for item in objects(data.get("prices"))
                if (price := amount(item.get("price_per_order"))) is not None
            },
        )


@dataclass(frozen=True)
class StoreSubscription:
    """A subscription as the admin API knows it (3.7). Dates keep the store's own offset."""

    id: int
    status: str
    interval: str
    interval_count: int
    next_renewal_at: datetime.datetime | None
    currency: str
    raw: Json = field(repr=False)

    @classmethod
    def parse(cls, data: Json) -> Self | None:
        """Read a subscription; None where it has no id, so is none."""
        number = whole(data.get("id"))
        if number is None:
            return None
        return cls(
            id=number,
            status=text(data.get("status")),
            interval=text(data.get("interval")),
            interval_count=whole(data.get("interval_count")) or 1,
            next_renewal_at=moment(data.get("next_renewal_date")),
            currency=text(data.get("currency")),
            raw=data,
        )

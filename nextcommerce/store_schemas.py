"""What the shop needs of a NEXT store and its catalog, read by `store_deserializers`."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class NextShippingMethod:
    """A shipping method; `prices` maps a currency code to a decimal string."""

    code: str
    name: str
    delivery_time: str
    is_public: bool
    countries: tuple[str, ...]
    prices: dict[str, str]


@dataclass(frozen=True)
class NextVariant:
    """A variant. `stock` is None if NEXT doesn't count it, and 0 if it can't be bought."""

    id: int | None
    title: str
    sku: str
    attributes: Mapping[str, str]  # values by name, such as Color
    prices: Mapping[str, Decimal]  # by currency code
    stock: int | None


@dataclass(frozen=True)
class NextProduct:
    """A product as `productsList` lists it. Without an id or a title, it can't be sold."""

    id: int | None
    title: str
    slug: str
    is_public: bool
    requires_shipping: bool  # if any of its variants does
    image_urls: tuple[str, ...]
    variants: tuple[NextVariant, ...]
    # None if the answer doesn't say; the interval is one of `day`, `week`, `month`, and `year`, or "".
    enables_subscription: bool | None = None
    interval: str = ""
    interval_counts: tuple[int, ...] = ()
    categories: tuple[str, ...] = ()


@dataclass(frozen=True)
class NextStore:
    """The store behind the token: who it is, and the currencies it sells in."""

    name: str
    domain: str
    time_zone: str
    tax_id: str
    company_name: str
    address_lines: tuple[str, ...]
    country: str
    currencies: tuple[str, ...]


@dataclass(frozen=True)
class NextGateway:
    """A payment gateway. Without currencies, it isn't known which ones it takes."""

    id: int
    name: str
    kind: str
    is_active: bool
    currencies: frozenset[str]


@dataclass(frozen=True)
class NextGatewayGroup:
    """Gateways of which NEXT picks one.

    `payment_methods` maps the code of a method to the currencies that it takes. None listed means all.
    """

    id: int
    name: str
    currencies: frozenset[str]
    payment_methods: Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class NextWebhook:
    """A webhook. NEXT may not return the secret; then it is ""."""

    id: int
    target: str
    events: frozenset[str]
    is_active: bool
    api_version: str
    secret: str

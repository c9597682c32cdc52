"""What the shop needs of a NEXT store and its catalog, read by `store_deserializers`."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
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
    retail_prices: Mapping[str, Decimal] = field(default_factory=dict)
    gtin: str = ""
    image_urls: tuple[str, ...] = ()  # its own and, if it has none, perhaps the product's


@dataclass(frozen=True)
class NextImage:
    """A picture of a product. The URL may lack the host."""

    url: str
    caption: str


@dataclass(frozen=True)
class NextCategory:
    """A category. The slug may be a path through its parents, such as `apparel/tees`."""

    id: int
    name: str
    slug: str


@dataclass(frozen=True)
class NextProduct:
    """A product. Without an id or a title, it can't be sold.

    What an answer leaves out is None, such as the texts in `productsList`. A product without a text has "".
    """

    id: int | None
    title: str
    slug: str
    is_public: bool
    requires_shipping: bool  # if any of its variants does
    images: tuple[NextImage, ...] | None  # in order
    variants: tuple[NextVariant, ...]
    # None if the answer doesn't say; the interval is one of `day`, `week`, `month`, and `year`, or "".
    enables_subscription: bool | None = None
    interval: str = ""
    interval_counts: tuple[int, ...] = ()
    categories: tuple[NextCategory, ...] | None = None
    description: str | None = None
    meta_title: str | None = None
    meta_description: str | None = None
    updated_at: datetime.datetime | None = None


@dataclass(frozen=True)
class NextStore:
    """The store behind the token: who it is, and the currencies and languages it has."""

    name: str
    domain: str
    time_zone: str
    tax_id: str
    company_name: str
    address_lines: tuple[str, ...]
    country: str
    currencies: tuple[str, ...]
    languages: tuple[str, ...]
    # Of the default gateway group: the currencies that each method takes. None listed means all.
    payment_methods: Mapping[str, frozenset[str]]


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

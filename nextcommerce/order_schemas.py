"""Data classes for orders and their lines, transactions, refunds and fulfillments."""

import datetime
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Self

from nextcommerce.parsing import (
    JsonMapping,
    iter_objects,
    parse_amount,
    parse_integer,
    parse_mapping,
    parse_text,
    parse_timestamp,
)
from nextcommerce.statuses import (
    FULFILLED_STATUSES,
    RELEASED_STATUSES,
    RENEWAL_SOURCE,
    SETTLED_STATUSES,
    NextFulfillmentStatus,
    NextOrderStatus,
    NextPaymentStatus,
    NextTransactionStatus,
    NextTransactionType,
)


@dataclass(frozen=True)
class NextLine:
    """A line of an order; `NextOrder.line_total` says how to read its prices."""

    id: int | None
    variant_id: int | None
    title: str
    variant_title: str
    sku: str
    quantity: int
    current_quantity: int
    price_excl_tax: Decimal | None
    price_incl_tax: Decimal | None
    is_upsell: bool
    raw: JsonMapping

    @classmethod
    def parse(cls, data: JsonMapping) -> Self:
        quantity = parse_integer(data.get("quantity")) or 0
        current = parse_integer(data.get("current_quantity"))
        # Version 2023-02-10 nests the product. It is undocumented which field returns the requested id.
        nested = parse_mapping(data.get("product"))
        return cls(
            id=parse_integer(data.get("id")),
            variant_id=parse_integer(data.get("variant_id"))
            or parse_integer(data.get("product_id"))
            or parse_integer(nested.get("id")),
            title=parse_text(data.get("product_title") or nested.get("title")),
            variant_title=parse_text(data.get("variant_title")),
            sku=parse_text(data.get("sku")),
            quantity=quantity,
            current_quantity=quantity if current is None else current,
            price_excl_tax=parse_amount(data.get("price_excl_tax")),
            price_incl_tax=parse_amount(data.get("price_incl_tax")),
            is_upsell=data.get("is_upsell") is True,
            raw=data,
        )


@dataclass(frozen=True)
class NextTransaction:
    """An attempted or completed money movement; `type` is authorize, debit, refund or void."""

    id: int | None
    type: str
    status: str
    amount: Decimal
    raw: JsonMapping

    @classmethod
    def parse(cls, data: JsonMapping) -> Self:
        return cls(
            id=parse_integer(data.get("id")),
            type=parse_text(data.get("type")),
            status=parse_text(data.get("status")),
            amount=parse_amount(data.get("amount")) or Decimal(0),
            raw=data,
        )

    @property
    def is_charge(self) -> bool:
        """True if money was taken."""
        return self.type == NextTransactionType.DEBIT and self.status == NextTransactionStatus.SUCCEEDED

    @property
    def is_refund(self) -> bool:
        """True if money was given back."""
        return self.type == NextTransactionType.REFUND and self.status == NextTransactionStatus.SUCCEEDED


@dataclass(frozen=True)
class NextRefund:
    """A refund of an order."""

    id: int | None
    amount: Decimal
    note: str
    created_at: datetime.datetime | None
    raw: JsonMapping

    @classmethod
    def parse(cls, data: JsonMapping) -> Self:
        return cls(
            id=parse_integer(data.get("id")),
            amount=parse_amount(data.get("total_refund_amount")) or Decimal(0),
            note=parse_text(data.get("note")),
            created_at=parse_timestamp(data.get("created_at")),
            raw=data,
        )


@dataclass(frozen=True)
class NextFulfillment:
    """A shipment. NEXT sends tracking data as single values or as lists; both become tuples."""

    id: int | None
    status: str
    delivery_status: str
    tracking_codes: tuple[str, ...]
    tracking_links: tuple[str, ...]
    tracking_carriers: tuple[str, ...]
    raw: JsonMapping

    @classmethod
    def parse(cls, data: JsonMapping) -> Self:
        def parse_texts(name: str) -> tuple[str, ...]:
            plural = data.get(f"{name}s")
            values = plural if isinstance(plural, list) else [data.get(name)]
            return tuple(value for value in values if isinstance(value, str) and value)

        return cls(
            id=parse_integer(data.get("id")),
            status=parse_text(data.get("status")),
            delivery_status=parse_text(data.get("delivery_status")),
            tracking_codes=parse_texts("tracking_code"),
            tracking_links=parse_texts("tracking_link"),
            tracking_carriers=parse_texts("tracking_carrier"),
            raw=data,
        )


@dataclass(frozen=True)
class NextOrder:
    """An order, from `ordersRetrieve`, a webhook or the response to an upsell."""

    number: str
    status: str
    payment_status: str
    fulfillment_status: str
    is_test: bool
    currency: str
    email: str
    total_incl_tax: Decimal | None
    shipping_incl_tax: Decimal | None
    shipping_excl_tax: Decimal | None
    shipping_code: str
    shipping_method: str
    total_outstanding: Decimal | None
    created_at: datetime.datetime | None
    updated_at: datetime.datetime | None
    supports_upsells: bool
    order_status_url: str
    tags: tuple[str, ...]
    attribution: JsonMapping
    lines: tuple[NextLine, ...]
    transactions: tuple[NextTransaction, ...]
    refunds: tuple[NextRefund, ...]
    fulfillments: tuple[NextFulfillment, ...]
    subscription_ids: tuple[int, ...]
    raw: JsonMapping = field(repr=False)

    @classmethod
    def parse(cls, data: JsonMapping) -> Self | None:
        """Return the order, or None if the data has no order number."""
        number = parse_text(data.get("number"))
        if not number:
            return None
        subscription_ids = (parse_integer(item.get("id")) for item in iter_objects(data.get("subscriptions")))
        tags = data.get("tags")
        return cls(
            number=number,
            status=parse_text(data.get("status")),
            payment_status=parse_text(data.get("payment_status")),
            fulfillment_status=parse_text(data.get("fulfillment_status")),
            is_test=data.get("is_test") is True,
            currency=parse_text(data.get("currency")),
            email=parse_text(parse_mapping(data.get("user")).get("email")),
            total_incl_tax=parse_amount(data.get("total_incl_tax")),
            shipping_incl_tax=parse_amount(data.get("shipping_incl_tax")),
            shipping_excl_tax=parse_amount(data.get("shipping_excl_tax")),
            shipping_code=parse_text(data.get("shipping_code")),
            shipping_method=parse_text(data.get("shipping_method")),
            total_outstanding=parse_amount(data.get("total_outstanding")),
            created_at=parse_timestamp(data.get("created_at")),
            updated_at=parse_timestamp(data.get("updated_at")),
            supports_upsells=data.get("supports_post_purchase_upsells") is True,
            order_status_url=parse_text(data.get("order_status_url")),
            tags=tuple(tag for tag in (tags if isinstance(tags, list) else []) if isinstance(tag, str)),
            attribution=parse_mapping(data.get("attribution")),
            lines=tuple(NextLine.parse(item) for item in iter_objects(data.get("lines"))),
            transactions=tuple(
                NextTransaction.parse(item) for item in iter_objects(data.get("transactions"))
            ),
            refunds=tuple(NextRefund.parse(item) for item in iter_objects(data.get("refunds"))),
            fulfillments=tuple(
                NextFulfillment.parse(item) for item in iter_objects(data.get("fulfillments"))
            ),
            subscription_ids=tuple(item_id for item_id in subscription_ids if item_id is not None),
            raw=data,
        )

    def line_total(self, line: NextLine) -> Decimal:
        """Return the price of the whole line, tax included.

        It is undocumented whether a line's price is per unit or for the line, so infer it from the total.
        """
        price = line.price_incl_tax or line.price_excl_tax or Decimal(0)
        lines_total = (self.total_incl_tax or Decimal(0)) - (self.shipping_incl_tax or Decimal(0))
        unit_sum = sum(
            ((other.price_incl_tax or Decimal(0)) * other.current_quantity for other in self.lines),
            Decimal(0),
        )
        line_sum = sum((other.price_incl_tax or Decimal(0) for other in self.lines), Decimal(0))
        return price * line.current_quantity if unit_sum == lines_total != line_sum else price

    @property
    def has_shipped(self) -> bool:
        """True once at least part of the order has shipped."""
        return self.fulfillment_status in FULFILLED_STATUSES or any(
            fulfillment.status == NextFulfillmentStatus.SUCCESS for fulfillment in self.fulfillments
        )

    @property
    def is_renewal(self) -> bool:
        """True if NEXT made the order to renew a subscription; it repeats the first order's attribution."""
        cycles = (
            parse_integer(item.get("billing_cycle")) or 0
            for item in iter_objects(self.raw.get("subscriptions"))
        )
        return self.raw.get("source") == RENEWAL_SOURCE or any(cycle > 0 for cycle in cycles)

    @property
    def is_partially_paid(self) -> bool:
        return self.payment_status == NextPaymentStatus.PARTIALLY_PAID

    @property
    def is_canceled(self) -> bool:
        """True if the order, or the authorization that paid for it, was canceled."""
        return self.status == NextOrderStatus.CANCELED or self.payment_status == NextPaymentStatus.VOIDED

    @property
    def is_void(self) -> bool:
        """True if the authorization was released. The order stays unpaid unless its status changes later."""
        return self.status == NextOrderStatus.CANCELED or self.payment_status in RELEASED_STATUSES

    @property
    def is_settled(self) -> bool:
        """True once the order was charged or authorized, even if it was refunded or voided since."""
        return self.payment_status in SETTLED_STATUSES

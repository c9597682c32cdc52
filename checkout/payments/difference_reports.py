"""Reporting to staff, once per cause, that a paid order's charge differs from what was shown."""

from collections.abc import Iterable
from decimal import Decimal

from checkout.payments.price_judgment import PriceJudgment
from nextcommerce.order_prices import ChargedTax
from orders.models import Order, OrderEvent
from orders.order_log import log_order_event
from orders.price_differences import (
    ChargedRate,
    TaxedRegion,
    record_discount_difference,
    record_tax_difference,
)

# More than any region has.
MAX_RATES = 20


def report_differences(
    *, order: Order, judgment: PriceJudgment, taxes: Iterable[ChargedTax], source: str
) -> None:
    """Log how the charge differs from what was shown, and open or count the difference of each cause.

    The caller holds the order's row lock, and calls it once for a charge. It locks the differences last, so
    that payments of one region wait for each other only briefly.
    """
    for difference in sorted(judgment.discounts, key=lambda difference: difference.cause):
        text = _describe("Discount", difference.cause, difference.shown, difference.charged, order)
        _log(order, text, source)
        record_discount_difference(
            order=order, cause=difference.cause, shown=difference.shown, charged=difference.charged
        )
    if judgment.tax is not None:
        region = TaxedRegion.of_order(
            order, is_included=judgment.tax.is_included, rates=list_charged_rates(taxes)
        )
        text = _describe("Tax", region.name, judgment.tax.shown, judgment.tax.charged, order)
        _log(order, text, source)
        record_tax_difference(
            order=order, region=region, shown=judgment.tax.shown, charged=judgment.tax.charged
        )


def list_charged_rates(taxes: Iterable[ChargedTax]) -> list[ChargedRate]:
    """Return the rates of an order's taxes. One whose rate nothing tells is left out."""
    rates: dict[str, ChargedRate] = {}
    for tax in taxes:
        if tax.percent is None or tax.line is not None:
            continue
        known = rates.get(tax.name)
        rates[tax.name] = ChargedRate(
            name=tax.name,
            rate=f"{tax.percent.normalize():f}",
            taxes_shipping=tax.is_shipping or bool(known and known["taxes_shipping"]),
        )
    return list(rates.values())[:MAX_RATES]


def _describe(kind: str, cause: str, shown: Decimal | None, charged: Decimal, order: Order) -> str:
    name = f"{kind} {cause}".strip()
    if shown is None:
        return f"{name}: {charged} {order.currency}, not known at checkout."
    return f"{name}: {charged} {order.currency} instead of {shown}."


def _log(order: Order, text: str, source: str) -> None:
    log_order_event(order=order, kind=OrderEvent.Kind.PRICE_DIFFERENCE, text=text[:500], source=source)

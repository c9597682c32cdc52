"""Reporting to staff, once per cause, that a paid order's charge differs from what was shown."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from catalog.models import Product
from checkout import sentences
from checkout.payments.article_matching import Item
from checkout.payments.price_judgment import DiscountDifference, PriceJudgment, TaxDifference
from nextcommerce.order_prices import RATE_TOLERANCE, ChargedTax, are_same_rates, list_tax_rates
from nextcommerce.schemas import NextLine
from orders.charged_rates import ChargedRate
from orders.models import Order, OrderEvent
from orders.models.price_difference import UNNAMED_DISCOUNT
from orders.order_log import log_order_event
from orders.price_differences import (
    TaxedRegion,
    record_discount_difference,
    record_tax_difference,
)
from wording.sentence import Label, Money, Sentence

# More than any region has.
MAX_RATES = 20

SoldLine = tuple[NextLine, Item]


def report_differences(
    *,
    order: Order,
    judgment: PriceJudgment,
    taxes: Sequence[ChargedTax],
    sold: Sequence[SoldLine],
    source: str,
) -> None:
    """Log how the charge for the sold lines differs from what was shown, and open or count the differences.

    The caller holds the order's row lock, and calls it once for a charge. It locks the differences last, so
    that payments of one region wait for each other only briefly.
    """
    for difference in sorted(judgment.discounts, key=lambda difference: difference.cause):
        _log(order, describe_discount(difference, order.currency), source)
        record_discount_difference(
            order=order, cause=difference.cause, shown=difference.shown, charged=difference.charged
        )
    if judgment.tax is not None:
        ordinary = _list_ordinary_lines(sold)
        region = TaxedRegion.of_order(
            order,
            is_included=judgment.tax.is_included,
            rates=list_charged_rates(taxes, ordinary, is_all=len(ordinary) == len(sold)),
            is_untaxed=not judgment.tax.charged
            and any(item["requires_shipping"] for _line, item in ordinary),
        )
        _log(order, describe_tax(judgment.tax, region.name, order.currency), source)
        record_tax_difference(
            order=order, region=region, shown=judgment.tax.shown, charged=judgment.tax.charged
        )


def _list_ordinary_lines(sold: Iterable[SoldLine]) -> list[SoldLine]:
    """Return the lines with a price that are taxed as most goods are: those without a tax category."""
    priced = [(line, item) for line, item in sold if line.price_incl_tax or line.price_excl_tax]
    products = Product.objects.filter(pk__in={item["product_id"] for _line, item in priced}, tax_category="")
    ordinary = set(products.values_list("pk", flat=True))
    return [(line, item) for line, item in priced if item["product_id"] in ordinary]


def list_charged_rates(
    taxes: Sequence[ChargedTax], ordinary: Sequence[SoldLine], *, is_all: bool
) -> list[ChargedRate]:
    """Return the rates of ordinary goods, or none if the order doesn't tell them.

    They are what all ordinary lines share: one that is taxed otherwise is of a category only NEXT knows. If
    NEXT names no taxes of lines, they are the order's, unless it has other goods too (`is_all` is False).
    """
    if any(tax.line is not None for tax in taxes):
        goods = _find_shared_taxes([_list_taxes_of(taxes, line) for line, _item in ordinary])
    else:
        goods = _list_taxes_of(taxes, None) if is_all else []
    return [
        ChargedRate(name=rate.name, rate=f"{rate.percent.normalize():f}", taxes_shipping=rate.taxes_shipping)
        for rate in list_tax_rates(goods, [tax for tax in taxes if tax.is_shipping])
    ][:MAX_RATES]


def _list_taxes_of(taxes: Iterable[ChargedTax], line: NextLine | None) -> list[ChargedTax]:
    """Return the taxes of a line, or those of all goods. One whose rate nothing tells is left out."""
    return [tax for tax in taxes if tax.line is line and tax.percent is not None and not tax.is_shipping]


def _find_shared_taxes(taxes_of_lines: Sequence[list[ChargedTax]]) -> list[ChargedTax]:
    """Return the taxes of the first line if all lines have them at the same rates, or []."""
    first = next(iter(taxes_of_lines), [])
    rates, *others = [_list_rates(taxes) for taxes in taxes_of_lines] or [[]]
    is_shared = all(are_same_rates(rates, other, tolerance=RATE_TOLERANCE) for other in others)
    return first if is_shared else []


def _list_rates(taxes: Iterable[ChargedTax]) -> list[tuple[str, Decimal]]:
    return [(tax.name, tax.percent) for tax in taxes if tax.percent is not None]


def describe_discount(difference: DiscountDifference, currency: str) -> Sentence:
    """Return the log line on a discount of another amount than shown."""
    name = Label(UNNAMED_DISCOUNT) if difference.cause == UNNAMED_DISCOUNT else difference.cause
    charged = Money(difference.charged, currency)
    if difference.shown is None:
        return sentences.DISCOUNT_NOT_SHOWN.fill(name=name, charged=charged)
    shown = Money(difference.shown, currency)
    return sentences.OTHER_DISCOUNT.fill(name=name, charged=charged, shown=shown)


def describe_tax(difference: TaxDifference, region: str, currency: str) -> Sentence:
    """Return the log line on another tax than shown."""
    charged = Money(difference.charged, currency)
    if difference.shown is None:
        return sentences.TAX_NOT_SHOWN.fill(region=region, charged=charged)
    return sentences.OTHER_TAX.fill(region=region, charged=charged, shown=Money(difference.shown, currency))


def _log(order: Order, text: Sentence, source: str) -> None:
    log_order_event(order=order, kind=OrderEvent.Kind.PRICE_DIFFERENCE, text=text, source=source)

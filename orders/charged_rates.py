"""Tax rates that NEXT used, as `PriceDifference.rates` has them. Several may have the same name."""

from collections.abc import Iterable
from decimal import Decimal
from typing import TypedDict

from nextcommerce.order_prices import are_same_rates

# A rate worked out from cents differs a little from order to order.
RATE_TOLERANCE = Decimal("0.05")


class ChargedRate(TypedDict):
    """A tax rate. `rate` is a percentage, as decimal text."""

    name: str
    rate: str
    taxes_shipping: bool


def are_same_charged_rates(one: Iterable[ChargedRate], other: Iterable[ChargedRate]) -> bool:
    """Return True if they differ by rounding only. Whether they tax shipping doesn't count."""
    return are_same_rates(
        [(rate["name"], Decimal(rate["rate"])) for rate in one],
        [(rate["name"], Decimal(rate["rate"])) for rate in other],
        tolerance=RATE_TOLERANCE,
    )


def keep_taxed_shipping(known: Iterable[ChargedRate], charged: Iterable[ChargedRate]) -> list[ChargedRate]:
    """Return the rates as NEXT last used them. An order without shipping doesn't tell whether it is taxed."""
    known = list(known)
    return [
        {**rate, "taxes_shipping": rate["taxes_shipping"] or _has_taxed_shipping(known, rate)}
        for rate in charged
    ]


def _has_taxed_shipping(known: Iterable[ChargedRate], rate: ChargedRate) -> bool:
    """Return what the known rate of this name says, or the nearest one if there are several."""
    of_name = [each for each in known if each["name"] == rate["name"]]
    nearest = min(of_name, key=lambda each: abs(Decimal(each["rate"]) - Decimal(rate["rate"])), default=None)
    return nearest is not None and nearest["taxes_shipping"]

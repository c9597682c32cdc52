"""The result of checking a discount code, and how it is read from a cart's answer."""

import logging
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from checkout.quote import QuoteLine
from nextcommerce.carts import NextCart
from stores.money import CENT, split_money

logger = logging.getLogger(__name__)

MAX_SHOWN_LENGTH = 40


class CodeProblem(StrEnum):
    """Why a code takes nothing off."""

    GIVES_NOTHING = "gives nothing"
    NOT_FOR_THESE_PRICES = "not for these prices"
    LEAVES_TOO_LITTLE = "leaves too little"
    UNCHECKED = "unchecked"  # NEXT couldn't be asked: unlike the others, nothing is known
    TOO_MANY_TRIES = "too many tries"  # likewise


@dataclass(frozen=True)
class CodeCheck:
    """What is known about a code; an empty `code` is none. `line_amounts` is what it takes off each line.

    `amount` is None if the code works but only NEXT can tell what it is worth. `is_shipping` says that it
    lowers shipping.
    """

    code: str = ""
    name: str = ""
    amount: Decimal | None = Decimal("0.00")
    line_amounts: tuple[Decimal, ...] = ()
    problem: CodeProblem | None = None
    is_shipping: bool = False

    @property
    def is_applied(self) -> bool:
        return bool(self.code) and self.problem is None

    @property
    def is_unchecked(self) -> bool:
        return self.problem in {CodeProblem.UNCHECKED, CodeProblem.TOO_MANY_TRIES}

    @property
    def is_refused(self) -> bool:
        return self.problem is not None and not self.is_unchecked

    @property
    def message(self) -> str:
        """Return the problem for the shopper, or ""."""
        if self.problem is None:
            return ""
        return _problem_text(self.problem) % {"code": self.code[:MAX_SHOWN_LENGTH]}


NO_CODE = CodeCheck()


def _problem_text(problem: CodeProblem) -> str:
    return {
        CodeProblem.GIVES_NOTHING: _(
            "“%(code)s” takes nothing off this order. It may be misspelled, expired, for other items, or "
            "only for shipping."
        ),
        CodeProblem.NOT_FOR_THESE_PRICES: _(
            "Discount codes don't work with these prices, so “%(code)s” wasn't applied."
        ),
        CodeProblem.LEAVES_TOO_LITTLE: _(
            "“%(code)s” wasn't applied, because the rest would be too small an amount to pay."
        ),
        CodeProblem.UNCHECKED: _(
            "We couldn't check “%(code)s”. Try again in a minute, or remove it to pay without it."
        ),
        CodeProblem.TOO_MANY_TRIES: _(
            "That's a lot of codes. Wait a minute, then try “%(code)s” again, or remove it."
        ),
    }[problem]


def read_cart_answer(
    *, cart: NextCart, lines: Sequence[QuoteLine], asked: Sequence[int], code: str, currency: str
) -> CodeCheck:
    """Return what the cart says about the code. `asked` has the positions of the lines in the cart."""
    in_cart = [lines[position] for position in asked]
    discounts = [row for row in cart.voucher_discounts if row.voucher_code.casefold() == code.casefold()]
    amount = sum((row.amount for row in discounts), Decimal("0.00"))
    contradiction = _find_contradiction(cart, in_cart, amount, currency)
    if contradiction:
        logger.warning("cart %s doesn't tell what a discount code is worth: %s", cart.id, contradiction)
        return CodeCheck(code=code, problem=CodeProblem.UNCHECKED)
    if amount <= 0:
        return CodeCheck(code=code, problem=CodeProblem.GIVES_NOTHING)
    named = CodeCheck(code=discounts[0].voucher_code, name=discounts[0].name, amount=None)
    # A site offer lowers carts, but orders only if they name it. The code then works on other prices there.
    if max(cart.total_discount, sum(row.total_discount for row in cart.lines)) > amount:
        return named
    shares = [Decimal("0.00")] * len(lines)
    for position, share in zip(asked, _spread_over_lines(cart, in_cart, amount, currency), strict=True):
        shares[position] = share
    return replace(named, amount=amount, line_amounts=tuple(shares))


def _find_contradiction(cart: NextCart, lines: Sequence[QuoteLine], amount: Decimal, currency: str) -> str:
    """Return how the cart differs from what was asked or can be, or ""."""
    if cart.currency != currency:
        return f"its currency is {cart.currency or 'missing'}"
    wanted = Counter({line.chosen.variant.next_variant_id: 0 for line in lines})
    prices = dict.fromkeys(wanted, Decimal(0))
    for line in lines:
        wanted[line.chosen.variant.next_variant_id] += line.chosen.quantity
        prices[line.chosen.variant.next_variant_id] += line.total
    found: Counter[int | None] = Counter()
    for row in cart.lines:
        found[row.variant_id] += row.quantity
    if wanted != found:
        return f"its lines are {dict(found)}"
    for variant_id, price in prices.items():
        if not _has_price(cart, variant_id, price, tolerance=CENT * wanted[variant_id]):
            return f"variant {variant_id} doesn't cost {price}"
    total = sum(prices.values())
    return f"it takes {amount} off {total}" if amount > total else ""


def _has_price(cart: NextCart, variant_id: int | None, price: Decimal, *, tolerance: Decimal) -> bool:
    """Return True if the variant's lines cost this before discounts, with or without tax."""
    rows = [row for row in cart.lines if row.variant_id == variant_id]
    with_tax = _sum_known(row.price_incl_tax for row in rows)
    without_tax = _sum_known(row.price_excl_tax for row in rows)
    discounted = price - sum(row.total_discount for row in rows)
    return any(
        total is not None and abs(total - discounted) <= tolerance for total in (with_tax, without_tax)
    )


def _sum_known(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """Return the sum, or None if an amount is unknown."""
    total = Decimal(0)
    for amount in amounts:
        if amount is None:
            return None
        total += amount
    return total


def _spread_over_lines(
    cart: NextCart, lines: Sequence[QuoteLine], amount: Decimal, currency: str
) -> list[Decimal]:
    """Return each line's share of the amount: as the cart has it if that fits, otherwise by price."""
    shares = _read_shares(cart, lines, currency)
    fits = sum(shares) == amount and all(
        share <= line.total for share, line in zip(shares, lines, strict=True)
    )
    return shares if fits else split_money(amount, [line.total for line in lines], currency)


def _read_shares(cart: NextCart, lines: Sequence[QuoteLine], currency: str) -> list[Decimal]:
    """Return what the cart takes off each line. Lines of one variant share what it takes off the variant."""
    positions: dict[int | None, list[int]] = defaultdict(list)
    for position, line in enumerate(lines):
        positions[line.chosen.variant.next_variant_id].append(position)
    shares = [Decimal("0.00")] * len(lines)
    for variant_id, own in positions.items():
        discount = sum((row.total_discount for row in cart.lines if row.variant_id == variant_id), Decimal(0))
        parts = split_money(discount, [lines[position].total for position in own], currency)
        for position, part in zip(own, parts, strict=True):
            shares[position] = part
    return shares

"""Payment links whose price shoppers enter: which amounts are allowed, and which are suggested."""

import re
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import PaymentLink, Product, Variant
from nextcommerce.currencies import smallest_unit
from stores.errors import Problem
from stores.money import MAX_AMOUNT, format_money, is_payable, least_charge, round_money

MAX_SUGGESTIONS = 6
AMOUNT_PATTERN = re.compile(r"\d{1,10}(?:[.,]\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class FreeAmount:
    """The field for a price that the shopper enters, with the amount it starts with."""

    value: Decimal
    least: Decimal
    most: Decimal | None
    step: Decimal
    suggestions: list[Decimal]


def has_free_amount(link: PaymentLink | None) -> bool:
    """Return True if shoppers enter the price of what the link sells."""
    return link is not None and link.min_amount is not None


def parse_amount(text: str) -> Decimal | None:
    """Return a typed amount with a decimal point or comma, or None for anything else."""
    text = text.strip()
    return Decimal(text.replace(",", ".")) if AMOUNT_PATTERN.fullmatch(text) else None


def read_free_amount(link: PaymentLink, text: str, currency: str) -> Decimal | None:
    """Return the amount for one unit that the shopper typed, or None if the link has its own price.

    Raises Problem unless the amount can be paid and is within the link's limits.
    """
    if link.min_amount is None:
        return None
    amount = parse_amount(text)
    if amount is None or not is_payable(amount, currency):
        raise Problem(_("Enter an amount, such as %(amount)s.") % {"amount": link.min_amount}, field="amount")
    least, most = max(link.min_amount, least_charge(currency)), link.max_amount or MAX_AMOUNT
    if amount < least:
        raise Problem(
            _("The amount must be at least %(least)s.") % {"least": format_money(least, currency)},
            field="amount",
        )
    if amount > most:
        raise Problem(
            _("The amount must be at most %(most)s.") % {"most": format_money(most, currency)}, field="amount"
        )
    return round_money(amount)


def list_suggestions(link: PaymentLink) -> list[Decimal]:
    """Return the suggested amounts that are within the link's limits."""
    amounts = [parse_amount(text) for text in link.suggested_amounts.split()]
    least, most = link.min_amount or Decimal(0), link.max_amount or MAX_AMOUNT
    return [amount for amount in amounts if amount is not None and least <= amount <= most][:MAX_SUGGESTIONS]


def choose_first_amount(link: PaymentLink, variant: Variant) -> Decimal:
    """Return the amount that the page starts with: the first suggestion, or the variant's price."""
    suggestions = list_suggestions(link)
    amount = suggestions[0] if suggestions else variant.price
    least = link.min_amount or Decimal(0)
    return min(max(amount, least), link.max_amount or MAX_AMOUNT)


def build_free_amount(link: PaymentLink | None, variant: Variant) -> FreeAmount | None:
    """Return the field for the link's page, or None if the link has its own price."""
    if link is None or link.min_amount is None:
        return None
    return FreeAmount(
        value=choose_first_amount(link, variant),
        least=link.min_amount,
        most=link.max_amount,
        step=smallest_unit(variant.product.default_currency),
        suggestions=list_suggestions(link),
    )


def validate_free_amount(*, product: Product, least: Decimal | None, most: Decimal | None) -> None:
    """Raise Problem unless shoppers can pay every amount within the limits of a new link."""
    if least is None:
        if most is not None:
            raise Problem(_("Enter the minimum amount too."), field="min_amount")
        return
    currency = product.default_currency
    for name, amount in (("min_amount", least), ("max_amount", most)):
        if amount is not None and not is_payable(amount, currency):
            raise Problem(_("This currency has no cents. Enter a whole amount."), field=name)
    if least < least_charge(currency):
        raise Problem(
            _("The smallest amount that can be charged is %(least)s.")
            % {"least": format_money(least_charge(currency), currency)},
            field="min_amount",
        )
    if most is not None and most < least:
        raise Problem(_("The maximum can't be below the minimum."), field="max_amount")
    if product.requires_selling_plan:
        raise Problem(_("A subscription has a fixed price, so shoppers can't enter it."), field="min_amount")

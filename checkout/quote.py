"""The cost of a selection, to the cent: every amount comes from our database, never from the browser."""

from dataclasses import dataclass, replace
from decimal import ROUND_UP, Decimal

from django.utils.translation import gettext as _

from catalog.pricing import first_price
from checkout.models import ShippingMethod
from checkout.selection import Selection, SelectionLine
from stores.errors import Problem
from stores.models import Store
from stores.money import CENT, MAX_AMOUNT, round_money, smallest_unit


@dataclass(frozen=True)
class QuoteLine:
    """A chosen line with its price for one unit."""

    chosen: SelectionLine
    unit_price: Decimal
    # Charged for each unit on top, and given back: the store wants some amount to start a subscription with.
    verification: Decimal = Decimal("0.00")

    @property
    def total(self) -> Decimal:
        return self.unit_price * self.chosen.quantity


@dataclass(frozen=True)
class Quote:
    """Everything a shopper pays, in `currency`. `tax_total` is added tax; 0 where prices contain it.

    `verification` is the whole total, with its tax, of a subscription that begins with nothing to pay.
    """

    lines: tuple[QuoteLine, ...]
    shipping_method: ShippingMethod | None
    items_total: Decimal
    shipping_total: Decimal
    tax_total: Decimal
    verification: Decimal
    total: Decimal
    currency: str


def list_shipping_methods(*, store: Store, country: str = "") -> list[ShippingMethod]:
    """Return the public methods with a price in the store's currency, cheapest first.

    With a country, only those that go there.
    """
    methods = [
        method
        for method in ShippingMethod.objects.filter(store=store, is_public=True)
        if method.price(store.currency) is not None and (not country or method.goes_to(country))
    ]
    return sorted(methods, key=lambda method: method.price(store.currency) or Decimal(0))


def calculate_quote(
    *,
    store: Store,
    selection: Selection,
    country: str,
    shipping_code: str = "",
    methods: list[ShippingMethod] | None = None,
) -> Quote:
    """Price a selection. An empty `shipping_code` takes the cheapest method, and none where nothing ships.

    `methods` are those that go to the country, where the caller has read them already.
    Errors: Problem where the selection mixes currencies or comes to too much, or the method does not go there.
    """
    lines = tuple(
        QuoteLine(chosen=line, unit_price=first_price(variant=line.variant, plan=line.plan))
        for line in selection.lines
    )
    if any(line.variant.product.default_currency != store.currency for line in selection.lines):
        raise Problem(_("This cannot be bought here, because it has no price in the shop's currency."))
    method = None
    if selection.needs_shipping and country:
        known = list_shipping_methods(store=store, country=country) if methods is None else methods
        method = _find_shipping_method(known, shipping_code)
    items_total = sum((line.total for line in lines), Decimal(0))
    shipping_total = (method and method.price(store.currency)) or Decimal(0)
    # As the store does it: each line by itself, then shipping.
    tax_total = sum(
        (
            calculate_added_tax(amount, store, country)
            for amount in [*(line.total for line in lines), shipping_total]
        ),
        Decimal(0),
    )
    total = items_total + shipping_total + tax_total
    verification = Decimal("0.00")
    if not total and (method is not None or not selection.needs_shipping):
        lines = add_verification_amount(lines, store)
        charged = sum((line.verification * line.chosen.quantity for line in lines), Decimal("0.00"))
        verification = charged + calculate_added_tax(charged, store, country)
    if total + verification > MAX_AMOUNT:
        raise Problem(_("This is more than one order can hold. Please choose fewer."), field="quantity")
    return Quote(
        lines=lines,
        shipping_method=method,
        items_total=items_total,
        shipping_total=shipping_total,
        tax_total=tax_total,
        verification=verification,
        total=total + verification,
        currency=store.currency,
    )


def _find_shipping_method(methods: list[ShippingMethod], code: str) -> ShippingMethod:
    """Return the method with this code, or the cheapest. Errors: Problem where there is none."""
    found = next((method for method in methods if code in {"", method.code}), None)
    if found is None:
        raise Problem(
            _("There is no delivery of this kind to your country. Please choose another."), field="shipping"
        )
    return found


def calculate_added_tax(amount: Decimal, store: Store, country: str) -> Decimal:
    """Return the tax on an amount where prices do not contain it."""
    if store.prices_include_tax:
        return Decimal(0)
    return round_money(amount * Decimal(store.tax_rates.get(country, 0)) / 100, store.currency)


def add_verification_amount(lines: tuple[QuoteLine, ...], store: Store) -> tuple[QuoteLine, ...]:
    """Put the store's verification amount on the first line with a plan; on none where there is neither.

    A price stands on one unit: of several, each bears its share, rounded up.
    """
    bearer = next((line for line in lines if line.chosen.plan), None)
    if bearer is None or not store.verification_amount:
        return lines
    share = store.verification_amount / bearer.chosen.quantity
    share = share.quantize(smallest_unit(store.currency), rounding=ROUND_UP).quantize(CENT)
    return tuple(replace(line, verification=share) if line is bearer else line for line in lines)

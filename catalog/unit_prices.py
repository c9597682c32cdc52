"""Prices for a kilogram, liter, meter, or square meter (Directive 98/6/EC, Art. 3)."""

from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import Variant
from stores.money import format_money, round_money

Unit = Variant.ContentUnit
# The unit of the price, and how many of the variant's own it has.
_PRICED_UNITS = {
    Unit.GRAM: (Unit.KILOGRAM, Decimal(1000)),
    Unit.MILLILITER: (Unit.LITER, Decimal(1000)),
    Unit.CENTIMETER: (Unit.METER, Decimal(100)),
}


def format_unit_price(variant: Variant, price: Decimal, currency: str) -> str:
    """Return what one unit of the content costs at this price: `€12.50/kg`; "" if the content isn't known."""
    if not variant.content_amount or not variant.content_unit:
        return ""
    own = Unit(variant.content_unit)
    unit, count = _PRICED_UNITS.get(own, (own, Decimal(1)))
    amount = format_money(round_money(price / variant.content_amount * count, currency), currency)
    return _("%(price)s/%(unit)s") % {"price": amount, "unit": unit.label}

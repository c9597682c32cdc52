"""Template filters for money and rates."""

from decimal import Decimal

from django import template

from stores.money import format_money, format_percent

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Format an amount: `{{ total|money:order.currency }}`."""
    return format_money(amount, currency)


@register.filter
def percent(rate: Decimal) -> str:
    """Format a rate: `{{ line.rate|percent }}` is `8.875%`."""
    return format_percent(rate)

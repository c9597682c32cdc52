"""Template filter for money."""

from decimal import Decimal

from django import template

from stores.money import format_money

register = template.Library()


@register.filter
def money(amount: Decimal, currency: str) -> str:
    """Format an amount: `{{ total|money:order.currency }}`."""
    return format_money(amount, currency)

"""`{{ item|plan_terms:order.currency }}`: all prices of the plan that an item was sold on."""

from typing import Any

from django import template

from catalog.plan_text import format_plan_terms

register = template.Library()


@register.filter
def plan_terms(item: Any, currency: str) -> str:
    """Return the prices of an item with `selling_plan` and `quantity`, or "" without a plan."""
    terms = item.selling_plan
    return format_plan_terms(terms=terms, currency=currency, quantity=item.quantity) if terms else ""

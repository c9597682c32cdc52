"""Template filter for what shoppers answered: `{% for question, text in order|answers %}`."""

from django import template

from orders.answers import list_answers
from orders.models import Order

register = template.Library()


@register.filter
def answers(order: Order) -> list[tuple[str, str]]:
    """Return (question, answer) of an order."""
    return list_answers(order)

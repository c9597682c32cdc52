"""`{% order_subscription_links order %}`: a link to each subscription that the order belongs to."""

from typing import Any

from django import template

from orders.models import Order
from subscriptions.selectors import list_order_subscriptions

register = template.Library()


@register.inclusion_tag("subscriptions/_order_links.html")
def order_subscription_links(order: Order) -> dict[str, Any]:
    return {"subscriptions": list_order_subscriptions(order)}

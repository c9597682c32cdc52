"""`{% order_subscription_links order %}`: what an order's subscriptions charge, and a link to each."""

from typing import Any

from django import template

from orders.models import Order
from orders.renewals import list_order_renewals
from subscriptions.charges import list_subscription_renewals
from subscriptions.selectors import list_order_subscriptions

register = template.Library()


@register.inclusion_tag("subscriptions/_order_links.html")
def order_subscription_links(order: Order) -> dict[str, Any]:
    """Show the charges as they are now; until NEXT has shown the subscriptions, those agreed on."""
    subscriptions = list_order_subscriptions(order)
    is_synced = bool(subscriptions) and all(subscription.main_line for subscription in subscriptions)
    renewals = list_subscription_renewals(subscriptions) if is_synced else list_order_renewals(order)
    return {"subscriptions": subscriptions, "renewals": renewals, "store": order.store}

"""Subscriptions on the pages of orders: those of one order, or of a shopper."""

from typing import Any

from django import template

from orders.models import Order, SignIn
from orders.renewals import list_order_renewals
from subscriptions.charges import list_subscription_renewals
from subscriptions.selectors import list_order_subscriptions, list_shopper_subscriptions

register = template.Library()


@register.inclusion_tag("subscriptions/_order_links.html")
def order_subscription_links(order: Order) -> dict[str, Any]:
    """Show the charges as they are now; until NEXT has shown the subscriptions, those agreed on."""
    subscriptions = list_order_subscriptions(order)
    is_synced = bool(subscriptions) and all(subscription.main_line for subscription in subscriptions)
    renewals = list_subscription_renewals(subscriptions) if is_synced else list_order_renewals(order)
    return {"subscriptions": subscriptions, "renewals": renewals, "store": order.store}


@register.inclusion_tag("subscriptions/_shopper_subscriptions.html")
def shopper_subscriptions(session: SignIn) -> dict[str, Any]:
    """Show the subscriptions of the signed-in shopper, with their states and a link to each."""
    rows = list_shopper_subscriptions(store=session.store, email=session.email)
    return {"subscriptions": rows, "store": session.store}

"""What a payment link says after payment, and where it sends shoppers, as its order keeps it."""

from orders.models import Order
from orders.presentation import safe_web_url


def build_continue_url(order: Order) -> str:
    """Return the address to go on to after payment, or "". An ephemeral token's comes first (R114)."""
    return safe_web_url(order.channel.get("return_url") or order.payment_link_details.get("return_url", ""))


def goes_on_at_once(order: Order) -> bool:
    """Return True if shoppers are to see that address instead of the thank-you page."""
    wants = bool(order.payment_link_details.get("returns_at_once"))
    return wants and build_continue_url(order).startswith("https://")

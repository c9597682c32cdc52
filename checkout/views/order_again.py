"""Order again: put the items of an earlier order back in the cart."""

from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from catalog.models import PaymentLink
from catalog.selectors import require_link_open
from checkout.refill import refill_cart
from checkout.selection_query import build_selection_query
from orders.models import Order
from orders.views.order_status import find_order_by_token
from stores.decorators import private_page, require_same_origin_post
from stores.errors import Problem
from stores.http import ShopRequest


@private_page
@require_same_origin_post
def order_again(request: ShopRequest, token: str) -> HttpResponse:
    """Redirect to the order's payment link if it is still open; otherwise fill the cart.

    Raises NotFound if the token is invalid.
    """
    order = find_order_by_token(request, token)
    if link := find_open_link(order):
        return redirect(link)
    items = [
        (
            build_selection_query(
                variant_id=item.variant_id,
                quantity=max(item.quantity, 1),
                plan_id=item.selling_plan.get("selling_plan_id", ""),
            ),
            item.name,
        )
        for item in order.items.all()
    ]
    refill_cart(request, items)
    return redirect(f"{reverse('checkout:cart')}?added")


def find_open_link(order: Order) -> PaymentLink | None:
    """Return the payment link that the order came through if it is still open for sale."""
    link = PaymentLink.objects.filter(pk=order.payment_link_id, store=order.store_id).first()
    if link is None:
        return None
    link.store = order.store
    try:
        require_link_open(link)
    except Problem:
        return None
    return link

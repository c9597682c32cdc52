"""Putting items back in a shopper's cart."""

from collections.abc import Iterable

from django.contrib import messages
from django.http import QueryDict
from django.utils.translation import gettext as _

from checkout import cart
from checkout.selection_query import read_selection_line
from stores.errors import Problem
from stores.http import ShopRequest


def refill_cart(request: ShopRequest, items: Iterable[tuple[QueryDict, str]]) -> None:
    """Put each item in the cart. The next page names those that can't be bought anymore."""
    unavailable = []
    for query, name in items:
        try:
            line = read_selection_line(store=request.store, query=query)
            if not line.variant.product.listed:
                raise Problem(_("This product isn't available in the shop."))
            cart.add_cart_line(session=request.session, line=line)
        except Problem:
            unavailable.append(name)
    if names := ", ".join(filter(None, unavailable)):
        messages.warning(request, _("No longer available: %(names)s.") % {"names": names})

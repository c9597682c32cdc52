"""The bag: looked at, filled, changed; all of it without script too."""

from django.contrib import messages
from django.db.models import prefetch_related_objects
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from checkout import cart
from checkout.checkout_session import unpaid_bag_order
from checkout.selection_query import WHOLE_NUMBER, read_line
from stores.decorators import keep_origin, private_page
from stores.http import ShopRequest
from stores.same_origin import same_origin_post


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def show(request: ShopRequest) -> HttpResponse:
    """The bag at today's prices. A POST sets `quantity_<line>`s, or takes out the line in `remove`;
    with `checkout` it goes on from there, so that what was typed last is what is bought.
    """
    if request.method == "POST":
        cart.change(session=request.session, quantities=read_quantities(request.POST))
        return redirect("checkout:checkout" if "checkout" in request.POST else "checkout:bag")
    order = unpaid_bag_order(session=request.session, store=request.store)
    held = cart.read_bag(session=request.session, store=request.store, order_id=order.pk if order else "")
    if held.vanished:
        messages.warning(
            request,
            ngettext(
                "%(count)d thing in your bag is no longer sold, and was taken out.",
                "%(count)d things in your bag are no longer sold, and were taken out.",
                held.vanished,
            )
            % {"count": held.vanished},
        )
    prefetch_related_objects([line.chosen.variant for line in held.lines], "product__media")
    return keep_origin(render(request, "checkout/bag.html", {"bag": held, "most": cart.MAX_QUANTITY}))


@private_page
@same_origin_post
def add(request: ShopRequest) -> HttpResponse:
    """Put a product in: `variant`, or `product` with `option_…`; `quantity`, `plan`. Then show the bag."""
    line = read_line(store=request.store, query=request.POST)
    cart.add(session=request.session, line=line)
    messages.success(request, _("%(name)s is in your bag.") % {"name": line.variant})
    return redirect("checkout:bag")


def read_quantities(posted: QueryDict) -> dict[str, int]:
    """Return the quantities typed, by line; what is no number is left as it was."""
    typed = {
        name.removeprefix("quantity_"): value.strip()
        for name, value in posted.items()
        if name.startswith("quantity_") and isinstance(value, str)
    }
    quantities = {key: int(text) for key, text in typed.items() if WHOLE_NUMBER.fullmatch(text)}
    if removed := posted.get("remove", ""):
        quantities[removed] = 0
    return quantities

"""The cart: view, add, change, and remove lines. Its page works without JavaScript."""

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from catalog.pictures import prefetch_pictures
from checkout import cart
from checkout.checkout_session import find_unpaid_cart_order
from checkout.code_session import (
    find_code,
    find_offered_code,
    remember_code_choice,
    set_visit_code,
)
from checkout.selection import CART_SOURCE
from checkout.selection_query import WHOLE_NUMBER, read_selection_line
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.discount_codes import is_possible_code
from stores.http import ShopRequest


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def show_cart(request: ShopRequest) -> HttpResponse:
    """Show the cart at current prices, or save changed quantities.

    A POST sets each `quantity_<line key>` and removes the line named in `remove`. With `checkout`, it then
    redirects to the checkout, so that the shopper buys the quantities just typed. `use_code` and
    `remove_code` change the discount code, which the checkout checks.
    """
    if request.method == "POST":
        save_cart_code(request)
        cart.set_cart_quantities(session=request.session, quantities=read_cart_quantities(request.POST))
        return redirect("checkout:checkout" if "checkout" in request.POST else "checkout:cart")
    order = find_unpaid_cart_order(session=request.session, store=request.store)
    current_cart = cart.read_cart(
        session=request.session, store=request.store, order_id=order.pk if order else ""
    )
    if current_cart.removed_count:
        messages.warning(
            request,
            ngettext(
                "%(count)d item is no longer available and was removed from your cart.",
                "%(count)d items are no longer available and were removed from your cart.",
                current_cart.removed_count,
            )
            % {"count": current_cart.removed_count},
        )
    prefetch_pictures([line.chosen.variant for line in current_cart.lines])
    context = {
        "cart": current_cart,
        "max_quantity": cart.MAX_QUANTITY,
        "code": find_cart_code(request),
        "lacks_cookies": lacks_cookies(request),
    }
    response = render(request, "checkout/cart.html", context)
    if request.store.accepts_codes:
        set_visit_code(response, request.GET.get("code", "").strip())
    return allow_origin_referrer(response)


@private_page
@require_safe
def show_cart_drawer(request: ShopRequest) -> HttpResponse:
    """Show the cart in short, as a part of a page. Opened as a page, redirect to the cart."""
    if request.headers.get("Sec-Fetch-Dest") == "document":
        return redirect("checkout:cart")
    order = find_unpaid_cart_order(session=request.session, store=request.store)
    current_cart = cart.read_cart(
        session=request.session, store=request.store, order_id=order.pk if order else ""
    )
    prefetch_pictures([line.chosen.variant for line in current_cart.lines])
    context = {"cart": current_cart, "lacks_cookies": lacks_cookies(request)}
    return allow_origin_referrer(render(request, "checkout/cart_drawer.html", context))


def lacks_cookies(request: ShopRequest) -> bool:
    """Return True if something was just added, and the browser didn't keep the session's cookie."""
    return "added" in request.GET and settings.SESSION_COOKIE_NAME not in request.COOKIES


def find_cart_code(request: ShopRequest) -> str:
    """Return the discount code that the cart's checkout will check, or ""."""
    return find_code(
        session=request.session,
        source=CART_SOURCE,
        offered=find_offered_code(request),
        accepts_codes=request.store.accepts_codes,
    )


def save_cart_code(request: ShopRequest) -> None:
    """Save the posted code for the cart's checkout, or that there is to be none."""
    code = request.POST.get("code", "").strip()
    is_used = "use_code" in request.POST and request.store.accepts_codes and is_possible_code(code)
    if is_used or "remove_code" in request.POST:
        remember_code_choice(
            session=request.session,
            source=CART_SOURCE,
            offered=find_offered_code(request),
            chosen=code if is_used else "",
        )
    elif "use_code" in request.POST and code:
        messages.warning(request, _("Check your discount code. It can't contain spaces."))


@private_page
@require_same_origin_post
def add_to_cart(request: ShopRequest) -> HttpResponse:
    """Add a product to the cart and redirect there.

    Reads `variant`, or `product` with `option_…` values; `quantity`; `plan`; and a discount `code`. With
    `drawer`, it redirects to the part of a page that opens over the product page.
    """
    line = read_selection_line(store=request.store, query=request.POST)
    cart.add_cart_line(session=request.session, line=line)
    page = "cart_drawer" if "drawer" in request.POST else "cart"
    if page == "cart":
        messages.success(request, _("%(name)s was added to your cart.") % {"name": line.variant})
    response = redirect(f"{reverse(f'checkout:{page}')}?added")
    if request.store.accepts_codes:
        set_visit_code(response, request.POST.get("code", "").strip())
    return response


def read_cart_quantities(posted: QueryDict) -> dict[str, int]:
    """Return the posted quantities by line key. Skips values that are not whole numbers."""
    typed = {
        name.removeprefix("quantity_"): value.strip()
        for name, value in posted.items()
        if name.startswith("quantity_") and isinstance(value, str)
    }
    quantities = {key: int(text) for key, text in typed.items() if WHOLE_NUMBER.fullmatch(text)}
    if removed := posted.get("remove", ""):
        quantities[removed] = 0
    return quantities

"""What a shopper sees after posting a form whose token doesn't match the browser's cookie.

Cookies are cleared by privacy settings and cleaners, in the middle of a checkout too. The checkout is shown
again with what was typed; any other form gets the plain page (403_csrf.html).
"""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

from checkout.typed_checkout import TYPED_DETAILS, build_checkout_form, remember_typed_values
from checkout.views.checkout import add_discounts, find_purchase, render_checkout
from stores.csrf import is_same_origin
from stores.decorators import private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.middleware import render_problem
from stores.responses import HttpResponseSeeOther


def show_csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answer a POST without a valid form token. Starts no payment.

    A form that another site may have posted isn't shown again: it isn't what this shopper typed.
    """
    match = request.resolver_match
    if match is None or match.view_name != "checkout:checkout" or not is_same_origin(request):
        return csrf_failure(request, reason=reason)
    try:
        return show_checkout_again(request)  # type: ignore[arg-type]
    except Problem as problem:
        return render_problem(request, problem)


@private_page
def show_checkout_again(request: ShopRequest) -> HttpResponse:
    """Show the posted form again without acting on it. What was in a cart is lost with the cookies."""
    purchase = find_purchase(request)
    if purchase is None:
        typed = {name: request.POST[name][:255] for name in TYPED_DETAILS if name in request.POST}
        remember_typed_values(request.session, typed)
        messages.warning(
            request,
            _(
                "Your browser lost this shop's cookies, and your cart with them. Nothing was charged. "
                "Add your items again. Your details are saved."
            ),
        )
        return HttpResponseSeeOther(reverse("checkout:cart"))
    form = build_checkout_form(request, purchase.selection, checked=False)
    form.show_problem(
        _(
            "Your browser lost this shop's cookies while the page was open. Nothing was charged. "
            "Check your details and press the button again. If this keeps happening, allow cookies for "
            "this shop."
        ),
    )
    return render_checkout(request, form, add_discounts(request, form, purchase), status=403)

"""The page that a reminder leads to: the cart as it was left, and a button that brings it back."""

from http import HTTPStatus

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from checkout.cart_reminders import is_bought, list_restorable_lines
from checkout.models import CartReminder
from checkout.models.cart_reminder import RESTORE_PURPOSE
from checkout.refill import refill_cart
from checkout.selection_query import build_checkout_url
from stores.crypto import verify_url_token
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.responses import HttpResponseSeeOther


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def restore_cart(request: ShopRequest, token: str) -> HttpResponse:
    """Show the cart, or put it back and lead on to it. Shows nothing about who left it.

    Raises NotFound once it is deleted, and Problem (410) if its checkout was paid.
    """
    reminder = get_or_not_found(
        CartReminder.objects.exclude(selections="").select_related("store", "contact"),
        _("We no longer have this cart. You can put it together again in the shop."),
        pk=verify_url_token(purpose=RESTORE_PURPOSE, token=token),
        store=request.store.pk,
    )
    if is_bought(reminder):
        raise Problem(
            _("You've placed an order since. Find it under “Your orders”."),
            code="cart_bought",
            status=HTTPStatus.GONE,
        )
    if request.method != "POST":
        lines = list_restorable_lines(reminder)
        context = {"lines": lines, "has_all": len(lines) >= len(reminder.queries)}
        return allow_origin_referrer(render(request, "checkout/restore_cart.html", context))
    if not reminder.is_cart:
        return HttpResponseSeeOther(build_checkout_url(reminder.selections))
    refill_cart(request, [(QueryDict(query), "") for query in reminder.queries])
    return redirect(f"{reverse('checkout:cart')}?added")

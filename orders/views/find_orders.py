"""The page where shoppers request links to their orders by email."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from orders.form_fields import ShopperEmailField
from orders.notifications import queue_order_links
from stores.decorators import allow_origin_referrer, private_page
from stores.http import ShopRequest
from stores.rate_limits import require_within_limit


class FindOrdersForm(forms.Form):
    """The form for the email the shopper ordered with."""

    email = ShopperEmailField()


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def find_orders(request: ShopRequest) -> HttpResponse:
    """Email the shopper links to their orders. The page does not reveal whether there are any."""
    form = FindOrdersForm(request.POST or None, label_suffix="")
    done = request.method == "POST" and form.is_valid()
    if done:
        require_within_limit(request, "find")
        queue_order_links(store=request.store, email=form.cleaned_data["email"])
    return allow_origin_referrer(render(request, "orders/find_orders.html", {"form": form, "done": done}))

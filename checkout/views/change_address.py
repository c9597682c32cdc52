"""The page where shoppers correct the shipping address of their own order, at its secret address."""

from http import HTTPStatus

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from checkout.address_form import ChangeAddressForm
from orders.address_changes import change_own_address
from orders.self_service import TooLate, is_changeable
from orders.views.order_status import find_order_by_token
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.responses import HttpResponseSeeOther


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def change_address(request: ShopRequest, token: str) -> HttpResponse:
    """Show the form with the present address, or have NEXT ship to another one. Raises NotFound."""
    order = find_order_by_token(request, token)
    status_url = reverse("orders:status", args=[token])
    address = order.requested_address or order.shipping_address
    if address is None:
        return HttpResponseRedirect(status_url)
    form = ChangeAddressForm(request.POST if request.method == "POST" else None, address=address)
    problem: Problem | None = None
    if form.is_bound and form.is_valid():
        try:
            change_own_address(order=order, address=form.to_address())
        except Problem as error:
            problem = error
            if error.field in form.fields:
                form.add_error(error.field, error.message)
        else:
            return HttpResponseSeeOther(status_url)
    elif not is_changeable(order):
        problem = TooLate()
    context = {"order": order, "form": form, "status_url": status_url, "problem": problem}
    context["may_try"] = not isinstance(problem, TooLate)
    status = problem.status if problem else HTTPStatus.OK
    return allow_origin_referrer(render(request, "checkout/change_address.html", context, status=status))

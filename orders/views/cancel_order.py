"""The page where shoppers cancel their own order, at its secret address."""

from http import HTTPStatus

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from orders.self_service import TooLate, cancel_own_order, is_being_canceled, is_changeable
from orders.views.order_status import find_order_by_token
from stores.decorators import allow_origin_referrer, private_page
from stores.errors import Problem
from stores.http import ShopRequest
from stores.responses import HttpResponseSeeOther


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_order(request: ShopRequest, token: str) -> HttpResponse:
    """Ask whether to cancel, then cancel and refund all of it. Raises NotFound."""
    order = find_order_by_token(request, token)
    status_url = reverse("orders:status", args=[token])
    problem: Problem | None = None
    if request.method == "POST":
        try:
            cancel_own_order(order)
        except Problem as error:
            problem = error
        else:
            return HttpResponseSeeOther(status_url)
    elif order.status == order.Status.CANCELED or is_being_canceled(order):
        return HttpResponseRedirect(status_url)
    elif not is_changeable(order):
        problem = TooLate()
    context = {"order": order, "status_url": status_url, "problem": problem}
    context["may_try"] = not isinstance(problem, TooLate)
    status = problem.status if problem else HTTPStatus.OK
    return allow_origin_referrer(render(request, "orders/cancel_order.html", context, status=status))

"""The page for those who press Pay while many others do. It goes on to the payment once it is their turn."""

import random

from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_safe

from checkout.posted_checkout import find_posted_checkout, forget_posted_checkout
from checkout.selection_query import build_checkout_url
from checkout.views.checkout import answer_checkout
from nextcommerce.turns import invite_back, take_turn
from stores.decorators import private_page
from stores.http import ShopRequest
from stores.responses import HttpResponseSeeOther

# Pages without JavaScript come back after a few seconds, not all in the same one.
REFRESH_SECONDS = (3, 6)


@private_page
@require_GET
def show_turn(request: ShopRequest) -> HttpResponse:
    """Answer the posted form as the checkout would, once it is its turn. Shows a waiting page until then.

    Refuses HEAD, which must change nothing.
    """
    form = find_posted_checkout(request.session, query=request.GET)
    if form is None:
        return HttpResponseSeeOther(build_checkout_url(request.GET.urlencode()))
    with take_turn(has_waited=True) as is_my_turn:
        if is_my_turn:
            forget_posted_checkout(request.session)
            request.method, request.POST = "POST", form  # type: ignore[assignment]
            return answer_checkout(request)
    context = {
        "state_url": reverse("checkout:turn_state"),
        "refresh_seconds": random.randint(*REFRESH_SECONDS),  # nosec B311
    }
    return render(request, "checkout/turn.html", context)


@private_page
@require_safe
def get_turn_state(request: ShopRequest) -> HttpResponse:
    """Return `{"state": "ready"}` when the page should be opened again. Needs no query."""
    return JsonResponse({"state": "ready" if invite_back() else "starting"})

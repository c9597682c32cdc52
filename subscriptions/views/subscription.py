"""A subscription under its secret address: what is charged next, and what the shopper may do (R162)."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from orders.models import Order
from orders.presentation import goods_with_pictures, subscriptions_of
from stores.crypto import open_address
from stores.decorators import keep_origin, private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.responses import SeeOther
from stores.same_origin import same_origin_post
from subscriptions.forms import PAUSES, REASONS
from subscriptions.forms import act as act_on
from subscriptions.models import Subscription
from subscriptions.subscription_lines import how_often, next_charge


def subscription_pages(order: Order) -> list[tuple[str, str]]:
    """The name and the address of each subscription that the order belongs to."""
    return [(row.line.get("name", ""), row.get_absolute_url()) for row in subscriptions_of(order)]


@private_page
@require_safe
def show(request: ShopRequest, token: str) -> HttpResponse:
    """Plan, next charge, history, and what can be done. Errors: NotFound."""
    subscription = find_subscription(request, token)
    context = {
        "subscription": subscription,
        "store": subscription.store,
        "goods": goods_with_pictures(subscription),
        "invoices": subscription.invoices.select_related("order").order_by("-cycle")[:24],
        "next_charge": next_charge(subscription) if subscription.lines else None,
        "how_often": how_often(subscription.line),
        "plus_tax": not subscription.store.prices_include_tax and subscription.order.tax_total,
        "ends_soon": subscription.cancel_at_period_end and not subscription.is_over,
        "is_done": "done" in request.GET,
        "act_url": reverse("subscriptions:subscription_act", args=[token]),
        "change_url": reverse("subscriptions:subscription_change", args=[token]),
        "order_url": subscription.order.get_absolute_url(),
        "pauses": PAUSES,
        "reasons": REASONS,
    }
    return keep_origin(render(request, "subscriptions/subscription.html", context))


@private_page
@same_origin_post
def act(request: ShopRequest, token: str) -> HttpResponse:
    """Do one thing and go back to the page (303). Errors: NotFound, Problem, Conflict."""
    subscription = find_subscription(request, token)
    act_on(subscription=subscription, given=request.POST)
    return SeeOther(f"{reverse('subscriptions:subscription', args=[token])}?done")


def find_subscription(request: ShopRequest, token: str) -> Subscription:
    """Return the subscription of this shop whose secret this is. Errors: NotFound."""
    subject = open_address(purpose="subscription", token=token)
    subscription = (
        Subscription.objects.select_related("store", "order", "customer")
        .filter(pk=subject, store=request.store.pk)
        .first()
    )
    if subscription is None:
        raise NotFound(_("There is no subscription at this address. Please use the link in your mail."))
    return subscription

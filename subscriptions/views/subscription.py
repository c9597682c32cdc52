"""The subscriber's page, at a secret URL: the next charge, past charges, and actions (R162)."""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from stores.crypto import verify_url_token
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.responses import HttpResponseSeeOther
from subscriptions.change_notice import describe_change
from subscriptions.charges import describe_charges
from subscriptions.forms import CANCEL_REASONS, PAUSE_MONTHS, perform_form_action
from subscriptions.models import Subscription
from subscriptions.selectors import subscription_lines_with_images
from subscriptions.subscription_lines import LINES_PREFETCH, upcoming_charge
from subscriptions.sync_actions import find_sync_action


@private_page
@require_safe
def show_subscription(request: ShopRequest, token: str) -> HttpResponse:
    """Show plan, next charge, history, and actions. Raises NotFound."""
    subscription = find_subscription_by_token(request, token)
    context = {
        "subscription": subscription,
        "store": subscription.store,
        "lines": subscription_lines_with_images(subscription),
        "invoices": subscription.invoices.select_related("order").order_by("-cycle")[:24],
        "next_charge": upcoming_charge(subscription) if subscription.main_line else None,
        "charges": describe_charges(subscription),
        "plus_tax": subscription.order.is_tax_added,
        "ends_soon": subscription.ends_soon,
        "is_done": "done" in request.GET,
        "change": describe_change(subscription, request.GET.get("done", "")),
        "is_confirmed": subscription.is_seen and find_sync_action(subscription) is None,
        "act_url": reverse("subscriptions:subscription_act", args=[token]),
        "change_url": reverse("subscriptions:subscription_change", args=[token]),
        "cancel_contract_url": reverse("subscriptions:cancel_subscription", args=[token]),
        "order_url": subscription.order.get_absolute_url(),
        "pauses": PAUSE_MONTHS,
        "reasons": CANCEL_REASONS,
    }
    return allow_origin_referrer(render(request, "subscriptions/subscription.html", context))


@private_page
@require_same_origin_post
def submit_subscription_action(request: ShopRequest, token: str) -> HttpResponse:
    """Run one action and redirect back to the page (303). Raises NotFound, Problem, or Conflict."""
    subscription = find_subscription_by_token(request, token)
    perform_form_action(subscription=subscription, data=request.POST)
    query = urlencode({"done": request.POST["action"]})
    return HttpResponseSeeOther(f"{reverse('subscriptions:subscription', args=[token])}?{query}")


def find_subscription_by_token(request: ShopRequest, token: str) -> Subscription:
    """Return the subscription of this store with this secret token. Raises NotFound."""
    subject = verify_url_token(purpose="subscription", token=token)
    subscriptions = Subscription.objects.select_related("store", "order", "customer").prefetch_related(
        LINES_PREFETCH
    )
    message = _("We can't find this subscription. Use the link in your email.")
    return get_or_not_found(subscriptions, message, pk=subject, store=request.store.pk)

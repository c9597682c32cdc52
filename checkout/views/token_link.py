"""Payment links opened with an ephemeral token.

Link previews and email scanners open the page, some of them with scripts. Only a person presses its button,
which posts the token and uses it up. The URLs that follow do not contain the token.
"""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from catalog.free_amount import has_free_amount
from catalog.models import PaymentLink
from catalog.payment_links import ATTRIBUTION_PARAMETERS, link_lookup
from catalog.selectors import require_link_open
from checkout import token_session
from checkout.typed_checkout import remember_typed_values
from orders.ephemeral_tokens import TokenSpent, redeem_token
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.rate_limits import limit_posts
from stores.responses import HttpResponseSeeOther

TOKEN_PARAMETER = "ephemeral_token"
# Other parameters to pass on to the next page.
CARRIED_PARAMETERS = ("variant", "code", *ATTRIBUTION_PARAMETERS)


@private_page
@require_safe
def show_token_form(request: ShopRequest, link_id: str) -> HttpResponse:
    """Show the form whose button redeems the token. Does not use up the token.

    Raises NotFound for an unknown link, and Problem (410) if the link is closed.
    """
    link = require_payment_link(request, link_id)
    secret = request.GET[TOKEN_PARAMETER]
    if token_session.was_redeemed_here(session=request.session, secret=secret):
        return HttpResponseSeeOther(build_next_url(link, read_carried_parameters(request)))
    context = {"link": link, "secret": secret, "carried": read_carried_parameters(request)}
    return allow_origin_referrer(render(request, "checkout/token.html", context))


@private_page
@sensitive_post_parameters(TOKEN_PARAMETER)
@limit_posts("token")
@require_same_origin_post
def redeem_link_token(request: ShopRequest, link_id: str) -> HttpResponse:
    """Redeem the token and redirect to the checkout, or to the link's page if there is a choice to make.

    Renders a 410 page that lets the shopper continue without the token if it is spent or unknown.
    Raises NotFound for an unknown link, and Problem (410) if the link is closed.
    """
    link = require_payment_link(request, link_id)
    secret = request.POST.get(TOKEN_PARAMETER, "")
    continue_url = build_next_url(
        link, {name: request.POST[name] for name in CARRIED_PARAMETERS if request.POST.get(name)}
    )
    if token_session.was_redeemed_here(session=request.session, secret=secret):
        return HttpResponseSeeOther(continue_url)
    try:
        token = redeem_token(store=link.store, secret=secret)
    except TokenSpent as spent:
        return render(
            request, "checkout/token_spent.html", {"problem": spent, "continue_url": continue_url}, status=410
        )
    token_session.remember_redeemed_token(session=request.session, token=token, link_id=link.pk)
    # Replaces all form data, since another person may have used this browser before.
    remember_typed_values(request.session, token_session.build_form_prefill(token.customer))
    return HttpResponseSeeOther(continue_url)


def require_payment_link(request: ShopRequest, link_id: str) -> PaymentLink:
    """Return this shop's link. Raises NotFound if unknown, and Problem (410) unless open for sale."""
    link = get_or_not_found(
        PaymentLink.objects.select_related("store", "product"),
        _("We can't find a payment link at this address."),
        code="payment_link_not_found",
        store=request.store.pk,
        **link_lookup(link_id),
    )
    require_link_open(link)
    return link


def read_carried_parameters(request: ShopRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in CARRIED_PARAMETERS if request.GET.get(name)}


def build_next_url(link: PaymentLink, query: dict[str, str]) -> str:
    """Return the checkout URL if nothing is left to choose (R119); otherwise the link's page."""
    if ("variant" in query and not has_free_amount(link)) or has_nothing_to_choose(link):
        return f"{reverse('checkout:checkout')}?{urlencode({'link': link.pk, **query})}"
    address = link.get_absolute_url()
    return f"{address}?{urlencode(query)}" if query else address


def has_nothing_to_choose(link: PaymentLink) -> bool:
    """Return True if the shopper has no variant, add-on, plan, text, or amount to choose."""
    if link.custom_text_label or link.product.requires_selling_plan or has_free_amount(link):
        return False
    return link.link_variants.count() == 1 and not link.product.plan_group_uses.exists()

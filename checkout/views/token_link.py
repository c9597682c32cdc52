"""A payment link opened with an ephemeral token.

A messenger's preview or a mail scanner only looks (GET), which uses nothing up. The page posts the token by
itself in a person's browser, or by its button without script; then the address is clean of it.
"""

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from catalog.models import PaymentLink
from catalog.payment_links import ATTRIBUTION_PARAMETERS
from catalog.selectors import require_link_open
from catalog.views.payment_link import payment_link_detail
from checkout import token_session
from checkout.views.checkout import FORM_SESSION_KEY
from orders.ephemeral_tokens import TokenSpent, redeem_token
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.rate_limits import limit_posts
from stores.responses import HttpResponseSeeOther

TOKEN_PARAMETER = "ephemeral_token"
# What else the address says, and the page after it needs.
CARRIED_PARAMETERS = ("variant", *ATTRIBUTION_PARAMETERS)


def open_payment_link(request: ShopRequest, link_id: str) -> HttpResponse:
    """The link's public page; with a token in the address, the private page that redeems it."""
    if request.GET.get(TOKEN_PARAMETER):
        return show_token_form(request, link_id)
    return payment_link_detail(request, link_id)


@private_page
@require_safe
def show_token_form(request: ShopRequest, link_id: str) -> HttpResponse:
    """A page with one form, which posts itself. Uses nothing up. Errors: NotFound; Problem, 410 if closed."""
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
    """Redeem the token and go on to the checkout, or to the link's page where there is a selection to make.

    A token that opens nothing is said so, with the way on without it.
    Errors: NotFound; Problem, 410 if closed.
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
    # Nothing of whoever used this browser before is mixed in.
    request.session[FORM_SESSION_KEY] = token_session.build_form_prefill(token.customer)
    return HttpResponseSeeOther(continue_url)


def require_payment_link(request: ShopRequest, link_id: str) -> PaymentLink:
    """Return this shop's link. Errors: NotFound; Problem, 410 where it is closed."""
    link = (
        PaymentLink.objects.select_related("store", "product")
        .filter(store=request.store.pk, pk=link_id)
        .first()
    )
    if link is None:
        raise NotFound(_("There is no payment link at this address."), code="payment_link_not_found")
    require_link_open(link)
    return link


def read_carried_parameters(request: ShopRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in CARRIED_PARAMETERS if request.GET.get(name)}


def build_next_url(link: PaymentLink, query: dict[str, str]) -> str:
    """Straight to the checkout (R119) where nothing is left to choose; else the link's page."""
    if "variant" in query or has_nothing_to_choose(link):
        return f"{reverse('checkout:checkout')}?{urlencode({'link': link.pk, **query})}"
    address = link.get_absolute_url()
    return f"{address}?{urlencode(query)}" if query else address


def has_nothing_to_choose(link: PaymentLink) -> bool:
    """True where the link sells one thing in one way: no variants, extras, plans or text to choose."""
    if link.custom_text_label or link.product.requires_selling_plan:
        return False
    return link.link_variants.count() == 1 and not link.product.plan_group_uses.exists()

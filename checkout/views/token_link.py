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
from catalog.payment_links import CARRIED
from catalog.selectors import require_open
from catalog.views.payment_link import payment_link
from checkout import token_session
from checkout.views.checkout import DETAILS
from orders.ephemeral_tokens import TokenSpent, redeem
from stores.decorators import keep_origin, private_page
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.rate_limits import limit_posts
from stores.responses import SeeOther
from stores.same_origin import same_origin_post

PARAMETER = "ephemeral_token"
# What else the address says, and the page after it needs.
KEPT = ("variant", *CARRIED)


def open_link(request: ShopRequest, link_id: str) -> HttpResponse:
    """The link's public page; with a token in the address, the private page that redeems it."""
    if request.GET.get(PARAMETER):
        return welcome(request, link_id)
    return payment_link(request, link_id)


@private_page
@require_safe
def welcome(request: ShopRequest, link_id: str) -> HttpResponse:
    """A page with one form, which posts itself. Uses nothing up. Errors: NotFound; Problem, 410 if closed."""
    link = find_link(request, link_id)
    secret = request.GET[PARAMETER]
    if token_session.was_redeemed_here(session=request.session, secret=secret):
        return SeeOther(next_page(link, carried(request)))
    context = {"link": link, "secret": secret, "carried": carried(request)}
    return keep_origin(render(request, "checkout/token.html", context))


@private_page
@sensitive_post_parameters(PARAMETER)
@limit_posts("token")
@same_origin_post
def enter(request: ShopRequest, link_id: str) -> HttpResponse:
    """Redeem the token and go on to the checkout, or to the link's page where there is a choice to make.

    A token that opens nothing is said so, with the way on without it.
    Errors: NotFound; Problem, 410 if closed.
    """
    link = find_link(request, link_id)
    secret = request.POST.get(PARAMETER, "")
    goal = next_page(link, {name: request.POST[name] for name in KEPT if request.POST.get(name)})
    if token_session.was_redeemed_here(session=request.session, secret=secret):
        return SeeOther(goal)
    try:
        token = redeem(store=link.store, secret=secret)
    except TokenSpent as spent:
        return render(request, "checkout/token_spent.html", {"problem": spent, "goal": goal}, status=410)
    token_session.remember(session=request.session, token=token, link_id=link.pk)
    # Nothing of whoever used this browser before is mixed in.
    request.session[DETAILS] = token_session.typed_details(token.customer)
    return SeeOther(goal)


def find_link(request: ShopRequest, link_id: str) -> PaymentLink:
    """Return this shop's link. Errors: NotFound; Problem, 410 where it is closed."""
    link = (
        PaymentLink.objects.select_related("store", "product")
        .filter(store=request.store.pk, pk=link_id)
        .first()
    )
    if link is None:
        raise NotFound(_("There is no payment link at this address."), code="payment_link_not_found")
    require_open(link)
    return link


def carried(request: ShopRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in KEPT if request.GET.get(name)}


def next_page(link: PaymentLink, query: dict[str, str]) -> str:
    """Straight to the checkout (R119) where nothing is left to choose; else the link's page."""
    if "variant" in query or has_one_way(link):
        return f"{reverse('checkout:checkout')}?{urlencode({'link': link.pk, **query})}"
    address = link.get_absolute_url()
    return f"{address}?{urlencode(query)}" if query else address


def has_one_way(link: PaymentLink) -> bool:
    """True where the link sells one thing in one way: no variants, extras, plans or text to choose."""
    if link.custom_text_label or link.product.requires_selling_plan:
        return False
    return link.link_variants.count() == 1 and not link.product.plan_group_uses.exists()

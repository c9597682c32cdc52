"""Pictures made of words: QR codes and previews for messengers."""

from django.http import Http404, HttpResponse

from catalog import qr_codes, selectors, social_card
from catalog.models import PaymentLink
from catalog.page_cache import cache_public_page
from catalog.product_page import build_product_page
from catalog.selectors import ProductListing
from stores.http import ShopRequest
from stores.money import format_money


@cache_public_page()
def link_qr_code(request: ShopRequest, link_id: str, kind: str) -> HttpResponse:
    """A link's address as a QR code. It tells nothing but the address, so that a closed link has one too."""
    link = PaymentLink.objects.filter(store=request.store, pk=link_id).first()
    if link is None:
        raise Http404
    link.store = request.store
    if kind == "svg":
        return HttpResponse(qr_codes.render_qr_svg(link.url), content_type="image/svg+xml")
    return HttpResponse(qr_codes.render_qr_png(link.url), content_type="image/png")


@cache_public_page()
def link_share_image(request: ShopRequest, link_id: str) -> HttpResponse:
    """What messengers show of a link."""
    return _render_share_image(request, selectors.find_link_listing(store=request.store, link_id=link_id))


@cache_public_page()
def product_share_image(request: ShopRequest, slug: str) -> HttpResponse:
    """What messengers show of a product."""
    return _render_share_image(request, selectors.find_product_listing(store=request.store, slug=slug))


def _render_share_image(request: ShopRequest, listing: ProductListing) -> HttpResponse:
    chosen = build_product_page(listing)
    content = social_card.draw_social_card(
        name=listing.product.name,
        price=format_money(chosen.chosen.price, chosen.currency),
        shop=request.store.name,
        accent=request.store.accent,
        photo=chosen.pictures[0] if chosen.pictures else None,
    )
    return HttpResponse(content, content_type="image/jpeg")

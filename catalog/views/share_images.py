"""Pictures made of words: QR codes and previews for messengers."""

from django.http import Http404, HttpResponse

from catalog import qr_codes, selectors, social_card
from catalog.models import PaymentLink
from catalog.page_cache import public_page
from catalog.product_page import picker
from catalog.selectors import Offer
from stores.http import ShopRequest
from stores.money import show_money


@public_page()
def link_qr(request: ShopRequest, link_id: str, kind: str) -> HttpResponse:
    """A link's address as a QR code. It tells nothing but the address, so that a closed link has one too."""
    link = PaymentLink.objects.filter(store=request.store, pk=link_id).first()
    if link is None:
        raise Http404
    link.store = request.store
    if kind == "svg":
        return HttpResponse(qr_codes.svg(link.url), content_type="image/svg+xml")
    return HttpResponse(qr_codes.png(link.url), content_type="image/png")


@public_page()
def link_preview(request: ShopRequest, link_id: str) -> HttpResponse:
    """What messengers show of a link."""
    return _preview(request, selectors.link_offer(store=request.store, link_id=link_id))


@public_page()
def product_preview(request: ShopRequest, slug: str) -> HttpResponse:
    """What messengers show of a product."""
    return _preview(request, selectors.product_offer(store=request.store, slug=slug))


def _preview(request: ShopRequest, offer: Offer) -> HttpResponse:
    chosen = picker(offer)
    content = social_card.draw(
        name=offer.product.name,
        price=show_money(chosen.chosen.price, chosen.currency),
        shop=request.store.name,
        accent=request.store.accent,
        photo=chosen.pictures[0] if chosen.pictures else None,
    )
    return HttpResponse(content, content_type="image/jpeg")

"""Generated pictures: QR codes and link previews."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from catalog import qr_codes, selectors, social_card
from catalog.category_tree import load_category_tree
from catalog.payment_links import find_payment_link
from catalog.product_listing import ProductListing
from catalog.product_page import ProductPage, build_product_page
from catalog.related_products import find_newest_picture
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.models import Store, TaxMode
from stores.money import format_money
from stores.page_cache import cache_public_page


@cache_public_page()
def link_qr_code(request: ShopRequest, link_id: str, kind: str) -> HttpResponse:
    """Return the link's URL as a QR code. It reveals only the URL, so closed links have one too."""
    link = find_payment_link(store=request.store, link_id=link_id)
    if kind == "svg":
        return HttpResponse(qr_codes.render_qr_svg(link.permanent_url), content_type="image/svg+xml")
    return HttpResponse(qr_codes.render_qr_png(link.permanent_url), content_type="image/png")


@cache_public_page()
def link_share_image(request: ShopRequest, link_id: str) -> HttpResponse:
    """Return the preview picture of a payment link."""
    return _render_share_image(request, selectors.find_link_listing(store=request.store, link_id=link_id))


@cache_public_page()
def product_share_image(request: ShopRequest, slug: str) -> HttpResponse:
    """Return the preview picture of a product."""
    return _render_share_image(request, selectors.find_product_listing(store=request.store, slug=slug))


@cache_public_page("category")
def shop_share_image(request: ShopRequest) -> HttpResponse:
    """Return the preview picture of the shop or of a category, with the newest product's picture."""
    slug = request.GET.get("category", "")
    tree = load_category_tree(request.store) if slug else None
    category = tree.find(slug) if tree else None
    if slug and category is None:
        raise NotFound(_("We couldn't find this category. It may no longer have any products."))
    photo = find_newest_picture(
        store=request.store, category_ids=tree.ids_within(category) if tree and category else None
    )
    content = social_card.draw_social_card(
        name=category.name if category else request.store.name,
        price="",
        shop=request.store.name if category else "",
        accent=request.store.accent,
        photo=photo,
    )
    return HttpResponse(content, content_type="image/jpeg")


def _render_share_image(request: ShopRequest, listing: ProductListing) -> HttpResponse:
    product_page = build_product_page(listing)
    content = social_card.draw_social_card(
        name=listing.product.name,
        price=_format_card_price(product_page, request.store),
        shop=request.store.name,
        accent=request.store.accent,
        photo=next(iter(product_page.pictures), None),
    )
    return HttpResponse(content, content_type="image/jpeg")


def _format_card_price(product_page: ProductPage, store: Store) -> str:
    price = format_money(product_page.price, product_page.currency)
    if store.home_tax_mode != TaxMode.INCLUDED:
        return price
    return _("%(price)s, tax included") % {"price": price}

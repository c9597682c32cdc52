"""What the admin shows of a payment link: its page, preview, and code, and the products for a new one."""

import base64
import io
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from catalog import qr_codes, selectors
from catalog.availability import explain_setup_problem
from catalog.link_state import describe_link_state, get_link_state
from catalog.models import PaymentLink, Product
from catalog.product_page import build_product_page
from catalog.search import search_products
from catalog.structured_data import build_product_page_metadata
from stores.errors import Problem
from stores.middleware import load_shop
from stores.staff_stores import filter_by_chosen_store

PRODUCTS_SHOWN = 30


def build_link_page_context(link: PaymentLink) -> dict[str, Any]:
    """Return what the link's page shows. Needs `store` and `product` loaded."""
    rows = list(link.link_variants.select_related("variant__product").prefetch_related("variant__values"))
    for row in rows:
        row.setup_problem = explain_setup_problem(row.variant, store=link.store)  # type: ignore[attr-defined]
    qr_code = base64.b64encode(qr_codes.render_qr_svg(link.permanent_url)).decode()
    return {
        "title": link.title,
        "subtitle": _("Payment link for %(product)s") % {"product": link.product},
        "link": link,
        "state": get_link_state(link),
        "state_text": describe_link_state(link),
        "primaries": [row for row in rows if row.is_primary],
        "add_ons": [row for row in rows if not row.is_primary],
        "questions": list(link.questions.all()),
        "has_unsellable_variants": any(row.setup_problem for row in rows),  # type: ignore[attr-defined]
        "qr_code": f"data:image/svg+xml;base64,{qr_code}",
        "copy_query": f"?product={link.product_id}&copy_of={link.pk}",
    }


def build_product_choice_context(request: HttpRequest) -> dict[str, Any]:
    """Return the chosen store's products that a new link can sell and that the search finds, newest first."""
    search = request.GET.get("q", "").strip()
    products = filter_by_chosen_store(request, Product.objects.filter(active=True))
    if search:
        products = search_products(products, search)
    # Only of these are the variants counted.
    newest = products.order_by("-created_at", "-pk")[: PRODUCTS_SHOWN + 1]
    active = Q(variants__active=True)
    found = list(
        Product.objects.filter(pk__in=newest.values("pk"))
        .select_related("store")
        .annotate(
            variant_count=Count("variants", filter=active, distinct=True),
            lowest_price=Min("variants__price", filter=active),
            highest_price=Max("variants__price", filter=active),
        )
        .order_by("-created_at", "-pk")
    )
    return {"products": found[:PRODUCTS_SHOWN], "search": search, "has_more": len(found) > PRODUCTS_SHOWN}


@xframe_options_sameorigin
def render_link_preview(request: HttpRequest, link: PaymentLink) -> HttpResponse:
    """Return the link's page as shoppers see it, for a frame in the admin. Nobody can buy or be counted."""
    store = load_shop(host=link.store.host)
    request.store = store  # type: ignore[attr-defined]
    try:
        page = build_product_page(selectors.preview_link_listing(store=store, link_id=link.pk))
        about = build_product_page_metadata(page, address=link.url)
        context = {"product_page": page, "carried": {}, "about": about, "is_preview": True}
        response = render(request, "catalog/product_page.html", context)
    except Problem as problem:
        response = HttpResponse(problem.message, content_type="text/plain; charset=utf-8")
    response.csp = {"frame-ancestors": ["'self'"], "form-action": ["'none'"]}  # type: ignore[attr-defined]
    return response


def render_link_qr_code(link: PaymentLink, kind: str) -> FileResponse:
    """Return the QR code with the link's name under it as a download.

    It has the address that no change of the short address breaks, so that printed codes go on working.
    """
    is_svg = kind == "svg"
    draw = qr_codes.render_qr_svg if is_svg else qr_codes.render_qr_png
    content = draw(link.permanent_url, label=link.title)
    name = f"{slugify(link.title) or link.pk}.{kind}"
    return FileResponse(io.BytesIO(content), as_attachment=True, filename=name)

"""The shop's home page with search and categories, and the product page."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog import product_lists, selectors, shop_filters
from catalog.category_tree import build_breadcrumbs_json_ld, load_breadcrumbs, load_category_tree
from catalog.models import Category
from catalog.page_choices import UPDATE_PARAMETER, PageChoices, read_page_choices
from catalog.product_page import build_product_page
from catalog.related_products import list_related_cards
from catalog.structured_data import build_product_page_metadata, describe_list
from stores.errors import NotFound
from stores.http import ShopRequest
from stores.page_cache import cache_public_page


@cache_public_page("q", "page", "category", *shop_filters.PARAMETERS, prefix=shop_filters.OPTION_PREFIX)
def home_page(request: ShopRequest) -> HttpResponse:
    """List the shop's products. `q` searches, `category` filters by its slug, `page` turns pages.

    See `catalog.shop_filters` for the other parameters.
    """
    search = request.GET.get("q", "").strip()[:100]
    number = request.GET.get("page", "1")
    slug = request.GET.get("category", "")
    tree = load_category_tree(request.store)
    category = tree.find(slug) if slug else None
    if slug and category is None:
        raise NotFound(_("We couldn't find this category. It may no longer have any products."))
    chosen = shop_filters.read_shop_filter(request.GET)
    category_ids = tree.ids_within(category) if category else None
    cards = product_lists.list_product_cards(
        store=request.store,
        search=search,
        category_ids=category_ids,
        page=int(number) if number.isdecimal() else 1,
        chosen=chosen,
    )
    path = tree.path_to(category) if category else []
    context = {
        "cards": cards,
        "search": search,
        "category": category,
        "path": path,
        "categories": tree.list_below(category),
        "breadcrumbs": build_breadcrumbs_json_ld(path, origin=request.store.origin) if path else None,
        "summary": describe_list(cards, shop=request.store.name),
        **_build_filter_context(request, chosen, search=search, category=category, category_ids=category_ids),
    }
    return render(request, "catalog/home.html", context)


def _build_filter_context(
    request: ShopRequest,
    chosen: shop_filters.ShopFilter,
    *,
    search: str,
    category: Category | None,
    category_ids: Sequence[str] | None,
) -> dict[str, Any]:
    """Return what the form of filters needs. Options are offered in categories and searches only.

    Those of the whole shop would be a long list of things that have nothing to do with each other.
    """
    kept = [("category", category.slug)] if category else []
    kept += [("q", search)] if search else []
    options: list[shop_filters.FilterOption] = []
    if category or search or chosen.options:
        products = product_lists.search_listed_products(
            store=request.store, search=search, category_ids=category_ids
        )
        options = shop_filters.list_filter_options(products.rows, chosen=chosen)
    return {
        "chosen": chosen,
        "chosen_filters": shop_filters.list_chosen_filters(chosen, store=request.store, kept=kept),
        "filter_options": options,
        "sort_labels": shop_filters.sort_labels(),
        "query": urlencode([*kept, *chosen.to_query()]),
        "unfiltered_query": urlencode(kept),
    }


def show_product(request: ShopRequest, slug: str) -> HttpResponse:
    """Show the public page of a product, or with what a shopper without scripts has chosen."""
    if UPDATE_PARAMETER in request.GET:
        return show_choices(request, slug)
    return product_detail(request, slug)


@cache_public_page("variant", "code")
def product_detail(request: ShopRequest, slug: str) -> HttpResponse:
    """Show a product. The query parameter `variant` preselects a variant."""
    return render_product_page(request, slug, PageChoices(variant_id=request.GET.get("variant", "")))


@never_cache
@require_safe
def show_choices(request: ShopRequest, slug: str) -> HttpResponse:
    """Show a product with the choices in the query, and what they cost."""
    return render_product_page(request, slug, read_page_choices(request.GET))


def render_product_page(request: ShopRequest, slug: str, choices: PageChoices) -> HttpResponse:
    """Render the page of a product with these choices. Raises what `find_product_listing` does."""
    listing = selectors.find_product_listing(store=request.store, slug=slug)
    product_page = build_product_page(listing, choices)
    address = request.store.origin + listing.product.get_absolute_url()
    about = build_product_page_metadata(product_page, address=address)
    path = load_breadcrumbs(listing.product)
    related = list_related_cards(listing.product, category=path[-1]) if path else []
    return render(
        request,
        "catalog/product_page.html",
        {
            "product_page": product_page,
            "about": about,
            "path": path,
            "related": related,
            "breadcrumbs": build_breadcrumbs_json_ld(path, origin=request.store.origin) if path else None,
            "carried": {name: request.GET[name] for name in ("code",) if name in request.GET},
        },
    )

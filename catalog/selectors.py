"""Storefront queries: products and payment links as shoppers see them."""

from collections.abc import Iterable, Sequence

from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.availability import (
    has_stock,
    is_for_sale,
    is_missing_add_on,
)
from catalog.bundles import IncludedItem, list_included_items
from catalog.models import LinkVariant, PaymentLink, PlanGroupUse, Product, Variant
from catalog.payment_links import link_lookup
from catalog.pictures import prefetch_pictures
from catalog.product_listing import ProductListing
from catalog.stock import being_bought_error, is_being_bought
from stores.dates import format_store_time, format_time_left
from stores.errors import NotFound, Problem
from stores.lookups import get_or_not_found
from stores.models import Store


def find_product_listing(*, store: Store, slug: str) -> ProductListing:
    """Return a listed product. Raises NotFound."""
    product = (
        Product.objects.filter(store=store, active=True, listed=True, slug=slug)
        .prefetch_related(_prefetch_active_variants(), "variants__values", _prefetch_plan_groups())
        .first()
    )
    variants = list(product.variants.all()) if product else []
    if product is None or not variants:
        raise NotFound(_("We couldn't find this product. It may no longer be available."))
    product.store = store
    for_sale = _select_for_sale(variants, store)
    variants = for_sale or variants
    prefetch_pictures(variants)
    return ProductListing(
        product=product,
        variants=variants,
        default=first_in_stock(variants),
        is_for_sale=bool(for_sale),
    )


def preview_product_listing(*, product: Product) -> ProductListing:
    """Return what a product's page shows or will show, for staff. Raises NotFound without variants.

    Needs `store` loaded. Variants off sale are left out, unless all of them are.
    """
    prefetch_related_objects([product], "variants__values", _prefetch_plan_groups())
    every = list(product.variants.all())
    variants = [variant for variant in every if variant.active] or every
    if not variants:
        raise NotFound(_("This product has no variants yet."))
    for variant in variants:
        variant.product = product
    prefetch_pictures(variants)
    return ProductListing(product=product, variants=variants, default=first_in_stock(variants))


def find_link_listing(*, store: Store, link_id: str) -> ProductListing:
    """Return what the payment link with this id or short address sells.

    Raises NotFound, or Problem (410), which reveals nothing about the product, if the link is closed.
    """
    link = _find_link(store=store, link_id=link_id)
    require_link_open(link)
    return _build_link_listing(link, store)


def preview_link_listing(*, store: Store, link_id: str) -> ProductListing:
    """Return what a payment link sells or will sell, for staff. Raises Problem (410) if it sells nothing."""
    return _build_link_listing(_find_link(store=store, link_id=link_id), store)


def _build_link_listing(link: PaymentLink, store: Store) -> ProductListing:
    rows = list(link.link_variants.all())
    active = _require_active_variants(link, rows)
    for_sale = _select_for_sale(active, store)
    variants = for_sale or active
    add_ons = _select_shown_add_ons(rows, store)
    included = list_included_items(rows, store=store)
    _prefetch_link_details(
        link.product, variants, [*add_ons, *(row for item in included for row in item.rows)]
    )
    return ProductListing(
        product=link.product,
        variants=variants,
        default=_choose_default(link, variants),
        link=link,
        add_ons=add_ons,
        is_for_sale=bool(for_sale),
        lacks_add_on=_lacks_what_is_required(included, add_ons, store),
        included=included,
        own_prices={row.variant_id: row.price for row in rows if row.is_primary and row.price is not None},
    )


def _choose_default(link: PaymentLink, variants: list[Variant]) -> Variant:
    """Return the link's default variant if it can be delivered, else the first that can, if any."""
    in_order = sorted(variants, key=lambda variant: variant.pk != link.default_variant_id)
    quantity = link.fixed_quantity or 1
    return next((variant for variant in in_order if has_stock(variant, quantity)), in_order[0])


def _lacks_what_is_required(
    included: Iterable[IncludedItem], add_ons: Iterable[LinkVariant], store: Store
) -> bool:
    """Return True if a part of the bundle, or an add-on that the link requires, can't be delivered."""
    return any(not item.is_available for item in included) or any(
        is_missing_add_on(row, store=store) for row in add_ons
    )


def _find_link(*, store: Store, link_id: str) -> PaymentLink:
    link_variants = LinkVariant.objects.select_related("variant__product").order_by("position", "pk")
    links = (
        PaymentLink.objects.filter(store=store)
        .select_related("product")
        .prefetch_related(Prefetch("link_variants", link_variants))
    )
    message = _("We couldn't find this offer. Please check the link.")
    link = get_or_not_found(links, message, **link_lookup(link_id))
    link.store = link.product.store = store
    return link


def _select_for_sale(variants: Iterable[Variant], store: Store) -> list[Variant]:
    return [variant for variant in variants if is_for_sale(variant, store=store)]


def _select_shown_add_ons(rows: Iterable[LinkVariant], store: Store) -> list[LinkVariant]:
    """Return the add-ons that can be bought, and those that the link requires, even if they can't.

    What the link includes in a fixed quantity isn't an add-on to shoppers.
    """
    add_ons = [row for row in rows if not row.is_primary and not row.is_included]
    return [row for row in add_ons if row.min_quantity or is_for_sale(row.variant, store=store)]


def _require_active_variants(link: PaymentLink, rows: Iterable[LinkVariant]) -> list[Variant]:
    """Return the link's active variants. Raises Problem (410) if staff took off sale what it needs."""
    active = [row.variant for row in rows if row.is_primary and row.variant.active]
    if not active or not link.product.active or _is_required_add_on_inactive(rows):
        raise link_closed_error(link)
    return active


def _is_required_add_on_inactive(rows: Iterable[LinkVariant]) -> bool:
    """Return True if staff took off sale an add-on that the link requires, or all of which one is taken."""
    required: dict[object, list[bool]] = {}
    for row in rows:
        if not row.is_primary and row.min_quantity:
            required.setdefault(row.choice or row.variant_id, []).append(row.variant.active)
    return not all(map(any, required.values()))


def require_link_open(link: PaymentLink, *, count_uses: bool = True) -> None:
    """Raise Problem (410), which reveals nothing about the product, unless the link is open for sale.

    It is a Conflict (409) while an unpaid order holds the last use.

    Checkout passes `count_uses=False`, because the shopper may hold the last use (`catalog.stock`).
    """
    now = timezone.now()
    if link.active and link.opens_at and link.opens_at > now:
        raise Problem(
            _("Opens %(date)s (%(time_left)s).")
            % {
                "date": format_store_time(link.opens_at, link.store),
                "time_left": format_time_left(link.opens_at),
            },
            code="link_not_open",
            status=410,
        )
    if not link.active or (link.expires_at and link.expires_at <= now):
        raise link_closed_error(link)
    if count_uses and link.uses_left == 0:
        raise being_bought_error() if is_being_bought(link) else link_closed_error(link)


def link_closed_error(link: PaymentLink) -> Problem:
    """Return the Problem (410) for a link that has ended, or that was closed."""
    if link.is_personal and (ended := _describe_ended_request(link)):
        return Problem(ended, code="link_closed", status=410)
    if link.active and link.expires_at and link.expires_at <= timezone.now():
        ended = _("Ended %(date)s.") % {"date": format_store_time(link.expires_at, link.store)}
        return Problem(link.closed_message or ended, code="link_ended", status=410)
    return Problem(
        link.closed_message or _("This link is closed. Ask the person who sent it to you for a new one."),
        code="link_closed",
        status=410,
    )


def _describe_ended_request(link: PaymentLink) -> str:
    """Return why a link that was made for one payment has ended, or "" if it is what it sells."""
    if not link.active:
        return _("This payment request was withdrawn. Contact the shop if you have questions.")
    if link.uses_left == 0:
        return _("This payment request has been paid. Thank you!")
    if link.expires_at and link.expires_at <= timezone.now():
        return _("This payment request has expired. Ask the shop for a new one.")
    return ""


def first_in_stock(variants: Sequence[Variant]) -> Variant:
    """Return the first variant in stock, or the first variant if all are sold out."""
    return next((variant for variant in variants if not variant.sold_out), variants[0])


def _prefetch_active_variants() -> "Prefetch[str]":
    return Prefetch("variants", Variant.objects.filter(active=True))


def _prefetch_plan_groups() -> "Prefetch[str]":
    uses = PlanGroupUse.objects.select_related("group").prefetch_related(
        "group__selling_plans__pricing_policies"
    )
    return Prefetch("plan_group_uses", uses)


def _prefetch_link_details(
    product: Product, variants: Iterable[Variant], add_ons: Iterable[LinkVariant]
) -> None:
    """Prefetch the options, pictures, and plans of all variants of a link in five queries."""
    variants = list(variants)
    for variant in variants:
        variant.product = product
    products = {product.pk: product}
    for row in add_ons:
        row.variant.product = products.setdefault(row.variant.product_id, row.variant.product)
        variants.append(row.variant)
    prefetch_related_objects(variants, "values")
    prefetch_pictures(variants)
    prefetch_related_objects(list(products.values()), _prefetch_plan_groups())

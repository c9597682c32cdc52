"""Payment link services: create, find, open, close, and delete."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import LinkVariant, PaymentLink, Product, SellingPlan, Variant
from catalog.pricing import PLANS_PREFETCH, first_price, list_available_plans
from stores.discount_codes import is_possible_code
from stores.errors import Problem
from stores.lookups import get_or_not_found
from stores.models import Store
from stores.page_cache import clear_page_cache

# Query parameters of a link that say where the shopper came from. They become the order's attribution.
ATTRIBUTION_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")
MAX_PRIMARY_VARIANTS = 250
MAX_ADD_ONS = 50


@dataclass(frozen=True)
class AddOnDraft:
    """An add-on variant with optional quantity limits, both inclusive."""

    variant_id: str
    min_quantity: int | None = None
    max_quantity: int | None = None


@dataclass(frozen=True)
class LinkExtras:
    """Optional link settings beyond the documented API, all off by default."""

    opens_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    closed_message: str = ""
    max_quantity: int | None = None
    uses_left: int | None = None
    prefilled_email: str = ""
    return_url: str = ""
    custom_text_label: str = ""
    discount_code: str = ""
    accepts_codes: bool = True


@transaction.atomic
def create_payment_link(
    *,
    store: Store,
    product_id: str,
    default_variant_id: str,
    primary_variant_ids: Sequence[str],
    add_ons: Sequence[AddOnDraft] = (),
    variant_config: dict[str, Any] | None = None,
    metadata: dict[str, str] | None = None,
    extras: LinkExtras | None = None,
) -> PaymentLink:
    """Create an open link. What it sells cannot be changed later.

    Raises NotFound if the store has no such product, and Problem for invalid values.
    """
    products = Product.objects.filter(store=store).prefetch_related("variants")
    product = get_or_not_found(products, _("Product not found"), pk=product_id)
    if not product.active:
        raise Problem(_("The product is not active."), field="product_id")
    primaries = _clean_primary_variants(product, primary_variant_ids, default_variant_id)
    add_on_rows = _clean_add_ons(product, primary_variant_ids, add_ons)
    _require_nonzero_first_price(store, primaries, field="primary_variant_ids")
    _require_nonzero_first_price(store, [row.variant for row in add_on_rows], field="addon_variants")
    extras = extras or LinkExtras()
    _validate_link_extras(extras)
    link = PaymentLink(
        store=store,
        product=product,
        default_variant_id=default_variant_id,
        variant_config=variant_config or {},
        metadata=metadata or {},
        updated_at=timezone.now(),
        **vars(extras),
    )
    link.save(force_insert=True)
    # A new link's two timestamps must be equal, but `auto_now_add` sets its own.
    PaymentLink.objects.filter(pk=link.pk).update(updated_at=link.created_at)
    link.updated_at = link.created_at
    rows = [LinkVariant(variant=variant) for variant in primaries] + add_on_rows
    for position, row in enumerate(rows):
        row.link, row.position = link, position
    LinkVariant.objects.bulk_create(rows)
    return link


def find_payment_link(*, store: Store, link_id: str, code: str = "resource_not_found") -> PaymentLink:
    """Return a link of the store. Raises NotFound with `code`."""
    links = PaymentLink.objects.filter(store=store)
    link = get_or_not_found(links, _("Payment link not found"), code=code, pk=link_id)
    link.store = store
    return link


def set_link_active(*, link: PaymentLink, active: bool) -> PaymentLink:
    """Open or close a link. `updated_at` changes only if the state does."""
    PaymentLink.objects.filter(pk=link.pk, active=not active).update(active=active, updated_at=timezone.now())
    link.refresh_from_db(fields=["active", "updated_at"])
    clear_page_cache(host=link.store.host)
    return link


@transaction.atomic
def delete_payment_link(*, link: PaymentLink) -> None:
    """Permanently delete a closed link. Orders placed through it keep their own record of it.

    Raises Problem if the link is open, and NotFound if it is already deleted.
    """
    links = PaymentLink.objects.select_for_update()
    row = get_or_not_found(links, _("Payment link not found"), pk=link.pk)
    if row.active:
        raise Problem(_("Cannot delete active payment link. Set active=false first."))
    row.delete()


def _clean_primary_variants(product: Product, ids: Sequence[str], default_id: str) -> list[Variant]:
    """Return the chosen variants of the product, in the caller's order. Raises Problem."""
    field = "primary_variant_ids"
    if not ids:
        raise Problem(_("Choose at least one variant of the product."), field=field)
    if len(ids) > MAX_PRIMARY_VARIANTS:
        raise Problem(
            _("A payment link can sell at most %(count)d variants.") % {"count": MAX_PRIMARY_VARIANTS},
            field=field,
        )
    if len(set(ids)) < len(ids):
        raise Problem(_("Choose each variant only once."), field=field)
    if default_id not in ids:
        raise Problem(
            _("The default variant must be one of the primary variants."), field="default_variant_id"
        )
    known = {variant.pk: variant for variant in product.variants.all()}
    for variant_id in ids:
        if variant_id not in known:
            raise Problem(
                _("Variant %(id)s does not belong to this product.") % {"id": variant_id}, field=field
            )
        if not known[variant_id].active:
            raise Problem(_("Variant %(id)s is not active.") % {"id": variant_id}, field=field)
    return [known[variant_id] for variant_id in ids]


def _clean_add_ons(
    product: Product, primary_ids: Sequence[str], add_ons: Sequence[AddOnDraft]
) -> list[LinkVariant]:
    """Return unsaved add-on rows: active variants of the same store and currency. Raises Problem."""
    field = "addon_variants"
    ids = [add_on.variant_id for add_on in add_ons]
    if len(ids) > MAX_ADD_ONS:
        raise Problem(
            _("A payment link can have at most %(count)d add-ons.") % {"count": MAX_ADD_ONS}, field=field
        )
    if len(set(ids)) < len(ids) or set(ids) & set(primary_ids):
        raise Problem(_("Choose each variant only once, as a primary variant or as an add-on."), field=field)
    found = Variant.objects.filter(pk__in=ids, product__store_id=product.store_id, active=True)
    known = {variant.pk: variant for variant in found.select_related("product")} if ids else {}
    return [_build_add_on(add_on, known.get(add_on.variant_id), product, field=field) for add_on in add_ons]


def _build_add_on(
    add_on: AddOnDraft, variant: Variant | None, product: Product, *, field: str
) -> LinkVariant:
    if variant is None or not variant.product.active:
        raise Problem(
            _("Add-on variant %(id)s does not exist or is not active.") % {"id": add_on.variant_id},
            field=field,
        )
    if variant.product.default_currency != product.default_currency:
        raise Problem(
            _("Variant %(id)s is sold in a different currency.") % {"id": add_on.variant_id}, field=field
        )
    minimum, maximum = add_on.min_quantity, add_on.max_quantity
    if maximum is not None and maximum < max(minimum or 0, 1):
        raise Problem(
            _("An add-on's maximum quantity must be at least 1 and not below its minimum."), field=field
        )
    return LinkVariant(variant=variant, is_primary=False, min_quantity=minimum, max_quantity=maximum)


def _require_nonzero_first_price(store: Store, variants: list[Variant], *, field: str) -> None:
    """Raise Problem if a plan starts free and the store has no verification amount to charge instead.

    NEXT Commerce does not accept a subscription whose first order is free.
    """
    if store.verification_amount:
        return
    prefetch_related_objects(variants, PLANS_PREFETCH)
    for variant in variants:
        for plan in list_available_plans(variant=variant):
            if not first_price(variant=variant, plan=plan):
                raise Problem(_free_first_order_message(variant, plan), field=field)


def _free_first_order_message(variant: Variant, plan: SellingPlan) -> str:
    if plan.trial_period_days:
        message = _(
            "The plan “%(plan)s” for variant %(id)s starts with a free trial, and NEXT Commerce does not"
            " accept orders of 0.00. Set a trial price, or set a verification amount for the store."
        )
    else:
        message = _(
            "The plan “%(plan)s” for variant %(id)s starts with a free cycle, and NEXT Commerce does not"
            " accept orders of 0.00. Set a price for the first cycle, or set a verification amount for the"
            " store."
        )
    return message % {"plan": plan.name, "id": variant.pk}


def _validate_link_extras(extras: LinkExtras) -> None:
    if extras.opens_at and extras.expires_at and extras.expires_at <= extras.opens_at:
        raise Problem(_("The link must expire after it opens."), field="expires_at")
    if extras.max_quantity == 0:
        raise Problem(_("The maximum quantity must be at least 1."), field="max_quantity")
    if extras.discount_code and not is_possible_code(extras.discount_code):
        raise Problem(_("A discount code can't contain spaces."), field="discount_code")
    if extras.return_url and not extras.return_url.startswith(("https://", "http://")):
        raise Problem(_("The return URL must start with https://."), field="return_url")

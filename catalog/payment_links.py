"""What one does with payment links: make, open, close, delete (facts 1B, 1F)."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import LinkVariant, PaymentLink, Product, SellingPlan, Variant
from catalog.page_cache import clear_page_cache
from catalog.pricing import PLANS_PREFETCH, first_price, list_available_plans
from stores.errors import NotFound, Problem
from stores.models import Store

# Where the shopper came from, in the query of a link: passed on to the order's attribution.
ATTRIBUTION_PARAMETERS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "gclid")
MAX_PRIMARY_VARIANTS = 250
MAX_ADD_ONS = 50


@dataclass(frozen=True)
class AddOnDraft:
    """A variant offered beside the primary ones, at least `min_quantity` of it, at most `max_quantity`."""

    variant_id: str
    min_quantity: int | None = None
    max_quantity: int | None = None


@dataclass(frozen=True)
class LinkExtras:
    """What the guide does not have; every part is optional and off."""

    opens_at: datetime.datetime | None = None
    expires_at: datetime.datetime | None = None
    closed_message: str = ""
    max_quantity: int | None = None
    uses_left: int | None = None
    prefilled_email: str = ""
    return_url: str = ""
    custom_text_label: str = ""


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
    """Make an open link (R18 to R35). What it sells is final (R32).

    Errors: NotFound where the store has no such product (R11, R29), Problem for the rest.
    """
    product = Product.objects.filter(store=store, pk=product_id).prefetch_related("variants").first()
    if product is None:
        raise NotFound(_("Product not found"))
    if not product.active:
        raise Problem(_("The product is not active."), field="product_id")
    primaries = _clean_primary_variants(product, primary_variant_ids, default_variant_id)
    sides = _clean_add_ons(product, primary_variant_ids, add_ons)
    _require_nonzero_first_price(store, primaries, field="primary_variant_ids")
    _require_nonzero_first_price(store, [side.variant for side in sides], field="addon_variants")
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
    # R30: one moment, not two.
    PaymentLink.objects.filter(pk=link.pk).update(updated_at=link.created_at)
    link.updated_at = link.created_at
    rows = [LinkVariant(variant=variant) for variant in primaries] + sides
    for position, row in enumerate(rows):
        row.link, row.position = link, position
    LinkVariant.objects.bulk_create(rows)
    return link


def find_payment_link(*, store: Store, link_id: str, code: str = "resource_not_found") -> PaymentLink:
    """Return a link of the store (R94). Errors: NotFound with `code` (X6)."""
    link = PaymentLink.objects.filter(store=store, pk=link_id).first()
    if link is None:
        raise NotFound(_("Payment link not found"), code=code)
    link.store = store
    return link


def set_link_active(*, link: PaymentLink, active: bool) -> PaymentLink:
    """Open or close a link (R98, R99); `updated_at` moves only when it was otherwise (R100, X39)."""
    PaymentLink.objects.filter(pk=link.pk, active=not active).update(active=active, updated_at=timezone.now())
    link.refresh_from_db(fields=["active", "updated_at"])
    clear_page_cache(host=link.store.host)
    return link


@transaction.atomic
def delete_payment_link(*, link: PaymentLink) -> None:
    """Delete a closed link for good (R103 to R106); what was bought through it keeps its own record (X42).

    Errors: Problem where it is open (R8).
    """
    row = PaymentLink.objects.select_for_update().filter(pk=link.pk).first()
    if row is None:
        raise NotFound(_("Payment link not found"))
    if row.active:
        raise Problem(_("Cannot delete active payment link. Set active=false first."))
    row.delete()


def _clean_primary_variants(product: Product, ids: Sequence[str], default_id: str) -> list[Variant]:
    """The chosen variants of the product, in the caller's order (R25 to R27)."""
    field = "primary_variant_ids"
    if not ids:
        raise Problem(_("Choose at least one variant of the product."), field=field)
    if len(ids) > MAX_PRIMARY_VARIANTS:
        raise Problem(
            _("A link sells at most %(count)d variants.") % {"count": MAX_PRIMARY_VARIANTS}, field=field
        )
    if len(set(ids)) < len(ids):
        raise Problem(_("Each variant can be chosen once."), field=field)
    if default_id not in ids:
        raise Problem(
            _("The default variant must be one of the primary variants."), field="default_variant_id"
        )
    known = {variant.pk: variant for variant in product.variants.all()}
    for variant_id in ids:
        if variant_id not in known:
            raise Problem(_("Variant %(id)s is not one of this product's.") % {"id": variant_id}, field=field)
        if not known[variant_id].active:
            raise Problem(_("Variant %(id)s is not active.") % {"id": variant_id}, field=field)
    return [known[variant_id] for variant_id in ids]


def _clean_add_ons(
    product: Product, primary_ids: Sequence[str], add_ons: Sequence[AddOnDraft]
) -> list[LinkVariant]:
    """Add-ons may be any active variant of the same store and currency that is not a primary one (X10)."""
    field = "addon_variants"
    ids = [add_on.variant_id for add_on in add_ons]
    if len(ids) > MAX_ADD_ONS:
        raise Problem(_("A link has at most %(count)d add-ons.") % {"count": MAX_ADD_ONS}, field=field)
    if len(set(ids)) < len(ids) or set(ids) & set(primary_ids):
        raise Problem(_("Each variant can be chosen once, as a primary one or as an add-on."), field=field)
    found = Variant.objects.filter(pk__in=ids, product__store_id=product.store_id, active=True)
    known = {variant.pk: variant for variant in found.select_related("product")} if ids else {}
    rows = []
    for add_on in add_ons:
        variant = known.get(add_on.variant_id)
        if variant is None or not variant.product.active:
            raise Problem(
                _("There is no active variant %(id)s to add.") % {"id": add_on.variant_id}, field=field
            )
        if variant.product.default_currency != product.default_currency:
            raise Problem(
                _("Variant %(id)s is sold in another currency.") % {"id": add_on.variant_id}, field=field
            )
        fewest, most = add_on.min_quantity, add_on.max_quantity
        if most is not None and most < max(fewest or 0, 1):
            raise Problem(_("The most of an add-on is at least one and not below its fewest."), field=field)
        rows.append(LinkVariant(variant=variant, is_primary=False, min_quantity=fewest, max_quantity=most))
    return rows


def _require_nonzero_first_price(store: Store, variants: list[Variant], *, field: str) -> None:
    """Refuse what could not be bought: the store takes no subscription whose first order is free (3.7)."""
    if store.verification_amount:
        return
    prefetch_related_objects(variants, PLANS_PREFETCH)
    for variant in variants:
        for plan in list_available_plans(variant=variant):
            if not first_price(variant=variant, plan=plan):
                raise Problem(_free_first_order_message(variant, plan), field=field)


def _free_first_order_message(variant: Variant, plan: SellingPlan) -> str:
    if plan.trial_period_days:
        words = _(
            "The plan “%(plan)s” of variant %(id)s begins with a free trial, and NEXT Commerce takes no order"
            " of 0.00. Give the trial a price, or the store a verification amount."
        )
    else:
        words = _(
            "The plan “%(plan)s” of variant %(id)s begins free of charge, and NEXT Commerce takes no order of"
            " 0.00. Give its first cycle a price, or the store a verification amount."
        )
    return words % {"plan": plan.name, "id": variant.pk}


def _validate_link_extras(extras: LinkExtras) -> None:
    if extras.opens_at and extras.expires_at and extras.expires_at <= extras.opens_at:
        raise Problem(_("The link must expire after it opens."), field="expires_at")
    if extras.max_quantity == 0:
        raise Problem(_("The most of one purchase is at least one."), field="max_quantity")
    if extras.return_url and not extras.return_url.startswith(("https://", "http://")):
        raise Problem(_("An address to return to begins with https://."), field="return_url")

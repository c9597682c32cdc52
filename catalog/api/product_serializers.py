"""Serializers of products. `catalog.api.prefetching` loads the rows beforehand."""

from catalog.api.response_types import (
    IncludesResponse,
    MediaResponse,
    ProductResponse,
    SellingPlanGroupResponse,
    VariantResponse,
)
from catalog.api.selling_plan_serializers import serialize_plan_pricing, serialize_selling_plan_group
from catalog.models import Media, PlanGroupUse, Product, Variant
from catalog.options import serialize_options
from catalog.pricing import price_range
from catalog.selectors import ordered_media
from stores.api.response_schemas import serialize_money
from stores.models import Store


def serialize_product(product: Product, *, store: Store, with_plans: bool = True) -> ProductResponse:
    """Serialize a product with all its variants (R69), and with its plans if `with_plans`."""
    variants = list(product.variants.all())
    lowest, _highest = price_range([variant for variant in variants if variant.active] or variants)
    uses = [use for use in product.plan_group_uses.all() if use.variant_id is None]
    return {
        "id": product.pk,
        "name": product.name,
        "description": product.description,
        "active": product.active,
        "listed": product.listed,
        "slug": product.slug,
        "default_currency": product.default_currency,
        "created_at": int(product.created_at.timestamp()),
        "updated_at": int(product.updated_at.timestamp()),
        "version": product.version,
        "collect_shipping_address": product.collect_shipping_address,
        "collect_tax_address": product.collect_tax_address,
        "tax_code": product.tax_code,
        "requires_selling_plan": product.requires_selling_plan,
        "selling_plan_group_ids": [use.group_id for use in uses],
        "selling_plan_groups": _serialize_plan_groups(uses, store) if with_plans else [],
        "metadata": product.metadata,
        "price": serialize_money(lowest, product.default_currency),
        "media_order": product.media_order,
        "options": serialize_options(product),
        "variants": [
            serialize_variant(variant, product, store=store, with_plans=with_plans) for variant in variants
        ],
        "includes": _serialize_includes(product, store),
        "next_product_id": product.next_product_id,
    }


def serialize_variant(
    variant: Variant, product: Product, *, store: Store, with_plans: bool = True
) -> VariantResponse:
    """Serialize a variant (R46, R66). Groups of its own replace those of the product (R143)."""
    variant.product = product
    uses = [use for use in product.plan_group_uses.all() if use.variant_id == variant.pk]
    return {
        "id": variant.pk,
        "sku": variant.sku,
        "active": variant.active,
        "version": variant.version,
        "inventory_quantity": variant.inventory_quantity,
        "option_values": variant.option_values,
        "price": serialize_money(variant.price, product.default_currency),
        "media_order": variant.media_order,
        "selling_plan_group_ids": [use.group_id for use in uses],
        "selling_plan_groups": _serialize_plan_groups(uses, store) if with_plans else [],
        "selling_plan_pricing": serialize_plan_pricing(variant) if with_plans else [],
        "next_variant_id": variant.next_variant_id,
    }


def _serialize_plan_groups(uses: list[PlanGroupUse], store: Store) -> list[SellingPlanGroupResponse]:
    return [serialize_selling_plan_group(use.group, merchant_id=store.slug) for use in uses]


def _serialize_includes(product: Product, store: Store) -> IncludesResponse:
    return {"media": [serialize_media(media, store=store) for media in ordered_media(product)]}


def serialize_media(media: Media, *, store: Store) -> MediaResponse:
    """Serialize a picture, with an absolute URL (R51)."""
    return {
        "id": media.pk,
        "url": f"{store.origin}{media.url}" if media.url.startswith("/") else media.url,
        "content_type": media.content_type,
        "alt_text": media.alt_text,
        "width": media.width,
        "height": media.height,
    }

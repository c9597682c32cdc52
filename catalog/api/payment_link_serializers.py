"""Serializers of payment links. `catalog.api.prefetching` loads the rows beforehand."""

from catalog.api.product_serializers import serialize_product, serialize_variant
from catalog.api.response_types import LinkVariantResponse, PaymentLinkResponse
from catalog.models import LinkVariant, PaymentLink
from catalog.pricing import price_range
from stores.api.response_schemas import serialize_money
from stores.models import Store


def serialize_payment_link(link: PaymentLink) -> PaymentLinkResponse:
    """Serialize a link with everything it sells."""
    product = serialize_product(link.product, store=link.store)
    rows = list(link.link_variants.all())
    primaries = [row for row in rows if row.is_primary]
    lowest, highest = price_range(row.variant for row in primaries)
    currency = link.product.default_currency
    return {
        "id": link.pk,
        "active": link.active,
        "created_at": int(link.created_at.timestamp()),
        "updated_at": int(link.updated_at.timestamp()),
        "url": link.url,
        "variant_config": link.variant_config,
        "product": product,
        "primary_variants": [_serialize_link_variant(row, store=link.store) for row in primaries],
        "addon_variants": [
            _serialize_link_variant(row, store=link.store) for row in rows if not row.is_primary
        ],
        "price_range": {"min": serialize_money(lowest, currency), "max": serialize_money(highest, currency)},
        "includes": product["includes"],
        "product_id": link.product_id,
        "default_variant_id": link.default_variant_id,
        "primary_variant_id": link.default_variant_id,
        "metadata": link.metadata,
        "opens_at": int(link.opens_at.timestamp()) if link.opens_at else None,
        "expires_at": int(link.expires_at.timestamp()) if link.expires_at else None,
        "closed_message": link.closed_message,
        "max_quantity": link.max_quantity,
        "uses_left": link.uses_left,
        "prefilled_email": link.prefilled_email,
        "return_url": link.return_url,
        "custom_text_label": link.custom_text_label,
    }


def _serialize_link_variant(row: LinkVariant, *, store: Store) -> LinkVariantResponse:
    return {
        "variant_id": row.variant_id,
        "is_primary": row.is_primary,
        "quantity": row.quantity,
        "min_quantity": row.min_quantity,
        "max_quantity": row.max_quantity,
        "variant": serialize_variant(row.variant, row.variant.product, store=store),
    }

"""Product services: create, find, update with a version check, and delete."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.text import slugify
from django.utils.translation import gettext as _

from catalog.models import Category, Hold, OptionValue, PlanGroupUse, Product, SellingPlanGroup, Variant
from catalog.next_ids import claim_next_ids
from catalog.options import SavedOptions, save_options
from catalog.pictures import set_picture_order, set_variant_pictures
from catalog.plan_prices import require_chargeable_plans_of
from catalog.plan_rules import require_groups_sold_by_next
from catalog.product_drafts import ProductDraft, VariantDraft
from catalog.product_sentences import PRODUCT_CHANGED, PRODUCT_DUPLICATE, STOCK_CHANGED
from catalog.search import refresh_search_texts
from catalog.validation import clean_options, clean_variant_price, validate_variants
from catalog.variants import Assignment, create_variants, delete_variants, set_variant_values
from stores.errors import Conflict, Problem
from stores.lookups import get_or_not_found
from stores.models import Store


def create_product(*, store: Store, draft: ProductDraft) -> Product:
    """Create a product with its variants. Raises Problem for invalid values, Conflict for duplicates."""
    product = Product(store=store, slug=draft.slug or generate_product_slug(store=store, name=draft.name))
    try:
        with transaction.atomic():
            _apply_draft(product, draft)
            product.save(force_insert=True)
            _save_details(product, draft, existing={})
    except IntegrityError as error:
        raise _duplicate_error() from error
    return product


def update_product(*, product: Product, draft: ProductDraft, version: int) -> Product:
    """Replace all values of a product and its variants. Variants left out are deleted.

    Raises Conflict if `version` is not current, if a variant's stock changed since it was read, or if a
    variant left out is on a payment link or in an unpaid order. Raises Problem for invalid values.
    """
    try:
        with transaction.atomic():
            if not Product.objects.filter(pk=product.pk, version=version).update(version=F("version") + 1):
                raise Conflict(PRODUCT_CHANGED.fill())
            product.refresh_from_db()
            _apply_draft(product, draft)
            product.save()
            # Locked, so that stock cannot change between reading and writing it.
            locked = (
                Variant.objects.filter(product=product)
                .order_by("pk")
                .select_for_update(of=("self",), no_key=True)
            )
            rows = locked.prefetch_related("values", "picture_rows")
            _save_details(product, draft, existing={variant.pk: variant for variant in rows})
    except IntegrityError as error:
        raise _duplicate_error() from error
    return product


@transaction.atomic
def delete_product(*, product: Product) -> None:
    """Delete an inactive product.

    Raises Problem if it is active, Conflict if it is on a payment link, in an upsell, or in an unpaid order,
    and NotFound if it is already deleted.
    """
    row = get_or_not_found(Product.objects.select_for_update(), _("Product not found"), pk=product.pk)
    if row.active:
        raise Problem(_("Cannot delete active product. Set active=false first."))
    if Hold.objects.filter(variant__product=row, state=Hold.State.HELD).exists():
        raise Conflict(_("This product is in an order that is awaiting payment. Try again later."))
    try:
        row.delete()
    except ProtectedError as error:
        raise Conflict(
            _("A payment link or an upsell sells this product. Delete the link or upsell first.")
        ) from error


def find_product(*, store: Store, product_id: str) -> Product:
    """Return a product of the store. Raises NotFound."""
    product = get_or_not_found(Product.objects.filter(store=store), _("Product not found"), pk=product_id)
    product.store = store
    return product


def generate_product_slug(*, store: Store, name: str) -> str:
    """Return a slug for a new product that is unique in the store."""
    start = slugify(name)[:100] or "product"
    taken = set(Product.objects.filter(store=store, slug__startswith=start).values_list("slug", flat=True))
    if start not in taken:
        return start
    return next(slug for n in range(2, len(taken) + 3) if (slug := f"{start}-{n}") not in taken)


def _apply_draft(product: Product, draft: ProductDraft) -> None:
    product.name = draft.name
    product.description = draft.description
    if product.active != draft.active:
        product.decide_active(draft.active)
    product.default_currency = draft.default_currency or product.store.currency
    product.tax_code = draft.tax_code
    product.collect_shipping_address = draft.collect_shipping_address
    product.collect_tax_address = draft.collect_tax_address
    product.requires_selling_plan = draft.requires_selling_plan
    product.metadata = dict(draft.metadata)
    clean_options(draft.options)
    _require_pictures(product, draft)
    for name in ("slug", "listed", "seo_title", "seo_description", "next_product_id"):
        if (value := getattr(draft, name)) is not None:
            setattr(product, name, value)


def _save_details(product: Product, draft: ProductDraft, *, existing: dict[str, Variant]) -> None:
    """Save the pictures' order, options, variants, and plans of a saved product."""
    options = clean_options(draft.options)
    validate_variants(options, [variant.option_values for variant in draft.variants])
    set_picture_order(product=product, order=draft.media_order)
    saved = save_options(product=product, options=options)
    _save_variants(product, draft, saved, existing)
    saved.delete_removed()
    _save_group_uses(product, draft)
    if draft.categories is not None:
        product.categories.set(Category.objects.filter(store=product.store_id, slug__in=draft.categories))
    refresh_search_texts([product.pk])


def _require_pictures(product: Product, draft: ProductDraft) -> None:
    pictures = set() if product._state.adding else set(product.media.values_list("pk", flat=True))
    referenced = [
        *draft.media_order,
        *(picture for variant in draft.variants for picture in variant.media_order),
    ]
    if unknown := [picture for picture in referenced if picture not in pictures]:
        raise Problem(_("The product has no picture %(id)s.") % {"id": unknown[0]}, field="media_order")


def _save_variants(
    product: Product, draft: ProductDraft, saved: SavedOptions, existing: dict[str, Variant]
) -> None:
    matched = _match_variant_drafts(product, draft.variants, existing)
    kept = {row.pk for row, _draft in matched}
    delete_variants(product=product, variants=[row for pk, row in existing.items() if pk not in kept])
    claim_next_ids(store=product.store, wanted=[(row, each.next_variant_id) for row, each in matched])
    assignments = []
    for position, (row, variant_draft) in enumerate(matched):
        _require_valid_price(row, variant_draft, product)
        values = saved.find_values(variant_draft.option_values)
        _save_variant(row, variant_draft, values, position)
        assignments.append((row, values))
    changing, new = _partition(assignments, existing)
    set_variant_values(changing)
    create_variants(new)
    for row, variant_draft in matched:
        if row.pk in existing or variant_draft.media_order:
            set_variant_pictures(variant=row, order=variant_draft.media_order)


def _require_valid_price(row: Variant, draft: VariantDraft, product: Product) -> None:
    """Raise Problem for a new price that can't be charged. An imported one stays: it isn't for sale."""
    if row._state.adding or draft.price != row.price:
        clean_variant_price(draft.price, product.default_currency)


def _partition(
    assignments: Sequence[Assignment], existing: Mapping[str, Variant]
) -> tuple[list[Assignment], list[Assignment]]:
    """Return the assignments of existing variants, and those of new ones."""
    changing = [(row, values) for row, values in assignments if row.pk in existing]
    return changing, [(row, values) for row, values in assignments if row.pk not in existing]


def _match_variant_drafts(
    product: Product, drafts: Sequence[VariantDraft], existing: Mapping[str, Variant]
) -> list[tuple[Variant, VariantDraft]]:
    """Pair each draft with its row: by ID, else by option values, else a new row."""
    named = [draft.id for draft in drafts if draft.id]
    if unknown := sorted(set(named) - existing.keys()):
        raise Problem(_("The product has no variant %(id)s.") % {"id": unknown[0]}, field="variants")
    if len(set(named)) < len(named):
        raise Problem(_("List each variant only once."), field="variants")
    by_values = {
        _option_values_key(row.option_values): row for pk, row in existing.items() if pk not in named
    }
    return [
        (
            existing[draft.id]
            if draft.id
            else by_values.get(_option_values_key(draft.option_values)) or Variant(product=product),
            draft,
        )
        for draft in drafts
    ]


def _save_variant(row: Variant, draft: VariantDraft, values: Sequence[OptionValue], position: int) -> None:
    """Write the values that differ to an existing row, or set them on a new one, which is not saved."""
    fields = _collect_variant_fields(row, draft, position)
    changed = [name for name, value in fields.items() if getattr(row, name) != value]
    if "inventory_quantity" in changed:
        _require_current_stock(row, draft)
    for name in changed:
        setattr(row, name, fields[name])
    if row._state.adding:
        return
    if changed or set(row.values.all()) != set(values) or row.media_order != list(draft.media_order):
        row.version += 1
        # Only changed fields, so that a concurrent change of stock is not overwritten.
        row.save(update_fields=[*changed, "version"])


def _require_current_stock(row: Variant, draft: VariantDraft) -> None:
    """Raise Conflict if the row has changed since the draft was loaded."""
    if row.version != (draft.version or row.version):
        raise Conflict(STOCK_CHANGED.fill(name=str(row)), field="variants")


def _collect_variant_fields(row: Variant, draft: VariantDraft, position: int) -> dict[str, Any]:
    """Return the fields that the draft sets. Who changes `active` decides instead of the sync."""
    fields: dict[str, Any] = {"price": draft.price, "active": draft.active, "position": position}
    for name in ("inventory_quantity", "sku", "gtin", "next_variant_id"):
        if (value := getattr(draft, name)) is not None:
            fields[name] = value
    if not draft.is_counted:
        fields["inventory_quantity"] = None
    if draft.active != row.active:
        fields |= {"hidden_by_sync": False, "missing_since": None}
    return fields


def _save_group_uses(product: Product, draft: ProductDraft) -> None:
    rows = product.variants.prefetch_related("values")
    variants = {_option_values_key(variant.option_values): variant for variant in rows}
    uses: list[tuple[str, Variant | None]] = [(group, None) for group in draft.selling_plan_group_ids]
    for each in draft.variants:
        uses += [
            (group, variants[_option_values_key(each.option_values)]) for group in each.selling_plan_group_ids
        ]
    uses = list(dict.fromkeys(uses))
    _require_plan_groups(product, {group for group, _variant in uses})
    before = set(product.plan_group_uses.values_list("group_id", flat=True))
    require_groups_sold_by_next(product=product, group_ids={group for group, _variant in uses} - before)
    product.plan_group_uses.all().delete()
    PlanGroupUse.objects.bulk_create(
        PlanGroupUse(group_id=group, product=product, variant=variant, position=position)
        for position, (group, variant) in enumerate(uses)
    )
    if uses:
        require_chargeable_plans_of(product)


def _require_plan_groups(product: Product, ids: Iterable[str]) -> None:
    known = SellingPlanGroup.objects.filter(store_id=product.store_id, pk__in=ids).values_list(
        "pk", flat=True
    )
    if unknown := sorted(set(ids) - set(known)):
        raise Problem(
            _("Selling plan group %(id)s does not exist.") % {"id": unknown[0]},
            field="selling_plan_group_ids",
        )


def _option_values_key(option_values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(option_values.items()))


def _duplicate_error() -> Conflict:
    return Conflict(PRODUCT_DUPLICATE.fill())

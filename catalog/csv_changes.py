"""What an import changes, as people read it: old value → new value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog.csv_drafts import draft_field_names
from catalog.models import Variant
from catalog.product_drafts import ProductDraft, VariantDraft
from stores.money import format_money

_MAX_LENGTH = 60
_LABELS = {
    "name": gettext_lazy("name"),
    "description": gettext_lazy("description"),
    "seo_title": gettext_lazy("title for search engines"),
    "seo_description": gettext_lazy("description for search engines"),
    "categories": gettext_lazy("categories"),
    "gtin": gettext_lazy("GTIN"),
    "active": gettext_lazy("active"),
    "listed": gettext_lazy("listed in the shop"),
    "collect_shipping_address": gettext_lazy("needs shipping"),
    "collect_tax_address": gettext_lazy("needs a tax address"),
    "tax_code": gettext_lazy("tax code"),
    "requires_selling_plan": gettext_lazy("subscription only"),
    "next_product_id": gettext_lazy("NEXT Commerce product ID"),
    "next_variant_id": gettext_lazy("NEXT Commerce variant ID"),
    "sku": gettext_lazy("SKU"),
    "price": gettext_lazy("price"),
    "inventory_quantity": gettext_lazy("stock"),
}


@dataclass(frozen=True)
class Change:
    """A value before and after. What is new has nothing before."""

    what: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.what}: {self.before} → {self.after}" if self.before else f"{self.what}: {self.after}"


def describe_new_variant(variant: VariantDraft, product: ProductDraft) -> Change:
    """Return a new variant with its price, stock, and SKU."""
    stock = _("stock %(count)s") % {"count": variant.inventory_quantity}
    parts = (
        format_money(variant.price, product.default_currency),
        stock if variant.inventory_quantity is not None else _("stock not counted"),
        variant.sku and _("SKU %(sku)s") % {"sku": variant.sku},
        "" if variant.active else _("not active"),
    )
    title = _format_title(variant, product)
    what = _("new variant %(title)s") % {"title": title} if title else _("new variant")
    return Change(what, "", ", ".join(filter(None, parts)))


def describe_new_pictures(urls: Sequence[str]) -> list[Change]:
    """Return how many pictures will be downloaded, or nothing."""
    if not urls:
        return []
    text = ngettext("%(count)d to download", "%(count)d to download", len(urls))
    return [Change(_("pictures"), "", text % {"count": len(urls)})]


def describe_changes(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[Change]:
    """Return each difference, such as `Black / M price: 49.00 → 55.00`."""
    changes = [
        _compare(_label(name), getattr(before, name), getattr(after, name))
        for name in draft_field_names(ProductDraft)
        if name not in ("variants", "options") and getattr(before, name) != getattr(after, name)
    ]
    known = {variant.id: variant for variant in before.variants}
    stock = {variant.pk: variant.inventory_quantity for variant in variants}
    for draft in after.variants:
        previous = known.get(draft.id)
        if previous is None:
            changes.append(describe_new_variant(draft, after))
        else:
            title = _format_title(draft, after)
            changes += _describe_variant_changes(previous, draft, title=title, stock=stock.get(draft.id))
    return changes


def _describe_variant_changes(
    before: VariantDraft, after: VariantDraft, *, title: str, stock: int | None
) -> list[Change]:
    changes = []
    for name in ("sku", "gtin", "price", "active", "next_variant_id", "inventory_quantity"):
        old, new = getattr(before, name), getattr(after, name)
        if old != new:
            shown = stock if name == "inventory_quantity" else old
            changes.append(_compare(f"{title} {_label(name)}".strip(), shown, new))
    if not after.is_counted:
        what = f"{title} {_label('inventory_quantity')}".strip()
        changes.append(Change(what, str(stock), _("not counted")))
    return changes


def _label(name: str) -> str:
    return str(_LABELS.get(name, name))


def _format_title(variant: VariantDraft, product: ProductDraft) -> str:
    names = [option["name"] for option in product.options]
    return " / ".join(variant.option_values[name] for name in names if name in variant.option_values)


def _compare(what: str, before: Any, after: Any) -> Change:
    """Return the change. Of long texts it shows where they begin to differ."""
    old, new = _format_value(before), _format_value(after)
    pairs = zip(old, new, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))
    start = max(same - 20, 0) if max(len(old), len(new)) > _MAX_LENGTH else 0
    return Change(what, _cut(old, start), _cut(new, start))


def _format_value(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(value)
    return "–" if value is None or value == "" else str(value)


def _cut(text: str, start: int) -> str:
    shown = ("…" if start else "") + text[start:]
    return shown if len(shown) <= _MAX_LENGTH else f"{shown[: _MAX_LENGTH - 1]}…"

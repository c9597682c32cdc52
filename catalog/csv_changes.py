"""What an import changes, as people read it: old value → new value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from catalog import import_sentences as sentences
from catalog.csv_drafts import draft_field_names
from catalog.models import Variant
from catalog.product_drafts import ProductDraft, VariantDraft
from nextcommerce.sentences import QUOTED
from wording.sentence import Label, Money, Sentence

_MAX_LENGTH = 60
_LABELS = {
    "name": _("name"),
    "description": _("description"),
    "seo_title": _("title for search engines"),
    "seo_description": _("description for search engines"),
    "categories": _("categories"),
    "gtin": _("GTIN"),
    "active": _("active"),
    "listed": _("listed in the shop"),
    "collect_shipping_address": _("needs shipping"),
    "collect_tax_address": _("needs a tax address"),
    "tax_code": _("tax code"),
    "requires_selling_plan": _("subscription only"),
    "next_product_id": _("NEXT Commerce product ID"),
    "next_variant_id": _("NEXT Commerce variant ID"),
    "sku": _("SKU"),
    "price": _("price"),
    "inventory_quantity": _("stock"),
}


@dataclass(frozen=True)
class Change:
    """A value before and after, each in parts. What is new has nothing before."""

    what: Sentence
    before: tuple[Sentence, ...]
    after: tuple[Sentence, ...]

    def __str__(self) -> str:
        what, before, after = self.read()
        return f"{what}: {before} → {after}" if before else f"{what}: {after}"

    def read(self) -> tuple[str, str, str]:
        """Return what changes, and the values before and after, in the reader's language."""
        return str(self.what), ", ".join(map(str, self.before)), ", ".join(map(str, self.after))

    def to_json(self) -> list[Any]:
        return [
            self.what.to_json(),
            [part.to_json() for part in self.before],
            [part.to_json() for part in self.after],
        ]

    @classmethod
    def from_json(cls, data: Any) -> "Change":
        what, before, after = data
        return cls(
            Sentence.from_json(what),
            tuple(map(Sentence.from_json, before)),
            tuple(map(Sentence.from_json, after)),
        )


def describe_new_variant(variant: VariantDraft, product: ProductDraft) -> Change:
    """Return a new variant with its price, stock, and SKU."""
    count = variant.inventory_quantity
    price = QUOTED.fill(text=Money(variant.price, product.default_currency))
    parts = [
        price,
        sentences.STOCK_NOT_COUNTED.fill() if count is None else sentences.STOCK_COUNT.fill(count=count),
    ]
    if variant.sku:
        parts.append(sentences.SKU.fill(sku=variant.sku))
    if not variant.active:
        parts.append(sentences.NOT_ACTIVE.fill())
    title = _format_title(variant, product)
    what = sentences.NEW_VARIANT_TITLED.fill(title=title) if title else sentences.NEW_VARIANT.fill()
    return Change(what, (), tuple(parts))


def describe_new_pictures(urls: Sequence[str]) -> list[Change]:
    """Return how many pictures will be downloaded, or nothing."""
    if not urls:
        return []
    count = sentences.PICTURES_TO_DOWNLOAD.fill(count=len(urls))
    return [Change(sentences.PICTURES.fill(), (), (count,))]


def describe_changes(before: ProductDraft, after: ProductDraft, variants: Sequence[Variant]) -> list[Change]:
    """Return each difference, such as `Black / M price: 49.00 → 55.00`."""
    changes = [
        _compare(_name_field(name), getattr(before, name), getattr(after, name))
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
            changes.append(_compare(_name_field(name, title), shown, new))
    if not after.is_counted:
        what = _name_field("inventory_quantity", title)
        changes.append(Change(what, (_quote(stock),), (sentences.NOT_COUNTED.fill(),)))
    return changes


def _name_field(name: str, title: str = "") -> Sentence:
    label = Label.of(_LABELS.get(name, name))
    return sentences.VARIANT_FIELD.fill(title=title, field=label) if title else QUOTED.fill(text=label)


def _format_title(variant: VariantDraft, product: ProductDraft) -> str:
    names = [option["name"] for option in product.options]
    return " / ".join(variant.option_values[name] for name in names if name in variant.option_values)


def _compare(what: Sentence, before: Any, after: Any) -> Change:
    """Return the change. Of long texts it shows where they begin to differ."""
    old, new = _format_value(before), _format_value(after)
    pairs = zip(old, new, strict=False)
    same = next((place for place, (one, other) in enumerate(pairs) if one != other), min(len(old), len(new)))
    start = max(same - 20, 0) if max(len(old), len(new)) > _MAX_LENGTH else 0
    return Change(what, (_quote(before, start),), (_quote(after, start),))


def _quote(value: Any, start: int = 0) -> Sentence:
    if isinstance(value, bool):
        return QUOTED.fill(text=sentences.YES if value else sentences.NO)
    return QUOTED.fill(text=_cut(_format_value(value), start))


def _format_value(value: Any) -> str:
    if isinstance(value, list):
        value = ", ".join(value)
    return "–" if value is None or value == "" else str(value)


def _cut(text: str, start: int) -> str:
    shown = ("…" if start else "") + text[start:]
    return shown if len(shown) <= _MAX_LENGTH else f"{shown[: _MAX_LENGTH - 1]}…"

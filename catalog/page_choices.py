"""What a shopper without JavaScript has chosen on a product page, sent back to be priced."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from django.http import QueryDict

from catalog.bundles import IncludedItem
from catalog.models import Variant

# The parameter of the page's button that asks for the new total.
UPDATE_PARAMETER = "update"
_MAX_DIGITS = 6


@dataclass(frozen=True)
class PageChoices:
    """Values of the page's form: options by name, quantities of add-ons and variants of parts by field."""

    variant_id: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    quantity: int = 1
    plan_id: str = ""
    text: str = ""
    others: Mapping[str, str] = field(default_factory=dict)

    def find_variant(self, variants: Iterable[Variant]) -> Variant | None:
        """Return the chosen one of the variants, or the first that has the chosen options."""
        for variant in variants:
            values = variant.option_values
            if variant.pk == self.variant_id or (
                self.options and all(values.get(name) == value for name, value in self.options.items())
            ):
                return variant
        return None

    def limit_quantity(self, most: int) -> int:
        """Return the quantity of the product, or the nearest that is allowed."""
        return max(1, min(self.quantity, most))

    def read_quantity(self, name: str, *, least: int, most: int) -> int:
        """Return the quantity in this field, or the nearest that is allowed."""
        return max(least, min(_read_number(self.others.get(name, ""), least), most))

    def choose_parts(self, items: Iterable[IncludedItem]) -> list[IncludedItem]:
        """Return the parts of a bundle with the chosen variants in place of the preselected ones."""
        return [self._choose_part(item) for item in items]

    def _choose_part(self, item: IncludedItem) -> IncludedItem:
        wanted = self.others.get(item.field, "")
        row = next((row for row in item.rows if row.variant_id == wanted), item.default)
        return replace(item, default=row)


NO_CHOICES = PageChoices()


def read_page_choices(query: QueryDict) -> PageChoices:
    """Return the choices in the query of a page that was sent back. What is invalid is left out."""
    return PageChoices(
        variant_id=query.get("variant", ""),
        options={
            name.removeprefix("option_"): query.get(name, "") for name in query if name.startswith("option_")
        },
        quantity=_read_number(query.get("quantity", ""), 1),
        plan_id=query.get("plan", ""),
        text=query.get("text", "")[:200],
        others={name: query.get(name, "") for name in query if name.startswith(("addon_", "choice_"))},
    )


def _read_number(text: str, default: int) -> int:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else default

"""Bundles: what comes with every purchase of a payment link, and the link's own prices."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.availability import has_stock, is_for_sale
from catalog.models import LinkVariant, Product
from stores.errors import Problem
from stores.models import Store
from stores.money import MAX_AMOUNT, format_money, is_payable, least_charge

MAX_FIXED_QUANTITY = 999


@dataclass(frozen=True)
class IncludedOption:
    """One of the variants that shoppers choose from."""

    row: LinkVariant
    price: Decimal

    @property
    def label(self) -> str:
        return self.row.variant.title or self.row.variant.product.name


@dataclass(frozen=True)
class IncludedItem:
    """A part of a bundle: one variant, or several of which shoppers choose one."""

    rows: tuple[LinkVariant, ...]
    default: LinkVariant
    is_available: bool

    @property
    def quantity(self) -> int:
        return self.default.quantity

    @property
    def has_choice(self) -> bool:
        return len(self.rows) > 1

    @property
    def options(self) -> list[IncludedOption]:
        return [IncludedOption(row, row.unit_price * row.quantity) for row in self.rows]

    @property
    def has_prices(self) -> bool:
        """Return True if the price depends on what shoppers choose."""
        return len({option.price for option in self.options}) > 1

    @property
    def field(self) -> str:
        """The name of the form's field for the choice."""
        return f"choice_{self.default.choice}"

    @property
    def price(self) -> Decimal:
        """What the preselected variant adds to the total."""
        return self.default.unit_price * self.quantity


def list_included_items(rows: Iterable[LinkVariant], *, store: Store) -> list[IncludedItem]:
    """Return the parts of the bundle beside its first product, in their order. Needs products loaded."""
    groups: dict[object, list[LinkVariant]] = {}
    for row in rows:
        if row.is_included:
            groups.setdefault(row.choice or row.variant_id, []).append(row)
    return [_build_included_item(group, store) for group in groups.values()]


def _build_included_item(rows: list[LinkVariant], store: Store) -> IncludedItem:
    available = [row for row in rows if can_include(row, store=store)]
    return IncludedItem(
        rows=tuple(available or rows),
        default=(available or rows)[0],
        is_available=bool(available),
    )


def can_include(row: LinkVariant, *, store: Store) -> bool:
    """Return True if the variant can be bought in the quantity that the bundle includes."""
    return is_for_sale(row.variant, store=store) and has_stock(row.variant, row.quantity)


def validate_contents(
    *,
    product: Product,
    rows: Sequence[LinkVariant],
    fixed_quantity: int | None,
    has_free_amount: bool = False,
) -> None:
    """Raise Problem unless a new link can charge its own prices, and its choices are choices."""
    if fixed_quantity is not None and not 1 <= fixed_quantity <= MAX_FIXED_QUANTITY:
        raise Problem(
            _("The quantity must be a whole number from 1 to %(most)d.") % {"most": MAX_FIXED_QUANTITY},
            field="fixed_quantity",
        )
    if has_free_amount and (fixed_quantity or any(row.is_primary and row.price is not None for row in rows)):
        raise Problem(
            _("Shoppers enter the price of one unit, so it can't be set here."), field="fixed_quantity"
        )
    for row in rows:
        if row.price is not None:
            _validate_own_price(row, product.default_currency)
    _validate_choices(rows)


def _validate_own_price(row: LinkVariant, currency: str) -> None:
    assert row.price is not None
    if not is_payable(row.price, currency):
        raise Problem(_("This currency has no cents. Enter a whole amount."), field="price")
    if not least_charge(currency) <= row.price <= MAX_AMOUNT:
        raise Problem(
            _("The smallest amount that can be charged is %(least)s.")
            % {"least": format_money(least_charge(currency), currency)},
            field="price",
        )
    if row.variant.product.requires_selling_plan:
        raise Problem(
            _("%(name)s is sold by subscription only, at its own price.") % {"name": row.variant},
            field="price",
        )


def _validate_choices(rows: Sequence[LinkVariant]) -> None:
    groups: dict[int, list[LinkVariant]] = {}
    for row in rows:
        if row.choice is not None:
            groups.setdefault(row.choice, []).append(row)
    for group in groups.values():
        if len({row.min_quantity for row in group}) > 1 or not all(row.is_included for row in group):
            raise Problem(_("Variants to choose from must have the same quantity."), field="addon_variants")

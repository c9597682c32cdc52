"""The choices on a product or payment link page, prepared for its template and script."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.availability import has_stock
from catalog.free_amount import FreeAmount, build_free_amount
from catalog.models import LinkVariant, Media, OptionValue, PaymentLink, Product, SellingPlan, Variant
from catalog.plan_snapshot import snapshot_plan
from catalog.plan_text import format_free_start_notice, format_plan_saving, format_plan_terms
from catalog.pricing import first_price, list_available_plans, verification_unit_price
from catalog.selectors import ProductListing, find_cover_image, ordered_media
from nextcommerce.currencies import smallest_unit

MAX_QUANTITY = 99


@dataclass(frozen=True)
class OptionValueChoice:
    """One value of an option. Values that no variant has are left out."""

    value: str
    color: str
    picture: Media | None
    checked: bool
    sold_out: bool


@dataclass(frozen=True)
class OptionChoice:
    """An option such as "Size", with the form field `option_Size`."""

    name: str
    values: list[OptionValueChoice]

    @property
    def field(self) -> str:
        return f"option_{self.name}"

    @property
    def chosen(self) -> str:
        return next((value.value for value in self.values if value.checked), "")


@dataclass(frozen=True)
class PlanChoice:
    """A plan with its texts, priced for the preselected variant."""

    plan: SellingPlan
    terms: str
    saving: str
    verification: str
    checked: bool
    is_available: bool


@dataclass(frozen=True)
class AddOnChoice:
    """A variant that can be added to the main one."""

    row: LinkVariant
    picture: Media | None
    min_quantity: int
    max_quantity: int

    @property
    def variant(self) -> Variant:
        return self.row.variant

    @property
    def field(self) -> str:
        return f"addon_{self.variant.pk}"

    @property
    def sold_out(self) -> bool:
        return self.max_quantity < max(self.min_quantity, 1)


@dataclass(frozen=True)
class ProductPage:
    """Everything a shopper can choose on a page, and what is preselected."""

    listing: ProductListing
    chosen: Variant
    options: list[OptionChoice]
    as_list: bool
    plans: list[PlanChoice]
    one_time: bool
    add_ons: list[AddOnChoice]
    max_quantity: int
    shows_stock: bool
    pictures: list[Media]
    total: Decimal
    # What the shopper may enter as the price, or None.
    free_amount: FreeAmount | None = None

    @property
    def currency(self) -> str:
        return self.listing.product.default_currency

    @property
    def ships(self) -> bool:
        """Return True if anything here ships, so that shipping may be charged today."""
        products = [self.listing.product, *(add_on.variant.product for add_on in self.add_ons)]
        return any(product.collect_shipping_address for product in products)

    @property
    def can_buy(self) -> bool:
        return self.listing.is_for_sale and not self.listing.sold_out and (self.one_time or bool(self.plans))

    @property
    def price(self) -> Decimal:
        """The least that the chosen variant can be bought for once: with the add-ons that are required."""
        least = self.free_amount.least if self.free_amount else self.chosen.price
        return least + self.listing.required_price

    def data(self) -> dict[str, Any]:
        """Return the data for the page's script: variants, and plan texts by plan ID and price."""
        variants = self.listing.variants
        return {
            "currency": self.currency,
            "required_price": str(self.listing.required_price),
            "max_quantity": self.max_quantity,
            "verification": self._verification_data(),
            "variants": [
                {
                    "id": variant.pk,
                    "options": self._option_texts(variant),
                    "price": str(variant.price),
                    "stock": variant.inventory_quantity if self.shows_stock else _hide_stock_level(variant),
                    "picture": next(iter(variant.media_order), None),
                    "plans": [plan.pk for plan in list_available_plans(variant=variant)],
                }
                for variant in variants
            ],
            "plans": {
                choice.plan.pk: {
                    str(price): self._plan_data(choice.plan, variant)
                    for price, variant in {variant.price: variant for variant in variants}.items()
                }
                for choice in self.plans
            },
        }

    def _verification_data(self) -> dict[str, str]:
        """Return what verifies a free start, and the unit that its share of each item is rounded up to."""
        product = self.listing.product
        amount = Decimal(0) if product.collect_shipping_address else product.store.verification_amount
        return {"amount": str(amount or 0), "unit": str(smallest_unit(self.currency))}

    def _option_texts(self, variant: Variant) -> list[str]:
        option_values = variant.option_values
        return [option_values.get(option.name, "") for option in self.options]

    def _plan_data(self, plan: SellingPlan, variant: Variant) -> dict[str, str]:
        return {
            "terms": _format_terms(plan, variant),
            "saving": format_plan_saving(plan=plan, base_price=variant.price, currency=self.currency),
            "verification": format_free_start_notice(
                plan=plan, variant=variant, store=self.listing.product.store
            ),
            "first": str(first_price(variant=variant, plan=plan)),
        }


def build_product_page(listing: ProductListing, *, variant_id: str = "") -> ProductPage:
    """Build the choices of a listing. `variant_id` is preselected if it is in stock."""
    in_stock = {variant.pk: variant for variant in listing.variants if not variant.sold_out}
    chosen = in_stock.get(variant_id, listing.default)
    config = _read_display_config(listing.link)
    free_amount = build_free_amount(listing.link, chosen)
    plans = [] if free_amount else _build_plan_choices(listing, chosen)
    add_ons = [_build_add_on_choice(row) for row in listing.add_ons]
    selected = next((choice.plan for choice in plans if choice.checked), None)
    return ProductPage(
        listing=listing,
        chosen=chosen,
        options=_build_option_choices(listing, chosen),
        as_list=config.get("display_mode") == "list" and len(listing.variants) > 1,
        plans=plans,
        one_time=not listing.product.requires_selling_plan,
        add_ons=add_ons,
        max_quantity=1 if free_amount else _find_max_quantity(listing.link),
        shows_stock=bool(config.get("show_inventory")),
        pictures=ordered_media(listing.product, chosen.media_order),
        total=_calculate_due_today(chosen, selected, add_ons)
        + (free_amount.value - chosen.price if free_amount else Decimal(0)),
        free_amount=free_amount,
    )


def _read_display_config(link: PaymentLink | None) -> dict[str, Any]:
    """Return how the link shows its variants. Programs may have stored anything."""
    return link.variant_config if link and isinstance(link.variant_config, dict) else {}


def _find_max_quantity(link: PaymentLink | None) -> int:
    own = link.max_quantity if link else None
    return min(MAX_QUANTITY, own or MAX_QUANTITY)


def _calculate_due_today(chosen: Variant, plan: SellingPlan | None, add_ons: list[AddOnChoice]) -> Decimal:
    """Return what one unit and the included add-ons cost today, without shipping."""
    total = sum(
        (add_on.variant.price * add_on.min_quantity for add_on in add_ons),
        first_price(variant=chosen, plan=plan),
    )
    return total if total or not plan else _calculate_verification(chosen.product, add_ons)


def _calculate_verification(product: Product, add_ons: list[AddOnChoice]) -> Decimal:
    """Return what is charged for one unit that starts free; 0 if shipping may be charged instead."""
    included = [add_on.variant.product for add_on in add_ons if add_on.min_quantity]
    if any(sold.collect_shipping_address for sold in (product, *included)):
        return Decimal("0.00")
    amount = product.store.verification_amount or Decimal("0.00")
    return verification_unit_price(amount=amount, quantity=1, currency=product.default_currency)


def _build_option_choices(listing: ProductListing, chosen: Variant) -> list[OptionChoice]:
    media = {picture.pk: picture for picture in listing.product.media.all()}
    sold = _map_option_values(listing.variants)
    in_stock = _map_option_values(variant for variant in listing.variants if not variant.sold_out)
    checked = _map_option_values([chosen])
    options: dict[str, list[OptionValueChoice]] = {}
    for value in sorted(sold.values(), key=_display_order):
        is_color = value.swatch_type == OptionValue.Swatch.COLOR
        choice = OptionValueChoice(
            value=value.value,
            color=value.swatch_value if is_color else "",
            picture=media.get(value.swatch_media_id or ""),
            checked=value.pk in checked,
            sold_out=value.pk not in in_stock,
        )
        options.setdefault(value.option.name, []).append(choice)
    return [OptionChoice(name=name, values=values) for name, values in options.items()]


def _map_option_values(variants: Iterable[Variant]) -> dict[int, OptionValue]:
    """Return the option values of any of the variants, by their IDs."""
    return {value.pk: value for variant in variants for value in variant.values.all()}


def _display_order(value: OptionValue) -> tuple[int, int, int, int]:
    return value.option.position, value.option_id, value.position, value.pk


def _build_plan_choices(listing: ProductListing, chosen: Variant) -> list[PlanChoice]:
    """Return the plans of all variants. One is preselected if the product is subscription only."""
    plans = {plan.pk: plan for variant in listing.variants for plan in list_available_plans(variant=variant)}
    for_chosen = [plan.pk for plan in list_available_plans(variant=chosen)]
    first = for_chosen[0] if for_chosen and listing.product.requires_selling_plan else None
    currency = listing.product.default_currency
    return [
        PlanChoice(
            plan=plan,
            terms=_format_terms(plan, chosen),
            saving=format_plan_saving(plan=plan, base_price=chosen.price, currency=currency),
            verification=format_free_start_notice(plan=plan, variant=chosen, store=listing.product.store),
            checked=plan.pk == first,
            is_available=plan.pk in for_chosen,
        )
        for plan in sorted(plans.values(), key=lambda plan: (plan.priority, plan.created_at, plan.pk))
    ]


def _format_terms(plan: SellingPlan, variant: Variant) -> str:
    return format_plan_terms(
        terms=snapshot_plan(variant=variant, plan=plan),
        currency=variant.product.default_currency,
        is_shipping_open=variant.product.collect_shipping_address,
    )


def _build_add_on_choice(row: LinkVariant) -> AddOnChoice:
    min_quantity = row.min_quantity or 0
    max_quantity = MAX_QUANTITY if row.max_quantity is None else row.max_quantity
    stock = row.variant.inventory_quantity
    return AddOnChoice(
        row=row,
        picture=find_cover_image(row.variant),
        min_quantity=min_quantity if has_stock(row.variant, min_quantity) else 0,
        max_quantity=max_quantity if stock is None else min(max_quantity, stock),
    )


def _hide_stock_level(variant: Variant) -> int | None:
    """Return 0 if sold out, else None, so that the script does not see the stock level."""
    return 0 if variant.sold_out else None

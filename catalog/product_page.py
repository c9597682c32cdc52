"""The choices on a product or payment link page, prepared for its template and script."""

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.availability import has_stock
from catalog.bundles import IncludedItem
from catalog.former_prices import find_former_prices
from catalog.free_amount import FreeAmount, build_free_amount
from catalog.models import LinkVariant, Media, PaymentLink, SellingPlan, Variant
from catalog.option_choices import OptionChoice, build_option_choices
from catalog.page_choices import NO_CHOICES, PageChoices
from catalog.pictures import find_cover_image, ordered_media
from catalog.plan_choices import PlanChoice, build_plan_choices, format_choice_terms
from catalog.plan_text import format_free_start_notice, format_plan_saving
from catalog.pricing import first_price, list_available_plans, verification_unit_price
from catalog.product_listing import ProductListing
from catalog.unit_prices import format_unit_price
from nextcommerce.currencies import smallest_unit
from stores.money import format_money

MAX_QUANTITY = 99


@dataclass(frozen=True)
class AddOnChoice:
    """A variant that can be added to the main one."""

    row: LinkVariant
    picture: Media | None
    min_quantity: int
    max_quantity: int
    quantity: int  # that the page starts with

    @property
    def variant(self) -> Variant:
        return self.row.variant

    @property
    def price(self) -> Decimal:
        return self.row.unit_price

    @property
    def field(self) -> str:
        return add_on_field(self.row)

    @property
    def sold_out(self) -> bool:
        return self.max_quantity < max(self.min_quantity, 1)


@dataclass(frozen=True)
class IncludedChoice:
    """A part of a bundle, as its page shows it."""

    item: IncludedItem
    picture: Media | None


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
    included: list[IncludedChoice] = field(default_factory=list)
    # By variant, in a store that shows them.
    former_prices: dict[str, Decimal] = field(default_factory=dict)
    choices: PageChoices = NO_CHOICES

    @property
    def currency(self) -> str:
        return self.listing.product.default_currency

    @property
    def ships(self) -> bool:
        """Return True if anything here ships, so that shipping may be charged today."""
        others = [*(add_on.row for add_on in self.add_ons), *self._included_rows()]
        products = [self.listing.product, *(row.variant.product for row in others)]
        return any(product.collect_shipping_address for product in products)

    @property
    def can_buy(self) -> bool:
        return self.listing.is_for_sale and not self.listing.sold_out and (self.one_time or bool(self.plans))

    @property
    def sold_out_variants(self) -> list[Variant]:
        """The variants that shoppers may wait for. A link made for one person offers none."""
        is_personal = self.listing.link is not None and self.listing.link.is_personal
        if is_personal or not self.listing.is_for_sale:
            return []
        return [variant for variant in self.listing.variants if self.listing.is_sold_out(variant)]

    @property
    def price(self) -> Decimal:
        """The least that the chosen variant can be bought for once: with the add-ons that are required."""
        least = self.free_amount.least if self.free_amount else self.listing.get_price(self.chosen)
        return least * self.quantity + self.listing.required_price

    @property
    def quantity(self) -> int:
        """The quantity of the product that each purchase has."""
        return self.listing.fixed_quantity or 1

    @property
    def unit_price(self) -> str:
        """The price of a unit of the chosen variant's content, if it is sold by measure."""
        return self._format_unit_price(self.chosen)

    @property
    def former_price(self) -> str:
        """What the page says of a reduction of the chosen variant, or ""."""
        return self._describe_former_price(self.chosen)

    def _describe_former_price(self, variant: Variant) -> str:
        former = self.former_prices.get(variant.pk)
        if former is None or self.listing.get_price(variant) != variant.price:
            return ""
        return _("Lowest price of the 30 days before: %(price)s") % {
            "price": format_money(former, self.currency)
        }

    def _format_unit_price(self, variant: Variant) -> str:
        return format_unit_price(variant, self.listing.get_price(variant), self.currency)

    @property
    def chosen_quantity(self) -> int:
        """The quantity in the page's field."""
        return self.choices.limit_quantity(self.max_quantity)

    @property
    def product_price(self) -> Decimal:
        """What the product itself costs in this quantity."""
        return self.listing.get_price(self.chosen) * self.quantity

    @property
    def is_bundle(self) -> bool:
        """Return True if the page lists what one purchase consists of."""
        purpose = self.listing.link.purpose if self.listing.link else ""
        return bool(self.included or purpose) or self.quantity > 1

    def _included_rows(self) -> list[LinkVariant]:
        return [row for choice in self.included for row in choice.item.rows]

    def data(self) -> dict[str, Any]:
        """Return the data for the page's script: variants, and plan texts by plan ID and price."""
        variants = self.listing.variants
        return {
            "currency": self.currency,
            "required_price": str(self._always_included_price()),
            "quantity": self.quantity,
            **self._included_data(),
            "max_quantity": self.max_quantity,
            "verification": self._verification_data(),
            "variants": [
                {
                    "id": variant.pk,
                    "options": self._option_texts(variant),
                    "price": str(self.listing.get_price(variant)),
                    **({"unit_price": text} if (text := self._format_unit_price(variant)) else {}),
                    **({"former": text} if (text := self._describe_former_price(variant)) else {}),
                    "stock": self._stock_data(variant),
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

    def _stock_data(self, variant: Variant) -> int | None:
        """Return the stock if the page shows it, else only whether it is sold out."""
        if self.listing.is_sold_out(variant):
            return 0
        return variant.inventory_quantity if self.shows_stock else None

    def _included_data(self) -> dict[str, Any]:
        """Return what the parts without a choice add to the total, and whether one of them ships."""
        fixed = [item for item in self.listing.included if not item.has_choice]
        return {
            "included_price": str(sum((item.price for item in fixed), Decimal("0.00"))),
            "included_ships": any(item.default.variant.product.collect_shipping_address for item in fixed),
        }

    def _always_included_price(self) -> Decimal:
        """Return what the required parts cost without those that shoppers choose."""
        choices = sum((item.price for item in self.listing.included if item.has_choice), Decimal("0.00"))
        return self.listing.required_price - choices

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
            "terms": format_choice_terms(plan, variant),
            "saving": format_plan_saving(plan=plan, base_price=variant.price, currency=self.currency),
            "verification": format_free_start_notice(
                plan=plan, variant=variant, store=self.listing.product.store
            ),
            "first": str(first_price(variant=variant, plan=plan)),
        }


def build_product_page(listing: ProductListing, choices: PageChoices = NO_CHOICES) -> ProductPage:
    """Build the page of a listing. What the shopper chose is preselected if it is in stock."""
    listing = replace(listing, included=choices.choose_parts(listing.included))
    in_stock = [variant for variant in listing.variants if not listing.is_sold_out(variant)]
    chosen = choices.find_variant(in_stock) or listing.default
    config = _read_display_config(listing.link)
    free_amount = build_free_amount(listing.link, chosen)
    plans = []
    if not (free_amount or listing.own_prices):
        plans = build_plan_choices(listing, chosen, plan_id=choices.plan_id)
    add_ons = [_build_add_on_choice(row, choices) for row in listing.add_ons]
    selected = _find_checked_plan(plans)
    max_quantity = 1 if free_amount else _find_max_quantity(listing.link)
    quantity = listing.fixed_quantity or choices.limit_quantity(max_quantity)
    return ProductPage(
        listing=listing,
        chosen=chosen,
        options=build_option_choices(listing, chosen),
        as_list=config.get("display_mode") == "list" and len(listing.variants) > 1,
        plans=plans,
        one_time=not listing.product.requires_selling_plan,
        add_ons=add_ons,
        max_quantity=max_quantity,
        shows_stock=bool(config.get("show_inventory")),
        pictures=ordered_media(listing.product, chosen.media_order),
        total=_calculate_due_today(listing, chosen, selected, add_ons, quantity=quantity)
        + _count_free_amount(free_amount, listing.get_price(chosen)),
        free_amount=free_amount,
        included=_build_included_choices(listing),
        former_prices=find_former_prices(listing.variants)
        if listing.product.store.shows_former_prices
        else {},
        choices=choices,
    )


def _count_free_amount(free_amount: FreeAmount | None, price: Decimal) -> Decimal:
    """Return what the price that shoppers enter is above the variant's own."""
    return free_amount.value - price if free_amount else Decimal(0)


def _find_checked_plan(plans: list[PlanChoice]) -> SellingPlan | None:
    return next((choice.plan for choice in plans if choice.checked), None)


def _build_included_choices(listing: ProductListing) -> list[IncludedChoice]:
    return [
        IncludedChoice(item=item, picture=find_cover_image(item.default.variant)) for item in listing.included
    ]


def _read_display_config(link: PaymentLink | None) -> dict[str, Any]:
    """Return how the link shows its variants. Programs may have stored anything."""
    return link.variant_config if link and isinstance(link.variant_config, dict) else {}


def _find_max_quantity(link: PaymentLink | None) -> int:
    if link is None:
        return MAX_QUANTITY
    return 1 if link.fixed_quantity else min(MAX_QUANTITY, link.max_quantity or MAX_QUANTITY)


def _calculate_due_today(
    listing: ProductListing,
    chosen: Variant,
    plan: SellingPlan | None,
    add_ons: list[AddOnChoice],
    *,
    quantity: int,
) -> Decimal:
    """Return what the preselected quantities and what is included cost today, without shipping."""
    unit_price = first_price(variant=chosen, plan=plan) if plan else listing.get_price(chosen)
    total = sum(
        (add_on.price * add_on.quantity for add_on in add_ons),
        unit_price * quantity,
    )
    total += sum((item.price for item in listing.included), Decimal(0))
    return total if total or not plan else _calculate_verification(listing, add_ons, quantity=quantity)


def _calculate_verification(listing: ProductListing, add_ons: list[AddOnChoice], *, quantity: int) -> Decimal:
    """Return what is charged for units that start free; 0 if shipping may be charged instead."""
    product = listing.product
    included = [add_on.variant.product for add_on in add_ons if add_on.quantity]
    included += [item.default.variant.product for item in listing.included]
    if any(sold.collect_shipping_address for sold in (product, *included)):
        return Decimal("0.00")
    amount = product.store.verification_amount or Decimal("0.00")
    currency = product.default_currency
    return quantity * verification_unit_price(amount=amount, quantity=quantity, currency=currency)


def _build_add_on_choice(row: LinkVariant, choices: PageChoices) -> AddOnChoice:
    min_quantity = row.min_quantity or 0
    max_quantity = MAX_QUANTITY if row.max_quantity is None else row.max_quantity
    stock = row.variant.inventory_quantity
    least = min_quantity if has_stock(row.variant, min_quantity) else 0
    most = max_quantity if stock is None else min(max_quantity, stock)
    return AddOnChoice(
        row=row,
        picture=find_cover_image(row.variant),
        min_quantity=least,
        max_quantity=most,
        quantity=choices.read_quantity(add_on_field(row), least=least, most=max(least, most)),
    )


def add_on_field(row: LinkVariant) -> str:
    """Return the name of the form's field for an add-on."""
    return f"addon_{row.variant_id}"

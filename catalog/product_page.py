"""The choices on a product's or a link's page, ready for its template and its script."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from catalog.models import LinkVariant, Media, SellingPlan, Variant
from catalog.plan_text import saving, terms, verification
from catalog.pricing import first_price, offered_plans
from catalog.selectors import Offer, enough, ordered_media

MOST = 99


@dataclass(frozen=True)
class OptionValue:
    """One value of an option. `state` is "" or "sold_out"; values that are never sold are left out."""

    value: str
    colour: str
    picture: Media | None
    checked: bool
    state: str


@dataclass(frozen=True)
class Option:
    """An option such as "Size"; its form field is `option_Size`."""

    name: str
    values: list[OptionValue]

    @property
    def field(self) -> str:
        return f"option_{self.name}"

    @property
    def chosen(self) -> str:
        return next((value.value for value in self.values if value.checked), "")


@dataclass(frozen=True)
class PlanChoice:
    """A plan in words, priced for the variant that is chosen at first."""

    plan: SellingPlan
    terms: str
    saving: str
    verification: str
    checked: bool
    offered: bool


@dataclass(frozen=True)
class AddOn:
    """A variant that can be had beside the main one."""

    row: LinkVariant
    picture: Media | None
    fewest: int
    most: int

    @property
    def variant(self) -> Variant:
        return self.row.variant

    @property
    def field(self) -> str:
        return f"addon_{self.variant.pk}"

    @property
    def sold_out(self) -> bool:
        return self.most < max(self.fewest, 1)


@dataclass(frozen=True)
class Picker:
    """Everything one can choose on a page, and what is chosen at first."""

    offer: Offer
    chosen: Variant
    options: list[Option]
    as_list: bool
    plans: list[PlanChoice]
    one_time: bool
    add_ons: list[AddOn]
    most: int
    shows_stock: bool
    pictures: list[Media]
    total: Decimal

    @property
    def currency(self) -> str:
        return self.offer.product.default_currency

    @property
    def can_buy(self) -> bool:
        return not self.offer.sold_out and (self.one_time or bool(self.plans))

    def data(self) -> dict[str, Any]:
        """Return what the script needs: variants with their price and stock, plans in words by price."""
        variants = self.offer.variants
        return {
            "currency": self.currency,
            "most": self.most,
            "variants": [
                {
                    "id": variant.pk,
                    "options": [variant.option_values.get(option.name, "") for option in self.options],
                    "price": str(variant.price),
                    "stock": variant.inventory_quantity if self.shows_stock else _coarse(variant),
                    "picture": next(iter(variant.media_order), None),
                    "plans": [plan.pk for plan in offered_plans(variant=variant)],
                }
                for variant in variants
            ],
            "plans": {
                choice.plan.pk: {
                    str(price): self._priced(choice.plan, variant)
                    for price, variant in {variant.price: variant for variant in variants}.items()
                }
                for choice in self.plans
            },
        }

    def _priced(self, plan: SellingPlan, variant: Variant) -> dict[str, str]:
        return {
            "terms": terms(plan=plan, base_price=variant.price, currency=self.currency),
            "saving": saving(plan=plan, base_price=variant.price, currency=self.currency),
            "verification": verification(plan=plan, variant=variant, store=self.offer.product.store),
            "first": str(first_price(variant=variant, plan=plan)),
        }


def picker(offer: Offer, *, variant_id: str = "") -> Picker:
    """Lay out the choices of an offer; `variant_id` is chosen at first where it can be had."""
    asked = [variant for variant in offer.variants if variant.pk == variant_id and not variant.sold_out]
    chosen = asked[0] if asked else offer.default
    config = offer.link.variant_config if offer.link and isinstance(offer.link.variant_config, dict) else {}
    plans = _plan_choices(offer, chosen)
    add_ons = [_add_on(row) for row in offer.add_ons]
    selected = next((choice.plan for choice in plans if choice.checked), None)
    total = first_price(variant=chosen, plan=selected)
    total += sum((add_on.variant.price * add_on.fewest for add_on in add_ons), Decimal(0))
    return Picker(
        offer=offer,
        chosen=chosen,
        options=_options(offer, chosen),
        as_list=config.get("display_mode") == "list" and len(offer.variants) > 1,
        plans=plans,
        one_time=not offer.product.requires_selling_plan,
        add_ons=add_ons,
        most=min(MOST, (offer.link and offer.link.max_quantity) or MOST),
        shows_stock=bool(config.get("show_inventory")),
        pictures=ordered_media(offer.product, chosen.media_order),
        total=total,
    )


def _options(offer: Offer, chosen: Variant) -> list[Option]:
    media = {picture.pk: picture for picture in offer.product.media.all()}
    options = []
    for option in sorted(offer.product.options, key=_order):
        name = option["name"]
        sold = {variant.option_values.get(name) for variant in offer.variants}
        left = {variant.option_values.get(name) for variant in offer.variants if not variant.sold_out}
        values = [
            OptionValue(
                value=value["value"],
                colour=_colour(value),
                picture=media.get((value.get("swatch") or {}).get("media_id", "")),
                checked=chosen.option_values.get(name) == value["value"],
                state="" if value["value"] in left else "sold_out",
            )
            for value in sorted(option["values"], key=_order)
            if value["value"] in sold
        ]
        options.append(Option(name=name, values=values))
    return options


def _order(item: Mapping[str, Any]) -> int:
    return int(item.get("sort_order") or 0)


def _colour(value: Mapping[str, Any]) -> str:
    swatch = value.get("swatch") or {}
    return str(swatch.get("value") or "") if swatch.get("type") == "color" else ""


def _plan_choices(offer: Offer, chosen: Variant) -> list[PlanChoice]:
    """Return the plans of every variant, each once; a plan of the chosen one is chosen where one must be."""
    plans = {plan.pk: plan for variant in offer.variants for plan in offered_plans(variant=variant)}
    for_chosen = [plan.pk for plan in offered_plans(variant=chosen)]
    first = for_chosen[0] if for_chosen and offer.product.requires_selling_plan else None
    currency = offer.product.default_currency
    return [
        PlanChoice(
            plan=plan,
            terms=terms(plan=plan, base_price=chosen.price, currency=currency),
            saving=saving(plan=plan, base_price=chosen.price, currency=currency),
            verification=verification(plan=plan, variant=chosen, store=offer.product.store),
            checked=plan.pk == first,
            offered=plan.pk in for_chosen,
        )
        for plan in sorted(plans.values(), key=lambda plan: (plan.priority, plan.created_at, plan.pk))
    ]


def _add_on(row: LinkVariant) -> AddOn:
    fewest = row.min_quantity or 0
    most = MOST if row.max_quantity is None else row.max_quantity
    stock = row.variant.inventory_quantity
    pictures = ordered_media(row.variant.product, row.variant.media_order)
    return AddOn(
        row=row,
        picture=pictures[0] if pictures else None,
        fewest=fewest if enough(row.variant, fewest) else 0,
        most=most if stock is None else min(most, stock),
    )


def _coarse(variant: Variant) -> int | None:
    """Tell the script whether any is left, not how many."""
    return 0 if variant.sold_out else None

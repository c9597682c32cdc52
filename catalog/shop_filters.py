"""Filters and order of the shop's product list, read from its address.

`stock=1`, `min=10`, `max=50`, `sort=price`, and `option_Color=Sand` for each chosen value. Values of one
option are alternatives; one variant must have everything else at once.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from catalog.availability import filter_for_sale
from catalog.models import OptionValue, Product, Variant
from stores.models import Store
from stores.money import format_money, least_charge

OPTION_PREFIX = "option_"
PARAMETERS = ("sort", "stock", "min", "max")
# At most this many products are asked which options they have, so that a list of any length costs the same.
SAMPLED_PRODUCTS = 500
MAX_OPTIONS, MAX_VALUES = 5, 30
_AMOUNT = re.compile(r"\d{1,9}([.,]\d{1,2})?", re.ASCII)


@dataclass(frozen=True)
class ShopFilter:
    """What the shopper chose. Empty values don't filter."""

    sort: str = ""
    in_stock: bool = False
    least: Decimal | None = None
    most: Decimal | None = None
    options: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Return True if nothing is left out. The order leaves nothing out."""
        return replace(self, sort="") == ShopFilter()

    def to_query(self) -> list[tuple[str, str]]:
        """Return the parameters of an address."""
        named = [
            ("sort", self.sort),
            ("stock", "1" if self.in_stock else ""),
            ("min", "" if self.least is None else str(self.least)),
            ("max", "" if self.most is None else str(self.most)),
        ]
        chosen = [
            (f"{OPTION_PREFIX}{name}", value) for name, values in self.options.items() for value in values
        ]
        return [*((name, text) for name, text in named if text), *chosen]

    def without_value(self, name: str, value: str) -> "ShopFilter":
        """Return the filter with one value of an option taken away."""
        left = tuple(each for each in self.options[name] if each != value)
        others = {each: values for each, values in self.options.items() if each != name}
        return replace(self, options=others | ({name: left} if left else {}))


@dataclass(frozen=True)
class ChosenFilter:
    """Something that is filtered by, and the query string without it."""

    label: str
    query: str


@dataclass(frozen=True)
class FilterOption:
    """An option that products of the list have, and its values, each with whether it is chosen."""

    name: str
    values: list[tuple[str, bool]]

    @property
    def parameter(self) -> str:
        return f"{OPTION_PREFIX}{self.name}"


def read_shop_filter(query: QueryDict) -> ShopFilter:
    """Return the filter in an address. What can't be read is left out."""
    least, most = _read_amount(query.get("min", "")), _read_amount(query.get("max", ""))
    if least is not None and most is not None and least > most:
        least, most = most, least
    sort = query.get("sort", "")
    return ShopFilter(
        sort=sort if sort in sort_labels() else "",
        in_stock=query.get("stock") == "1",
        least=least,
        most=most,
        options=_read_options(query),
    )


def _read_options(query: QueryDict) -> dict[str, tuple[str, ...]]:
    """Return the chosen values by the option's name, both in order, so that an address is told one way."""
    chosen = {
        name.removeprefix(OPTION_PREFIX): tuple(sorted({value for value in query.getlist(name) if value}))
        for name in sorted(query)
        if name.startswith(OPTION_PREFIX)
    }
    return {name: values for name, values in chosen.items() if name and values}


def sort_labels() -> dict[str, str]:
    """Return the orders that a list can have, the usual one first."""
    return {
        "": _("Newest first"),
        "price": _("Price, low to high"),
        "-price": _("Price, high to low"),
        "name": _("Name"),
    }


def filter_products(products: QuerySet[Product], *, chosen: ShopFilter, store: Store) -> QuerySet[Product]:
    """Return the products with a variant for sale that has everything chosen, in the chosen order."""
    if not chosen.is_empty:
        variants = filter_for_sale(Variant.objects.filter(product=OuterRef("pk")), store=store)
        products = products.filter(Exists(_filter_variants(variants, chosen)))
    return _sort_products(products, chosen.sort, store)


def _filter_variants(variants: QuerySet[Variant], chosen: ShopFilter) -> QuerySet[Variant]:
    if chosen.in_stock:
        variants = variants.exclude(inventory_quantity=0)
    if chosen.least is not None:
        variants = variants.filter(price__gte=chosen.least)
    if chosen.most is not None:
        variants = variants.filter(price__lte=chosen.most)
    for name, values in chosen.options.items():
        variants = variants.filter(value_rows__value__option__name=name, value_rows__value__value__in=values)
    return variants


def _sort_products(products: QuerySet[Product], sort: str, store: Store) -> QuerySet[Product]:
    if sort == "name":
        return products.order_by("name", "pk")
    if sort not in {"price", "-price"}:
        return products
    # Joined with each product's cheapest variant, so that the database may read the index of prices in order
    # and stop after a page, instead of finding the price of every product first.
    cheaper = filter_for_sale(Variant.objects.filter(product=OuterRef("pk")), store=store).filter(
        Q(price__lt=OuterRef("variants__price"))
        | Q(price=OuterRef("variants__price"), pk__lt=OuterRef("variants__pk"))
    )
    cheapest = products.filter(
        ~Exists(cheaper),
        default_currency=store.currency,
        variants__store=store,
        variants__active=True,
        variants__next_variant_id__isnull=False,
        variants__price__gte=least_charge(store.currency),
    )
    sign = sort.removesuffix("price")
    return cheapest.order_by(f"{sign}variants__price", f"{sign}variants__pk")


def list_filter_options(products: QuerySet[Product], *, chosen: ShopFilter) -> list[FilterOption]:
    """Return the options that the newest of the products have, and what is chosen, in one query.

    Options with one value are left out: they divide nothing.
    """
    newest = products.order_by("-created_at").values("pk")[:SAMPLED_PRODUCTS]
    rows = (
        OptionValue.objects.filter(option__product__in=newest, is_removed=False)
        .order_by("option__position", "option__name", "position", "value")
        .values_list("option__name", "value")
    )
    found: dict[str, dict[str, None]] = {}
    for name, value in rows:
        found.setdefault(name, {})[value] = None
    for name, values in chosen.options.items():
        found.setdefault(name, {}).update(dict.fromkeys(values))
    return [
        FilterOption(
            name, [(value, value in chosen.options.get(name, ())) for value in _cut(values, chosen, name)]
        )
        for name, values in list(found.items())[:MAX_OPTIONS]
        if len(values) > 1 or name in chosen.options
    ]


def list_chosen_filters(
    chosen: ShopFilter, *, store: Store, kept: Iterable[tuple[str, str]]
) -> list[ChosenFilter]:
    """Return each choice with the query string without it. `kept` are parameters that every address keeps."""
    return [
        ChosenFilter(label=label, query=urlencode([*kept, *less.to_query()]))
        for label, less in _list_choices(chosen, store)
    ]


def _list_choices(chosen: ShopFilter, store: Store) -> Iterator[tuple[str, ShopFilter]]:
    if chosen.in_stock:
        yield _("In stock"), replace(chosen, in_stock=False)
    if chosen.least is not None:
        price = format_money(chosen.least, store.currency)
        yield _("From %(price)s") % {"price": price}, replace(chosen, least=None)
    if chosen.most is not None:
        price = format_money(chosen.most, store.currency)
        yield _("Up to %(price)s") % {"price": price}, replace(chosen, most=None)
    for name, values in chosen.options.items():
        for value in values:
            yield f"{name}: {value}", chosen.without_value(name, value)


def _cut(values: Iterable[str], chosen: ShopFilter, name: str) -> list[str]:
    """Return the first values, and those that are chosen."""
    values, picked = list(values), chosen.options.get(name, ())
    return [*values[:MAX_VALUES], *(value for value in values[MAX_VALUES:] if value in picked)]


def _read_amount(text: str) -> Decimal | None:
    text = text.strip()
    return Decimal(text.replace(",", ".")) if _AMOUNT.fullmatch(text) else None

"""A store's catalog: validation of what the control API receives, and lookups."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.text import slugify
from rest_framework import serializers

from sandbox.sample_catalog import build_sample_categories, build_sample_products

JsonObject = dict[str, Any]

MAX_SAMPLE_PRODUCTS = 20_000
# The largest quantity that the API description allows.
MAX_INTEGER = 2147483647


class MoneyField(serializers.DecimalField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=12, decimal_places=2, **kwargs)


class CountField(serializers.IntegerField):
    """A quantity of at least 1."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=MAX_INTEGER, **kwargs)


class CurrencyCodeField(serializers.RegexField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"^[A-Z]{3}$", **kwargs)


class VariantAttributeSerializer(serializers.Serializer[Any]):
    code = serializers.SlugField()
    name = serializers.CharField()
    value = serializers.CharField()


class CatalogVariantSerializer(serializers.Serializer[Any]):
    """Takes either ``price`` in the store's currency or ``prices`` by currency."""

    id = serializers.IntegerField(min_value=1)
    title = serializers.CharField(default="", allow_blank=True)
    sku = serializers.CharField(default="", allow_blank=True)
    price = MoneyField(required=False)
    prices = serializers.DictField(child=MoneyField(), required=False)
    retail_prices = serializers.DictField(child=MoneyField(), default=dict)
    upc = serializers.CharField(default="", allow_blank=True)
    stock = serializers.IntegerField(default=None, allow_null=True)
    requires_shipping = serializers.BooleanField(default=True)
    image = serializers.CharField(default="", allow_blank=True)
    attributes = VariantAttributeSerializer(many=True, default=list)

    def validate(self, attrs: JsonObject) -> JsonObject:
        if ("price" in attrs) == ("prices" in attrs):
            raise serializers.ValidationError("Set either price or prices.")
        return attrs


class CatalogImageSerializer(serializers.Serializer[Any]):
    """A picture. ``src`` is a URL, or a path of the sandbox."""

    src = serializers.CharField()
    caption = serializers.CharField(default="", allow_blank=True, max_length=200)


class CatalogCategorySerializer(serializers.Serializer[Any]):
    """A category. Its slug is the path through its parents: ``apparel/tees``."""

    id = serializers.IntegerField(min_value=1)
    name = serializers.CharField(max_length=255)
    slug = serializers.CharField(max_length=255)


class CatalogProductSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(min_value=1)
    title = serializers.CharField()
    description = serializers.CharField(default="", allow_blank=True)
    enable_subscription = serializers.BooleanField(default=False)
    interval = serializers.ChoiceField(
        choices=("day", "week", "month", "year"), default=None, allow_null=True
    )
    interval_counts = serializers.ListField(
        child=serializers.IntegerField(min_value=1), default=None, allow_null=True
    )
    categories = serializers.ListField(child=serializers.CharField(max_length=255), default=list)
    is_discountable = serializers.BooleanField(default=True)
    is_public = serializers.BooleanField(default=True)
    meta_title = serializers.CharField(default="", allow_blank=True)
    meta_description = serializers.CharField(default="", allow_blank=True)
    images = CatalogImageSerializer(many=True, default=list)
    updated_at = serializers.DateTimeField(required=False)
    variants = CatalogVariantSerializer(many=True, allow_empty=False)


class CatalogShippingMethodSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(min_value=1)
    code = serializers.SlugField()
    name = serializers.CharField()
    description = serializers.CharField(default="", allow_blank=True)
    delivery_time = serializers.CharField(default="", allow_blank=True)
    countries = serializers.ListField(child=serializers.CharField(max_length=2), default=list)
    prices = serializers.DictField(child=MoneyField(), default=dict)
    is_public = serializers.BooleanField(default=True)


class CatalogGatewaySerializer(serializers.Serializer[Any]):
    """A gateway. Without ``currencies``, it takes all of the store's."""

    id = serializers.IntegerField(min_value=1)
    name = serializers.CharField()
    gateway_type = serializers.CharField(default="stripe")
    active = serializers.BooleanField(default=True)
    currencies = serializers.ListField(child=CurrencyCodeField(), default=list)


class CatalogGatewayGroupSerializer(serializers.Serializer[Any]):
    """A group. Without ``currencies`` or ``payment_methods``, it takes all of the store's."""

    id = serializers.IntegerField(min_value=1)
    name = serializers.CharField()
    currencies = serializers.ListField(child=CurrencyCodeField(), default=list)
    payment_methods = serializers.ListField(child=serializers.CharField(), default=list)


class CatalogSerializer(serializers.Serializer[Any]):
    """A store's catalog. ``sample_products`` adds that number of products, with pictures and categories."""

    products = CatalogProductSerializer(many=True, default=list)
    categories = CatalogCategorySerializer(many=True, default=list)
    sample_products = serializers.IntegerField(default=0, min_value=0, max_value=MAX_SAMPLE_PRODUCTS)
    shipping_methods = CatalogShippingMethodSerializer(many=True, default=list)
    gateways = CatalogGatewaySerializer(many=True, default=list)
    gateway_groups = CatalogGatewayGroupSerializer(many=True, default=list)
    # Empty: the store's currency and those of its prices, and every redirect method.
    currencies = serializers.ListField(child=CurrencyCodeField(), default=list)
    payment_methods = serializers.ListField(child=serializers.CharField(), default=list)

    def to_internal_value(self, data: Any) -> Any:
        """Put the sample products in the place of their number."""
        count = data.get("sample_products") if isinstance(data, dict) else None
        if isinstance(count, int) and 0 < count <= MAX_SAMPLE_PRODUCTS:
            data = {
                **data,
                "sample_products": 0,
                "products": [*data.get("products", []), *build_sample_products(count)],
                "categories": [*data.get("categories", []), *build_sample_categories()],
            }
        return super().to_internal_value(data)

    def validate_products(self, value: list[JsonObject]) -> list[JsonObject]:
        ids = [variant["id"] for product in value for variant in product["variants"]]
        if len(ids) != len(set(ids)):
            raise serializers.ValidationError("Variant ids must be unique.")
        return value


@dataclass(frozen=True)
class StoreCatalog:
    """Lookups in the validated JSON of a store's catalog."""

    data: JsonObject
    currency: str

    @property
    def currencies(self) -> list[str]:
        """The currencies that are set; else the store's, then every other one that has a price."""
        if listed := self.data.get("currencies"):
            return list(listed)
        codes = {self.currency: None}
        for _, variant in self.variants():
            codes.update(dict.fromkeys(self.prices(variant)))
        return list(codes)

    def variants(self) -> Iterator[tuple[JsonObject, JsonObject]]:
        """Yield each variant after its product: ``(product, variant)``."""
        for product in self.data.get("products", []):
            for variant in product["variants"]:
                yield product, variant

    def variant(self, variant_id: int) -> tuple[JsonObject, JsonObject] | None:
        """Return ``(product, variant)``, or None."""
        return next((pair for pair in self.variants() if pair[1]["id"] == variant_id), None)

    def product(self, product_id: int) -> JsonObject | None:
        return find_row(self.data.get("products", []), "id", product_id)

    def prices(self, variant: JsonObject) -> dict[str, str]:
        return variant.get("prices") or {self.currency: variant["price"]}

    def price(self, variant: JsonObject, currency: str) -> Decimal | None:
        price = self.prices(variant).get(currency)
        return None if price is None else Decimal(price)

    def categories(self) -> list[JsonObject]:
        """The store's categories, and those that only products name, in the order of their names."""
        listed = list(self.data.get("categories", []))
        known = {row["name"] for row in listed}
        named = (name for product in self.data.get("products", []) for name in product["categories"])
        others = [name for name in dict.fromkeys(named) if name not in known]
        first = max((row["id"] for row in listed), default=0) + 1
        return listed + [
            {"id": number, "name": name, "slug": slugify(name)} for number, name in enumerate(others, first)
        ]

    def shipping_methods(self) -> list[JsonObject]:
        return list(self.data.get("shipping_methods", []))

    def shipping_method(self, code: str) -> JsonObject | None:
        return find_row(self.shipping_methods(), "code", code)

    def shipping_price(self, method: JsonObject, currency: str) -> Decimal:
        """Return the method's price. Without one in ``currency``, the store's own is taken unconverted."""
        prices = method["prices"]
        return Decimal(prices.get(currency) or prices.get(self.currency) or "0.00")

    def gateway(self, gateway_id: int | None) -> JsonObject | None:
        return find_row(self.data.get("gateways", []), "id", gateway_id)

    def gateway_group(self, group_id: int | None) -> JsonObject | None:
        return find_row(self.data.get("gateway_groups", []), "id", group_id)


def find_row(rows: list[JsonObject], key: str, value: object) -> JsonObject | None:
    return next((row for row in rows if row[key] == value), None)

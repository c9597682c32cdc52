"""The product list's filter for products that shoppers can't buy."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy

from catalog.availability import not_for_sale_condition
from catalog.models import Product, ProductDifference, Variant


class SaleProblemFilter(admin.SimpleListFilter):
    """Products that are active and that shoppers can't buy, by the reason."""

    title = gettext_lazy("problem")
    parameter_name = "problem"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("not_in_next", gettext_lazy("Not in NEXT Commerce")),
            ("not_for_sale", gettext_lazy("Can't be bought")),
            ("missing", gettext_lazy("Missing from the last import")),
            ("differs", gettext_lazy("Changed here and in NEXT Commerce")),
            ("waiting", gettext_lazy("Hidden until its pictures arrive")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product]:
        variants = Variant.objects.filter(product=OuterRef("pk"), active=True)
        if self.value() == "not_in_next":
            return queryset.filter(Exists(variants.filter(next_variant_id=None)), active=True)
        if self.value() == "not_for_sale":
            return queryset.filter(Exists(variants.filter(not_for_sale_condition())), active=True)
        if self.value() == "missing":
            missing = Exists(variants.exclude(missing_since=None))
            return queryset.filter(missing) | queryset.exclude(missing_since=None)
        if self.value() == "differs":
            return queryset.filter(Exists(ProductDifference.objects.filter(product=OuterRef("pk"))))
        if self.value() == "waiting":
            return queryset.filter(awaits_pictures=True)
        return queryset

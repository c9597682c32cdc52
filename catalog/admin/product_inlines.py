"""Tables of a product's page in the admin: its variants and pictures."""

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog.admin.product_inline_forms import (
    ProductImageForm,
    ProductImageFormSet,
    VariantForm,
    VariantFormSet,
)
from catalog.models import Media, Product, Variant
from stores.money import format_money


class VariantInline(admin.TabularInline):
    model = Variant
    form = VariantForm
    formset = VariantFormSet
    extra = 0
    fields = (
        "title",
        "sku",
        "price",
        "inventory_quantity",
        "active",
        "next_variant_id",
        "pictures",
        "plan_groups",
    )
    readonly_fields = ("title",)

    def has_add_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        return False  # variants are created from the options

    @admin.display(description=gettext_lazy("Variant"))
    def title(self, variant: Variant) -> str | SafeString:
        """Return the variant's title with what NEXT Commerce says of it and the shop doesn't show."""
        title = variant.title or _("only variant")
        details = [f"GTIN {variant.gtin}"] if variant.gtin else []
        if variant.retail_price is not None:
            price = format_money(variant.retail_price, variant.product.default_currency)
            details.append(_("retail price %(price)s") % {"price": price})
        if not details:
            return title
        return format_html('{}<br><span class="help">{}</span>', title, ", ".join(details))


class ProductImageInline(admin.TabularInline):
    model = Media
    form = ProductImageForm
    formset = ProductImageFormSet
    extra = 1
    fields = ("preview", "upload", "address", "alt_text", "place")
    readonly_fields = ("preview",)

    @admin.display(description=gettext_lazy("Picture"))
    def preview(self, picture: Media) -> SafeString | str:
        if not picture.url:
            return "–"
        return format_html('<img class="preview" src="{}" alt="{}">', picture.url, picture.alt_text)

"""Products in the admin: options, variants, pictures, and plans on one page."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import product_edits
from catalog.admin import csv_import
from catalog.admin.json_table_forms import TableModelAdmin
from catalog.admin.next_product_admin import NextProductAdmin
from catalog.admin.product_forms import ProductForm
from catalog.admin.product_list import ProductListAdmin
from catalog.admin.product_options import ProductOptionInline, report_hidden_variants
from catalog.admin.product_pictures import make_picture_urls, save_chosen_pictures
from catalog.admin.product_preview import make_preview_urls
from catalog.admin.product_readiness import ReadinessAdmin
from catalog.admin.product_variant_forms import VARIANT_COLUMNS
from catalog.admin.product_variants import VariantInline
from catalog.models import Product, ProductOption, Variant
from catalog.next_ids import clear_next_ids, warn_about_unknown_next_ids
from catalog.plan_prices import require_chargeable_plans_of
from catalog.products import delete_product, generate_product_slug
from catalog.search import refresh_search_texts
from catalog.variants import create_missing_variants, remove_variants, set_options
from stores.page_cache import clear_page_cache
from stores.staff_stores import get_staff_stores


@admin.register(Product)
class ProductAdmin(ProductListAdmin, ReadinessAdmin, NextProductAdmin, TableModelAdmin):
    class Media:
        css: ClassVar = {"all": ["css/admin/product.css"]}

    form = ProductForm
    inlines = (ProductOptionInline, VariantInline)
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ("version", "created_at", "updated_at")
    # The page shows the first two above the tables, and the others below.
    fieldsets = (
        (None, {"fields": ("store", "name", "slug", "description", "active", "listed")}),
        (
            gettext_lazy("Price and stock"),
            {"fields": ("new_price", "new_stock", "make_variants", "seen_version")},
        ),
        (gettext_lazy("Add pictures"), {"fields": ("new_pictures",)}),
        (gettext_lazy("Categories"), {"fields": ("categories",)}),
        (
            gettext_lazy("Search engines"),
            {"classes": ("collapse",), "fields": ("seo_title", "seo_description")},
        ),
        (
            gettext_lazy("Shipping, tax, and subscriptions"),
            {
                "fields": (
                    "collect_shipping_address",
                    "collect_tax_address",
                    "tax_code",
                    "starts_at_once",
                    "requires_selling_plan",
                    "plan_groups",
                )
            },
        ),
        (
            gettext_lazy("Product safety"),
            {
                "classes": ("collapse",),
                "fields": ("manufacturer", "responsible_person", "safety_warnings"),
            },
        ),
        (
            gettext_lazy("NEXT Commerce"),
            {"classes": ("collapse",), "fields": ("next_product_id", "version", "created_at", "updated_at")},
        ),
    )

    def view_on_site(self, product: Product) -> str:
        """Return the URL of the product's page on its store's host."""
        return f"{product.store.origin}{product.get_absolute_url()}"

    def get_urls(self) -> list[URLPattern]:
        return [
            *csv_import.make_import_urls(self),
            *make_picture_urls(self),
            *make_preview_urls(self),
            *super().get_urls(),
        ]

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return ("store", *self.readonly_fields) if obj else self.readonly_fields

    def get_fieldsets(self, request: HttpRequest, obj: Product | None = None) -> Any:
        if obj is None:
            return self.fieldsets
        first, (_heading, new_variants), *others = self.fieldsets
        return [first, (_("New variants"), new_variants), *others]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        chosen = get_staff_stores(request).chosen
        return ({"store": chosen.pk} if chosen else {}) | super().get_changeform_initial_data(request)

    def get_prepopulated_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Only products that are off sale, one at a time."""
        return obj is not None and not obj.active and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Permission to delete a product includes its variants and pictures.
        deleted, counts, _missing_permissions, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        delete_product(product=obj)

    # --- Saving, in one transaction that a Problem rolls back

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = super().changeform_view(request, *args, **kwargs)
        # After the transaction, because converting pictures takes seconds.
        if chosen := getattr(request, "chosen_pictures", None):
            save_chosen_pictures(self, request, *chosen)
        return response

    def save_model(self, request: HttpRequest, obj: Product, form: Any, change: bool) -> None:
        if change:
            product_edits.claim_product_version(product=obj, seen=form.cleaned_data["seen_version"])
            if "active" in form.changed_data:
                obj.decide_active(obj.active)
        else:
            obj.default_currency = obj.store.currency
            obj.slug = obj.slug or generate_product_slug(store=obj.store, name=obj.name)
        super().save_model(request, obj, form, change)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        product: Product = form.instance
        # Without tables that these staff may not see.
        by_model = {formset.model: formset for formset in formsets}
        by_model[ProductOption].save(commit=False)
        if Variant in by_model:
            self._save_variants(request, product, by_model[Variant])
        hidden = set_options(product=product, options=by_model[ProductOption].options())
        report_hidden_variants(self, request, hidden)
        data = form.cleaned_data
        self._create_variants(request, product, form)
        groups = [group.pk for group in data["plan_groups"]]
        product_edits.set_plan_groups(product=product, variant=None, groups=groups)
        require_chargeable_plans_of(product)
        product.categories.set(data["categories"])
        product.save()
        refresh_search_texts([product.pk])
        clear_page_cache(host=product.store.host)
        self._warn_about_unsynced_variants(request, product)
        request.chosen_pictures = (product, data["new_pictures"])  # type: ignore[attr-defined]

    def _create_variants(self, request: HttpRequest, product: Product, form: Any) -> None:
        data = form.cleaned_data
        default = {"price": data["new_price"], "inventory_quantity": data["new_stock"]}
        count = create_missing_variants(
            product=product,
            default=default if data["make_variants"] else None,
            given=form.new_variants.list_variants(),
        )
        if count:
            message = ngettext("%(count)d variant created.", "%(count)d variants created.", count)
            self.message_user(request, message % {"count": count})

    def _warn_about_unsynced_variants(self, request: HttpRequest, product: Product) -> None:
        """Warn about variants that shoppers can't buy because NEXT Commerce doesn't have them."""
        count = product.variants.filter(active=True, next_variant_id=None).count()
        if count:
            message = ngettext(
                "%(count)d variant has no NEXT Commerce ID yet, so shoppers can't buy it.",
                "%(count)d variants have no NEXT Commerce ID yet, so shoppers can't buy them.",
                count,
            )
            self.message_user(request, message % {"count": count}, messages.WARNING)
        next_ids = product.variants.exclude(next_variant_id=None).values_list("next_variant_id", flat=True)
        if warning := warn_about_unknown_next_ids(store=product.store, next_ids=next_ids):
            self.message_user(request, warning, messages.WARNING)

    def _save_variants(self, request: HttpRequest, product: Product, formset: Any) -> None:
        formset.save(commit=False)
        hidden = remove_variants(product=product, variants=formset.deleted_objects)
        report_hidden_variants(self, request, hidden)
        changed = formset.list_changed()
        next_ids = {
            form.instance.pk: form.cleaned_data["next_variant_id"]
            for form in changed
            if "next_variant_id" in form.changed_data
        }
        clear_next_ids(store=product.store, next_ids=next_ids)
        for form in changed:
            data = form.cleaned_data
            if "plan_groups" in form.changed_data:
                product_edits.set_plan_groups(
                    product=product, variant=form.instance, groups=data["plan_groups"]
                )
            changes = {name: data[name] for name in form.changed_data if name in VARIANT_COLUMNS}
            product_edits.update_variant(variant=form.instance, changes=changes, stock_seen=form.stock_seen)

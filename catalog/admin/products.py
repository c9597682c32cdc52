"""Products in the admin: options, variants, pictures, and plans on one page."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import URLPattern, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog import csv_export, images, pictures, product_edits, sentences
from catalog.admin import csv_import
from catalog.admin.categories import ProductActionForm, add_to_category, remove_from_category
from catalog.admin.json_table_forms import TableModelAdmin
from catalog.admin.next_product_admin import NextProductAdmin
from catalog.admin.price_changes import change_prices_view
from catalog.admin.product_filters import SaleProblemFilter
from catalog.admin.product_forms import ProductForm
from catalog.admin.product_inlines import ProductImageInline, VariantInline
from catalog.admin.product_options import ProductOptionInline
from catalog.admin.product_readiness import ReadinessAdmin
from catalog.availability import explain_setup_problem
from catalog.models import Media, Product, ProductOption, Variant
from catalog.next_ids import warn_about_unknown_next_ids
from catalog.plan_prices import require_chargeable_plans_of
from catalog.products import delete_product, generate_product_slug
from catalog.search import refresh_search_texts, search_products
from catalog.variants import create_missing_variants, delete_variants, set_options
from stores.money import format_money
from stores.page_cache import clear_page_cache

VARIANT_FIELDS = ("sku", "price", "inventory_quantity", "active", "next_variant_id")


@admin.register(Product)
class ProductAdmin(ReadinessAdmin, NextProductAdmin, TableModelAdmin):
    form = ProductForm
    inlines = (ProductOptionInline, VariantInline, ProductImageInline)
    list_display = (
        "name",
        "store",
        "prices",
        "stock",
        "active",
        "sale_problem",
        "listed",
        "links",
        "updated_at",
    )
    list_filter = ("store", "categories", "active", "listed", SaleProblemFilter, "requires_selling_plan")
    list_select_related = ("store",)
    search_fields = ("name",)  # shows the search box; see `get_search_results`
    search_help_text = gettext_lazy(
        "Search by words of the name, description, or options, by SKU, or by the full product ID."
    )
    prepopulated_fields = {"slug": ["name"]}
    readonly_fields = ("version", "created_at", "updated_at")
    ordering = ("name", "id")
    list_per_page = 50
    action_form = ProductActionForm
    actions = (
        *("put_on_sale", "take_off_sale", "change_prices"),
        *(add_to_category, remove_from_category, "export_csv"),
    )
    fieldsets = (
        (None, {"fields": ("store", "name", "slug", "description", "categories", "active", "listed")}),
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
                    "requires_selling_plan",
                    "plan_groups",
                )
            },
        ),
        (
            gettext_lazy("NEXT Commerce"),
            {"classes": ("collapse",), "fields": ("next_product_id", "version", "created_at", "updated_at")},
        ),
        (
            gettext_lazy("New variants"),
            {"fields": ("make_variants", "new_price", "new_stock", "seen_version")},
        ),
    )

    def view_on_site(self, product: Product) -> str:
        """Return the URL of the product's page on its store's host."""
        return f"{product.store.origin}{product.get_absolute_url()}"

    def get_urls(self) -> list[URLPattern]:
        return [*csv_import.make_import_urls(self), *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        products = super().get_queryset(request).annotate(link_count=Count("payment_links", distinct=True))
        return products.prefetch_related("variants")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        text = search_term.strip()
        return (search_products(queryset, text) if text else queryset), False

    def get_readonly_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return ("store", *self.readonly_fields) if obj else self.readonly_fields

    def get_prepopulated_fields(self, request: HttpRequest, obj: Product | None = None) -> Any:
        return {} if obj else self.prepopulated_fields

    def get_inlines(self, request: HttpRequest, obj: Product | None) -> Any:
        return self.inlines if obj else (ProductOptionInline, ProductImageInline)

    def has_delete_permission(self, request: HttpRequest, obj: Product | None = None) -> bool:
        """Only products that are off sale, one at a time."""
        return obj is not None and not obj.active and super().has_delete_permission(request, obj)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        # Permission to delete a product includes its variants and pictures.
        deleted, counts, _missing_permissions, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, set(), protected

    def delete_model(self, request: HttpRequest, obj: Product) -> None:
        delete_product(product=obj)

    # --- The list

    @admin.display(description=gettext_lazy("Price"))
    def prices(self, product: Product) -> str:
        amounts = sorted({variant.price for variant in product.variants.all()})
        if not amounts:
            return "–"
        lowest, highest = (
            format_money(price, product.default_currency) for price in (amounts[0], amounts[-1])
        )
        return lowest if lowest == highest else f"{lowest} – {highest}"

    @admin.display(description=gettext_lazy("Stock"))
    def stock(self, product: Product) -> str:
        counts = [variant.inventory_quantity for variant in product.variants.all() if variant.active]
        return "∞" if None in counts else str(sum(count or 0 for count in counts))

    @admin.display(description=gettext_lazy("Problem"))
    def sale_problem(self, product: Product) -> str:
        if not product.active:
            if product.awaits_pictures:
                return _("Hidden until its pictures are here")
            return _("Hidden by the import") if product.hidden_by_sync else ""
        problems = (
            explain_setup_problem(variant, store=product.store)
            for variant in product.variants.all()
            if variant.active
        )
        return next(filter(None, problems), "")

    @admin.display(description=gettext_lazy("Links"), ordering="link_count")
    def links(self, product: Product) -> SafeString:
        add_url = f"{reverse('admin:catalog_paymentlink_add')}?product={product.pk}"
        list_url = f"{reverse('admin:catalog_paymentlink_changelist')}?product__id__exact={product.pk}"
        count: int = product.link_count  # type: ignore[attr-defined]
        label = ngettext("%(count)d link", "%(count)d links", count) % {"count": count}
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>', list_url, label, add_url, _("new link")
        )

    @admin.action(description=gettext_lazy("Put on sale"), permissions=["change"])
    def put_on_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_active(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Take off sale"), permissions=["change"])
    def take_off_sale(self, request: HttpRequest, queryset: QuerySet[Product]) -> None:
        self._set_active(request, queryset, active=False)

    @admin.action(description=gettext_lazy("Change prices…"), permissions=["change"])
    def change_prices(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponse | None:
        return change_prices_view(self, request, queryset)

    @admin.action(description=gettext_lazy("Export as CSV"), permissions=["view"])
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Product]) -> StreamingHttpResponse | None:
        products = Product.objects.filter(pk__in=queryset.values("pk"))
        if products.order_by().values("store").distinct().count() > 1:
            self.message_user(
                request,
                _("A CSV file holds the products of one store. Filter by store first."),
                messages.ERROR,
            )
            return None
        response = StreamingHttpResponse(
            csv_export.generate_catalog_csv(products), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="catalog.csv"'
        return response

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Product], *, active: bool) -> None:
        changing = list(queryset.exclude(active=active))
        count = product_edits.set_products_active(products=queryset, active=active)
        for product in changing:
            text = sentences.PUT_ON_SALE if active else sentences.TAKEN_OFF_SALE
            log_staff_act(actor=request.user, row=product, text=text.fill())
        message = ngettext("%(count)d product updated.", "%(count)d products updated.", count)
        self.message_user(request, message % {"count": count})

    # --- Saving, in one transaction that a Problem rolls back

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
        if Media in by_model:
            self._save_images(product, by_model[Media])
        if Variant in by_model:
            self._save_variants(product, by_model[Variant])
        set_options(product=product, options=by_model[ProductOption].options())
        data = form.cleaned_data
        if data["make_variants"]:
            count = create_missing_variants(product=product, price=data["new_price"], stock=data["new_stock"])
            if count:
                message = ngettext("%(count)d variant created.", "%(count)d variants created.", count)
                self.message_user(request, message % {"count": count})
        groups = [group.pk for group in data["plan_groups"]]
        product_edits.set_plan_groups(product=product, variant=None, groups=groups)
        require_chargeable_plans_of(product)
        product.categories.set(data["categories"])
        product.save()
        refresh_search_texts([product.pk])
        clear_page_cache(host=product.store.host)
        self._warn_about_unsynced_variants(request, product)

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

    def _save_variants(self, product: Product, formset: Any) -> None:
        formset.save(commit=False)
        delete_variants(product=product, variants=formset.deleted_objects)
        for form in formset.forms:
            if not form.has_changed() or form.instance in formset.deleted_objects:
                continue
            data = form.cleaned_data
            if set(data["plan_groups"]) != set(form.initial["plan_groups"]):
                product_edits.set_plan_groups(
                    product=product, variant=form.instance, groups=data["plan_groups"]
                )
            changes = {name: data[name] for name in form.changed_data if name in VARIANT_FIELDS}
            if "pictures" in form.changed_data:
                pictures.set_variant_pictures(variant=form.instance, order=data["pictures"])
            product_edits.update_variant(variant=form.instance, changes=changes, stock_seen=form.stock_seen)

    def _save_images(self, product: Product, formset: Any) -> None:
        formset.save(commit=False)
        places: dict[str, int] = {}
        for picture in formset.deleted_objects:
            picture.product = product
            pictures.delete_picture(picture=picture)
        for form in formset.forms:
            if form.instance in formset.deleted_objects or not (form.has_changed() or form.initial):
                continue
            picture, data = form.instance, form.cleaned_data
            if picture._state.adding:
                picture = images.create_media(product=product, file=data["upload"], alt_text=data["alt_text"])
            elif "alt_text" in form.changed_data:
                picture.save(update_fields=["alt_text"])
            if data["place"]:
                places[picture.pk] = data["place"]
        order = sorted(product.media.all(), key=lambda picture: places.get(picture.pk, len(places) + 1))
        pictures.set_picture_order(product=product, order=[picture.pk for picture in order])

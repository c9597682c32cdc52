"""The list of products in the admin: its columns, search, and actions."""

from django.contrib import admin, messages
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog import csv_export, product_edits
from catalog.admin.categories import ProductActionForm, add_to_category, remove_from_category
from catalog.admin.price_changes import change_prices_view
from catalog.admin.product_filters import SaleProblemFilter
from catalog.availability import explain_setup_problem
from catalog.csv_columns import CSV_COLUMNS
from catalog.models import PaymentLink, Product
from catalog.search import find_products
from catalog.sentences import PUT_ON_SALE, TAKEN_OFF_SALE
from stores.admin_changelists import LargeTableAdmin, take_found_rows
from stores.money import format_money
from stores.table_export import XLSX_TYPE, write_xlsx


class ProductListAdmin(LargeTableAdmin):
    """A mixin for the admin of products."""

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
    ordering = ("name", "id")
    action_form = ProductActionForm
    actions = (
        *("put_on_sale", "take_off_sale", "change_prices"),
        *(add_to_category, remove_from_category, "export_csv", "export_xlsx"),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Product]:
        # A subquery is answered for the rows of a page; grouping would count the links of all products first.
        links = PaymentLink.objects.filter(product=OuterRef("pk")).order_by().values("product")
        count = Coalesce(Subquery(links.annotate(count=Count("pk")).values("count")), 0)
        return super().get_queryset(request).annotate(link_count=count).prefetch_related("variants")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Product], search_term: str
    ) -> tuple[QuerySet[Product], bool]:
        text = search_term.strip()
        if not text:
            return queryset, False
        return take_found_rows(request, find_products(queryset, text)), False

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
                return _("Hidden until its pictures arrive")
            return _("Hidden by the import") if product.hidden_by_sync else ""
        problems = (
            explain_setup_problem(variant, store=product.store)
            for variant in product.variants.all()
            if variant.active
        )
        return next(filter(None, problems), "")

    @admin.display(description=gettext_lazy("Links"))
    def links(self, product: Product) -> SafeString:
        add_url = f"{reverse('admin:catalog_paymentlink_add')}?product={product.pk}"
        list_url = f"{reverse('admin:catalog_paymentlink_changelist')}?product__id__exact={product.pk}"
        count: int = product.link_count  # type: ignore[attr-defined]
        label = ngettext("%(count)d link", "%(count)d links", count) % {"count": count}
        return format_html(
            '<a href="{}">{}</a> · <a href="{}">{}</a>', list_url, label, add_url, _("new link")
        )

    # --- Actions

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
    def export_csv(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponseBase | None:
        products = self._find_exported(request, queryset)
        if products is None:
            return None
        response = StreamingHttpResponse(
            csv_export.generate_catalog_csv(products), content_type="text/csv; charset=utf-8"
        )
        response["Content-Disposition"] = 'attachment; filename="catalog.csv"'
        return response

    @admin.action(description=gettext_lazy("Export for Excel"), permissions=["view"])
    def export_xlsx(self, request: HttpRequest, queryset: QuerySet[Product]) -> HttpResponseBase | None:
        products = self._find_exported(request, queryset)
        if products is None:
            return None
        workbook = write_xlsx(CSV_COLUMNS, csv_export.iter_catalog_rows(products))
        return FileResponse(workbook, as_attachment=True, filename="catalog.xlsx", content_type=XLSX_TYPE)

    def _find_exported(self, request: HttpRequest, queryset: QuerySet[Product]) -> QuerySet[Product] | None:
        """Return the chosen products, or None, and tell staff why, if a file can't hold all of them."""
        products = Product.objects.filter(pk__in=queryset.values("pk"))
        if products.order_by().values("store").distinct().count() > 1:
            self.message_user(
                request,
                _("A file holds the products of one store. Filter by store first."),
                messages.ERROR,
            )
            return None
        return products

    def _set_active(self, request: HttpRequest, queryset: QuerySet[Product], *, active: bool) -> None:
        changing = list(queryset.exclude(active=active))
        count = product_edits.set_products_active(products=queryset, active=active)
        for product in changing:
            text = PUT_ON_SALE if active else TAKEN_OFF_SALE
            log_staff_act(actor=request.user, row=product, text=text.fill())
        message = ngettext("%(count)d product updated.", "%(count)d products updated.", count)
        self.message_user(request, message % {"count": count})

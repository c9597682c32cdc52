"""Payment links in the admin: create in two steps, then share, close, open, or duplicate."""

import base64
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from catalog import payment_links, qr_codes
from catalog.admin.json_table_forms import TableModelAdmin
from catalog.admin.payment_link_forms import ChooseProductForm, PaymentLinkForm
from catalog.availability import explain_setup_problem
from catalog.models import PaymentLink, Product, Variant
from catalog.search import search_payment_links, search_variants
from stores.extendable_admin import ExtendableAdmin


@admin.register(Variant)
class VariantAdmin(admin.ModelAdmin):
    """Not a page of its own: registered so that the add-on field can search variants."""

    search_fields = ("sku",)  # Django requires some; see `get_search_results`
    list_select_related = ("product",)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Variant], search_term: str
    ) -> tuple[QuerySet[Variant], bool]:
        text = search_term.strip()
        return (search_variants(queryset, text) if text else queryset), False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Variant | None = None) -> bool:
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Variant]:
        """Active variants that can be add-ons of the product `add_on_for`: same store and currency (X10)."""
        variants = super().get_queryset(request).filter(active=True)
        variants = variants.select_related("product").prefetch_related("values")
        add_on_for = Product.objects.filter(pk=request.GET.get("add_on_for", "")).first()
        if add_on_for is None:
            return variants.none()
        return variants.filter(
            product__store=add_on_for.store_id,
            product__default_currency=add_on_for.default_currency,
            product__active=True,
        ).order_by("product__name", "position", "pk")


@admin.register(PaymentLink)
class PaymentLinkAdmin(ExtendableAdmin, TableModelAdmin):
    form = PaymentLinkForm
    panel_slots = ("statistics",)
    list_display = ("product", "address", "state", "store", "created_at", "updated_at")
    list_filter = ("store", "active", ("expires_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("store", "product")
    search_fields = ("id",)  # shows the search box; see `get_search_results`
    list_per_page = 50
    actions = ("open_links", "close_links")
    fieldsets = (
        (None, {"fields": ("primaries", "default")}),
        (gettext_lazy("Display"), {"fields": ("display_mode", "show_inventory")}),
        (
            gettext_lazy("Limits"),
            {"fields": ("opens_at", "expires_at", "uses_left", "max_quantity", "closed_message")},
        ),
        (
            gettext_lazy("Checkout"),
            {"fields": ("prefilled_email", "return_url", "custom_text_label")},
        ),
        (gettext_lazy("Discounts"), {"fields": ("discount_code", "accepts_codes")}),
    )

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentLink], search_term: str
    ) -> tuple[QuerySet[PaymentLink], bool]:
        text = search_term.strip()
        return (search_payment_links(queryset, text) if text else queryset), False

    def get_urls(self) -> list[URLPattern]:
        switch = path(
            "<path:object_id>/switch/",
            self.admin_site.admin_view(self.switch_view),
            name="catalog_paymentlink_switch",
        )
        return [switch, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: PaymentLink | None = None) -> bool:
        """Only closed links, one at a time (R104)."""
        return obj is not None and not obj.active and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: PaymentLink) -> None:
        payment_links.delete_payment_link(link=obj)

    # --- The list

    @admin.display(description=gettext_lazy("URL"))
    def address(self, link: PaymentLink) -> SafeString:
        return format_html('<a class="address" href="{}#preview">{}</a>', link.url, link.get_absolute_url())

    @admin.display(description=gettext_lazy("Status"), ordering="active")
    def state(self, link: PaymentLink) -> str:
        now = timezone.now()
        if not link.active:
            return _("closed")
        if link.expires_at and link.expires_at <= now:
            return _("expired")
        if link.uses_left == 0:
            return _("limit reached")
        if link.opens_at and link.opens_at > now:
            return _("not open yet")
        return _("open")

    @admin.action(description=gettext_lazy("Open"), permissions=["change"])
    def open_links(self, request: HttpRequest, queryset: QuerySet[PaymentLink]) -> None:
        self._set_active_all(request, queryset, active=True)

    @admin.action(description=gettext_lazy("Close"), permissions=["change"])
    def close_links(self, request: HttpRequest, queryset: QuerySet[PaymentLink]) -> None:
        self._set_active_all(request, queryset, active=False)

    def _set_active_all(self, request: HttpRequest, queryset: QuerySet[PaymentLink], *, active: bool) -> None:
        links = list(queryset.exclude(active=active).select_related("store"))
        for link in links:
            self._set_link_active(request, link, active=active)
        message = (
            ngettext("%(count)d link opened.", "%(count)d links opened.", len(links))
            if active
            else ngettext("%(count)d link closed.", "%(count)d links closed.", len(links))
        )
        self.message_user(request, message % {"count": len(links)})

    def _set_link_active(self, request: HttpRequest, link: PaymentLink, *, active: bool) -> None:
        payment_links.set_link_active(link=link, active=active)
        self.log_change(request, link, _("Opened.") if active else _("Closed."))

    # --- One link

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the link for sharing. What it sells is final; it can only be opened or closed (R32)."""
        link = self.get_object(request, unquote(object_id))
        if link is None:
            raise Http404
        if not self.has_view_or_change_permission(request, link):
            raise PermissionDenied
        return TemplateResponse(
            request, "admin/catalog/payment_link.html", self.get_page_context(request, link)
        )

    def get_page_context(self, request: HttpRequest, link: PaymentLink) -> dict[str, Any]:
        """Return what the link's page shows, with the panels of apps above."""
        rows = list(link.link_variants.select_related("variant__product").prefetch_related("variant__values"))
        for row in rows:
            row.setup_problem = explain_setup_problem(row.variant, store=link.store)  # type: ignore[attr-defined]
        qr_code = base64.b64encode(qr_codes.render_qr_svg(link.url)).decode()
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Payment link for %(product)s") % {"product": link.product},
            "link": link,
            "state": self.state(link),
            "primaries": [row for row in rows if row.is_primary],
            "add_ons": [row for row in rows if not row.is_primary],
            "has_unsellable_variants": any(row.setup_problem for row in rows),  # type: ignore[attr-defined]
            "qr_code": f"data:image/svg+xml;base64,{qr_code}",
            "media": self.media,
            "has_change_permission": self.has_change_permission(request, link),
            "has_delete_permission": self.has_delete_permission(request, link),
            "panels": self.build_panels(request, link),
            "copy_query": f"?product={link.product_id}&copy_of={link.pk}",
        }

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open or close one link on POST; any other method only redirects to its page."""
        link = get_object_or_404(self.get_queryset(request).select_related("store"), pk=unquote(object_id))
        if request.method == "POST":
            if not self.has_change_permission(request, link):
                raise PermissionDenied
            self._set_link_active(request, link, active=request.POST.get("active") == "on")
            message = _("The link is open.") if link.active else _("The link is closed.")
            messages.success(request, message)
        return redirect("admin:catalog_paymentlink_change", link.pk)

    # --- Creating a link

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        product = self._selected_product(request)
        if product is None:
            context = {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": _("New payment link"),
                "form": (form := ChooseProductForm()),
                "media": self.media + form.media,
            }
            return TemplateResponse(request, "admin/catalog/payment_link_product.html", context)
        title = _("New payment link for %(product)s") % {"product": product}
        return super().add_view(request, form_url, {"title": title, **(extra_context or {})})

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        product = self._selected_product(request)
        copy_of = PaymentLink.objects.filter(pk=request.GET.get("copy_of", ""), product=product).first()
        return _bind_form_arguments(form, product=product, copy_of=copy_of)

    def _selected_product(self, request: HttpRequest) -> Product | None:
        products = Product.objects.select_related("store").prefetch_related("variants__values")
        return products.filter(pk=request.GET.get("product", ""), active=True).first()

    def save_model(self, request: HttpRequest, obj: PaymentLink, form: Any, change: bool) -> None:
        data = form.cleaned_data
        created = payment_links.create_payment_link(
            store=form.product.store,
            product_id=form.product.pk,
            primary_variant_ids=data["primaries"],
            default_variant_id=data["default"],
            add_ons=form.add_on_table.add_ons(),
            variant_config=form.variant_config(),
            metadata=form.metadata_table.metadata(),
            extras=form.to_extras(),
        )
        obj.__dict__.update(created.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: `create_payment_link` saves the related rows too."""

    def response_add(
        self, request: HttpRequest, obj: PaymentLink, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, _("The link is open. Copy the URL and share it."))
        return redirect("admin:catalog_paymentlink_change", obj.pk)


def _bind_form_arguments(form: Any, **bound: Any) -> Any:
    """Return a subclass of `form` that always gets `bound` as keyword arguments."""

    class Bound(form):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **bound, **kwargs)

    return Bound

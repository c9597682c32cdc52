"""Payment links in the admin: the list, creating a link in two steps, and changing its settings."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.staff_log import log_staff_act
from catalog import payment_links, sentences
from catalog.admin.json_table_forms import TableModelAdmin
from catalog.admin.payment_link_fieldsets import build_link_fieldsets
from catalog.admin.payment_link_filters import LinkStateFilter, LinkTagFilter, read_pasted_address
from catalog.admin.payment_link_forms import LinkSettingsForm, PaymentLinkForm
from catalog.admin.payment_link_page import (
    build_link_page_context,
    build_product_choice_context,
    render_link_preview,
    render_link_qr_code,
)
from catalog.link_state import describe_link_state, get_link_state
from catalog.models import PaymentLink, Product
from catalog.search import find_payment_links
from stores.admin_changelists import LargeTableAdmin, take_found_rows
from stores.extendable_admin import ExtendableAdmin
from stores.staff_stores import render_in_store_zone


@admin.register(PaymentLink)
class PaymentLinkAdmin(ExtendableAdmin, LargeTableAdmin, TableModelAdmin):
    class Media:
        css: ClassVar = {"all": ["css/admin/payment-link.css"]}

    panel_slots = ("actions", "statistics")
    list_display = ("title", "address", "state", "tag_list", "store", "created_at")
    list_filter = (LinkStateFilter, LinkTagFilter, "store", "created_at")
    list_select_related = ("store", "product")
    search_fields = ("name",)  # shows the search box; see `get_search_results`
    search_help_text = gettext_lazy("Search by name, tag, product, SKU, or the address itself.")
    view_on_site = False  # the link's page has its own
    actions = ("open_links", "close_links")

    def get_urls(self) -> list[URLPattern]:
        views = {"switch": self.switch_view, "edit": self.edit_view, "preview": self.preview_view}
        own = [
            path(
                f"<path:object_id>/{name}/",
                self.admin_site.admin_view(view),
                name=f"catalog_paymentlink_{name}",
            )
            for name, view in views.items()
        ]
        codes = [
            path(
                f"<path:object_id>/qr.{kind}",
                self.admin_site.admin_view(self.qr_code_view),
                {"kind": kind},
                name=f"catalog_paymentlink_qr_{kind}",
            )
            for kind in ("svg", "png")
        ]
        return [*own, *codes, *super().get_urls()]

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentLink]:
        return super().get_queryset(request).filter(is_personal=False).prefetch_related("tags")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[PaymentLink], search_term: str
    ) -> tuple[QuerySet[PaymentLink], bool]:
        text = read_pasted_address(search_term).strip()
        if not text:
            return queryset, False
        return take_found_rows(request, find_payment_links(queryset, text)), False

    def has_delete_permission(self, request: HttpRequest, obj: PaymentLink | None = None) -> bool:
        """Only closed links, one at a time (R104)."""
        return obj is not None and not obj.active and super().has_delete_permission(request, obj)

    def delete_model(self, request: HttpRequest, obj: PaymentLink) -> None:
        payment_links.delete_payment_link(link=obj)

    # --- The list

    @admin.display(description=gettext_lazy("Link"))
    def title(self, link: PaymentLink) -> str | SafeString:
        if not link.name:
            return link.product.name
        return format_html('{}<br><span class="quiet">{}</span>', link.name, link.product.name)

    @admin.display(description=gettext_lazy("URL"))
    def address(self, link: PaymentLink) -> SafeString:
        text = f"/link/{link.slug}" if link.slug else f"/link/…{link.pk[-6:]}"
        return format_html('<a class="address" href="{}#preview">{}</a>', link.url, text)

    @admin.display(description=gettext_lazy("Status"))
    def state(self, link: PaymentLink) -> str:
        return str(get_link_state(link).label)

    @admin.display(description=gettext_lazy("Tags"))
    def tag_list(self, link: PaymentLink) -> SafeString:
        rows = ((tag.name,) for tag in link.tags.all())
        return format_html_join(" ", '<span class="link-tag">{}</span>', rows)

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
        text = sentences.LINK_OPENED if active else sentences.LINK_CLOSED
        log_staff_act(actor=request.user, row=link, text=text.fill())

    # --- One link

    def _find_link(self, request: HttpRequest, object_id: str) -> PaymentLink:
        links = self.get_queryset(request).select_related("store", "product")
        link = get_object_or_404(links, pk=unquote(object_id))
        if not self.has_view_or_change_permission(request, link):
            raise PermissionDenied
        return link

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Show the link for sharing, with its results, contents, and settings."""
        link = self._find_link(request, object_id)
        context = {
            **self.admin_site.each_context(request),
            **build_link_page_context(link),
            "opts": self.opts,
            "media": self.media,
            "has_change_permission": self.has_change_permission(request, link),
            "has_add_permission": self.has_add_permission(request),
            "has_delete_permission": self.has_delete_permission(request, link),
            "panels": self.build_panels(request, link),
        }
        template = "admin/catalog/payment_link.html"
        return render_in_store_zone(link.store, lambda: TemplateResponse(request, template, context))

    def edit_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Change the settings of a link. What it sells is final (R32)."""
        link = self.get_object(request, unquote(object_id))
        if link is None:
            raise Http404
        if not self.has_change_permission(request, link):
            raise PermissionDenied
        title = _("Settings of %(link)s") % {"link": link.title}
        context = {
            "title": title,
            "subtitle": None,
            "show_save_and_add_another": False,
            "show_save_and_continue": False,
            "show_delete": False,
        }
        change_view = partial(self.changeform_view, request, object_id, "", context)
        return render_in_store_zone(link.store, change_view)

    def switch_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Open or close one link on POST; any other method only redirects to its page."""
        link = self._find_link(request, object_id)
        if request.method == "POST":
            if not self.has_change_permission(request, link):
                raise PermissionDenied
            self._set_link_active(request, link, active=request.POST.get("active") == "on")
            messages.success(request, describe_link_state(link))
        return redirect("admin:catalog_paymentlink_change", link.pk)

    def preview_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Show the link's page as shoppers see it, also before it opens, for a frame on its own page."""
        return render_link_preview(request, self._find_link(request, object_id))

    def qr_code_view(self, request: HttpRequest, object_id: str, kind: str) -> FileResponse:
        """Download the QR code with the link's name under it."""
        return render_link_qr_code(self._find_link(request, object_id), kind)

    # --- Creating and saving a link

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: Any = None) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        product = self._selected_product(request)
        if product is None:
            context = {
                **self.admin_site.each_context(request),
                **build_product_choice_context(request),
                "opts": self.opts,
                "title": _("New payment link"),
            }
            return TemplateResponse(request, "admin/catalog/payment_link_product.html", context)
        context = {"title": _("New payment link for %(product)s") % {"product": product}}
        add_view = partial(super().add_view, request, form_url, context | (extra_context or {}))
        return render_in_store_zone(product.store, add_view)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is not None:
            return super().get_form(request, obj, change=change, form=LinkSettingsForm, **kwargs)
        form = super().get_form(request, obj, change=change, form=PaymentLinkForm, **kwargs)
        product = self._selected_product(request)
        copy_of = PaymentLink.objects.filter(pk=request.GET.get("copy_of", ""), product=product).first()
        return _bind_form_arguments(form, product=product, copy_of=copy_of)

    def get_fieldsets(self, request: HttpRequest, obj: PaymentLink | None = None) -> Any:
        return build_link_fieldsets(obj)

    def _selected_product(self, request: HttpRequest) -> Product | None:
        products = Product.objects.select_related("store").prefetch_related("variants__values")
        return products.filter(pk=request.GET.get("product", ""), active=True).first()

    def save_model(self, request: HttpRequest, obj: PaymentLink, form: Any, change: bool) -> None:
        data = form.cleaned_data
        settings = {
            "variant_config": form.to_variant_config(),
            "metadata": form.metadata_table.metadata(),
            "extras": form.to_extras(),
            "tags": form.to_tags(),
            "questions": form.question_table.questions(),
        }
        if change:
            payment_links.update_payment_link(link=obj, keeps_uses_left=form.keeps_uses_left, **settings)
            return
        created = payment_links.create_payment_link(
            store=form.product.store,
            product_id=form.product.pk,
            primary_variant_ids=data["primaries"],
            default_variant_id=data["default"],
            add_ons=form.to_add_ons(),
            terms=form.to_terms(),
            **settings,
        )
        obj.__dict__.update(created.__dict__)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: the services save the related rows too."""

    def construct_change_message(
        self, request: HttpRequest, form: Any, formsets: Any, add: bool = False
    ) -> Any:
        changed = [table.heading for table in form.tables if table.has_changed()]
        message = super().construct_change_message(request, form, formsets, add)
        return message if add or not changed else [*message, *_describe_tables(changed)]

    def response_add(
        self, request: HttpRequest, obj: PaymentLink, post_url_continue: str | None = None
    ) -> HttpResponse:
        messages.success(request, describe_link_state(obj, is_new=True))
        return redirect("admin:catalog_paymentlink_change", obj.pk)

    def response_change(self, request: HttpRequest, obj: PaymentLink) -> HttpResponse:
        obj.refresh_from_db()
        messages.success(request, _("Saved. %(state)s") % {"state": describe_link_state(obj)})
        return redirect("admin:catalog_paymentlink_change", obj.pk)


def _describe_tables(headings: list[Any]) -> list[dict[str, Any]]:
    """Return the changed tables for Django's change message."""
    return [{"changed": {"fields": [str(heading) for heading in headings]}}]


def _bind_form_arguments(form: Any, **bound: Any) -> Any:
    """Return a subclass of `form` that always gets `bound` as keyword arguments."""

    class Bound(form):
        def __init__(self, *args: Any, **kwargs: Any) -> None:
            super().__init__(*args, **bound, **kwargs)

    return Bound

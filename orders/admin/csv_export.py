"""Export from the order list: the selected orders, or all that match its filters and search."""

from collections.abc import Callable
from urllib.parse import urlencode

from django import forms
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from orders.csv_export import generate_orders_csv, iter_order_rows, list_order_columns
from orders.models import Order
from orders.sentences import ORDERS_EXPORTED
from stores.table_export import XLSX_TYPE, write_xlsx

# A workbook is complete before its first byte is sent, so more would let browsers give up.
MAX_XLSX_ORDERS = 10_000
_CHOICES = ("rows", "format")


class ExportForm(forms.Form):
    """What the file holds. Its address is that of the file, so that it can be saved as a bookmark."""

    rows = forms.ChoiceField(
        label=gettext_lazy("One row for each"),
        choices=[("order", gettext_lazy("order")), ("item", gettext_lazy("item of an order"))],
        initial="order",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("With a row for each item, only an order's first row has its totals."),
    )
    format = forms.ChoiceField(
        label=gettext_lazy("File"),
        choices=[("xlsx", gettext_lazy("Excel workbook (.xlsx)")), ("csv", gettext_lazy("CSV"))],
        initial="xlsx",
        widget=forms.RadioSelect,
        help_text=gettext_lazy("CSV is for other programs: comma-separated, UTF-8, with decimal points."),
    )

    def __init__(self, *args: object, count: int) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self.count = count

    def clean_format(self) -> str:
        chosen: str = self.cleaned_data["format"]
        if chosen == "xlsx" and self.count > MAX_XLSX_ORDERS:
            raise forms.ValidationError(
                _("A workbook holds up to %(max)d orders. Choose CSV, or filter the list first.")
                % {"max": MAX_XLSX_ORDERS}
            )
        return chosen


def download_orders(orders: QuerySet[Order], *, format: str, by_item: bool) -> HttpResponseBase:
    """Return a response with the orders as a file."""
    name = f"orders-{timezone.localtime():%Y%m%d-%H%M}.{format}"
    if format == "xlsx":
        file = write_xlsx(list_order_columns(by_item=by_item), iter_order_rows(orders, by_item=by_item))
        response: HttpResponseBase = FileResponse(
            file, as_attachment=True, filename=name, content_type=XLSX_TYPE
        )
    else:
        lines = generate_orders_csv(orders, by_item=by_item)
        response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "no-store"
    return response


@admin.action(description=gettext_lazy("Export selected orders"), permissions=["export"])
def export_selected(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> HttpResponseBase:
    """Lead on to the page of the export, for the selected orders or for all that the list shows."""
    query = request.GET.urlencode()
    if request.POST.get("select_across") != "1":
        query = urlencode({"id__in": ",".join(queryset.values_list("pk", flat=True))})
    return redirect(f"{reverse('admin:orders_order_export')}?{query}")


def log_export(request: HttpRequest, count: int) -> None:
    """Log who exported how many orders."""
    log_staff_act(actor=request.user, model=Order, text=ORDERS_EXPORTED.fill(count=count))


def make_export_view(model_admin: "admin.ModelAdmin[Order]") -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a view that exports all orders the list shows for its query string, once the file is chosen.

    A query string that the list can't read leads to the list.
    """

    def view(request: HttpRequest) -> HttpResponseBase:
        if not (model_admin.has_view_permission(request) and request.user.has_perm("orders.export_order")):
            raise PermissionDenied
        chosen = request.GET.copy()
        query = request.GET.copy()
        for name in _CHOICES:
            query.pop(name, None)
        request.GET = query  # type: ignore[assignment]
        try:
            orders = model_admin.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return redirect("admin:orders_order_changelist")
        count = orders.order_by().count()
        form = ExportForm(*([chosen] if "format" in chosen else []), count=count)
        if form.is_valid():
            log_export(request, count)
            by_item = form.cleaned_data["rows"] == "item"
            return download_orders(orders, format=form.cleaned_data["format"], by_item=by_item)
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Export orders"),
            "opts": model_admin.opts,
            "list_url": f"{reverse('admin:orders_order_changelist')}?{query.urlencode()}",
            "form": form,
            "count": count,
            "query": [(name, value) for name, values in query.lists() for value in values],
        }
        return TemplateResponse(request, "admin/orders/export.html", context)

    return view

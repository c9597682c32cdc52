"""CSV export from the order list: the selected orders, or all that match its filters and search."""

from collections.abc import Callable

from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.staff_log import log_staff_act
from orders.csv_export import generate_orders_csv
from orders.models import Order


def stream_orders_csv(orders: QuerySet[Order]) -> StreamingHttpResponse:
    filename = f"orders-{timezone.now():%Y%m%d-%H%M}.csv"
    return StreamingHttpResponse(
        generate_orders_csv(orders.prefetch_related(None)),  # without what the list alone shows
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{filename}"', "Cache-Control": "no-store"},
    )


@admin.action(description=_("Export selected orders as CSV"), permissions=["export"])
def export_selected(
    model_admin: "admin.ModelAdmin[Order]", request: HttpRequest, queryset: QuerySet[Order]
) -> HttpResponseBase:
    log_export(request, queryset.count())
    return stream_orders_csv(queryset)


def log_export(request: HttpRequest, count: int) -> None:
    """Log who exported how many orders."""
    text = ngettext("Exported %(count)d order as CSV.", "Exported %(count)d orders as CSV.", count)
    log_staff_act(actor=request.user, model=Order, text=text % {"count": count})


def make_export_view(model_admin: "admin.ModelAdmin[Order]") -> Callable[[HttpRequest], HttpResponseBase]:
    """Return a view that exports all orders the list shows for its query string.

    A query string that the list can't read leads to the list.
    """

    def view(request: HttpRequest) -> HttpResponseBase:
        if not (model_admin.has_view_permission(request) and request.user.has_perm("orders.export_order")):
            raise PermissionDenied
        try:
            changelist = model_admin.get_changelist_instance(request)
        except IncorrectLookupParameters:
            return redirect("admin:orders_order_changelist")
        log_export(request, changelist.queryset.order_by().count())
        return stream_orders_csv(changelist.queryset)

    return view

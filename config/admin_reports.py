"""The admin's reports: each a table for the chosen store and a period, on a page and as CSV.

To add a report, add it here and to the menu (`config.admin_menu`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.staff_log import log_staff_act
from checkout.reminder_reports import report_cart_reminders
from checkout.upsells.reports import report_upsells
from config.sentences import REPORT_EXPORTED
from orders.models import Order
from orders.reports.breakdowns import report_discounts, report_products, report_taxes
from orders.reports.charts import build_chart
from orders.reports.links import report_links
from orders.reports.periods import PRESET_DAYS, Period, Unit, read_period
from orders.reports.sales import report_refunds, report_sales
from orders.reports.tables import ReportTable
from stores.money import format_money
from stores.staff_stores import get_staff_stores
from subscriptions.reports import report_subscriptions
from wording.sentence import Label

UNIT_TITLES = {
    Unit.DAY: gettext_lazy("Day"),
    Unit.WEEK: gettext_lazy("Week"),
    Unit.MONTH: gettext_lazy("Month"),
}


@dataclass(frozen=True)
class Report:
    """A report: its name in addresses, its title, its table, and the permission it needs."""

    name: str
    title: str | Promise
    build: Callable[[Period], ReportTable]
    permission: str = "orders.view_order"
    counts_money: bool = True


REPORTS = (
    Report("sales", gettext_lazy("Sales"), report_sales),
    Report("products", gettext_lazy("Products sold"), report_products),
    Report("taxes", gettext_lazy("Taxes by region"), report_taxes),
    Report("discounts", gettext_lazy("Discounts"), report_discounts),
    Report("refunds", gettext_lazy("Refunds"), report_refunds),
    Report("links", gettext_lazy("Payment links"), report_links),
    Report("reminders", gettext_lazy("Cart reminders"), report_cart_reminders),
    Report("upsells", gettext_lazy("Upsells"), report_upsells, "checkout.view_upsell"),
    Report(
        "subscriptions",
        gettext_lazy("Subscriptions"),
        report_subscriptions,
        "subscriptions.view_subscription",
        counts_money=False,
    ),
)


def list_report_urls(wrap: Callable[[Any], Any]) -> list[URLPattern]:
    """Return the addresses of the reports, for the admin site."""
    return [
        path(
            f"reports/{report.name}/", wrap(partial(report_view, report=report)), name=f"report_{report.name}"
        )
        for report in REPORTS
    ]


def report_view(request: HttpRequest, *, report: Report) -> HttpResponse:
    """Show a report of the chosen store, or send it as CSV."""
    if not request.user.has_perm(report.permission):
        raise PermissionDenied
    store = get_staff_stores(request).chosen
    context = {**admin.site.each_context(request), "title": report.title, "report": report}
    if store is None:
        return TemplateResponse(request, "admin/reports/choose_store.html", context)
    period = read_period(store, request.GET)
    table = report.build(period)
    if request.GET.get("format") == "csv":
        return _send_csv(request, report, table)
    chart = build_chart(table.bars, make_value_formatter(period) if report.counts_money else str)
    context |= {"table": table, "chart": chart, **build_period_context(request, period)}
    return TemplateResponse(request, "admin/reports/report.html", context)


def make_value_formatter(period: Period) -> Callable[[Decimal], str]:
    """Return a function that formats an amount of the period's store."""
    return lambda amount: format_money(amount, period.store.currency)


def build_period_context(request: HttpRequest, period: Period) -> dict[str, Any]:
    """Return what the form that chooses the period needs."""
    csv_query = request.GET.copy()
    csv_query["format"] = "csv"
    return {
        "period": period,
        "presets": [(days, _describe_preset(days)) for days in PRESET_DAYS],
        "preset": period.days if not request.GET.get("from") else None,
        "units": [(unit.value, title) for unit, title in UNIT_TITLES.items()],
        "csv_query": csv_query.urlencode(),
        "period_query": f"from={period.first}&to={period.last}&unit={period.unit}"
        + ("&mode=test" if period.is_test else ""),
    }


def _describe_preset(days: int) -> str:
    if days == 1:
        return _("Today")
    return _("12 months") if days == 365 else _("%(days)s days") % {"days": days}


def _send_csv(request: HttpRequest, report: Report, table: ReportTable) -> HttpResponse:
    text = REPORT_EXPORTED.fill(report=Label.of(report.title))
    log_staff_act(actor=request.user, model=Order, text=text)
    name = f"{report.name}-{table.period.first}-{table.period.last}.csv"
    return HttpResponse(
        table.to_csv(),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"},
    )

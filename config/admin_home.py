"""The admin's home page: what waits for a person, and how the chosen store is doing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from checkout.onboarding.sale_checks import list_store_tasks
from config.admin_reports import build_period_context, make_value_formatter
from orders.reports.breakdowns import report_products
from orders.reports.charts import build_chart
from orders.reports.links import report_links
from orders.reports.periods import Period, read_period
from orders.reports.sales import SalesSeries, read_sales
from orders.reports.tables import percent_of
from orders.reports.tasks import Task, list_notice_tasks, list_order_tasks
from stores.models import Store
from stores.staff_stores import get_staff_stores
from subscriptions.reports import list_subscription_tasks, read_subscription_figures

TOP_ROWS = 5
MAX_STORES = 20


@dataclass(frozen=True)
class Figure:
    """A number of the period, that of the period before, and the change in percent if there was any."""

    title: str
    value: str
    before: str = ""
    change: int | None = None
    url: str = ""

    @property
    def shown_change(self) -> str:
        return "" if self.change is None else f"{self.change:+d}%"


def build_home_context(request: HttpRequest) -> dict[str, Any]:
    """Return what the home page shows: of the chosen store, or an overview of all."""
    stores = get_staff_stores(request)
    context: dict[str, Any] = {"title": _("Home"), "tasks": list(list_tasks(request, stores.shown))}
    if not request.user.has_perm("orders.view_order"):
        return context
    if stores.chosen:
        return context | build_store_context(request, stores.chosen)
    return context | build_overview_context(request, stores.stores[:MAX_STORES])


def list_tasks(request: HttpRequest, stores: list[Store]) -> Iterator[Task]:
    """Yield what waits, by permission, the urgent first."""
    tasks = chain(
        list_store_tasks(stores) if request.user.has_perm("stores.view_store") else (),
        list_notice_tasks(stores) if request.user.has_perm("orders.view_contractnotice") else (),
        list_order_tasks(stores) if request.user.has_perm("orders.view_order") else (),
        list_subscription_tasks(stores) if request.user.has_perm("subscriptions.view_subscription") else (),
    )
    yield from sorted(tasks, key=lambda task: not task.is_urgent)


def build_store_context(request: HttpRequest, store: Store) -> dict[str, Any]:
    """Return the figures, the chart, and the tables of one store."""
    period = read_period(store, request.GET)
    series = read_sales(period)
    context = build_period_context(request, period) | {
        "figures": build_figures(series),
        "chart": build_chart(series.bars, make_value_formatter(period)),
        "series": series,
        "products": report_products(period, TOP_ROWS),
        "links": report_links(period, TOP_ROWS),
    }
    if request.user.has_perm("subscriptions.view_subscription"):
        context["subscription_figures"] = build_subscription_figures(period)
    return context


def build_overview_context(request: HttpRequest, stores: list[Store]) -> dict[str, Any]:
    """Return the figures of each store, side by side."""
    series = [read_sales(read_period(store, request.GET)) for store in stores]
    if not series:
        return {}
    rows = [(one.period.store, build_figures(one)) for one in series]
    return {**build_period_context(request, series[0].period), "overview": rows}


def build_figures(series: SalesSeries) -> list[Figure]:
    """Return the sales, orders, average, and refunds beside those of the period before."""
    now, before = series.total, series.total_before
    money = make_value_formatter(series.period)
    sales_url, refunds_url = reverse("admin:report_sales"), reverse("admin:report_refunds")
    return [
        _compare(_("Sales"), now.total, before.total, money, sales_url),
        _compare(_("Orders"), now.orders, before.orders, str, sales_url),
        _compare(_("Average order"), now.average, before.average, money, sales_url),
        _compare(_("Refunds"), now.refunded, before.refunded, money, refunds_url),
    ]


def _compare(title: str, now: Any, before: Any, format_value: Callable[[Any], str], url: str) -> Figure:
    percent = percent_of(Decimal(now), Decimal(before))
    change = None if percent is None else percent - 100
    return Figure(title, format_value(now), format_value(before), change, url)


def build_subscription_figures(period: Period) -> list[Figure]:
    """Return the state of the store's subscriptions today, and what changed in the period."""
    figures, money = read_subscription_figures(period), make_value_formatter(period)
    url = reverse("admin:report_subscriptions")
    return [
        Figure(_("Active"), str(figures.active), url=reverse("admin:subscriptions_subscription_changelist")),
        Figure(_("Revenue a month"), money(figures.monthly_revenue)),
        Figure(_("New"), str(figures.started), url=url),
        Figure(_("Ended"), str(figures.ended), url=url),
        Figure(_("Failed charges"), str(figures.failed_charges), url=url),
    ]

"""The results panel on a payment link's admin page."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from catalog.admin.payment_links import PaymentLinkAdmin
from catalog.models import PaymentLink
from orders.link_results import DEFAULT_PERIOD, PERIODS, LinkResults, get_link_results
from orders.reports.tables import percent_of
from stores.extendable_admin import AdminPanel

CHART_WIDTH, CHART_HEIGHT = 600, 80


@dataclass(frozen=True)
class ChartBar:
    """A day's revenue in a chart of CHART_WIDTH by CHART_HEIGHT."""

    x: float
    y: float
    width: float
    height: float


def build_results_panel(model_admin: Any, request: HttpRequest, link: PaymentLink) -> list[AdminPanel]:
    """Return the panel with the link's results of the last 7, 30, or 90 days, if staff may see orders."""
    if not request.user.has_perm("orders.view_order"):
        return []
    asked = request.GET.get("days", "")
    period = int(asked) if asked in map(str, PERIODS) else DEFAULT_PERIOD
    results = get_link_results(link, period=period)
    context = {
        "results": results,
        "conversion": percent_of(results.paid, results.visits) if results.paid <= results.visits else None,
        "shown_days": [day for day in reversed(results.days) if not day.is_empty],
        "bars": _build_bars(results),
        "chart_box": f"0 0 {CHART_WIDTH} {CHART_HEIGHT}",
        "period": period,
        "periods": PERIODS,
        "currency": link.store.currency,
    }
    return [AdminPanel("statistics", "admin/orders/link_results_panel.html", context)]


def _build_bars(results: LinkResults) -> list[ChartBar]:
    width = CHART_WIDTH / len(results.days)
    bars = []
    for position, day in enumerate(results.days):
        if day.revenue:
            height = max(round(float(day.revenue / results.highest_revenue) * CHART_HEIGHT, 1), 2.0)
            bars.append(ChartBar(round(position * width + 1, 2), CHART_HEIGHT - height, width - 2, height))
    return bars


PaymentLinkAdmin.register_panels(build_results_panel)

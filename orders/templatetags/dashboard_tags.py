"""Template tags for the admin dashboard: `{% store_statistics %}` and `{% chart_bar %}`."""

from typing import Any

from django import template

from orders.dashboard import StoreStatistics, get_store_statistics
from orders.link_statistics import PERIOD_DAYS
from stores.models import Store

register = template.Library()
MAX_STORES = 6


@register.simple_tag(takes_context=True)
def store_statistics(context: dict[str, Any]) -> list[StoreStatistics]:
    """Return the statistics of the first stores by name, or [] if the user may not view orders."""
    if not context["request"].user.has_perm("orders.view_order"):
        return []
    return [get_store_statistics(store) for store in Store.objects.order_by("name")[:MAX_STORES]]


@register.simple_tag
def chart_bar(day: Any, position: int) -> dict[str, float]:
    """Return the x, y and width of a day's bar in a chart 300 wide and 100 high."""
    width = 300 / PERIOD_DAYS
    return {"x": round(position * width + 1, 2), "y": 100 - day.height, "width": round(width - 2, 2)}

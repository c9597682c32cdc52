"""The statistics panel on a payment link's admin page."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.payment_links import PaymentLinkAdmin
from catalog.models import PaymentLink
from orders.link_statistics import get_link_statistics
from stores.extendable_admin import AdminPanel


def build_statistics_panel(model_admin: Any, request: HttpRequest, link: PaymentLink) -> list[AdminPanel]:
    """Return the panel with the link's statistics of the last 30 days."""
    template = "admin/orders/link_statistics_panel.html"
    return [AdminPanel("statistics", template, {"statistics": [get_link_statistics(link)]})]


PaymentLinkAdmin.register_panels(build_statistics_panel)

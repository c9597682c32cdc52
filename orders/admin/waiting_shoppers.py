"""How many shoppers wait for a product, on its page."""

from typing import Any

from django.http import HttpRequest

from catalog.admin.products import ProductAdmin
from catalog.models import Product
from orders.stock_alerts import count_waiting
from stores.extendable_admin import AdminPanel


def build_waiting_panel(model_admin: Any, request: HttpRequest, product: Product) -> list[AdminPanel]:
    """Return the number of confirmed stock alerts that wait for the product, if there are any."""
    count = count_waiting(product)
    return [AdminPanel("notes", "admin/orders/waiting_shoppers.html", {"waiting": count})] if count else []


ProductAdmin.register_panels(build_waiting_panel)

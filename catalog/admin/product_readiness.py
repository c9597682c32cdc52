"""What a product's page says is missing before shoppers can buy it."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse

from catalog.sale_readiness import check_sale_readiness


class ReadinessAdmin(admin.ModelAdmin):
    """A mixin for the admin of products."""

    def render_change_form(
        self,
        request: HttpRequest,
        context: Any,
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Any = None,
    ) -> HttpResponse:
        if obj is not None and request.method == "GET":
            context["readiness"] = check_sale_readiness(obj)
        return super().render_change_form(request, context, add, change, form_url, obj)

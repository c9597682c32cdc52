"""What a product's page says is missing before shoppers can buy it."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.http import HttpRequest, HttpResponse

from catalog.sale_readiness import check_sale_readiness


class ReadinessAdmin(admin.ModelAdmin):
    """A mixin for the admin of products."""

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        product = self.get_object(request, unquote(object_id)) if request.method == "GET" else None
        context = {"readiness": check_sale_readiness(product) if product else None, **(extra_context or {})}
        return super().change_view(request, object_id, form_url, context)

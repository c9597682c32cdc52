"""What a product's page says first: what is missing before shoppers can buy it, and notes of apps above."""

from typing import Any

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse

from catalog.models import Product
from catalog.sale_readiness import check_sale_readiness
from stores.extendable_admin import ExtendableAdmin

_SHOWN_PICTURES = 12


class ReadinessAdmin(ExtendableAdmin):
    """A mixin for the admin of products."""

    panel_slots = ("notes",)

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
            prefetch_related_objects([obj], "media")
            context["readiness"] = check_sale_readiness(obj)
            context["panels"] = self.build_panels(request, obj)
            context |= _build_picture_context(request, obj)
        return super().render_change_form(request, context, add, change, form_url, obj)


def _build_picture_context(request: HttpRequest, product: Product) -> dict[str, Any]:
    """Return the first pictures, for staff who may see them."""
    user = request.user
    if not (user.has_perm("catalog.view_media") or user.has_perm("catalog.change_media")):
        return {}
    pictures = list(product.media.all())
    return {
        "may_see_pictures": True,
        "pictures": pictures[:_SHOWN_PICTURES],
        "hidden_pictures": max(len(pictures) - _SHOWN_PICTURES, 0),
    }

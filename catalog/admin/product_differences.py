"""What staff and NEXT Commerce both changed of a product: side by side, on the product's page."""

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from catalog.differences import decide_difference
from catalog.models import Product
from stores.errors import Problem


def decide_difference_view(
    model_admin: "admin.ModelAdmin[Product]", request: HttpRequest, object_id: str
) -> HttpResponse:
    """Keep ours or take NEXT's, on POST. The button's value is `keep` or `take`."""
    product = get_object_or_404(Product.objects.select_related("store"), pk=object_id)
    if not model_admin.has_change_permission(request, product):
        raise PermissionDenied
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    take = request.POST.get("decision") == "take"
    number = request.POST.get("difference", "")
    try:
        label = decide_difference(
            product=product,
            difference_id=int(number) if number.isdecimal() and len(number) < 18 else 0,
            digest=request.POST.get("digest", ""),
            take=take,
        )
    except Problem as problem:
        messages.warning(request, problem.message)
        return redirect("admin:catalog_product_change", product.pk)
    text = _("%(field)s: took NEXT Commerce's value.") if take else _("%(field)s: kept ours.")
    model_admin.log_change(request, product, text % {"field": label})
    messages.success(request, text % {"field": label})
    return redirect("admin:catalog_product_change", product.pk)

"""What staff and NEXT Commerce both changed of a product: side by side, on the product's page."""

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect

from accounts.staff_log import log_staff_act
from catalog.differences import decide_difference
from catalog.models import Product
from catalog.sentences import KEPT_OUR_VALUE, TOOK_NEXT_VALUE
from stores.errors import Problem


def decide_difference_view(
    model_admin: "admin.ModelAdmin[Product]", request: HttpRequest, object_id: str
) -> HttpResponse:
    """Keep ours or take NEXT's, on POST. The button's value is `keep` or `take`."""
    product = get_object_or_404(Product.objects.select_related("store"), pk=unquote(object_id))
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
    text = (TOOK_NEXT_VALUE if take else KEPT_OUR_VALUE).fill(field=label)
    log_staff_act(actor=request.user, row=product, text=text)
    messages.success(request, str(text))
    return redirect("admin:catalog_product_change", product.pk)

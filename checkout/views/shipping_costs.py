"""What shipping costs, told before the cart (Directive 2011/83/EU, Art. 6 (1) (e))."""

from collections.abc import Iterator

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from checkout.models import ShippingMethod
from stores.countries import list_countries
from stores.http import ShopRequest


@require_safe
def show_shipping_costs(request: ShopRequest) -> HttpResponse:
    """List the shipping methods with their prices, and where each goes."""
    methods = ShippingMethod.objects.filter(store=request.store, is_public=True)
    rows = list(methods.with_price(request.store.currency))
    context = {"rows": [(method, list(_name_countries(request, method))) for method in rows]}
    return render(request, "checkout/shipping_costs.html", context)


def _name_countries(request: ShopRequest, method: ShippingMethod) -> Iterator[str]:
    """Yield the names of the countries that the store ships to by this method; none for all."""
    wanted = set(request.store.countries or method.countries)
    for code, name in list_countries():
        if code in wanted and method.goes_to(code):
            yield name

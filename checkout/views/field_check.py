"""Checks one field of the checkout form as soon as the shopper leaves it, with the form's own messages."""

from django.http import HttpResponse
from django.shortcuts import render

from checkout.addresses import is_country
from checkout.buyer_form import AddressForm, BuyerForm
from checkout.forms import BILLING_PREFIX
from stores.decorators import private_page, require_same_origin_post
from stores.http import ShopRequest

# Not the code of any country: a parcel comes from abroad wherever it goes.
_ABROAD = "ZZ"


@private_page
@require_same_origin_post
def check_field(request: ShopRequest) -> HttpResponse:
    """Return the posted `field` as the form would show it after a POST. Needs no query and stores nothing.

    `country` and `state` are those of its address. Answers 204 for a field that can't be checked by itself.
    """
    posted, country = request.POST.copy(), request.POST.get("country", "").upper()
    countries = [(country, country)] if is_country(country) else []
    field, prefix = posted.get("field", ""), None
    if field.startswith(f"{BILLING_PREFIX}-"):
        prefix = BILLING_PREFIX
        for name in ("country", "state"):
            posted[f"{prefix}-{name}"] = posted.get(name, "")
    kind = AddressForm if prefix else BuyerForm
    form = kind(posted, prefix=prefix, countries=countries, home_country="" if prefix else _ABROAD)
    form.explain_required_fields()
    name = field.removeprefix(f"{prefix}-")
    if name not in form.fields or name == "country":
        return HttpResponse(status=204)
    if form.errors and form.unusual_postal_code:
        form.errors.pop("postal_code", None)  # asked about once the whole form is posted
    return render(request, "checkout/_field.html", {"field": form[name], "form": form})

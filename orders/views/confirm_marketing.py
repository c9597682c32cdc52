"""The page at which a shopper confirms the consent to news. Looking at it confirms nothing."""

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from orders.consents import MARKETING_PURPOSE, confirm_marketing
from orders.models import OrderConsent
from stores.crypto import verify_url_token
from stores.decorators import private_page
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.responses import HttpResponseSeeOther


# The address is the proof. No cookie is needed.
@csrf_exempt
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def show_marketing_confirmation(request: ShopRequest, token: str) -> HttpResponse:
    """Show what is to be confirmed, or confirm it. Raises NotFound."""
    consents = OrderConsent.objects.filter(needs_confirmation=True).exclude(order__email="")
    consent = get_or_not_found(
        consents,
        _("We can't find this sign-up. Use the link in your email."),
        pk=verify_url_token(purpose=MARKETING_PURPOSE, token=token) or None,
        order__store=request.store.pk,
    )
    if request.method == "POST":
        confirm_marketing(consent)
        return HttpResponseSeeOther(request.path)
    return render(request, "orders/confirm_marketing.html", {"consent": consent})

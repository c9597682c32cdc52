"""Shareable coupon links, as NEXT's own storefront has them: `/discount/SAVE10/?next=/path/`."""

from django.http import HttpResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from checkout.code_session import set_visit_code
from stores.decorators import private_page
from stores.http import ShopRequest
from stores.responses import HttpResponseSeeOther


@private_page
@require_safe
def use_discount_link(request: ShopRequest, code: str) -> HttpResponse:
    """Offer the code for every purchase of this visit, then redirect to the path in `next` on this host."""
    target = request.GET.get("next", "")
    is_local = target.startswith("/") and url_has_allowed_host_and_scheme(target, allowed_hosts=None)
    response = HttpResponseSeeOther(target if is_local else "/")
    if request.store.accepts_codes:
        set_visit_code(response, code.strip())
    return response

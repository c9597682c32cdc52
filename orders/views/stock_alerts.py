"""Pages of stock alerts: request one, confirm it, and stop the emails."""

from http import HTTPStatus

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from catalog.models import PaymentLink, Variant
from orders.contacts import find_contact_by_token, stop_emails
from orders.form_fields import ShopperEmailField
from orders.stock_alerts import confirm_stock_alert, find_alert_by_token, is_sold_out, request_stock_alert
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.http import ShopRequest
from stores.lookups import get_or_not_found
from stores.rate_limits import require_within_limit


class StockAlertForm(forms.Form):
    """The form of a sold-out variant."""

    email = ShopperEmailField()


@private_page
@require_same_origin_post
def ask_for_alert(request: ShopRequest) -> HttpResponse:
    """Queue the email that asks to confirm, and say so whether the address waits already or not.

    Raises NotFound for an unknown variant. Redirects to the page of a variant that is in stock again.
    """
    posted = request.POST
    variant = get_or_not_found(
        Variant.objects.filter(active=True, product__active=True).select_related("product"),
        _("We couldn't find this product. It may no longer be available."),
        pk=posted.get("variant", ""),
        store=request.store.pk,
    )
    links = PaymentLink.objects.filter(store=request.store, product=variant.product_id, is_personal=False)
    link = links.filter(pk=posted.get("link", "")).first()
    if not is_sold_out(variant, link=link):
        page = link or variant.product
        return redirect(f"{page.get_absolute_url()}?variant={variant.pk}")
    form = StockAlertForm(posted, label_suffix="")
    if is_sent := form.is_valid():
        require_within_limit(request, "alert")
        request_stock_alert(
            store=request.store,
            variant=variant,
            link=link,
            email=form.cleaned_data["email"],
            language=get_language() or "en",
        )
    context = {"form": form, "variant": variant, "link": link, "is_sent": is_sent}
    return allow_origin_referrer(render(request, "orders/stock_alert.html", context))


@csrf_exempt  # its address is the secret, and it acts for nobody who is signed in
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_alert(request: ShopRequest, token: str) -> HttpResponse:
    """Show the button that confirms an alert, or confirm it. Opening the page confirms nothing."""
    alert = find_alert_by_token(store=request.store, token=token)
    if alert is None:
        return render(request, "orders/stock_alert_over.html", status=HTTPStatus.GONE)
    is_confirmed = alert.confirmed_at is not None
    if request.method == "POST" and not is_confirmed:
        confirm_stock_alert(alert)
        is_confirmed = True
    context = {"alert": alert, "is_confirmed": is_confirmed}
    return render(request, "orders/confirm_alert.html", context)


@csrf_exempt  # mail programs post here, too (RFC 8058)
@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def stop_contact_emails(request: ShopRequest, token: str) -> HttpResponse:
    """Show the button that stops all such emails to an address, or stop them. Raises NotFound."""
    contact = find_contact_by_token(store=request.store, token=token)
    is_stopped = request.method == "POST"
    if is_stopped:
        stop_emails(contact)
    return render(request, "orders/stop_emails.html", {"contact": contact, "is_stopped": is_stopped})

"""The addresses of one's orders, mailed again to whoever owns the e-mail address."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from orders.form_fields import ShopperEmail
from orders.notifications import mail_links_for
from stores.decorators import keep_origin, private_page
from stores.http import ShopRequest
from stores.rate_limits import limit_posts


class FindForm(forms.Form):
    email = ShopperEmail()


@private_page
@limit_posts("find")
@require_http_methods(["GET", "HEAD", "POST"])
def find(request: ShopRequest) -> HttpResponse:
    """Ask for the address and mail it; the page says the same whether there are orders or not."""
    form = FindForm(request.POST or None, label_suffix="")
    done = request.method == "POST" and form.is_valid()
    if done:
        mail_links_for(store=request.store, email=form.cleaned_data["email"])
    return keep_origin(render(request, "orders/find.html", {"form": form, "done": done}))

"""A shopper's orders: the sign-in by a link in an email, the list, and the sign-out."""

import secrets
from http import HTTPStatus

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from orders.emails import list_paid_orders
from orders.form_fields import ShopperEmailField
from orders.models import SignIn
from orders.sign_in import end_session, find_session, find_sign_in_link, send_sign_in_link, use_sign_in_link
from stores.decorators import allow_origin_referrer, private_page, require_same_origin_post
from stores.http import ShopRequest
from stores.rate_limits import require_within_limit
from stores.responses import HttpResponseSeeOther

COOKIE_NAME = "account"
# No other page gets the cookie.
COOKIE_PATH = "/account"
ORDERS_ON_A_PAGE = 20


class SignInForm(forms.Form):
    """The form for the email the shopper ordered with."""

    email = ShopperEmailField()


@private_page
@require_http_methods(["GET", "HEAD", "POST"])
def show_account(request: ShopRequest) -> HttpResponse:
    """Show the orders of the signed-in shopper, or the form that emails a sign-in link.

    The page does not reveal whether there are orders for an email.
    """
    if request.method == "POST":
        return send_link(request)
    session = find_session(store=request.store, key=read_session_key(request))
    if session is None:
        return render_sign_in(request, SignInForm(label_suffix=""))
    page = Paginator(list_paid_orders(store=request.store, email=session.email), ORDERS_ON_A_PAGE)
    context = {"session": session, "orders": page.get_page(request.GET.get("page"))}
    return allow_origin_referrer(render(request, "orders/account.html", context))


def send_link(request: ShopRequest) -> HttpResponse:
    """Email the link, and say so whether the email is known or not."""
    form = SignInForm(request.POST, label_suffix="")
    if not form.is_valid():
        return render_sign_in(request, form)
    require_within_limit(request, "find")
    send_sign_in_link(store=request.store, email=form.cleaned_data["email"])
    return render_sign_in(request, form, is_sent=True)


def render_sign_in(
    request: ShopRequest, form: SignInForm, *, is_sent: bool = False, is_link_over: bool = False
) -> HttpResponse:
    """Render the form, what was done with it, or why the link doesn't work (410)."""
    context = {"form": form, "is_sent": is_sent, "is_link_over": is_link_over}
    status = HTTPStatus.GONE if is_link_over else HTTPStatus.OK
    return allow_origin_referrer(render(request, "orders/sign_in.html", context, status=status))


@private_page
@sensitive_post_parameters("key")
@require_http_methods(["GET", "HEAD", "POST"])
def enter_account(request: ShopRequest, token: str) -> HttpResponse:
    """Show the button that signs in, or sign in. Opening the page doesn't use the link up.

    Answers 410 with the form for another link if this one is unknown, expired, or was used before.
    """
    sign_in = find_sign_in_link(store=request.store, token=token)
    if sign_in is not None and is_session(request, sign_in):
        return HttpResponseSeeOther(reverse("orders:account"))
    if sign_in is None or (request.method != "POST" and sign_in.session_digest):
        return render_link_over(request)
    if request.method != "POST":
        context = {"sign_in": sign_in, "key": secrets.token_urlsafe(32)}
        return allow_origin_referrer(render(request, "orders/enter_account.html", context))
    key = request.POST.get("key", "")
    if not use_sign_in_link(sign_in=sign_in, key=key):
        return render_link_over(request)
    response = HttpResponseSeeOther(reverse("orders:account"))
    response.set_cookie(
        COOKIE_NAME,
        key,
        max_age=SignIn.SESSION_LIFETIME,
        path=COOKIE_PATH,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@private_page
@require_same_origin_post
def leave_account(request: ShopRequest) -> HttpResponse:
    """End this browser's session and redirect to the sign-in form."""
    end_session(store=request.store, key=read_session_key(request))
    response = HttpResponseSeeOther(reverse("orders:account"))
    response.delete_cookie(COOKIE_NAME, path=COOKIE_PATH, samesite="Lax")
    return response


def render_link_over(request: ShopRequest) -> HttpResponse:
    return render_sign_in(request, SignInForm(label_suffix=""), is_link_over=True)


def read_session_key(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE_NAME, "")


def is_session(request: ShopRequest, sign_in: SignIn) -> bool:
    """Return True if this browser is signed in by that link already."""
    session = find_session(store=request.store, key=read_session_key(request))
    return session is not None and session.pk == sign_in.pk

"""The pages of the second step of signing in: verify it, set it up, and manage its methods."""

import base64
import io
from collections.abc import Callable
from functools import wraps
from typing import Any

import segno
from django.contrib import admin, messages
from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django_otp import login as mark_session_verified
from django_otp.models import Device
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import sentences, two_factor
from accounts.forms import CodeForm
from accounts.staff_log import log_staff_act

View = Callable[..., HttpResponse]


class StaffRequest(HttpRequest):
    """A request of a `User`, with the `is_verified()` that OTPMiddleware adds."""

    user: Any


def require_sign_in(view: View) -> View:
    """Let staff through who gave their password, before the second step too."""

    @never_cache
    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not (request.user.is_active and request.user.is_staff):
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        return view(request, *args, **kwargs)

    return guarded


def require_second_step(view: View) -> View:
    """Let staff through who also verified their second step, or have none yet."""

    @require_sign_in
    @wraps(view)
    def guarded(request: StaffRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.uses_two_factor and not request.user.is_verified():
            return redirect_to_second_step(request)
        return view(request, *args, **kwargs)

    return guarded


def redirect_to_second_step(request: StaffRequest) -> HttpResponse:
    """Redirect to the page that verifies the second step, or to the one that sets it up."""
    name = "admin:two_factor_verify" if request.user.uses_two_factor else "admin:two_factor"
    return redirect_to_login(request.get_full_path(), reverse(name))


@require_sign_in
def verify_view(request: StaffRequest) -> HttpResponse:
    """Ask for a code or a passkey, and lead on to the requested page."""
    next_page = find_next_page(request)
    if not request.user.uses_two_factor or request.user.is_verified():
        return redirect(next_page)
    form = CodeForm(request.POST or None)
    if form.is_valid():
        device = two_factor.verify_code(request.user, form.cleaned_data["code"])
        if device is not None:
            verify_session(request, device)
            return redirect(next_page)
        form.add_error("code", _("That code isn't valid. Wait a few seconds, then try a new one."))
    methods = two_factor.list_methods(request.user)
    return render_page(
        request,
        "verify",
        _("Confirm it's you"),
        form=form,
        next_page=next_page,
        has_passkey=any(not isinstance(method, TOTPDevice) for method in methods),
        has_authenticator=any(isinstance(method, TOTPDevice) for method in methods),
    )


@require_second_step
def manage_view(request: StaffRequest) -> HttpResponse:
    """List the user's methods."""
    methods = [
        (method, _("Authenticator app") if isinstance(method, TOTPDevice) else _("Passkey"))
        for method in two_factor.list_methods(request.user)
    ]
    return render_page(
        request,
        "manage",
        _("Two-factor sign-in"),
        methods=methods,
        recovery_codes=two_factor.count_recovery_codes(request.user),
        is_required=two_factor.must_set_up_two_factor(request.user),
    )


@require_second_step
def add_authenticator_view(request: StaffRequest) -> HttpResponse:
    """Show the key of a new authenticator, and turn it on with a code from it."""
    form = CodeForm(request.POST or None)
    device = two_factor.get_new_authenticator(request.user)
    if form.is_valid():
        confirmed = two_factor.confirm_authenticator(request.user, form.cleaned_data["code"])
        if confirmed is not None:
            verify_session(request, confirmed)
            log_staff_act(actor=request.user, row=request.user, text=sentences.AUTHENTICATOR_ADDED.fill())
            return lead_on_after_set_up(request)
        form.add_error("code", _("That code isn't valid. Check the time on your phone, then try a new one."))
    key = base64.b32encode(device.bin_key).decode()
    return render_page(
        request,
        "authenticator",
        _("Add an authenticator app"),
        form=form,
        key=" ".join(key[start : start + 4] for start in range(0, len(key), 4)),
        qr_code=render_qr_code(device.config_url),
    )


@require_second_step
def create_recovery_codes_view(request: StaffRequest) -> HttpResponse:
    """Replace the recovery codes and show the new ones, this one time."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.uses_two_factor:
        return redirect("admin:two_factor")
    codes = two_factor.create_recovery_codes(request.user)
    log_staff_act(actor=request.user, row=request.user, text=sentences.RECOVERY_CODES_CREATED.fill())
    return render_page(request, "recovery_codes", _("Recovery codes"), codes=codes)


@require_second_step
def remove_method_view(request: StaffRequest) -> HttpResponse:
    """Remove a method on POST."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if two_factor.remove_method(request.user, request.POST.get("method", "")):
        log_staff_act(actor=request.user, row=request.user, text=sentences.SIGN_IN_METHOD_REMOVED.fill())
        messages.success(request, _("Removed."))
    return redirect("admin:two_factor")


def verify_session(request: StaffRequest, device: Device) -> None:
    """Mark the session as verified, under a new ID."""
    mark_session_verified(request, device)
    request.session.cycle_key()


def lead_on_after_set_up(request: StaffRequest) -> HttpResponse:
    """Show recovery codes to who has none yet, or lead back to the methods."""
    if two_factor.count_recovery_codes(request.user):
        messages.success(request, _("Added."))
        return redirect("admin:two_factor")
    codes = two_factor.create_recovery_codes(request.user)
    return render_page(request, "recovery_codes", _("Recovery codes"), codes=codes)


def find_next_page(request: StaffRequest) -> str:
    """Return the page requested before the sign-in, if it is on this host."""
    address = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if is_ours else reverse("admin:index")


def render_qr_code(text: str) -> str:
    """Return a QR code as an image address, black on white in dark mode too, which cameras need."""
    buffer = io.BytesIO()
    segno.make_qr(text).save(buffer, kind="svg", scale=5, border=2, light="#fff")
    return f"data:image/svg+xml;base64,{base64.b64encode(buffer.getvalue()).decode()}"


def render_page(request: StaffRequest, name: str, title: str, **context: Any) -> HttpResponse:
    context |= {**admin.site.each_context(request), "title": title}
    return TemplateResponse(request, f"admin/accounts/two_factor_{name}.html", context)

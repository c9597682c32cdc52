"""The calls of the browser's script that adds and uses passkeys."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django_otp_webauthn import exceptions, views

from accounts.sentences import PASSKEY_ADDED
from accounts.staff_log import log_staff_act
from accounts.two_factor import mark_two_factor_used


def require_staff(request: HttpRequest) -> None:
    """Raise NotAuthenticated unless somebody of the staff gave their password."""
    if not (request.user.is_active and request.user.is_staff):
        raise exceptions.NotAuthenticated()


class BeginRegistrationView(views.BeginCredentialRegistrationView):
    def check_can_register(self) -> None:
        require_staff(self.request)


class CompleteRegistrationView(views.CompleteCredentialRegistrationView):
    """Saves a passkey, and asks for a second step from then on.

    The library refuses who has a second step already and didn't verify it.
    """

    def check_can_register(self) -> None:
        require_staff(self.request)

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        response: HttpResponse = super().post(*args, **kwargs)
        mark_two_factor_used(self.request.user)
        log_staff_act(actor=self.request.user, row=self.request.user, text=PASSKEY_ADDED.fill())
        self.request.session.cycle_key()
        return response


class CompleteAuthenticationView(views.CompleteCredentialAuthenticationView):
    def complete_auth(self, device: Any) -> None:
        super().complete_auth(device)
        self.request.session.cycle_key()

    def get_success_url(self) -> str:
        return self.get_redirect_url() or reverse("admin:index")

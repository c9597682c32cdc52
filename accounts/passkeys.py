"""How passkeys are bound to the host that the admin is opened on."""

from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port
from django_otp_webauthn.helpers import WebAuthnHelper


def find_passkey_domain(request: HttpRequest) -> str:
    """Return the host without its port, to which the browser binds a passkey."""
    return split_domain_port(request.get_host())[0]


class PasskeyHelper(WebAuthnHelper):
    """Accepts a passkey's signature only for the origin of the request."""

    def get_allowed_origins(self) -> list[str]:
        return [f"{settings.PUBLIC_SCHEME}://{self.request.get_host()}"]

"""Addresses of the pages around signing in, below the admin's own."""

from django.urls import path
from django.views.i18n import JavaScriptCatalog
from django_otp_webauthn.views import BeginCredentialAuthenticationView

from accounts.views import passkeys, two_factor

# In the admin's namespace.
two_factor_urls = [
    path("two-factor/", two_factor.manage_view, name="two_factor"),
    path("two-factor/authenticator/", two_factor.add_authenticator_view, name="two_factor_authenticator"),
    path(
        "two-factor/recovery-codes/", two_factor.create_recovery_codes_view, name="two_factor_recovery_codes"
    ),
    path("two-factor/remove/", two_factor.remove_method_view, name="two_factor_remove"),
]

# The names that the library's script and template tags look for.
app_name = "otp_webauthn"
urlpatterns = [
    path(
        "registration/begin/",
        passkeys.BeginRegistrationView.as_view(),
        name="credential-registration-begin",
    ),
    path(
        "registration/complete/",
        passkeys.CompleteRegistrationView.as_view(),
        name="credential-registration-complete",
    ),
    path(
        "authentication/begin/",
        BeginCredentialAuthenticationView.as_view(),
        name="credential-authentication-begin",
    ),
    path(
        "authentication/complete/",
        passkeys.CompleteAuthenticationView.as_view(),
        name="credential-authentication-complete",
    ),
    path("jsi18n/", JavaScriptCatalog.as_view(packages=["django_otp_webauthn"]), name="js-i18n-catalog"),
]

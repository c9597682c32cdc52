"""Where a store is: the addresses that its forms take, and the form that connects a new one."""

import re
from typing import Any
from urllib.parse import urlsplit

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from outbound.addresses import is_private_literal
from stores.form_fields import SecretField
from stores.models import Store

_NEXT_DOMAIN = "29next.store"
_API_PATH = "/api/admin/"


class StoreAddressForm(forms.ModelForm):
    """A form with the store's host and Admin API URL."""

    def clean_host(self) -> str:
        return str(self.cleaned_data["host"]).lower()

    def clean_next_api_url(self) -> str:
        """Return the URL with a trailing slash. Plain http is allowed here for sandbox stores."""
        address = str(self.cleaned_data["next_api_url"]).rstrip("/") + "/"
        try:
            parts, _port = urlsplit(address), urlsplit(address).port
        except ValueError as error:
            raise ValidationError(_("Enter a valid URL.")) from error
        if parts.username is not None or parts.password is not None:
            raise ValidationError(_("Enter the URL without a user name or password."))
        if not settings.NEXT_API_ALLOW_PRIVATE and is_private_literal(parts.hostname or ""):
            raise ValidationError(_("Enter an address on the public internet."))
        return address


class NextAddressField(forms.URLField):
    """The Admin API URL, from whatever of the store's address people paste: its name, host, or a page."""

    default_validators = [URLValidator(schemes=["https", "http"])]

    def to_python(self, value: Any) -> str:
        text = str(value or "").strip()
        if re.fullmatch(r"[A-Za-z0-9-]+", text):
            text = f"https://{text}.{_NEXT_DOMAIN}"
        url = str(super().to_python(text) or "")
        try:
            parts = urlsplit(url)
            is_at_next = (parts.hostname or "").endswith(f".{_NEXT_DOMAIN}")
        except ValueError:
            return url  # the validators say so
        if parts.netloc and (is_at_next or parts.path in {"", "/"}):
            return f"{parts.scheme}://{parts.netloc}{_API_PATH}"
        return url


class ConnectStoreForm(StoreAddressForm):
    """What staff type to add a store. NEXT tells the rest."""

    next_api_url = NextAddressField(
        label=gettext_lazy("Your store at NEXT Commerce"),
        assume_scheme="https",
        widget=forms.TextInput(attrs={"autofocus": True}),
        help_text=gettext_lazy("Its address, for example yourstore.29next.store."),
    )
    access_token = SecretField(
        label=gettext_lazy("Access token"),
        help_text=gettext_lazy(
            "Create an app under Settings → API Access in NEXT Commerce. It shows the token once."
        ),
    )
    is_live = forms.TypedChoiceField(
        label=gettext_lazy("Mode"),
        choices=[
            ("test", gettext_lazy("Test: try everything without charging anybody")),
            ("live", gettext_lazy("Live: sell to shoppers")),
        ],
        coerce=lambda mode: mode == "live",
        initial="test",
        widget=forms.RadioSelect,
        help_text=gettext_lazy(
            "The mode can't change once there are orders. Add another store for the other mode."
        ),
    )

    class Meta:
        model = Store
        fields = ("next_api_url", "access_token", "host", "is_live")
        labels = {"host": gettext_lazy("Address of this shop")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["is_live"] = "test"
        self.fields["access_token"].required = True

    def build_store(self) -> Store:
        """Return the store of a valid form, unsaved."""
        store: Store = self.save(commit=False)
        return store

"""The sections of a payment link's forms."""

from typing import Any

from django.utils.translation import gettext_lazy

from catalog.free_amount import has_free_amount
from catalog.models import PaymentLink

SETTINGS = (
    (gettext_lazy("For you"), {"fields": ("name", "tags")}),
    (gettext_lazy("Address"), {"fields": ("slug",)}),
    (
        gettext_lazy("When it sells"),
        {"fields": ("opens_at", "expires_at", "uses_left", "max_quantity", "closed_message")},
    ),
    (gettext_lazy("Display"), {"fields": ("display_mode", "show_inventory")}),
    (gettext_lazy("Checkout"), {"fields": ("prefilled_email", "custom_text_label")}),
    (
        gettext_lazy("After payment"),
        {"fields": ("thank_you_text", "return_url", "return_label", "returns_at_once")},
    ),
    (gettext_lazy("Discounts"), {"fields": ("discount_code", "accepts_codes")}),
)


def build_link_fieldsets(link: PaymentLink | None) -> Any:
    """Return the sections of the form of a link, or of a new one."""
    if link is None:
        sold = (
            gettext_lazy("What it sells"),
            {"fields": ("primaries", "default", "fixed_quantity", "price")},
        )
        price = _build_price_fieldset("min_amount", "max_amount", "suggested_amounts")
        first, *others = SETTINGS
        # A new link needs none of these: they open with a click.
        return (sold, first, *(_collapse(section) for section in (price, *others)))
    return (*SETTINGS, _build_price_fieldset("suggested_amounts")) if has_free_amount(link) else SETTINGS


def _build_price_fieldset(*names: str) -> tuple[Any, dict[str, Any]]:
    return gettext_lazy("Price that shoppers enter"), {"fields": names}


def _collapse(section: Any) -> tuple[Any, dict[str, Any]]:
    title, options = section
    return title, {**options, "classes": ("collapse",)}

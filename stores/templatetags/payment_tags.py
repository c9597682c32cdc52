"""`{{ store|payment_methods }}`: the methods that a shop takes, for pages that are the same for everybody."""

from babel.lists import format_list
from django import template
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from stores.models import Store
from stores.offered_payment_methods import list_chosen_payment_methods

register = template.Library()

MAX_NAMED = 3


@register.filter
def payment_methods(store: Store) -> str:
    """Return the first methods that the merchant turned on, such as "Link, PayPal, or Klarna"."""
    labels = [method.label for method in list_chosen_payment_methods(store)]
    if len(labels) > MAX_NAMED:
        labels = [*labels[:MAX_NAMED], _("another method")]
    return format_list(labels, style="or", locale=to_locale(get_language() or "en"))

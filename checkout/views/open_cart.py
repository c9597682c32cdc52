"""The wish to be reminded of an open cart, as each post of the checkout form tells it."""

from django.utils.translation import get_language

from checkout.cart_reminders import forget_open_cart, list_selection_queries, save_open_cart
from checkout.forms import CheckoutForm
from checkout.selection import CART_SOURCE, Selection
from stores.http import ShopRequest


def note_open_cart(request: ShopRequest, form: CheckoutForm, selection: Selection, *, key: str) -> None:
    """Plan the reminder that the shopper ticked, or drop it. Costs nothing if the store sends none."""
    if "wants_reminder" not in form.fields:
        return
    email = form.find_reminder_email()
    if not email:
        forget_open_cart(store=request.store, checkout_key=key)
        return
    save_open_cart(
        store=request.store,
        email=email,
        language=get_language() or "en",
        checkout_key=key,
        queries=list_selection_queries(selection, query=request.GET),
        is_cart=selection.source == CART_SOURCE,
    )

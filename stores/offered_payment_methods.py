"""The payment methods that a store offers: those its merchant turned on and NEXT takes."""

from stores.models import Store, StoreHealth
from stores.next_settings import NextSettings, takes_method
from stores.payment_methods import LINK, PAYMENT_METHODS, PaymentMethod


def list_chosen_payment_methods(store: Store) -> list[PaymentMethod]:
    """Return the methods that the merchant turned on and that take the store's currency, in their order."""
    chosen = [PAYMENT_METHODS[code] for code in store.payment_methods if code in PAYMENT_METHODS]
    usable = [
        method
        for method in chosen
        if method.takes_currency(store.currency) and not (method.is_test and store.is_live)
    ]
    return usable or [LINK]


def list_real_methods(store: Store) -> list[PaymentMethod]:
    """Return the chosen methods that move money."""
    return [method for method in list_chosen_payment_methods(store) if not method.is_test]


def list_payment_methods(store: Store) -> list[PaymentMethod]:
    """Return the chosen methods without those that NEXT no longer takes. Never empty.

    Runs a query only if there is a choice. Where NEXT says nothing, or would leave no method, the merchant's
    choice stands: a short answer must not close the shop.
    """
    chosen = list_chosen_payment_methods(store)
    if len(chosen) == 1:
        return chosen
    found = NextSettings.from_json(StoreHealth.find(store).next_settings)
    return [method for method in chosen if is_taken_by_next(method, store=store, found=found)] or chosen


def is_taken_by_next(method: PaymentMethod, *, store: Store, found: NextSettings) -> bool:
    """Return True unless NEXT says that the store's orders can't be paid with the method."""
    known = found.list_methods(store)
    return method.is_test or known is None or takes_method(known, method, store.currency)

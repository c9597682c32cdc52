"""Where consumers are protected by the law of the European Union, or by law that copies it."""

from stores.countries import EEA_COUNTRIES
from stores.models import Store

# The United Kingdom kept the rule about the button that makes a contract.
_FIXED_BUTTON_COUNTRIES = EEA_COUNTRIES | {"GB"}


def needs_fixed_order_button(*, store: Store, country: str) -> bool:
    """Tell whether the button of an order must say that it obliges to pay, and nothing else.

    Directive 2011/83/EU, Art. 8(2): without such words the consumer isn't bound. An order without an address
    counts as one from the store's own country, or from a country of its currency.
    """
    return (country or get_home_country(store)) in _FIXED_BUTTON_COUNTRIES | {"EU"}


def get_home_country(store: Store) -> str:
    """Return the first of the store's countries, or the one that its currency's code begins with."""
    return store.countries[0] if store.countries else store.currency[:2]

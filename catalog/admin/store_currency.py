"""The store's currency: fixed as soon as products have prices in it."""

from django.utils.translation import gettext_lazy

from stores.forms import StoreForm
from stores.models import Store


def has_products(store: Store) -> bool:
    """Return True if the store has products, whose prices would change their currency."""
    return store.products.exists()


StoreForm.register_fixed_field(
    "currency",
    is_used=has_products,
    message=gettext_lazy(
        "Products here have prices in this store's currency, so it can't change."
        " Add another store to sell in another currency."
    ),
)

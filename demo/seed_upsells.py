"""The demo's one-click upsells: a vase at a friendly price, and on a no something smaller."""

from decimal import Decimal

from catalog.models import Variant
from checkout.models import Upsell
from stores.models import Store


def create_demo_upsells(*, store: Store) -> None:
    """Make the upsells, unless the store has some already."""
    if store.upsells.exists():
        return
    filters = Upsell.objects.create(
        store=store,
        name="Filters instead of the vase",
        trigger=Upsell.Trigger.FOLLOWS,
        variant=_first_variant_of(store, "paper-filters"),
        quantity=2,
        price=Decimal("4.50"),
        headline="Then two packs of filters, a quarter off?",
        text="A hundred unbleached filters each. They go into the same parcel.",
        position=1,
    )
    Upsell.objects.create(
        store=store,
        name="Vase after any order",
        variant=_first_variant_of(store, "bud-vase"),
        discount_percent=Decimal(30),
        headline="A vase for the same parcel, 30% off",
        text="One stem is enough. Stoneware, glazed inside and out.",
        follow_up_on_decline=filters,
    )


def _first_variant_of(store: Store, slug: str) -> Variant:
    return Variant.objects.filter(product__store=store, product__slug=slug).earliest("position")

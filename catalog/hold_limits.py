"""How much one shopper may hold unpaid, so that nobody can hold what everybody needs."""

from collections.abc import Iterable

from django.conf import settings
from django.db.models import Sum
from django.utils.translation import gettext as _

from catalog.models import Hold, Variant
from stores.errors import Conflict


def require_orderable_quantity(variant: Variant, quantity: int) -> None:
    """Raise Conflict if one line of an order may not hold this many units. Uncounted stock has no limit."""
    most = settings.HOLD_UNITS_PER_LINE
    if most and quantity > most and variant.inventory_quantity is not None:
        raise Conflict(
            _("You can order at most %(most)d × %(name)s at once. Contact us if you need more.")
            % {"most": most, "name": variant},
            code="too_many",
        )


def require_network_share(holds: Iterable[Hold]) -> None:
    """Raise Conflict if the network of these new holds would hold too much with what it holds already.

    The caller's transaction has just taken their stock, so that holds of the same stock wait for each other.
    """
    holds = [hold for hold in holds if hold.network]
    if not holds:
        return
    same_network = Hold.objects.filter(network=holds[0].network, state=Hold.State.HELD)
    # `order_by()` because an ordering would become part of the grouping.
    rows = same_network.order_by().values_list("variant_id", "link_id").annotate(Sum("quantity"))
    held = {(variant_id, link_id): quantity for variant_id, link_id, quantity in rows}
    for hold in holds:
        key = (hold.variant_id, hold.link_id)
        held[key] = held.get(key, 0) + hold.quantity
        most = settings.HOLD_UNITS_PER_NETWORK if hold.variant_id else settings.HOLD_USES_PER_NETWORK
        if most and held[key] > most:
            raise Conflict(
                _(
                    "Unpaid orders from your network already reserve as much of this as we allow. "
                    "Pay for one of them, or try again later."
                ),
                code="too_many",
            )

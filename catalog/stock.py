"""Stock holds. Stock changes only by conditional updates, so that it never drops below zero."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.hold_limits import require_network_share
from catalog.models import Hold, PaymentLink, Variant
from stores.errors import Conflict


@dataclass(frozen=True)
class StockRequest:
    """A quantity of one variant."""

    variant: Variant
    quantity: int


def place_hold(
    *,
    reference: str,
    wanted: Iterable[StockRequest],
    link: PaymentLink | None,
    until: datetime.datetime,
    network: str = "",
) -> None:
    """Hold stock, and one use of the link, for a `reference` without holds, in the caller's transaction.

    Raises Conflict if a variant or the link's uses run short, or the shopper's `network` holds too much. The
    caller must then roll back.
    """
    counted = [request for request in wanted if request.variant.inventory_quantity is not None]
    _lock_variants(request.variant.pk for request in counted)
    holds = [_take_units(request) for request in counted]
    if link is not None and link.uses_left is not None:
        holds.append(_take_use(link))
    for hold in holds:
        hold.reference, hold.network, hold.expires_at = reference, network, until
    require_network_share(holds)
    Hold.objects.bulk_create(holds)


def _take_units(request: StockRequest) -> Hold:
    """Take units from the stock. Return their hold, which is not saved. Raises Conflict."""
    in_stock = Variant.objects.filter(pk=request.variant.pk, inventory_quantity__gte=request.quantity)
    if not in_stock.update(
        inventory_quantity=F("inventory_quantity") - request.quantity, version=F("version") + 1
    ):
        raise Conflict(
            _("There isn't enough %(name)s in stock. Choose a smaller quantity or another item.")
            % {"name": request.variant},
            code="sold_out",
        )
    return Hold(variant=request.variant, quantity=request.quantity)


def _take_use(link: PaymentLink) -> Hold:
    """Take a use of the link. Return its hold, which is not saved. Raises Conflict."""
    if PaymentLink.objects.filter(pk=link.pk, uses_left__gte=1).update(uses_left=F("uses_left") - 1):
        return Hold(link=link, quantity=1)
    if is_being_bought(link):
        raise being_bought_error()
    raise Conflict(_("This offer is no longer available."), code="link_used_up")


def is_being_bought(link: PaymentLink) -> bool:
    """Return True if an unpaid order holds a use of the link, which may become free again."""
    return Hold.objects.filter(link=link, state=Hold.State.HELD).exists()


def being_bought_error() -> Conflict:
    """Return the Conflict (409) for a link whose last use is held."""
    return Conflict(
        _(
            "Someone is buying the last one right now. If that's you, go back to your checkout. "
            "If not, try again in a few minutes."
        ),
        code="link_being_bought",
    )


def mark_sold(*, reference: str) -> bool:
    """Make the holds of `reference` final. Return False if there is nothing held. Idempotent."""
    held = Hold.objects.filter(reference=reference, state=Hold.State.HELD)
    return bool(held.update(state=Hold.State.SOLD, network=""))


def sell_stock(*, reference: str, wanted: Iterable[StockRequest], link: PaymentLink | None = None) -> bool:
    """Sell what was paid: take `wanted`, and a use of the link, instead of what `reference` holds.

    Return False, and leave the holds as they are, if there isn't enough.
    """
    try:
        with transaction.atomic():
            replace_hold(reference=reference, wanted=wanted, link=link, until=timezone.now())
            mark_sold(reference=reference)
    except Conflict:
        return False
    return True


def request_stock(quantities: Iterable[tuple[str, int]]) -> list[StockRequest]:
    """Return requests for quantities by variant id, in one query. Deleted variants are left out."""
    quantities = list(quantities)
    variants = Variant.objects.select_related("product").in_bulk([pk for pk, _quantity in quantities])
    return [StockRequest(variants[pk], quantity) for pk, quantity in quantities if pk in variants]


def return_to_stock(*, variant_id: str, quantity: int, restocked_at: datetime.datetime | None) -> None:
    """Give back units that NEXT restocked, unless our stock was imported from NEXT since."""
    rows = Variant.objects.filter(pk=variant_id, inventory_quantity__isnull=False)
    if restocked_at is not None:
        rows = rows.filter(Q(stock_synced_at=None) | Q(stock_synced_at__lt=restocked_at))
    rows.update(inventory_quantity=F("inventory_quantity") + quantity, version=F("version") + 1)


def limit_stock(*, variant_id: str, most: int) -> bool:
    """Lower the stock to `most` if it is higher: NEXT has no more. Return whether it was lowered."""
    return bool(
        Variant.objects.filter(pk=variant_id, inventory_quantity__gt=most).update(
            inventory_quantity=most, version=F("version") + 1
        )
    )


def extend_hold(*, reference: str, until: datetime.datetime) -> None:
    """Move the expiry of the holds of `reference` to `until`."""
    Hold.objects.filter(reference=reference, state=Hold.State.HELD).update(expires_at=until)


def has_running_hold(*, reference: str) -> bool:
    """Return True if `reference` holds anything whose time isn't up."""
    held = Hold.objects.filter(reference=reference, state=Hold.State.HELD)
    return held.filter(expires_at__gt=timezone.now()).exists()


@transaction.atomic
def release_hold(*, reference: str) -> None:
    """Return what `reference` holds to stock. Idempotent, also under concurrency."""
    held = _active_holds(reference)
    _lock_variants(hold.variant_id for hold in held)
    for hold in held:
        own = Hold.objects.filter(pk=hold.pk, state=Hold.State.HELD)
        if not own.update(state=Hold.State.RELEASED, network=""):
            continue
        if hold.variant_id:
            Variant.objects.filter(pk=hold.variant_id, inventory_quantity__isnull=False).update(
                inventory_quantity=F("inventory_quantity") + hold.quantity, version=F("version") + 1
            )
        else:
            PaymentLink.objects.filter(pk=hold.link_id, uses_left__isnull=False).update(
                uses_left=F("uses_left") + 1
            )


def replace_hold(
    *,
    reference: str,
    wanted: Iterable[StockRequest],
    link: PaymentLink | None,
    until: datetime.datetime,
    network: str = "",
) -> None:
    """Release what `reference` holds and place a new hold, in the caller's transaction.

    Raises Conflict as `place_hold` does.
    """
    wanted = list(wanted)
    _lock_variants(
        [*(held.variant_id for held in _active_holds(reference)), *(request.variant.pk for request in wanted)]
    )
    release_hold(reference=reference)
    place_hold(reference=reference, wanted=wanted, link=link, until=until, network=network)


def _active_holds(reference: str) -> list[Hold]:
    """Return the active holds of `reference`, variants before the link, in the order they were placed."""
    held = Hold.objects.filter(reference=reference, state=Hold.State.HELD)
    return sorted(held, key=lambda hold: hold.variant_id is None)


def _lock_variants(variant_ids: Iterable[str | None]) -> None:
    """Lock the variants in primary key order, so that concurrent holds cannot deadlock."""
    pks = {pk for pk in variant_ids if pk}
    if len(pks) > 1:
        list(
            Variant.objects.select_for_update(no_key=True).filter(pk__in=pks).order_by("pk").values_list("pk")
        )


def list_expired_holds(*, limit: int = 100) -> list[str]:
    """Return the references of expired holds, oldest first."""
    return list(
        Hold.objects.filter(state=Hold.State.HELD, expires_at__lt=timezone.now())
        .order_by("expires_at")
        .values_list("reference", flat=True)
        .distinct()[:limit]
    )

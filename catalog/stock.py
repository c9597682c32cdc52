"""Stock: held, sold and given back by conditional updates alone, so that it never goes below zero."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Hold, PaymentLink, Variant
from stores.errors import Conflict


@dataclass(frozen=True)
class StockRequest:
    """So many of one variant."""

    variant: Variant
    quantity: int


def place_hold(
    *,
    reference: str,
    wanted: Iterable[StockRequest],
    link: PaymentLink | None,
    until: datetime.datetime,
) -> None:
    """Set aside what is wanted for a `reference` that holds nothing, in the caller's transaction.

    Errors: Conflict naming the variant that is short, or the link without uses; the caller's
    transaction must then be rolled back.
    """
    holds = []
    counted = [want for want in wanted if want.variant.inventory_quantity is not None]
    _lock_variants(want.variant.pk for want in counted)
    for want in counted:
        taken = Variant.objects.filter(pk=want.variant.pk, inventory_quantity__gte=want.quantity).update(
            inventory_quantity=F("inventory_quantity") - want.quantity, version=F("version") + 1
        )
        if not taken:
            raise Conflict(
                _("%(name)s is sold out in this quantity. Please choose fewer or something else.")
                % {"name": want.variant},
                code="sold_out",
            )
        holds.append(
            Hold(reference=reference, variant=want.variant, quantity=want.quantity, expires_at=until)
        )
    if link is not None and link.uses_left is not None:
        if not PaymentLink.objects.filter(pk=link.pk, uses_left__gte=1).update(uses_left=F("uses_left") - 1):
            raise Conflict(_("This offer has been used up."), code="link_used_up")
        holds.append(Hold(reference=reference, link=link, quantity=1, expires_at=until))
    Hold.objects.bulk_create(holds)


def mark_sold(*, reference: str) -> bool:
    """Make the holds of `reference` final; False where it has none that could be, or is, sold.

    Doing it twice changes nothing.
    """
    sold = Hold.objects.filter(reference=reference, state=Hold.State.HELD).update(state=Hold.State.SOLD)
    return bool(sold)


def extend_hold(*, reference: str, until: datetime.datetime) -> None:
    """Let what `reference` holds lapse later than it would have."""
    Hold.objects.filter(reference=reference, state=Hold.State.HELD).update(expires_at=until)


@transaction.atomic
def release_hold(*, reference: str) -> None:
    """Give back what `reference` holds. Doing it twice, or at once, gives back once."""
    held = _active_holds(reference)
    _lock_variants(hold.variant_id for hold in held)
    for hold in held:
        if not Hold.objects.filter(pk=hold.pk, state=Hold.State.HELD).update(state=Hold.State.RELEASED):
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
    *, reference: str, wanted: Iterable[StockRequest], link: PaymentLink | None, until: datetime.datetime
) -> None:
    """Give back what `reference` holds and set aside what is wanted instead, in the caller's transaction.

    Errors: as of `hold`.
    """
    wanted = list(wanted)
    _lock_variants(
        [*(held.variant_id for held in _active_holds(reference)), *(want.variant.pk for want in wanted)]
    )
    release_hold(reference=reference)
    place_hold(reference=reference, wanted=wanted, link=link, until=until)


def _active_holds(reference: str) -> list[Hold]:
    """What `reference` holds: variants first, then the link, as they are taken."""
    held = Hold.objects.filter(reference=reference, state=Hold.State.HELD)
    return sorted(held, key=lambda hold: hold.variant_id is None)


def _lock_variants(variant_ids: Iterable[str | None]) -> None:
    """Lock the rows in the order that all lock them in: else two could wait for each other for ever."""
    several = {pk for pk in variant_ids if pk}
    if len(several) > 1:
        list(Variant.objects.select_for_update().filter(pk__in=several).order_by("pk").values_list("pk"))


def list_expired_holds(*, limit: int = 100) -> list[str]:
    """Return the references of holds past their time, oldest first."""
    return list(
        Hold.objects.filter(state=Hold.State.HELD, expires_at__lt=timezone.now())
        .order_by("expires_at")
        .values_list("reference", flat=True)
        .distinct()[:limit]
    )

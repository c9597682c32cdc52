"""Taxes and discounts that NEXT charged differently from what was shown, reported once per cause.

Such an order is paid. Staff adopt the rates that NEXT used, or close the difference.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypedDict

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order, PriceDifference
from stores.columns import fit_to_columns
from stores.errors import Conflict
from stores.models import Store, TaxMode
from stores.tax_rates import RegionRate, save_region_rates

Kind = PriceDifference.Kind
Resolution = PriceDifference.Resolution

# Elsewhere a difference holds for the whole country, however many states it has.
COUNTRIES_TAXED_BY_STATE = {"US", "CA", "BR", "IN"}
# A rate worked out from cents differs a little from order to order.
RATE_TOLERANCE = Decimal("0.05")


class ChargedRate(TypedDict):
    """A tax rate that NEXT used. `rate` is a percentage, as decimal text."""

    name: str
    rate: str
    taxes_shipping: bool


@dataclass(frozen=True)
class TaxedRegion:
    """How NEXT taxed an order. `is_included`: its prices contain the tax."""

    country: str
    state: str
    is_included: bool
    rates: tuple[ChargedRate, ...]

    @classmethod
    def of_order(cls, order: Order, *, is_included: bool, rates: Iterable[ChargedRate]) -> "TaxedRegion":
        """Return it for the region that taxes the order."""
        state = order.tax_state.upper() if order.tax_country in COUNTRIES_TAXED_BY_STATE else ""
        return cls(order.tax_country, state, is_included, tuple(rates))

    @property
    def name(self) -> str:
        """The region's name, such as US-NY."""
        return "-".join(filter(None, (self.country, self.state)))


def record_tax_difference(
    *, order: Order, region: TaxedRegion, shown: Decimal | None, charged: Decimal
) -> PriceDifference | None:
    """Report to staff that NEXT's tax on an order differs from `shown`, which is None if no tax was named.

    Return the open difference of the region, or None if staff know: they closed or took over the same rates
    since the order was placed.
    """
    known = _find_last_resolved(store_id=order.store_id, kind=Kind.TAX, cause=region.name)
    if known is not None and _is_known_tax(known=known, order=order, region=region):
        return None
    facts = {
        "country": region.country,
        "state": region.state,
        "is_included": region.is_included,
        "rates": list(region.rates),
    }
    return _record_difference(
        order=order, kind=Kind.TAX, cause=region.name, shown=shown, charged=charged, facts=facts
    )


def record_discount_difference(
    *, order: Order, cause: str, shown: Decimal | None, charged: Decimal
) -> PriceDifference | None:
    """Report to staff that NEXT's discount differs from `shown`. `cause` is the offer's name or the code.

    Return the open difference, or None if staff closed one of the same cause.
    """
    if _find_last_resolved(store_id=order.store_id, kind=Kind.DISCOUNT, cause=_fit_cause(cause)) is not None:
        return None
    return _record_difference(
        order=order, kind=Kind.DISCOUNT, cause=cause, shown=shown, charged=charged, facts={}
    )


def list_open_differences(store: Store | None = None) -> QuerySet[PriceDifference]:
    """Return what staff haven't resolved, newest first, of one store or of all."""
    differences = PriceDifference.objects.filter(resolved_at=None).select_related("store", "order")
    return differences if store is None else differences.filter(store=store)


def can_adopt_difference(difference: PriceDifference) -> bool:
    """Return True if the shop can adopt NEXT's rates: an open tax difference of a known country.

    A tax whose rate nothing tells can't be adopted.
    """
    is_told = bool(difference.rates) or not difference.charged
    return difference.resolved_at is None and _is_tax_of_place(difference) and is_told


def _is_tax_of_place(difference: PriceDifference) -> bool:
    return difference.kind == Kind.TAX and bool(difference.country)


@transaction.atomic
def adopt_difference(*, difference: PriceDifference, actor: str) -> PriceDifference:
    """Adopt the rates that NEXT used in the region, so that the shop shows them from now on.

    Raises Conflict if it is closed or isn't a tax, and Problem if NEXT's rates can't be saved.
    """
    difference = _lock_open_difference(difference)
    if not _is_tax_of_place(difference):
        raise Conflict(_("Only tax rates can be adopted. Set up discounts in NEXT Commerce."))
    mode = TaxMode.INCLUDED if difference.is_included else TaxMode.ADDED
    save_region_rates(
        store=difference.store,
        country=difference.country,
        state=difference.state,
        mode=mode if difference.rates or difference.charged else TaxMode.NONE,
        rates=[
            RegionRate(rate["name"], Decimal(rate["rate"]), taxes_shipping=rate["taxes_shipping"])
            for rate in difference.rates
        ],
    )
    return _resolve(difference, resolution=Resolution.ADOPTED, actor=actor)


@transaction.atomic
def dismiss_difference(*, difference: PriceDifference, actor: str) -> PriceDifference:
    """Close it and change nothing. It isn't told again unless NEXT's rates change.

    Raises Conflict if it is closed.
    """
    return _resolve(_lock_open_difference(difference), resolution=Resolution.DISMISSED, actor=actor)


def _find_last_resolved(*, store_id: int, kind: str, cause: str) -> PriceDifference | None:
    resolved = PriceDifference.objects.filter(
        store=store_id, kind=kind, cause=cause, resolved_at__isnull=False
    )
    return resolved.order_by("-resolved_at", "-id").first()


def _is_known_tax(*, known: PriceDifference, order: Order, region: TaxedRegion) -> bool:
    """Return True if staff have decided about these very rates, and the order says nothing new about them.

    Adopted rates are those that the shop shows. An order placed before showed others; one placed since
    shows that something else is wrong.
    """
    if known.is_included != region.is_included or not _are_same_rates(known.rates, region.rates):
        return False
    if known.resolution == Resolution.DISMISSED:
        return True
    return known.resolved_at is not None and order.created_at < known.resolved_at


def _are_same_rates(one: Iterable[Mapping[str, Any]], other: Iterable[Mapping[str, Any]]) -> bool:
    rates, others = _rates_by_name(one), _rates_by_name(other)
    return rates.keys() == others.keys() and all(
        abs(rate - others[name]) < RATE_TOLERANCE for name, rate in rates.items()
    )


def _rates_by_name(rates: Iterable[Mapping[str, Any]]) -> dict[str, Decimal]:
    return {rate["name"]: Decimal(rate["rate"]) for rate in rates}


def _record_difference(
    *,
    order: Order,
    kind: PriceDifference.Kind,
    cause: str,
    shown: Decimal | None,
    charged: Decimal,
    facts: dict[str, Any],
) -> PriceDifference | None:
    """Open the difference, or count the order in the open one. The unique constraint settles a race."""
    first = fit_to_columns(
        PriceDifference,
        {"cause": cause, "shown": shown, "charged": charged, "total_difference": charged - (shown or 0)},
    )
    found, is_new = PriceDifference.objects.get_or_create(
        store_id=order.store_id,
        kind=kind,
        cause=first.pop("cause"),
        resolved_at=None,
        defaults={**first, **facts, "order": order},
    )
    if is_new:
        return found
    difference = PriceDifference.objects.select_for_update(of=("self",)).get(pk=found.pk)
    if difference.resolved_at is not None:  # staff have just resolved it
        return None
    if facts:
        difference.rates = _merge_rates(difference.rates, facts["rates"])
        difference.is_included = facts["is_included"]
    difference.order_count += 1
    difference.total_difference += first["total_difference"]
    difference.save(update_fields=["rates", "is_included", "order_count", "total_difference"])
    return difference


def _merge_rates(known: Iterable[ChargedRate], charged: Iterable[ChargedRate]) -> list[ChargedRate]:
    """Return the rates of all orders so far, each as NEXT last used it.

    One order without shipping doesn't tell whether shipping is taxed.
    """
    rates = {rate["name"]: rate for rate in known}
    for rate in charged:
        taxes_shipping = rate["taxes_shipping"] or rates.get(rate["name"], rate)["taxes_shipping"]
        rates[rate["name"]] = {**rate, "taxes_shipping": taxes_shipping}
    return list(rates.values())


def _fit_cause(cause: str) -> str:
    return str(fit_to_columns(PriceDifference, {"cause": cause})["cause"])


def _lock_open_difference(difference: PriceDifference) -> PriceDifference:
    """Reload and lock it. Raises Conflict if it is closed."""
    locked = (
        PriceDifference.objects.select_for_update(of=("self",)).select_related("store").get(pk=difference.pk)
    )
    if locked.resolved_at is not None:
        raise Conflict(_("This price difference is already closed."))
    return locked


def _resolve(
    difference: PriceDifference, *, resolution: PriceDifference.Resolution, actor: str
) -> PriceDifference:
    difference.resolution = resolution
    difference.resolved_at = timezone.now()
    difference.resolved_by = actor
    difference.save(update_fields=["resolution", "resolved_at", "resolved_by"])
    return difference

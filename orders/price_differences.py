"""Taxes and discounts that NEXT charged differently from what was shown, reported once per cause.

Such an order is paid. Staff adopt the rates that NEXT used, or close the difference.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Max, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from nextcommerce.order_prices import NextTaxRate
from orders.charged_rates import ChargedRate, are_same_charged_rates, keep_taxed_shipping
from orders.models import Order, PriceDifference
from stores.columns import fit_to_columns
from stores.errors import Conflict
from stores.models import Store, TaxMode
from stores.money import round_money
from stores.tax_rates import save_region_rates

Kind = PriceDifference.Kind
Resolution = PriceDifference.Resolution

# Elsewhere a difference holds for the whole country, however many states it has.
COUNTRIES_TAXED_BY_STATE = {"US", "CA", "BR", "IN"}
# One order may be untaxed for reasons of its own, such as an island outside the country's tax territory.
ORDERS_THAT_SHOW_NO_TAX = 3


@dataclass(frozen=True)
class TaxedRegion:
    """How NEXT taxed an order. `is_included`: its prices contain the tax.

    `rates` are those of most goods, if the order tells them. `is_untaxed`: it had such goods, and no tax.
    """

    country: str
    state: str
    is_included: bool
    rates: tuple[ChargedRate, ...]
    is_untaxed: bool = False

    @classmethod
    def of_order(
        cls, order: Order, *, is_included: bool, rates: Iterable[ChargedRate], is_untaxed: bool = False
    ) -> "TaxedRegion":
        """Return it for the region that taxes the order."""
        state = order.tax_state.upper() if order.tax_country in COUNTRIES_TAXED_BY_STATE else ""
        return cls(order.tax_country, state, is_included, tuple(rates), is_untaxed)

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
    if _is_known_tax(order=order, region=region, charged=charged):
        return None
    place = {"country": region.country, "state": region.state, "is_included": region.is_included}
    recorded = _record_difference(
        order=order, kind=Kind.TAX, cause=region.name, shown=shown, charged=charged, facts=place
    )
    if recorded is None:
        return None
    difference, is_first_of_order = recorded
    if charged:
        difference.untaxed_count = 0
    elif region.is_untaxed and is_first_of_order:
        difference.untaxed_count += 1
    if region.rates:
        difference.is_included = region.is_included
        difference.rates = keep_taxed_shipping(difference.rates, region.rates)
    difference.save(update_fields=["is_included", "rates", "untaxed_count"])
    return difference


def record_discount_difference(
    *, order: Order, cause: str, shown: Decimal | None, charged: Decimal
) -> PriceDifference | None:
    """Report to staff that NEXT's discount differs from `shown`. `cause` is the offer's name or the code.

    Return the open difference, or None if staff know: they closed one of the same cause, and this one isn't
    larger. It is if both the amount and its percentage are, since a percentage off a larger order is no news.
    """
    amount = abs(charged - (shown or 0))
    percent = amount * 100 / order.items_total if order.items_total else Decimal(0)
    largest = fit_to_columns(
        PriceDifference, {"largest_amount": amount, "largest_percent": round_money(percent)}
    )
    known = _list_resolved(store_id=order.store_id, kind=Kind.DISCOUNT, cause=cause).aggregate(
        **{name: Max(name) for name in largest}
    )
    if any(known[name] is not None and value <= known[name] for name, value in largest.items()):
        return None
    recorded = _record_difference(
        order=order, kind=Kind.DISCOUNT, cause=cause, shown=shown, charged=charged, facts={}
    )
    if recorded is None:
        return None
    difference, _is_first_of_order = recorded
    for name, value in largest.items():
        setattr(difference, name, max(value, getattr(difference, name)))
    difference.save(update_fields=list(largest))
    return difference


def list_open_differences(store: Store | None = None) -> QuerySet[PriceDifference]:
    """Return what staff haven't resolved, newest first, of one store or of all."""
    differences = PriceDifference.objects.filter(resolved_at=None).select_related("store", "order")
    return differences if store is None else differences.filter(store=store)


def can_adopt_difference(difference: PriceDifference) -> bool:
    """Return True if the shop can adopt NEXT's rates: an open tax difference of a known country.

    A tax whose rate nothing tells can't be adopted, nor that there is none before several orders show it.
    """
    if difference.resolved_at is not None or not _is_tax_of_place(difference):
        return False
    return bool(difference.rates) or _is_place_untaxed(difference)


def _is_tax_of_place(difference: PriceDifference) -> bool:
    return difference.kind == Kind.TAX and bool(difference.country)


@transaction.atomic
def adopt_difference(*, difference: PriceDifference, actor: str) -> PriceDifference:
    """Adopt the rates that NEXT used in the region, so that the shop shows them from now on.

    Raises Conflict if it is closed, isn't a tax, or too few orders were untaxed, and Problem if NEXT's rates
    can't be saved.
    """
    difference = _lock_open_difference(difference)
    if not _is_tax_of_place(difference):
        raise Conflict(_("Only tax rates can be adopted. Set up discounts in NEXT Commerce."))
    mode = TaxMode.INCLUDED if difference.is_included else TaxMode.ADDED
    if not difference.rates and _is_place_untaxed(difference):
        mode = TaxMode.NONE
    elif not difference.rates and not difference.charged:
        raise Conflict(_("Too few orders were untaxed to be sure. Set the tax up on the store's page."))
    save_region_rates(
        store=difference.store,
        country=difference.country,
        state=difference.state,
        mode=mode,
        rates=[
            NextTaxRate(rate["name"], Decimal(rate["rate"]), taxes_shipping=rate["taxes_shipping"])
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


def _list_resolved(*, store_id: int, kind: str, cause: str) -> QuerySet[PriceDifference]:
    """Return what staff decided about this cause, latest first."""
    resolved = PriceDifference.objects.filter(
        store=store_id, kind=kind, cause=_fit_cause(cause), resolved_at__isnull=False
    )
    return resolved.order_by("-resolved_at", "-id")


def _is_known_tax(*, order: Order, region: TaxedRegion, charged: Decimal) -> bool:
    """Return True if staff have decided about these very rates, and the order says nothing new about them.

    Adopted rates are those that the shop shows. An order placed before showed others; one placed since
    shows that something else is wrong. What was dismissed before them is no longer known.
    """
    for known in _list_resolved(store_id=order.store_id, kind=Kind.TAX, cause=region.name):
        is_adopted = known.resolution == Resolution.ADOPTED
        is_same = known.is_included == region.is_included and bool(known.charged) == bool(charged)
        if is_same and are_same_charged_rates(known.rates, region.rates):
            return not is_adopted or (known.resolved_at is not None and order.created_at < known.resolved_at)
        if is_adopted:
            break
    return False


def _is_place_untaxed(difference: PriceDifference) -> bool:
    """Return True if enough orders show it, and no other order to the place was taxed since the first."""
    if difference.untaxed_count < ORDERS_THAT_SHOW_NO_TAX:
        return False
    place = {"tax_country": difference.country}
    if difference.state:
        place["tax_state__iexact"] = difference.state
    since = difference.order.created_at if difference.order else difference.opened_at
    orders = Order.objects.filter(store=difference.store_id, paid_at__isnull=False, created_at__gte=since)
    is_taxed = Q(tax_total__gt=0) | Q(included_tax_total__gt=0)
    return not orders.filter(is_taxed, **place).exists()


def _record_difference(
    *,
    order: Order,
    kind: PriceDifference.Kind,
    cause: str,
    shown: Decimal | None,
    charged: Decimal,
    facts: dict[str, Any],
) -> tuple[PriceDifference, bool] | None:
    """Open the difference, or count the order in the open one. The unique constraint settles a race.

    Return it, locked, and whether the order is new to it: an upsell only adds to the sum. Return None if
    staff have just resolved it.
    """
    first = fit_to_columns(
        PriceDifference,
        {"cause": cause, "shown": shown, "charged": charged, "total_difference": charged - (shown or 0)},
    )
    amount = first.pop("total_difference")
    found, _is_new = PriceDifference.objects.get_or_create(
        store_id=order.store_id,
        kind=kind,
        cause=first.pop("cause"),
        resolved_at=None,
        defaults={**first, **facts, "order": order},
    )
    difference = PriceDifference.objects.select_for_update(of=("self",), no_key=True).get(pk=found.pk)
    if difference.resolved_at is not None:
        return None
    is_first_of_order = not difference.orders.filter(pk=order.pk).exists()
    if is_first_of_order:
        difference.orders.add(order)
        difference.order_count += 1
    difference.total_difference += amount
    difference.save(update_fields=["order_count", "total_difference"])
    return difference, is_first_of_order


def _fit_cause(cause: str) -> str:
    return str(fit_to_columns(PriceDifference, {"cause": cause})["cause"])


def _lock_open_difference(difference: PriceDifference) -> PriceDifference:
    """Reload and lock it. Raises Conflict if it is closed."""
    locked = (
        PriceDifference.objects.select_for_update(of=("self",), no_key=True)
        .select_related("store")
        .get(pk=difference.pk)
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

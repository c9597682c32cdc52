"""Saving what NEXT charged in a place as the store's own tax settings."""

from collections.abc import Iterable
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from nextcommerce.order_prices import NextTaxRate
from stores.columns import fit_to_columns
from stores.errors import Problem
from stores.models import Store, TaxMode, TaxRate, TaxRegion
from stores.page_cache import clear_page_cache
from stores.states import join_states, normalize_state, split_states


def find_tax_mode(*, store: Store, country: str) -> str:
    """Return how the store's prices relate to a country's tax: its region's mode, else the store's."""
    region = _find_region(store, country)
    return region.mode if region else store.tax_mode


def list_tax_warnings(*, store: Store) -> list[str]:
    """Return what staff should know about tax settings: where no total is final, or no tax is charged."""
    rated = set(TaxRate.objects.filter(store=store).values_list("country", flat=True))
    regions = TaxRegion.objects.filter(store=store, currency__in=["", store.currency])
    countries = {region.country for region in regions}
    warnings = [_describe_mode(region.mode, region.country, region.country in rated) for region in regions]
    warnings.append(_describe_mode(store.tax_mode, _("other countries"), bool(rated - countries)))
    return [warning for warning in warnings if warning]


def _describe_mode(mode: str, place: str, has_rates: bool) -> str:
    if mode == TaxMode.AT_PAYMENT:
        text = _("In %(place)s, tax is calculated at payment, so the checkout shows no final total.")
        return text % {"place": place}
    if mode == TaxMode.ADDED and not has_rates:
        text = _("Tax is added to prices in %(place)s, but no rate is set. None is charged.")
        return text % {"place": place}
    return ""


def save_region_rates(
    *, store: Store, country: str, state: str, mode: str, rates: Iterable[NextTaxRate]
) -> None:
    """Make `rates` the taxes of a state, or of a whole country if `state` is empty.

    They replace the place's present rates, other than those for a tax category. `mode` is how NEXT taxed the
    place. It becomes the country's, unless that would claim to know the tax of states that were never taxed.
    Raises Problem if a rate isn't a percentage, or there is none though the place is taxed.
    """
    state, rates = normalize_state(country, state), list(rates)
    if mode != TaxMode.NONE and not rates:
        raise Problem(_("NEXT Commerce doesn't tell the rate of this tax. Enter it yourself."))
    rows = [_build_rate(store, country, state, rate) for rate in rates if mode != TaxMode.NONE]
    if not rows and state:
        # Known to be untaxed, which a missing row would leave to the country's rates.
        rows = [_build_rate(store, country, state, NextTaxRate(name=_("Tax"), percent=Decimal(0)))]
    with transaction.atomic():
        Store.objects.select_for_update(no_key=True).get(pk=store.pk)
        _save_region(store, country, state, mode)
        _remove_rates(store, country, state)
        TaxRate.objects.bulk_create(rows)
        clear_page_cache(host=store.host)


def _find_region(store: Store, country: str) -> TaxRegion | None:
    regions = TaxRegion.objects.filter(store=store, country=country, currency__in=["", store.currency])
    return regions.order_by("-currency").first()  # the currency's own before that for all


def _save_region(store: Store, country: str, state: str, mode: str) -> None:
    """Set the country's mode to what was found in one of its places, as far as that can be told."""
    region = _find_region(store, country)
    known_mode = region.mode if region else store.tax_mode
    # Of the country's other states nothing is known: they stay as they are.
    is_partial = bool(state)
    if is_partial and mode == TaxMode.NONE:
        return
    if is_partial and mode == TaxMode.ADDED and known_mode == TaxMode.AT_PAYMENT:
        return
    if region is None:
        region = TaxRegion(store=store, country=country)
    region.mode = mode
    region.save()


def _remove_rates(store: Store, country: str, state: str) -> None:
    """Take the place out of the rates it has."""
    for row in TaxRate.objects.filter(store=store, country=country, tax_category=""):
        states = split_states(row.states)
        if state not in states if state else states:
            continue
        others = [other for other in states if other != state]
        if others:
            row.states = join_states(others)
            row.save(update_fields=["states"])
        else:
            row.delete()


def _build_rate(store: Store, country: str, state: str, rate: NextTaxRate) -> TaxRate:
    if not (rate.percent.is_finite() and 0 <= rate.percent <= 100):
        raise Problem(_("NEXT Commerce's rate isn't a percentage. Enter it yourself."))
    values = {"states": state, "name": rate.name or _("Tax"), "rate": rate.percent}
    return TaxRate(
        store=store,
        country=country,
        taxes_shipping=rate.taxes_shipping,
        **fit_to_columns(TaxRate, values),
    )

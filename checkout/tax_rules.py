"""Which of a store's tax rates apply to an address."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import F, FilteredRelation, Q

from stores.models import Store, TaxMode, TaxRate, TaxRounding
from stores.states import normalize_state, split_states


@dataclass(frozen=True)
class TaxRules:
    """How orders to one address are taxed. `is_place_known` is False if tax needs more of the address."""

    mode: str
    currency: str
    rates: tuple[TaxRate, ...] = ()
    state: str = ""
    rounding: str = TaxRounding.LINE
    taxes_digital_products: bool = True
    is_place_known: bool = True

    def find_rates(self, *, tax_category: str = "", is_digital: bool = False) -> list[TaxRate]:
        """Return the rates that apply to a product.

        A rate of its tax category replaces all others. Otherwise a state's rates replace the country's, and
        they add up only if all are compound.
        """
        if is_digital and not self.taxes_digital_products:
            return []
        if override := self._find_override(tax_category):
            return [override]
        of_state, of_country = self._split_by_place(rate for rate in self.rates if not rate.tax_category)
        if not of_state or all(rate.is_compound for rate in (*of_state, *of_country)):
            return [*of_country, *of_state]
        return of_state

    def find_shipping_rates(self) -> list[TaxRate]:
        return [rate for rate in self.find_rates() if rate.taxes_shipping]

    def _find_override(self, tax_category: str) -> TaxRate | None:
        """Return the category's rate in the state, or else in the country."""
        wanted = tax_category.strip().casefold()
        if not wanted:
            return None
        matching = (rate for rate in self.rates if rate.tax_category.strip().casefold() == wanted)
        of_state, of_country = self._split_by_place(matching)
        return next(iter([*of_state, *of_country]), None)

    def _split_by_place(self, rates: Iterable[TaxRate]) -> tuple[list[TaxRate], list[TaxRate]]:
        """Return the rates of the state and those of the whole country."""
        of_state, of_country = [], []
        for rate in rates:
            states = split_states(rate.states)
            if not states:
                of_country.append(rate)
            elif self.state.casefold() in map(str.casefold, states):
                of_state.append(rate)
        return of_state, of_country


def load_tax_rules(*, store: Store, country: str, state: str = "") -> TaxRules:
    """Return the rules for an address, in one query at most.

    Without a country, they are what holds before it is known.
    A country without a tax region follows the store's own tax setting.
    """
    if not country:
        is_same_everywhere = store.tax_mode in TaxMode.fixed_totals() and not store.has_tax_regions
        return TaxRules(mode=store.tax_mode, currency=store.currency, is_place_known=is_same_everywhere)
    mode, rates = _read_tax_settings(store, country)
    state = normalize_state(country, state)
    return TaxRules(
        mode=mode,
        currency=store.currency,
        rates=rates,
        state=state,
        rounding=store.tax_rounding,
        taxes_digital_products=store.taxes_digital_products,
        is_place_known=bool(state) or not any(rate.states for rate in rates),
    )


def _read_tax_settings(store: Store, country: str) -> tuple[str, tuple[TaxRate, ...]]:
    """Return the country's mode and rates, in one query at most: each page of the checkout needs them."""
    if store.has_tax_rates is False and not store.has_tax_regions:
        return store.tax_mode, ()
    in_currency = Q(tax_regions__currency__in=["", store.currency])
    fields = [
        field.attname for field in TaxRate._meta.concrete_fields if field.name not in {"store", "country"}
    ]
    rows = list(
        Store.objects.filter(pk=store.pk)
        .annotate(
            region=FilteredRelation("tax_regions", condition=Q(tax_regions__country=country) & in_currency),
            tax=FilteredRelation("tax_rates", condition=Q(tax_rates__country=country)),
            region_mode=F("region__mode"),
        )
        # The region of the store's currency comes before the one for all currencies.
        .order_by(F("region__currency").desc(nulls_last=True), "tax__id")
        .values("region_mode", *(f"tax__{name}" for name in fields))
    )
    rates = {}
    for row in rows:
        values = {name: row[f"tax__{name}"] for name in fields}
        if values["id"] is not None:
            rates[values["id"]] = TaxRate(store=store, country=country, **values)
    return rows[0]["region_mode"] or store.tax_mode, tuple(rates.values())

"""What the subscriptions of a purchase will charge after today, as the checkout tells it."""

import datetime
from dataclasses import dataclass

from catalog.plan_snapshot import snapshot_plan
from catalog.plan_text import format_renewals
from catalog.renewals import Renewals, RenewingLine, group_renewals
from checkout.models import UpsellAttempt
from checkout.quote import Quote
from stores.models import Store, TaxMode


@dataclass(frozen=True)
class RenewalNotice:
    """One subscription's charges after today, for the shopper. `names` are the products it renews."""

    names: str
    charges: str
    next_charge_at: datetime.datetime


def list_quote_renewals(quote: Quote) -> list[Renewals]:
    """Return the charges after today of each subscription that the quote's purchase starts."""
    lines = [
        RenewingLine(
            terms=snapshot_plan(variant=line.chosen.variant, plan=line.chosen.plan),
            quantity=line.chosen.quantity,
            name=line.chosen.variant.product.name,
            ships=line.chosen.variant.product.collect_shipping_address,
        )
        for line in quote.lines
        if line.chosen.plan
    ]
    return group_renewals(lines, shipping=quote.shipping_total if quote.shipping_method else None)


def list_renewal_notices(*, quote: Quote, store: Store) -> list[RenewalNotice]:
    """Return what to tell the shopper about each subscription before they pay."""
    return [
        _describe_renewals(renewals, store=store, currency=quote.currency, tax_mode=quote.tax_mode)
        for renewals in list_quote_renewals(quote)
    ]


def list_upsell_renewal_notices(attempt: UpsellAttempt) -> list[RenewalNotice]:
    """Return what to tell the shopper about the subscription that an upsell starts, if it does.

    What ships pays the shipping of its order again with each renewal. Needs `attempt.order.store` loaded.
    """
    item, order = attempt.item, attempt.order
    if not item["snapshot"]["selling_plan"]:
        return []
    line = RenewingLine(
        terms=item["snapshot"]["selling_plan"],
        quantity=item["quantity"],
        name=item["name"],
        ships=item["requires_shipping"],
    )
    shipping = order.shipping_total if order.shipping_code else None
    (renewals,) = group_renewals([line], shipping=shipping)
    tax_mode = attempt.shown_taxes["mode"]
    return [_describe_renewals(renewals, store=order.store, currency=attempt.currency, tax_mode=tax_mode)]


def _describe_renewals(renewals: Renewals, *, store: Store, currency: str, tax_mode: str) -> RenewalNotice:
    return RenewalNotice(
        names=", ".join(renewals.names),
        charges=format_renewals(
            renewals, currency=currency, is_tax_added=tax_mode in {TaxMode.ADDED, TaxMode.AT_PAYMENT}
        ),
        next_charge_at=renewals.first_charge_at(store.now(), store.time_zone),
    )

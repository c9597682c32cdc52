"""Whether a variant can be bought: everything that shows, sells, or counts variants asks here."""

from django.db.models import F, Q, QuerySet
from django.utils.translation import gettext as _

from catalog.models import LinkVariant, Variant
from catalog.validation import explain_uncharged_price
from stores.errors import Problem
from stores.models import Store
from stores.money import LEAST_CHARGES, is_chargeable, least_charge


def filter_for_sale(variants: QuerySet[Variant], *, store: Store) -> QuerySet[Variant]:
    """Return the variants that can be bought if they are in stock. See `is_for_sale`."""
    return variants.filter(for_sale_condition(store=store))


def for_sale_condition(*, store: Store) -> Q:
    """Return the condition of `is_for_sale` for a query of the store's variants."""
    of_product = Q(product__active=True, product__default_currency=store.currency)
    return sellable_condition(store=store) & of_product


def sellable_condition(*, store: Store) -> Q:
    """Return what `is_for_sale` asks of the variant itself."""
    return Q(active=True, next_variant_id__isnull=False, price__gte=least_charge(store.currency))


def not_for_sale_condition() -> Q:
    """Return the condition of an active variant, of any store, that can't be bought until staff change it."""
    too_cheap = Q(price__lt=least_charge(""))
    for currency in LEAST_CHARGES:
        too_cheap |= Q(product__default_currency=currency, price__lt=least_charge(currency))
    unknown = Q(next_variant_id__isnull=True) | ~Q(product__default_currency=F("store__currency"))
    return Q(active=True) & (unknown | too_cheap)


def is_for_sale(variant: Variant, *, store: Store) -> bool:
    """Return True if the variant can be bought: on sale here, known to NEXT, at a price that can be charged.

    Stock is another question. Needs `product` loaded.
    """
    return (
        variant.active
        and variant.product.active
        and variant.next_variant_id is not None
        and variant.product.default_currency == store.currency
        and is_chargeable(variant.price, store.currency)
    )


def explain_not_for_sale(variant: Variant, *, store: Store) -> str:
    """Return why the variant can't be bought, as a sentence for shoppers, or ""."""
    if is_for_sale(variant, store=store):
        return ""
    if not (variant.active and variant.product.active):
        return _("%(name)s is no longer available.") % {"name": variant}
    return _("%(name)s isn't available yet. The shop is still setting it up.") % {
        "name": variant.product.name
    }


def require_for_sale(variant: Variant, *, store: Store) -> None:
    """Raise Problem (410) unless the variant can be bought."""
    if problem := explain_not_for_sale(variant, store=store):
        raise Problem(problem, code="not_sold", status=410)


def explain_setup_problem(variant: Variant, *, store: Store) -> str:
    """Return what staff must do before an active variant can be bought, as a sentence, or ""."""
    if variant.next_variant_id is None:
        return _("Enter its NEXT Commerce variant ID.")
    if variant.product.default_currency != store.currency:
        return _("Enter its price in %(currency)s.") % {"currency": store.currency}
    return str(explain_uncharged_price(variant.price, store.currency))


def has_stock(variant: Variant, quantity: int) -> bool:
    """Return True if at least `quantity` units are in stock."""
    return variant.inventory_quantity is None or variant.inventory_quantity >= quantity


def is_missing_add_on(row: LinkVariant, *, store: Store) -> bool:
    """Return True for an add-on that the link requires and that can't be bought or is sold out."""
    if row.is_primary or not row.min_quantity:
        return False
    return not is_for_sale(row.variant, store=store) or not has_stock(row.variant, row.min_quantity)

"""Checks of what the store sells: delivery, products, tax, policies, and the first purchase."""

import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.availability import explain_setup_problem, filter_for_sale
from catalog.models import PaymentLink, Product, Variant
from checkout.models import ShippingMethod
from checkout.onboarding.findings import CheckedStore, Finding, done, problem, todo
from checkout.privacy import WEBHOOK_EVENT_RETENTION
from orders.models import Order
from stores.models import Store, TaxMode
from stores.tax_rates import list_tax_warnings

# How long NEXT's event about a paid order may take before staff are told.
EVENT_DELAY = datetime.timedelta(minutes=10)
MAX_LISTED = 5


def check_shipping(checked: CheckedStore) -> Finding:
    """Find out whether what is sold can be delivered: by a method with a price, to where the store sells."""
    store, methods = checked.store, checked.shipping_methods
    sold = filter_for_sale(Variant.objects.filter(store=store), store=store)
    if sold.exists() and not sold.filter(product__collect_shipping_address=True).exists():
        return done(_("Nothing you sell is shipped."))
    if not methods and not store.shipping_methods.exists():
        return todo(_("Load the shipping methods from NEXT Commerce."))
    if not methods:
        return problem(_("NEXT Commerce has no public shipping method. Add one there, then load them again."))
    priced = [method for method in methods if _has_price(method, store)]
    if not priced:
        text = _(
            "No shipping method has a price in %(code)s. Add one in NEXT Commerce, then load them again."
        )
        return problem(text % {"code": store.currency})
    return _check_countries(store, priced)


def _check_countries(store: Store, methods: list[ShippingMethod]) -> Finding:
    """Find out whether the methods go to the countries that the store sells to."""
    missed = [code for code in store.countries if not any(method.goes_to(code) for method in methods)]
    if missed and len(missed) == len(store.countries):
        text = _("No shipping method with a price in %(code)s goes to %(countries)s.")
        return problem(text % {"code": store.currency, "countries": _join(missed)})
    names = _join([method.name for method in methods])
    text = _("%(methods)s: priced in %(code)s.") % {"methods": names, "code": store.currency}
    note = _("Nothing ships to %(countries)s.") % {"countries": _join(missed)}
    return done(text, *([note] if missed else []))


def _has_price(method: ShippingMethod, store: Store) -> bool:
    return any(price.currency == store.currency for price in method.prices.all())


def _join(names: list[str]) -> str:
    return ", ".join([*names[:MAX_LISTED], *(["…"] if len(names) > MAX_LISTED else [])])


def check_products(checked: CheckedStore) -> Finding:
    """Find out whether at least one product can be bought now."""
    store = checked.store
    variants = Variant.objects.filter(store=store)
    if find_product_to_buy(store) is not None:
        count = Product.objects.filter(store=store, active=True).count()
        text = ngettext("%(count)d product is on sale.", "%(count)d products are on sale.", count)
        return done(text % {"count": count})
    if filter_for_sale(variants, store=store).exists():
        return problem(_("Everything is sold out."))
    active = variants.filter(active=True, product__active=True).select_related("product").first()
    if active is not None:
        text = _("No product can be bought. %(name)s: %(why)s")
        why = explain_setup_problem(active, store=store)
        return problem(text % {"name": active.product.name, "why": why})
    if variants.exists():
        return problem(_("All products are hidden. Put at least one on sale."))
    return todo(_("Import your products from NEXT Commerce."))


def find_product_to_buy(store: Store) -> Product | None:
    """Return a product of which a variant is on sale and in stock."""
    in_stock = Variant.objects.filter(Q(inventory_quantity=None) | Q(inventory_quantity__gt=0), store=store)
    variant = filter_for_sale(in_stock, store=store).select_related("product").first()
    return variant.product if variant else None


def check_tax(checked: CheckedStore) -> Finding:
    """Find out whether somebody chose how the store charges tax."""
    store = checked.store
    is_default = store.tax_mode == TaxMode.AT_PAYMENT and not store.has_tax_regions
    if is_default and checked.health.tax_chosen_at is None:
        return todo(_("Choose how your prices relate to tax, as it is set in NEXT Commerce."))
    text = _("Chosen: %(mode)s.") % {"mode": store.get_tax_mode_display()}
    return done(text, *list_tax_warnings(store=store))


def check_policies(checked: CheckedStore) -> Finding:
    """Find out whether the shop links to its terms and policies."""
    labels = [link.label for link in checked.store.shown_footer_links]
    if labels:
        return done(_("The shop links to %(labels)s.") % {"labels": _join(labels)})
    return todo(_("Link to your terms and policies. Most countries require it."))


def check_purchase(checked: CheckedStore) -> Finding:
    """Find out whether somebody paid, and whether NEXT sent an event about it."""
    paid = Order.objects.filter(store=checked.store).exclude(paid_at=None)
    order = paid.order_by("-paid_at").only("number", "paid_at").first()
    if order is None or order.paid_at is None:
        return todo(_("Buy something in your shop. This is the last step."))
    text = _("Order %(number)s was paid.") % {"number": order.number}
    now, event = timezone.now(), checked.last_event
    # Older orders had no event, or it is deleted.
    since = checked.health.webhook_registered_at or checked.store.created_at
    is_recent = (
        order.paid_at > since and now - WEBHOOK_EVENT_RETENTION / 2 < order.paid_at < now - EVENT_DELAY
    )
    if is_recent and (event is None or event.received_at < order.paid_at - EVENT_DELAY):
        advice = _("But NEXT Commerce sent no event about it. Register the webhook again.")
        return problem(f"{text} {advice}")
    return done(text)


def find_test_purchase_url(store: Store) -> str:
    """Return the page on which to make the test purchase: a link's, or a product's, or "" if none sells."""
    product = find_product_to_buy(store)
    if product is None:
        return ""
    link = PaymentLink.objects.filter(
        store=store, product=product, active=True, opens_at=None, expires_at=None
    )
    first = link.select_related("store").first()
    return first.url if first else f"{store.origin}{product.get_absolute_url()}"

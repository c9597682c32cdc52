"""What the checkout page showed, compared whole with what it would show now, before anybody pays.

The form carries a digest of each part: every line with all prices of its plan, shipping, discounts, tax, what
renews, and the total. A forged digest only has the page shown again: prices come from the database.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from catalog.plan_snapshot import snapshot_plan
from checkout.quote import Quote, QuoteLine
from checkout.renewals import list_renewal_notices
from stores.models import Store
from stores.money import format_money

MAX_SHOWN_LENGTH = 20_000
DIGEST_LENGTH = 16


def build_shown_digest(*, quote: Quote, store: Store) -> str:
    """Return the digest of everything the page shows of a quote, for a hidden field."""
    return " ".join(f"{name}={digest}" for name, digest in _calculate_digests(quote, store).items())


def describe_changes(*, quote: Quote, store: Store, shown: str) -> str:
    """Return for the shopper what differs from the posted digest, or "" if nothing does."""
    before = _read_digests(shown)
    now = _calculate_digests(quote, store)
    if before == now:
        return ""
    if not before:
        return _("Review your order, then confirm.")
    changed = [name for name, digest in now.items() if before.get(name) != digest]
    sentences = list(filter(None, (_describe_part(name, quote, store) for name in changed)))
    if any(name.startswith("line:") for name in before.keys() - now.keys()):
        sentences.insert(0, _("An item was removed."))
    return _("This changed while you were checking out: %(changes)s Review it, then confirm.") % {
        "changes": " ".join(sentences)
    }


def _read_digests(shown: str) -> dict[str, str]:
    """Return the posted digest of each part, by name."""
    return dict(part.split("=", 1) for part in shown[:MAX_SHOWN_LENGTH].split() if "=" in part)


def _calculate_digests(quote: Quote, store: Store) -> dict[str, str]:
    return {name: _digest(values) for name, values in _list_shown_parts(quote, store).items()}


def _list_shown_parts(quote: Quote, store: Store) -> dict[str, Any]:
    """Return the values of each part of the page, in the order in which changes are told."""
    method = quote.shipping_method
    return {
        **{_line_name(line): _line_values(line) for line in quote.lines},
        "shipping": [method.code, method.name, quote.shipping_total] if method else [],
        "discounts": [
            [row.name, row.code, row.next_offer_id, row.amount, row.is_shipping] for row in quote.discounts
        ],
        "tax": [
            quote.tax_total,
            [[tax.name, tax.rate, tax.amount, tax.is_included, tax.is_shipping] for tax in quote.tax_lines],
        ],
        "renewals": [
            [notice.names, notice.charges] for notice in list_renewal_notices(quote=quote, store=store)
        ],
        "total": [quote.total, quote.verification, quote.currency, quote.is_total_final],
    }


def _line_name(line: QuoteLine) -> str:
    plan = line.chosen.plan
    return f"line:{line.chosen.variant.pk}.{plan.pk if plan else ''}"


def _line_values(line: QuoteLine) -> list[Any]:
    variant, plan = line.chosen.variant, line.chosen.plan
    terms = snapshot_plan(variant=variant, plan=plan) if plan else None
    return [str(variant), line.chosen.quantity, line.unit_price, line.verification, terms]


def _digest(values: Any) -> str:
    text = json.dumps(values, default=str, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]


def _describe_part(name: str, quote: Quote, store: Store) -> str:
    if name.startswith("line:"):
        line = next(line for line in quote.lines if _line_name(line) == name)
        return _describe_line(line, quote.currency)
    return PART_TEXTS[name](quote, store)


def _describe_line(line: QuoteLine, currency: str) -> str:
    if line.chosen.plan:
        return _("%(name)s is now %(terms)s.") % {"name": line.chosen.variant, "terms": line.plan_terms}
    return _("%(quantity)d × %(name)s is now %(total)s.") % {
        "quantity": line.chosen.quantity,
        "name": line.chosen.variant,
        "total": format_money(line.total, currency),
    }


def _describe_shipping(quote: Quote, store: Store) -> str:
    if quote.shipping_method is None:
        return _("There's no shipping charge now.")
    return _("Shipping (%(name)s) is now %(price)s.") % {
        "name": quote.shipping_method.name,
        "price": format_money(quote.shipping_total, quote.currency),
    }


def _describe_discounts(quote: Quote, store: Store) -> str:
    if not quote.discounts:
        return _("Your discount no longer applies.")
    if not quote.discount_total:
        return _("Your discount is now calculated at payment.")
    return _("Your discount is now %(amount)s.") % {
        "amount": format_money(quote.discount_total, quote.currency)
    }


def _describe_tax(quote: Quote, store: Store) -> str:
    amount = quote.tax_total + quote.included_tax_total
    return _("Tax is now %(amount)s.") % {"amount": format_money(amount, quote.currency)}


def _describe_renewals(quote: Quote, store: Store) -> str:
    notices = list_renewal_notices(quote=quote, store=store)
    return " ".join(_("After today: %(charges)s.") % {"charges": notice.charges} for notice in notices)


def _describe_total(quote: Quote, store: Store) -> str:
    text = (
        _("The total is now %(total)s.")
        if quote.is_total_final
        else _("The estimated total is now %(total)s.")
    )
    return text % {"total": format_money(quote.total, quote.currency)}


PART_TEXTS: dict[str, Callable[[Quote, Store], str]] = {
    "shipping": _describe_shipping,
    "discounts": _describe_discounts,
    "tax": _describe_tax,
    "renewals": _describe_renewals,
    "total": _describe_total,
}

"""The connection check: can NEXT be reached, and does it accept the store's currency and payment method?"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from stores.models import Store
from stores.next_client import open_next_client


@dataclass(frozen=True)
class ConnectionReport:
    """The result of a check, as sentences for staff."""

    summary: str
    warnings: tuple[str, ...]


def check_connection(*, store: Store) -> ConnectionReport:
    """Retrieve the store's details from NEXT and compare them with our settings. Raises NextApiError."""
    detail = open_next_client(store).retrieve_store()
    warnings = []
    currencies = _extract_codes(detail.get("available_currencies"))
    if currencies and store.currency not in currencies:
        warnings.append(_("It doesn't accept %(currency)s.") % {"currency": store.currency})
    payments = detail.get("payments")
    methods = payments.get("available_payment_methods") if isinstance(payments, dict) else None
    codes = _extract_codes(methods)
    if codes and store.payment_method == Store.PaymentMethod.LINK and "link" not in codes:
        warnings.append(_("It doesn't offer Link."))
    if not store.webhook_secret_ciphertext:
        warnings.append(_("No webhook secret is set yet, so its webhooks are rejected."))
    summary = _("Connected to %(name)s (%(domain)s).") % {
        "name": detail.get("name") or "?",
        "domain": detail.get("primary_domain") or "?",
    }
    return ConnectionReport(summary=summary, warnings=tuple(warnings))


def _extract_codes(values: Any) -> set[str]:
    """Return the codes in a list of strings or of objects with a `code`."""
    items = values if isinstance(values, list) else []
    return {str(item.get("code") if isinstance(item, dict) else item) for item in items}

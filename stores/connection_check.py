"""Whether a store can be reached, and whether it can take what this shop wants to send it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from stores.models import Store
from stores.next_client import open_next_client


@dataclass(frozen=True)
class ConnectionReport:
    """What a store says of itself, in sentences for staff."""

    summary: str
    warnings: tuple[str, ...]


def check_connection(*, store: Store) -> ConnectionReport:
    """Ask the store who it is. Errors: AdminApiError."""
    detail = open_next_client(store).retrieve_store()
    warnings = []
    currencies = _extract_codes(detail.get("available_currencies"))
    if currencies and store.currency not in currencies:
        warnings.append(_("It does not take %(currency)s.") % {"currency": store.currency})
    payments = detail.get("payments")
    methods = payments.get("available_payment_methods") if isinstance(payments, dict) else None
    codes = _extract_codes(methods)
    if codes and store.payment_method == Store.PaymentMethod.LINK and "link" not in codes:
        warnings.append(_("It does not offer Link."))
    if not store.webhook_secret:
        warnings.append(_("It has no webhook secret here yet, so its messages are not let in."))
    summary = _("The connection works. The store calls itself %(name)s (%(domain)s).") % {
        "name": detail.get("name") or "?",
        "domain": detail.get("primary_domain") or "?",
    }
    return ConnectionReport(summary=summary, warnings=tuple(warnings))


def _extract_codes(values: Any) -> set[str]:
    """Codes from a list of texts, or of objects with a `code`."""
    items = values if isinstance(values, list) else []
    return {str(item.get("code") if isinstance(item, dict) else item) for item in items}

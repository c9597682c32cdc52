"""The connection check: can NEXT be reached, and does it accept the store's currency and payment method?"""

from dataclasses import dataclass

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
    if detail.currencies and store.currency not in detail.currencies:
        warnings.append(_("It doesn't accept %(currency)s.") % {"currency": store.currency})
    needs_link = store.payment_method == Store.PaymentMethod.LINK
    if needs_link and detail.payment_methods and Store.PaymentMethod.LINK not in detail.payment_methods:
        warnings.append(_("It doesn't offer Link."))
    if not store.webhook_secret_ciphertext:
        warnings.append(_("No webhook secret is set yet, so its webhooks are rejected."))
    summary = _("Connected to %(name)s (%(domain)s).") % {
        "name": detail.name or "?",
        "domain": detail.domain or "?",
    }
    return ConnectionReport(summary=summary, warnings=tuple(warnings))

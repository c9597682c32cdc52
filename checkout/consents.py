"""What a shopper agrees to besides the order: the words beside each tick, and what is kept of it."""

from collections.abc import Sequence

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from checkout.models import UpsellAttempt
from orders.consents import GivenConsent, has_confirmed_marketing
from orders.models import OrderConsent
from stores.models import Store

# Directive 2011/83/EU, Art. 16 (m): the consent, and that it ends the right of withdrawal.
EARLY_START_TEXT = _(
    "I agree that delivery begins right away, before the withdrawal period ends. I know that I lose my right "
    "of withdrawal once it begins."
)


def needs_marketing_confirmation(*, store: Store, email: str, country: str) -> bool:
    """Return True if the consent takes effect only once it is confirmed by email."""
    return store.confirms_marketing(country) and not has_confirmed_marketing(store=store, email=email)


def find_upsell_consent(attempt: UpsellAttempt) -> str:
    """Return what a shopper must agree to before they accept an upsell; "" if nothing."""
    order, upsell = attempt.order, attempt.upsell
    if upsell is None or not upsell.variant.product.starts_early:
        return ""
    return str(EARLY_START_TEXT) if order.store.asks_to_start_early(order.tax_country) else ""


def list_given_consents(
    *, early_starts: Sequence[str], marketing_text: str, confirms_marketing: bool
) -> tuple[GivenConsent, ...]:
    """Return what the shopper ticked. `early_starts` are the products that begin at once, if they agreed."""
    now, consents = timezone.now().isoformat(), list[GivenConsent]()
    if early_starts:
        consents.append(
            {
                "kind": OrderConsent.Kind.EARLY_START,
                "text": str(EARLY_START_TEXT),
                "items": ", ".join(early_starts)[:500],
                "given_at": now,
                "needs_confirmation": False,
            }
        )
    if marketing_text:
        consents.append(
            {
                "kind": OrderConsent.Kind.MARKETING,
                "text": marketing_text,
                "items": "",
                "given_at": now,
                "needs_confirmation": confirms_marketing,
            }
        )
    return tuple(consents)

"""What the buttons of the setup page do. Each calls NEXT or another server, outside of any transaction."""

import logging
from collections.abc import Callable
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from checkout.onboarding.sale_checks import record_failing_steps
from checkout.onboarding.steps import OnboardingCode
from checkout.shipping_methods import refresh_shipping_methods
from checkout.webhook_registration import find_webhook_problem, register_webhook, webhook_target_url
from checkout.webhook_test import send_test_event
from nextcommerce.errors import NextApiError
from stores.models import Store, StoreHealth
from stores.next_settings import check_next_settings

logger = logging.getLogger(__name__)


def run_onboarding_step(*, store: Store, code: str) -> list[str]:
    """Run a step. Return its results as sentences. Raises NextApiError, and KeyError if it has no button."""
    return ONBOARDING_ACTIONS[code](store)


def set_up_new_store(*, store: Store) -> list[str]:
    """Run the steps of a new store that need no decision. Return what failed, as sentences."""
    failures = []
    for action in (_register_store_webhook, _fetch_shipping_methods):
        try:
            action(store)
        except NextApiError as error:
            failures.append(str(error.message))
    return failures


def _check_again(store: Store) -> list[str]:
    """Read everything that the checks depend on. Raises NextApiError at the first call that fails."""
    check_next_settings(store=store)
    refresh_shipping_methods(store=store, background=False)
    if store.webhook_secret_ciphertext:
        error = find_webhook_problem(store=store)
        Store.objects.filter(pk=store.pk).update(webhook_error=error, webhook_checked_at=timezone.now())
        send_test_event(store=store)
    record_failing_steps(store=store)
    return [_("Checked.")]


def _register_store_webhook(store: Store) -> list[str]:
    register_webhook(store=store)
    error = send_test_event(store=store)
    if error:
        return [_("Webhook registered."), error.describe(webhook_target_url(store))]
    return [_("Webhook registered. A test event arrived.")]


def _fetch_shipping_methods(store: Store) -> list[str]:
    count = refresh_shipping_methods(store=store, background=False)
    message = ngettext("%(count)d shipping method loaded.", "%(count)d shipping methods loaded.", count)
    return [message % {"count": count}]


def send_test_email(*, store: Store, address: str) -> bool:
    """Send a test email as the shop's emails are sent, and record the result. Return whether it was sent."""
    sender = formataddr((store.name, parseaddr(settings.DEFAULT_FROM_EMAIL)[1]))
    body = _("If you can read this, %(store)s can send emails.\n\n%(url)s") % {
        "store": store.name,
        "url": store.origin,
    }
    subject = _("Test email from %(store)s") % {"store": store.name}
    failure = ""
    try:
        EmailMessage(subject, body, sender, [address]).send()
    except Exception as error:  # each email provider raises its own
        logger.exception("store %s: the test email couldn't be sent", store.slug)
        failure = type(error).__name__
    StoreHealth.record(
        store, email_tested_at=timezone.now(), email_test_address=address, email_test_error=failure
    )
    return not failure


ONBOARDING_ACTIONS: dict[str, Callable[[Store], list[str]]] = {
    OnboardingCode.CONNECTION: _check_again,
    OnboardingCode.WEBHOOK: _register_store_webhook,
    OnboardingCode.SHIPPING: _fetch_shipping_methods,
}

"""Checks of what connects the store: token, currency, gateway, webhook, and email."""

import datetime
from collections.abc import Sequence

from babel import Locale
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, to_locale
from django.utils.translation import gettext as _

from checkout.onboarding.findings import CheckedStore, Finding, done, problem, todo
from checkout.webhook_registration import webhook_target_url
from checkout.webhook_test import WebhookTestError
from stores.models import Store
from stores.next_settings import PaymentRoute
from stores.offered_payment_methods import is_taken_by_next, list_real_methods
from stores.payment_methods import LINK, PaymentMethod

# Backends that write emails somewhere else than to their recipients.
UNSENT_EMAIL_BACKENDS = ("console", "dummy", "filebased")


def check_connection(checked: CheckedStore) -> Finding:
    """Find out whether NEXT answered last time, and whether the token may do all that the shop does."""
    health, found = checked.health, checked.settings
    if health.failed_at is not None:
        text = _("NEXT Commerce didn't answer the last check, %(when)s: %(why)s")
        return problem(text % {"when": _format_time(health.failed_at), "why": health.failure})
    if not checked.was_read:
        return todo(_("Not checked yet."))
    if found.missing_scopes:
        text = _("The access token lacks permissions: %(scopes)s.") % {
            "scopes": ", ".join(found.missing_scopes)
        }
        advice = _(
            "Create an app with them under Settings → API Access in NEXT Commerce, then enter its token."
        )
        return problem(text, advice)
    text = _("Connected to %(name)s (%(domain)s). The token has every permission it needs.")
    return done(text % {"name": found.name or "?", "domain": found.domain or "?"})


def check_details(checked: CheckedStore) -> Finding:
    """Find out whether NEXT sells in the store's currency."""
    currency, known = checked.store.currency, checked.settings.currencies
    if not checked.was_read:
        return todo(_("Check the connection first."))
    if not known:
        return todo(_("NEXT Commerce lists no currency yet. Add %(code)s there.") % {"code": currency})
    if currency not in known:
        text = _("NEXT Commerce doesn't sell in %(code)s. It has %(others)s.")
        return problem(text % {"code": currency, "others": ", ".join(known)})
    text = _("%(name)s sells in %(code)s. Its time zone is %(zone)s.")
    notes = [_("Add a support email so shoppers can reach you.")] if not checked.store.support_email else []
    return done(
        text % {"name": checked.store.name, "code": currency, "zone": checked.store.time_zone},
        *notes,
        *_note_missing_languages(checked),
    )


def _note_missing_languages(checked: CheckedStore) -> list[str]:
    """Return a note on languages that the shop has and NEXT's emails don't, if NEXT says which it has."""
    known = {code.partition("-")[0] for code in checked.settings.languages}
    missing = [code for code, _name in settings.LANGUAGES if code.partition("-")[0] not in known]
    if not (known and missing):
        return []
    reader = Locale.parse(to_locale(get_language() or "en"))
    names = [str(Locale.parse(to_locale(code)).get_display_name(reader)) for code in missing]
    text = _(
        "Shoppers who read %(languages)s get NEXT Commerce's emails in another language. Add theirs in NEXT"
        " Commerce."
    )
    return [text % {"languages": ", ".join(names)}]


def check_payment(checked: CheckedStore) -> Finding:
    """Find out whether NEXT takes the store's payment methods in its currency."""
    store = checked.store
    methods = list_real_methods(store)
    if not methods:
        return done(_("Shoppers pay with NEXT Commerce's test card, which charges nothing."))
    if not checked.was_read:
        return todo(_("Check the connection first."))
    if "gateways:read" in checked.settings.missing_scopes:
        return problem(_("The access token may not read the gateways, so none can be checked."))
    if not (store.payment_gateway or store.payment_gateway_group):
        return _describe_missing_route(checked)
    route = checked.settings.find_route(store)
    if route is None:
        text = _("NEXT Commerce has no gateway %(number)s.")
        return problem(text % {"number": store.payment_gateway or store.payment_gateway_group})
    return _check_methods(checked, methods, route)


def _check_methods(checked: CheckedStore, methods: Sequence[PaymentMethod], route: PaymentRoute) -> Finding:
    """Find out which of the methods NEXT takes. Shoppers see those, so one is enough."""
    store = checked.store
    taken = [method for method in methods if is_taken_by_next(method, store=store, found=checked.settings)]
    if not taken:
        return _describe_wrong_route(store, methods[0], route)
    missing = [method.label for method in methods if method not in taken]
    note = _("NEXT Commerce doesn't take %(methods)s in %(code)s, so shoppers don't see it.")
    return done(
        _("Shoppers pay with %(methods)s through %(name)s.")
        % {"methods": ", ".join(method.label for method in taken), "name": route.name},
        *([note % {"methods": ", ".join(missing), "code": store.currency}] if missing else []),
    )


def _describe_wrong_route(store: Store, method: PaymentMethod, route: PaymentRoute) -> Finding:
    if method.code in route.methods:
        text = _("%(name)s doesn't take %(method)s in %(code)s.")
    elif method == LINK:
        text = _("%(name)s doesn't take Link. It must be Stripe, and active.")
    else:
        text = _("%(name)s doesn't take %(method)s.")
    return problem(text % {"name": route.name, "method": method.label, "code": store.currency})


def _describe_missing_route(checked: CheckedStore) -> Finding:
    if checked.settings.list_routes(LINK, checked.store.currency):
        return todo(_("Choose the gateway that takes payments."))
    text = _("No gateway takes Link in %(code)s. Connect Stripe in NEXT Commerce, then check again.")
    return problem(text % {"code": checked.store.currency})


def check_webhook(checked: CheckedStore) -> Finding:
    """Find out whether events come in: NEXT's own, or else the test event that the shop sent to itself."""
    store, health, event = checked.store, checked.health, checked.last_event
    if store.webhook_error:
        return problem(str(store.webhook_error))
    if not (store.webhook_secret_ciphertext and store.webhook_checked_at):
        return todo(_("Register the webhook, so that NEXT Commerce tells this shop what happens."))
    tested_at = health.webhook_tested_at
    has_newer_event = event is not None and (tested_at is None or event.received_at > tested_at)
    if health.webhook_test_error and not has_newer_event:
        address = webhook_target_url(store)
        return problem(WebhookTestError(health.webhook_test_error).describe(address))
    if event is not None:
        text = _("NEXT Commerce sends events here. The last one came %(when)s.")
        return done(text % {"when": _format_time(event.received_at)})
    if tested_at is None:
        return todo(_("Send a test event."))
    return done(_("A test event arrived. NEXT Commerce sends its first one with the first order."))


def check_email(checked: CheckedStore) -> Finding:
    """Find out whether a test email could be handed to the mail server."""
    health = checked.health
    if settings.EMAIL_BACKEND.split(".")[-2] in UNSENT_EMAIL_BACKENDS:
        return problem(_("This server only logs emails. Set EMAIL_URL to send them."))
    if health.email_test_error:
        text = _("The mail server didn't take the test email to %(email)s: %(why)s")
        return problem(text % {"email": health.email_test_address, "why": health.email_test_error})
    if health.email_tested_at is None:
        return todo(_("Send yourself a test email."))
    text = _("Test email sent to %(email)s, %(when)s. Check that it arrived.")
    when = _format_time(health.email_tested_at)
    return done(text % {"email": health.email_test_address, "when": when})


def _format_time(moment: datetime.datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")

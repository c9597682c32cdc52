"""Startup checks that reject unsafe production settings.

`manage.py` runs them before most commands, `config.wsgi` before serving. Each hint says what to do.
"""

import logging
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from cryptography.fernet import Fernet
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError
from django.http.request import validate_host

from config.deadlines import read_within

if TYPE_CHECKING:
    from stores.models import Store

logger = logging.getLogger(__name__)

# How long a web process waits at its start for the database.
START_SECONDS = 5.0
# Names reserved for private use (RFC 2606, RFC 6761), and Django's test host.
PRIVATE_NAMES = ("localhost", "test", "example", "invalid", "example.com", "example.org", "example.net")
PRIVATE_HOSTS = ("127.0.0.1", "[::1]", "testserver")

GENERATE_KEYS_HINT = "Run `manage.py generate_keys` and put its %s line into the environment or `.env`."


def _is_private_host(host: str) -> bool:
    name = host.lower().split(":")[0] if not host.startswith("[") else host
    return name in PRIVATE_HOSTS or any(
        name == private or name.endswith(f".{private}") for private in PRIVATE_NAMES
    )


def _has_public_host() -> bool:
    return any(not _is_private_host(host.lstrip(".")) for host in settings.ALLOWED_HOSTS)


@register(Tags.security)
def check_secret_key(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    try:
        too_short = len(settings.SECRET_KEY) < 40
    except ImproperlyConfigured:
        too_short = True
    if too_short:
        yield Error(
            "SECRET_KEY is empty or too short. Anyone who guesses it can sign in as any user.",
            hint=GENERATE_KEYS_HINT % "SECRET_KEY",
            id="shop.E001",
        )


@register(Tags.security)
def check_encryption_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    hint = GENERATE_KEYS_HINT % "ENCRYPTION_KEYS"
    if not settings.ENCRYPTION_KEYS:
        yield Error(
            "ENCRYPTION_KEYS is empty. The stores' tokens can't be encrypted.", hint=hint, id="shop.E002"
        )
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            # The key is a secret, so report only its position.
            yield Error(f"Key {position} of ENCRYPTION_KEYS is not a Fernet key.", hint=hint, id="shop.E003")


@register(Tags.security)
def check_public_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEBUG and _has_public_host():
        yield Error(
            "DEBUG is on and ALLOWED_HOSTS has a public host. Error pages would show secrets to anyone.",
            hint="Set DEBUG=0, or allow only localhost in ALLOWED_HOSTS during development.",
            id="shop.E004",
        )


@register(Tags.security)
def check_https(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.PUBLIC_SCHEME not in ("http", "https"):
        yield Error(
            "PUBLIC_SCHEME is neither http nor https.", hint="Set PUBLIC_SCHEME=https.", id="shop.E005"
        )
    if not _has_public_host():
        return
    if settings.PUBLIC_SCHEME == "http":
        yield Error(
            "PUBLIC_SCHEME is http. The secret URL that shoppers return to would be sent unencrypted.",
            hint="Serve the shop over HTTPS and set PUBLIC_SCHEME=https.",
            id="shop.E006",
        )
    if settings.NEXT_API_ALLOW_HTTP:
        yield Error(
            "NEXT_API_ALLOW_HTTP is on. Access tokens could be sent unencrypted.",
            hint="Set NEXT_API_ALLOW_HTTP=0. Real NEXT Commerce stores always use https.",
            id="shop.E007",
        )
    if settings.NEXT_API_ALLOW_PRIVATE:
        yield Error(
            "NEXT_API_ALLOW_PRIVATE is on. Staff who set a store's Admin API URL could reach your network.",
            hint="Set NEXT_API_ALLOW_PRIVATE=0. Real NEXT Commerce stores are on the public internet.",
            id="shop.E009",
        )


@register(Tags.security)
def check_two_factor(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.STAFF_TWO_FACTOR not in ("required", "optional"):
        yield Error(
            "STAFF_TWO_FACTOR is neither required nor optional, so nobody would have to use it.",
            hint="Set STAFF_TWO_FACTOR=required.",
            id="shop.E020",
        )


@register(Tags.security, deploy=True)
def check_proxy_headers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.SECURE_SSL_REDIRECT and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        yield Warning(
            "SECURE_SSL_REDIRECT is on and BEHIND_PROXY is off. Behind a proxy that terminates TLS, every "
            "page redirects to itself.",
            hint="Set BEHIND_PROXY=1 if the proxy always sets X-Forwarded-Proto. If not, set "
            "SECURE_SSL_REDIRECT=0.",
            id="shop.W001",
        )


@register(Tags.security)
def check_trusted_proxies(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    from stores.http import parse_trusted_proxies

    try:
        parse_trusted_proxies(tuple(settings.TRUSTED_PROXIES))
    except ValueError as error:
        yield Error(
            f"TRUSTED_PROXIES is invalid: {error}.",
            hint="Set it to the number of proxies in front of the shop, or to their networks, for example "
            "127.0.0.1,10.0.0.0/8.",
            id="shop.E010",
        )


@register(Tags.security, deploy=True)
def check_from_email(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield Warning(
            "DEFAULT_FROM_EMAIL is not set. Emails to shoppers have an invalid sender and won't arrive.",
            hint="Set it to an address on a domain that EMAIL_URL's server may send for.",
            id="shop.W003",
        )


@register(Tags.database)
def check_stores(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Check the stores' rows. Runs with `check --database default` and before `migrate`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from stores.models import Store

    if not databases:
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return  # the database is new or older than the models, so its columns may differ
    try:
        stores = list(Store.objects.all())
        for store in stores:
            _ = store.access_token, store.webhook_secret  # reading them decrypts them
    except ImproperlyConfigured as error:
        yield Error(
            str(error),
            hint="Add the key it was encrypted with after the first one in ENCRYPTION_KEYS.",
            id="shop.E008",
        )
        return
    for store in stores:
        yield from _check_store(store)


def _check_store(store: "Store") -> Iterable[CheckMessage]:
    host = store.host.split(":")[0]
    if not store.webhook_secret:
        yield Warning(
            f"Store “{store.slug}” has no webhook secret. Its webhooks are rejected, and payments of "
            "shoppers who don't come back wait for the reconciler.",
            hint="Set the webhook secret in the admin, under Stores.",
            obj=store,
            id="shop.W010",
        )
    if not validate_host(host, settings.ALLOWED_HOSTS):
        yield Warning(
            f"Store “{store.slug}” is served on {store.host}, which is not in ALLOWED_HOSTS.",
            hint=f"Add {host} to ALLOWED_HOSTS.",
            obj=store,
            id="shop.W011",
        )
    if not store.next_api_url.startswith("https://") and not settings.NEXT_API_ALLOW_HTTP:
        yield Warning(
            f"Store “{store.slug}” has an Admin API URL without https. It will not be called.",
            hint="Set its Admin API URL to https://yourstore.29next.store/api/admin/.",
            obj=store,
            id="shop.W012",
        )


def _check_stored_rows() -> list[CheckMessage]:
    try:
        return list(check_stores(None, databases=["default"]))
    except DatabaseError as error:
        logger.warning("the stores couldn't be checked at the start: %s", type(error).__name__)
        return []


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured, with all messages, if one of the shop's checks finds an error.

    A database that can't be reached yet is no reason not to start.
    """
    messages = [*run_checks(tags=[Tags.security]), *(read_within(START_SECONDS, _check_stored_rows) or ())]
    errors = [message for message in messages if message.is_serious() and str(message.id).startswith("shop.")]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in errors))

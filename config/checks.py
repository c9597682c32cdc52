"""Start-up checks that refuse an unsafe production.

`manage.py` runs them before most commands, `config.wsgi` before it serves. Each says what to do.
"""

import os
from collections.abc import Iterable, Sequence
from typing import Any

from cryptography.fernet import Fernet
from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register, run_checks
from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

# Names that never lead to a machine on the internet (RFC 2606, RFC 6761), and Django's own test host.
PRIVATE_NAMES = ("localhost", "test", "example", "invalid", "example.com", "example.org", "example.net")
PRIVATE_HOSTS = ("127.0.0.1", "[::1]", "testserver")


def _is_private_host(host: str) -> bool:
    name = host.lower().split(":")[0] if not host.startswith("[") else host
    return name in PRIVATE_HOSTS or any(name == end or name.endswith(f".{end}") for end in PRIVATE_NAMES)


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
            "SECRET_KEY is empty or short: whoever guesses it can sign in as anybody.",
            hint="Run `python manage.py generate_keys` and put its SECRET_KEY line into the environment or `.env`.",
            id="shop.E001",
        )


@register(Tags.security)
def check_encryption_keys(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    hint = "Run `python manage.py generate_keys` and put its ENCRYPTION_KEYS line into the environment or `.env`."
    if not settings.ENCRYPTION_KEYS:
        yield Error("ENCRYPTION_KEYS is empty: the stores' tokens cannot be kept.", hint=hint, id="shop.E002")
    for position, key in enumerate(settings.ENCRYPTION_KEYS, start=1):
        try:
            Fernet(key)
        except ValueError:
            # The key itself is a secret, so only its place is told.
            yield Error(f"Key {position} of ENCRYPTION_KEYS is not a Fernet key.", hint=hint, id="shop.E003")


@register(Tags.security)
def check_public_debug(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEBUG and _has_public_host():
        yield Error(
            "DEBUG is on and ALLOWED_HOSTS has a public host: errors would show secrets to everybody.",
            hint="Set DEBUG=0, or keep ALLOWED_HOSTS to localhost while you work on the shop.",
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
            "PUBLIC_SCHEME is http: the address shoppers return to after paying would be open to read.",
            hint="Serve the shop over TLS and set PUBLIC_SCHEME=https.",
            id="shop.E006",
        )
    if settings.NEXT_API_ALLOW_HTTP:
        yield Error(
            "NEXT_API_ALLOW_HTTP is on: a store's access token could be sent unencrypted.",
            hint="Set NEXT_API_ALLOW_HTTP=0; a real store is always https.",
            id="shop.E007",
        )


@register(Tags.security, deploy=True)
def check_proxy_headers(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.SECURE_SSL_REDIRECT and not getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        yield Warning(
            "SECURE_SSL_REDIRECT is on and BEHIND_PROXY is off: behind a proxy that ends TLS, every page "
            "redirects to itself.",
            hint="Set BEHIND_PROXY=1 if the proxy always sets X-Forwarded-Proto, else SECURE_SSL_REDIRECT=0.",
            id="shop.W001",
        )


@register(Tags.caches, deploy=True)
def check_shared_cache(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    in_memory = "locmem" in settings.CACHES["default"]["BACKEND"]
    if in_memory and int(os.environ.get("WEB_CONCURRENCY") or 1) > 1:
        yield Warning(
            "Several processes and a cache in memory: each process caches and counts for itself.",
            hint="Set CACHE_URL to one they share, e.g. dbcache://cache (and run `createcachetable`).",
            id="shop.W002",
        )


@register(Tags.security, deploy=True)
def check_from_email(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield Warning(
            "DEFAULT_FROM_EMAIL is not set: mails to shoppers come from an address that is none, and are "
            "thrown away on the way.",
            hint="Set it to an address of a domain that EMAIL_URL's server may send for.",
            id="shop.W003",
        )


@register(Tags.database)
def check_stores(
    app_configs: Sequence[AppConfig] | None, databases: Sequence[str] | None = None, **kwargs: Any
) -> Iterable[CheckMessage]:
    """Looks at the stores' rows; runs with `check --database default` and before `migrate`."""
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from stores.models import Store

    if not databases:
        return
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        return  # a new database, or an older version's: its columns are not those of the model
    try:
        found = list(Store.objects.all())
    except ImproperlyConfigured as error:
        yield Error(
            str(error),
            hint="Put the key they were written with behind the first of ENCRYPTION_KEYS.",
            id="shop.E008",
        )
        return
    for store in found:
        if not store.webhook_secret:
            yield Warning(
                f"Store “{store.slug}” has no webhook secret: its webhooks are refused, and orders whose "
                "shopper does not come back are settled by the reconciler alone.",
                hint="Set the webhook secret in the admin, under Stores.",
                obj=store,
                id="shop.W010",
            )
        if not validate_host(store.host.split(":")[0], settings.ALLOWED_HOSTS):
            yield Warning(
                f"Store “{store.slug}” is served on {store.host}, which ALLOWED_HOSTS does not have.",
                hint=f"Add {store.host.split(':')[0]} to ALLOWED_HOSTS.",
                obj=store,
                id="shop.W011",
            )
        if not store.next_api_url.startswith("https://") and not settings.NEXT_API_ALLOW_HTTP:
            yield Warning(
                f"Store “{store.slug}” has an admin API that is not https; it will not be called.",
                hint="Set its admin API to https://yourstore.29next.store/api/admin/.",
                obj=store,
                id="shop.W012",
            )


def refuse_unsafe_settings() -> None:
    """Raise ImproperlyConfigured with every sentence when a check of ours finds an error."""
    errors = [
        message
        for message in run_checks(tags=[Tags.security])
        if message.is_serious() and str(message.id).startswith("shop.")
    ]
    if errors:
        raise ImproperlyConfigured("\n".join(f"{error.msg} {error.hint}" for error in errors))

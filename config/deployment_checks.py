"""Startup checks of what a deployment adds: several processes, optional packages, HSTS, and where files are.

`config.checks` has the checks of the shop's own settings.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.apps.config import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from config.optional_packages import find_missing_packages
from config.service_urls import BUCKET_STORAGE

MIN_PRELOAD_SECONDS = 31_536_000
EXTRAS_FILE = "requirements-extras.txt"


@register(Tags.security)
def check_optional_packages(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    for missing in find_missing_packages(settings):
        yield Error(
            f"{missing.variable} needs a package that is not installed: {missing.package}.",
            hint=f"Run `pip install --require-hashes -r {EXTRAS_FILE}` or `pip install '{missing.package}'`.",
            id="shop.E030",
        )


def caches_apart(processes: int) -> bool:
    """Return True if this many web processes have a cache each."""
    return processes > 1 and "locmem" in settings.CACHES["default"]["BACKEND"]


SHARED_CACHE_HINT = (
    "Set CACHE_URL to a shared cache: redis://localhost:6379/0, or dbcache://cache (and run "
    "`createcachetable`). Or set WEB_CONCURRENCY=1."
)


@register(Tags.caches, deploy=True)
def check_shared_cache(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    if caches_apart(settings.WEB_CONCURRENCY):
        yield Warning(
            f"{settings.WEB_CONCURRENCY} web processes (WEB_CONCURRENCY) use an in-memory cache. Each caches "
            "and counts on its own.",
            hint=SHARED_CACHE_HINT,
            id="shop.W002",
        )


@register(Tags.security, deploy=True)
def check_hsts_preload(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    is_complete = (
        settings.SECURE_HSTS_INCLUDE_SUBDOMAINS and settings.SECURE_HSTS_SECONDS >= MIN_PRELOAD_SECONDS
    )
    if settings.SECURE_HSTS_PRELOAD and not is_complete:
        yield Warning(
            "SECURE_HSTS_PRELOAD has no effect: browsers preload only domains with their subdomains, "
            "for at least a year.",
            hint="Set SECURE_HSTS_INCLUDE_SUBDOMAINS=1 and SECURE_HSTS_SECONDS=31536000, or turn it off.",
            id="shop.W030",
        )


@register(Tags.files, deploy=True)
def check_media_url(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> Iterable[CheckMessage]:
    is_served_here = settings.MEDIA_URL == "/media/"
    is_bucket = settings.STORAGES["default"]["BACKEND"] == BUCKET_STORAGE
    is_address = settings.MEDIA_URL.startswith(("https://", "http://")) and settings.MEDIA_URL.endswith("/")
    if not is_served_here and not is_address:
        yield Error(
            "MEDIA_URL is neither /media/ nor a web address that ends with a slash.",
            hint="For example MEDIA_URL=https://media.example.com/",
            id="shop.E031",
        )
    elif is_bucket and is_served_here and not settings.SERVE_MEDIA:
        yield Warning(
            "Pictures are in a bucket, and neither this shop nor another address serves them.",
            hint="Set MEDIA_URL to the bucket's public address, or SERVE_MEDIA=1.",
            id="shop.W031",
        )

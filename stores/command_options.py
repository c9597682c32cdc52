"""Shared arguments of management commands: stores and positive integers."""

import argparse
from collections.abc import Sequence

from django.core.management.base import CommandError

from stores.models import Store


def get_stores_by_slug(slugs: Sequence[str] = ()) -> list[Store]:
    """Return the stores with these slugs, or all stores if no slug is given.

    Raises CommandError if a slug is unknown or there is no store yet.
    """
    stores = {store.slug: store for store in Store.objects.order_by("slug")}
    if not stores:
        raise CommandError("There is no store yet. Add one in the admin, under Stores.")
    if unknown := [slug for slug in slugs if slug not in stores]:
        raise CommandError(f"Unknown store: {', '.join(unknown)}. Available stores: {', '.join(stores)}.")
    return [stores[slug] for slug in dict.fromkeys(slugs)] if slugs else list(stores.values())


def positive_integer(text: str) -> int:
    """Parse an argument of at least 1; for argparse's `type`."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be 1 or more")
    return number


positive_integer.__name__ = "whole number"  # argparse shows this name in "invalid … value"

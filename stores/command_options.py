"""What the commands share: how their arguments name stores and numbers."""

import argparse
from collections.abc import Sequence

from django.core.management.base import CommandError

from stores.models import Store


def get_stores_by_slug(slugs: Sequence[str] = ()) -> list[Store]:
    """Return the stores with these short names; without any name, all of them.

    Errors: CommandError where one is unknown, or none is there yet.
    """
    stores = {store.slug: store for store in Store.objects.order_by("slug")}
    if not stores:
        raise CommandError("There is no store yet. Add one in the admin, under Stores.")
    if unknown := [slug for slug in slugs if slug not in stores]:
        raise CommandError(f"There is no store {', '.join(unknown)}; there is {', '.join(stores)}.")
    return [stores[slug] for slug in dict.fromkeys(slugs)] if slugs else list(stores.values())


def positive_integer(text: str) -> int:
    """A type of argparse's: a whole number from 1 on."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return number


positive_integer.__name__ = "whole number"  # what argparse calls it where it is none

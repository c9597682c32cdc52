"""What a deletion takes along, as far as it has a name for people.

Django lists every row, those of tables that nobody knows in English and in technical words. What staff delete
implies its parts.
"""

from collections.abc import Iterable
from functools import cache
from typing import Any

from django import template
from django.apps import apps
from django.db.models.options import Options
from django.utils.text import capfirst

register = template.Library()


@register.filter
def named_rows(rows: Iterable[Any]) -> list[Any]:
    """Return Django's nested list without the rows of tables without a name, and what is below them."""
    kept: list[Any] = []
    is_hidden = False
    for row in rows:
        if isinstance(row, list):
            if not is_hidden and (below := named_rows(row)):
                kept.append(below)
            continue
        is_hidden = str(row).startswith(_list_hidden_starts())
        if not is_hidden:
            kept.append(row)
    return kept


@register.filter
def named_or_all_rows(rows: Iterable[Any]) -> list[Any]:
    """Return what prevents a deletion: the rows with a name, or else all, so that something is said."""
    listed = list(rows)
    return named_rows(listed) or listed


@register.filter
def named_lists(lists: Iterable[Iterable[Any]]) -> list[list[Any]]:
    """Return each of several nested lists as `named_rows` does."""
    return [named_rows(rows) for rows in lists]


@register.filter
def named_counts(counts: Iterable[tuple[Any, int]]) -> list[tuple[Any, int]]:
    """Return the numbers of rows, by the names of their tables, without those of tables without a name."""
    hidden = {str(opts.verbose_name_plural) for opts in _list_nameless()}
    return [(name, count) for name, count in counts if str(name) not in hidden]


@cache
def _list_nameless() -> "tuple[Options[Any], ...]":
    models = apps.get_models(include_auto_created=True)
    return tuple(
        model._meta
        for model in models
        if model._meta.auto_created or "verbose_name" not in model._meta.original_attrs
    )


@cache
def _list_hidden_starts() -> tuple[str, ...]:
    # Such names are in English, whatever the reader's language.
    return tuple(f"{capfirst(str(opts.verbose_name))}: " for opts in _list_nameless())

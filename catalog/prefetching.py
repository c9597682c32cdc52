"""Fill what `prefetch_related` would load, from one query for several relations."""

from collections.abc import Sequence

from django.db.models import Model


def fill_prefetch(row: Model, name: str, related: Sequence[Model]) -> None:
    """Set what `row.<name>.all()` returns, as `prefetch_related` does."""
    rows = getattr(row, name).get_queryset()
    rows._result_cache, rows._prefetch_done = list(related), True
    row.__dict__.setdefault("_prefetched_objects_cache", {})[name] = rows

"""Requests counted for the rate limits, shared by all processes."""

from django.db import models


class RequestCount(models.Model):
    """How many requests of one kind one client made in the current window.

    A table of its own, because a cache forgets counts to make room. Only `stores.rate_limits` uses it.
    """

    # A keyed hash of kind, scope, and client, so that no address is stored.
    key = models.CharField(max_length=32, primary_key=True)
    count = models.PositiveIntegerField()
    resets_at = models.FloatField(db_index=True)  # seconds since the epoch

    def __str__(self) -> str:
        return self.key[:8]

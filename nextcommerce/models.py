"""When a token may be used next, shared by all processes."""

from django.db import models


class RateLimitState(models.Model):
    """The last calls made with one admin API token, and until when it must rest.

    One row for a token; `nextcommerce.rate_limiter` alone reads and writes it.
    """

    token_hash = models.CharField(max_length=64, primary_key=True)
    slots = models.JSONField(default=list)  # seconds since the epoch, ascending
    version = models.PositiveBigIntegerField(default=0)
    paused_until = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.token_hash[:8]

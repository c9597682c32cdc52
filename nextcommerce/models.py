"""The state of the rate limiter, shared by all processes."""

from django.db import models


class RateLimitState(models.Model):
    """The latest calls made with one API token, and until when calls are paused. One row per token.

    Only `nextcommerce.rate_limiter` reads and writes it.
    """

    token_hash = models.CharField(max_length=64, primary_key=True)
    slots = models.JSONField(default=list)  # seconds since the epoch, ascending
    version = models.PositiveBigIntegerField(default=0)
    paused_until = models.FloatField(default=0)

    def __str__(self) -> str:
        return self.token_hash[:8]

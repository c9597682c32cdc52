"""When a background service last finished a round."""

from django.db import models


class Heartbeat(models.Model):
    """One row per service, e.g. `reconciler`."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"

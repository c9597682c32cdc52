"""When a background service last did its round."""

from django.db import models


class Heartbeat(models.Model):
    """One row for each service, e.g. `reconciler`."""

    name = models.CharField(max_length=40, primary_key=True)
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name}: {self.at:%Y-%m-%d %H:%M:%S}"

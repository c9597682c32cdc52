"""How often a payment link's page was looked at."""

from typing import ClassVar

from django.db import models

from stores.models import Store


class LinkVisitCount(models.Model):
    """One link's visits of one day, in its store's time zone. See `catalog.link_visits`."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    # A deleted link keeps its figures, as its orders keep theirs (X42).
    link_id = models.CharField(max_length=40)
    date = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["link_id", "date"], name="link_visits_once_a_day")
        ]
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="link_visits_by_store")]

    def __str__(self) -> str:
        return f"{self.link_id} on {self.date}: {self.count}"

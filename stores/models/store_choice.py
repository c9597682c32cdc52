"""The store that a person of the staff works in."""

from django.conf import settings
from django.db import models

from .store import Store


class StoreChoice(models.Model):
    """What somebody last chose in the admin's store switch. Without a row, they see all stores."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    store = models.ForeignKey(Store, models.CASCADE, related_name="+")

    def __str__(self) -> str:
        return f"{self.user_id} in {self.store_id}"

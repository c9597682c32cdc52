"""What the last check of a store found. `checkout.onboarding` decides from it whether the store can sell."""

import datetime
from typing import Self

from django.db import models
from django.utils import timezone

from wording.fields import SentenceField

from .store import Store


class StoreHealth(models.Model):
    """What NEXT last said about the store, and the results of what staff tried.

    A store without a row was never checked.
    """

    store = models.OneToOneField(Store, models.CASCADE, primary_key=True, related_name="health")
    # A snapshot of `next_settings.NextSettings`, and when it was read.
    next_settings = models.JSONField(default=dict)
    read_at = models.DateTimeField(null=True)
    # The last check that NEXT didn't answer, and why. Empty: the last one went well.
    failed_at = models.DateTimeField(null=True)
    failure = SentenceField()
    # When the background checks the store next.
    check_due_at = models.DateTimeField(default=timezone.now)
    # When all that a purchase needs was last found in order. Null: never.
    could_sell_at = models.DateTimeField(null=True)
    # The setup steps that stop purchases since then, separated by commas, and since when.
    failing_steps = models.CharField(max_length=200, blank=True)
    failing_since = models.DateTimeField(null=True)
    # Since when NEXT sends the store's events here.
    webhook_registered_at = models.DateTimeField(null=True)
    # The test event that we sent to our own webhook address.
    webhook_tested_at = models.DateTimeField(null=True)
    webhook_test_error = models.CharField(max_length=300, blank=True)
    # The test email, and who it was sent to.
    email_tested_at = models.DateTimeField(null=True)
    email_test_address = models.EmailField(blank=True)
    email_test_error = models.CharField(max_length=300, blank=True)
    # When staff chose how the store charges tax. Until then it has a default that nobody decided.
    tax_chosen_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"Health of {self.store_id}"

    @classmethod
    def find(cls, store: Store) -> Self:
        """Return the store's row, or an unsaved one if it was never checked."""
        return cls.objects.filter(store=store).first() or cls(store=store)

    @classmethod
    def record(cls, store: Store, **values: object) -> None:
        """Save results of a check, and leave the other results alone."""
        cls.objects.update_or_create(store=store, defaults=values)

    @property
    def last_checked_at(self) -> datetime.datetime | None:
        """When NEXT was last asked, whether it answered or not."""
        return max(filter(None, (self.read_at, self.failed_at)), default=None)

"""What a shopper agreed to besides the order itself, as evidence."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from .order import Order


class OrderConsent(models.Model):
    """One tick that the shopper set themselves, with the words beside it and when. It never changes.

    Only that it was confirmed is added, for what takes effect no sooner.
    """

    class Kind(models.TextChoices):
        """What the shopper agreed to."""

        # Directive 2011/83/EU, Art. 16 (m): delivery begins, and the right of withdrawal ends.
        EARLY_START = "early_start", _("digital goods start at once")
        MARKETING = "marketing", _("news and offers by email")

    order = models.ForeignKey(Order, models.CASCADE, related_name="consents")
    kind = models.CharField(_("kind"), max_length=12, choices=Kind)
    text = models.TextField(_("wording"), max_length=1000)
    items = models.CharField(_("about"), max_length=500, blank=True)
    # Of an upsell; "": given at checkout.
    upsell_attempt_id = models.CharField(max_length=40, blank=True)
    given_at = models.DateTimeField(_("given at"))
    # By the person who reads the mail of this address. Null: not requested, or no answer.
    needs_confirmation = models.BooleanField(default=False)
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)

    class Meta:
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering: ClassVar = ["given_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["order", "kind", "upsell_attempt_id"], name="consent_once_in_an_order"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at=None) | Q(needs_confirmation=True),
                name="consent_confirmed_if_asked_for",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def is_in_force(self) -> bool:
        return not self.needs_confirmation or self.confirmed_at is not None

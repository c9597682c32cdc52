"""What a subscription renews, and requested changes of it."""

from copy import copy
from decimal import Decimal
from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .subscription import Subscription


class SubscribedVariant(models.Model):
    """A variant, and the plan it was sold on."""

    next_variant_id = models.PositiveBigIntegerField(_("NEXT Commerce variant ID"), null=True)
    # Empty for a product that we don't have.
    product_id = models.CharField(max_length=40, blank=True)
    variant_id = models.CharField(max_length=40, blank=True)
    name = models.CharField(_("product"), max_length=200, blank=True)
    title = models.CharField(_("variant"), max_length=300, blank=True)
    # A `catalog.plan_snapshot.PlanSnapshot`; {} if the terms are not known.
    terms: "models.JSONField[Any, Any]" = models.JSONField(default=dict, blank=True)

    class Meta:
        abstract = True


# The fields that a change of plan or variant replaces.
VARIANT_FIELDS = tuple(field.name for field in SubscribedVariant._meta.fields)


class SubscriptionLine(SubscribedVariant):
    """A line that NEXT Commerce renews, with the terms that only we know."""

    class State(models.TextChoices):
        """Whether NEXT Commerce has the line, and should keep it."""

        ACTIVE = "active", _("active")
        TO_REMOVE = "to_remove", _("to remove")  # another line has replaced it
        # No longer listed. It keeps its terms, because a list may be short by mistake.
        GONE = "gone", _("gone from NEXT Commerce")

    subscription = models.ForeignKey(Subscription, models.CASCADE, related_name="lines")
    next_line_id = models.PositiveBigIntegerField(_("NEXT Commerce line ID"))
    state = models.CharField(_("status"), max_length=9, choices=State, default=State.ACTIVE)
    # NEXT Commerce's, for each renewal from the next on.
    quantity = models.PositiveIntegerField(_("quantity"), default=1)
    price = models.DecimalField(_("price"), max_digits=12, decimal_places=2, default=Decimal(0))
    # The `next_line_id` of the line that it was added to replace.
    replaces_line_id = models.PositiveBigIntegerField(null=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("item")
        verbose_name_plural = _("items")
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["subscription", "next_line_id"], name="next_line_once_in_a_subscription"
            )
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × " + ", ".join(
            filter(None, [self.name, self.title, self.terms.get("name", "")])
        )

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def requested_change(self) -> "SubscriptionLineChange | None":
        """Return the change that NEXT Commerce hasn't confirmed yet, if any."""
        return getattr(self, "change", None)

    @property
    def after_change(self) -> "SubscriptionLine":
        """Return the line as it will be, not to be saved: with its requested change, if there is one."""
        change, line = self.requested_change, self
        if change is not None:
            line = copy(self)
            for name in VARIANT_FIELDS:
                setattr(line, name, getattr(change, name))
            line.quantity = change.quantity or self.quantity
        return line


class SubscriptionLineChange(SubscribedVariant):
    """A change of a line's plan, variant, or quantity that NEXT Commerce hasn't confirmed yet.

    The line keeps its own terms until then, so a refused change is dropped without a trace.
    """

    line = models.OneToOneField(SubscriptionLine, models.CASCADE, related_name="change")
    quantity = models.PositiveIntegerField(_("quantity"), null=True)  # null: as NEXT Commerce has it
    requested_at = models.DateTimeField(_("requested at"), auto_now=True)

    class Meta:
        verbose_name = _("requested change")
        verbose_name_plural = _("requested changes")

    def __str__(self) -> str:
        return str(self.line.after_change)

    @property
    def is_other_variant(self) -> bool:
        return self.next_variant_id != self.line.next_variant_id

    @property
    def changes_something(self) -> bool:
        """Return True unless the line already is what is requested."""
        is_same_quantity = self.quantity in {None, self.line.quantity}
        return not is_same_quantity or any(
            getattr(self, name) != getattr(self.line, name) for name in VARIANT_FIELDS
        )

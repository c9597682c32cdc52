"""Selling plans: the terms on which variants are sold as subscriptions."""

from typing import ClassVar

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from stores.ids import IdField
from stores.models import Store

from .product import Product
from .variant import Variant


class SellingPlanStatus(models.TextChoices):
    ACTIVE = "active", _("active")
    DISABLED = "disabled", _("disabled")


class PolicyType(models.TextChoices):
    """When a pricing policy applies: from the start, or after a cycle."""

    FIXED = "FIXED"
    RECURRING = "RECURRING"


class AdjustmentType(models.TextChoices):
    """How a pricing policy changes the base price."""

    PERCENTAGE = "PERCENTAGE", _("percent off")
    FIXED_AMOUNT = "FIXED_AMOUNT", _("amount off")
    PRICE = "PRICE", _("fixed price")


class SellingPlanGroup(models.Model):
    """Plans offered together, such as "Subscribe and save"."""

    id = IdField("spg")
    store = models.ForeignKey(
        Store, models.CASCADE, related_name="selling_plan_groups", verbose_name=_("store")
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=SellingPlanStatus, default=SellingPlanStatus.ACTIVE
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("selling plan group")
        verbose_name_plural = _("selling plan groups")
        ordering = ["-created_at", "-id"]

    def __str__(self) -> str:
        return self.name


class SellingPlanGroupOption(models.Model):
    """A label that a program gave a group, such as "Delivery every". The shop only returns it."""

    group = models.ForeignKey(SellingPlanGroup, models.CASCADE, related_name="options")
    name = models.CharField(max_length=100)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name


class SellingPlan(models.Model):
    """How often a subscription charges, and the price in each cycle."""

    class Billing(models.TextChoices):
        RECURRING = "RECURRING", _("each cycle")
        PREPAID = "PREPAID", _("in advance")

    class Interval(models.TextChoices):
        DAY = "day", _("day")
        WEEK = "week", _("week")
        MONTH = "month", _("month")
        YEAR = "year", _("year")

    id = IdField("sp")
    group = models.ForeignKey(
        SellingPlanGroup, models.CASCADE, related_name="selling_plans", verbose_name=_("group")
    )
    name = models.CharField(_("name"), max_length=200)
    description = models.TextField(_("description"), blank=True)
    billing_policy_type = models.CharField(
        _("charged"), max_length=10, choices=Billing, default=Billing.RECURRING
    )
    interval = models.CharField(_("interval"), max_length=5, choices=Interval, default=Interval.MONTH)
    interval_count = models.PositiveSmallIntegerField(_("every"), default=1)
    min_cycles = models.PositiveSmallIntegerField(_("prepaid cycles"), null=True, blank=True)
    trial_period_days = models.PositiveSmallIntegerField(_("trial days"), default=0)
    # For one unit, charged at checkout in the store's currency. Null means a free trial.
    trial_price = models.DecimalField(
        _("trial price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_(
            "Charged at checkout for each unit. Leave blank for a free trial. A free trial needs a"
            " verification amount in the store settings, because NEXT Commerce does not accept"
            " free first orders."
        ),
    )
    valid_from = models.DateTimeField(_("available from"), null=True, blank=True)
    valid_until = models.DateTimeField(_("available until"), null=True, blank=True)
    priority = models.PositiveSmallIntegerField(
        _("priority"), default=0, help_text=_("Lower numbers come first.")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=SellingPlanStatus, default=SellingPlanStatus.ACTIVE
    )
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("selling plan")
        verbose_name_plural = _("selling plans")
        ordering = ["priority", "created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(interval_count__gte=1), name="plan_interval_count_positive"),
        ]

    def __str__(self) -> str:
        return self.name


class PricingPolicy(models.Model):
    """One step of a plan's price, as programs send it."""

    plan = models.ForeignKey(SellingPlan, models.CASCADE, related_name="pricing_policies")
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    policy_type = models.CharField(max_length=9, choices=PolicyType)
    adjustment_type = models.CharField(max_length=12, choices=AdjustmentType)
    # A decimal as text, because programs get it back with the decimals they sent.
    adjustment_value = models.CharField(max_length=16)
    after_cycle = models.PositiveSmallIntegerField(null=True, blank=True)

    class Meta:
        verbose_name = _("price step")
        verbose_name_plural = _("prices")
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["plan", "after_cycle"], name="pricing_policy_once_after_a_cycle"),
            models.UniqueConstraint(
                fields=["plan"], condition=Q(policy_type="FIXED"), name="pricing_policy_fixed_once_in_a_plan"
            ),
            models.CheckConstraint(
                condition=Q(policy_type="FIXED", after_cycle=None)
                | Q(policy_type="RECURRING", after_cycle__isnull=False),
                name="pricing_policy_recurs_after_a_cycle",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.adjustment_type} {self.adjustment_value}"

    @property
    def first_cycle(self) -> int:
        """Return the first cycle that the policy prices, counted from 1."""
        return 1 if self.after_cycle is None else self.after_cycle + 1


class PlanGroupUse(models.Model):
    """Offers a plan group for a product, or for one variant, whose groups override the product's."""

    group = models.ForeignKey(SellingPlanGroup, models.PROTECT, related_name="uses")
    product = models.ForeignKey(Product, models.CASCADE, related_name="plan_group_uses")
    variant = models.ForeignKey(
        Variant, models.CASCADE, related_name="plan_group_uses", null=True, blank=True
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["group", "product", "variant"], name="plan_group_used_once_by_a_variant"
            ),
            models.UniqueConstraint(
                fields=["group", "product"],
                condition=models.Q(variant=None),
                name="plan_group_used_once_by_a_product",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group} → {self.variant or self.product}"

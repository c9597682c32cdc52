"""One-click upsells: more for an order that was just paid, charged to the same payment (3.4)."""

from decimal import Decimal
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from catalog.models import PaymentLink, Product, SellingPlan, Variant
from orders.models import Order
from stores.ids import IdField
from stores.models import Store
from stores.money import is_payable


class Upsell(models.Model):
    """What is offered after which purchase, and what follows on yes and on no."""

    class Trigger(models.TextChoices):
        ANY = "any", _("any order")
        AMOUNT = "amount", _("an order over an amount")
        PRODUCT = "product", _("an order with a product")
        LINK = "link", _("an order through a payment link")
        FOLLOWS = "follows", _("nothing: it only follows another upsell")

    id = IdField("upsell")
    store = models.ForeignKey(Store, models.CASCADE, related_name="upsells", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=100, help_text=_("For you; shoppers do not see it."))
    active = models.BooleanField(_("active"), default=True)

    trigger = models.CharField(_("made after"), max_length=8, choices=Trigger, default=Trigger.ANY)
    link = models.ForeignKey(
        PaymentLink, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("payment link")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("product bought")
    )
    min_order_total = models.DecimalField(
        _("from this total on"), max_digits=12, decimal_places=2, null=True, blank=True
    )

    variant = models.ForeignKey(
        Variant, models.PROTECT, related_name="upsells", verbose_name=_("what is offered")
    )
    quantity = models.PositiveSmallIntegerField(
        _("quantity"), default=1, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    plan = models.ForeignKey(
        SellingPlan,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("as a subscription"),
        help_text=_("A price or discount below is that of the first cycle."),
    )
    price = models.DecimalField(
        _("price of one"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    discount_percent = models.DecimalField(
        _("or discount in percent"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    headline = models.CharField(_("headline"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=2000, blank=True)

    follow_up_on_accept = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("after yes")
    )
    follow_up_on_decline = models.ForeignKey(
        "self", models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("after no")
    )
    starts_at = models.DateTimeField(_("from"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    usage_limit = models.PositiveIntegerField(
        _("at most so many times"), null=True, blank=True, help_text=_("Empty: as often as it is taken.")
    )
    # Moved by conditional updates alone, so that it never passes `usage_limit`.
    usage_count = models.PositiveIntegerField(_("taken"), default=0, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0, help_text=_("Lower comes first."))
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("one-click upsell")
        verbose_name_plural = _("one-click upsells")
        ordering = ["position", "created_at", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(price=None) | Q(discount_percent=None),
                name="upsell_price_or_discount",
                violation_error_message=_("Set the price or the discount, not both."),
            ),
            models.CheckConstraint(
                condition=Q(usage_limit=None) | Q(usage_count__lte=F("usage_limit")),
                name="upsell_not_taken_too_often",
                violation_error_message=_("It has been taken more often than that already."),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "active", "position"], name="upsell_of_a_store")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Refuse what belongs to another store, and a trigger without what triggers it."""
        problems: dict[str, Any] = {}
        needed = {
            self.Trigger.LINK: "link",
            self.Trigger.PRODUCT: "product",
            self.Trigger.AMOUNT: "min_order_total",
        }
        name = needed.get(self.Trigger(self.trigger))
        if name and getattr(self, name) is None:
            problems[name] = _("Needed for what you chose under “made after”.")
        for name, store_id in self._stores().items():
            if store_id is not None and store_id != self.store_id:
                problems[name] = _("This belongs to another store.")
        if self.price and self.store_id and not is_payable(self.price, self.store.currency):
            problems["price"] = _("This cannot be paid: the currency has no cents.")
        if self.pk in {self.follow_up_on_accept_id, self.follow_up_on_decline_id}:
            problems["follow_up_on_decline"] = _("An upsell cannot follow itself.")
        if self.plan and self.variant_id and not self._plan_fits(self.plan):
            problems["plan"] = _("This plan is not offered for what is offered.")
        if problems:
            raise ValidationError(problems)

    def _stores(self) -> dict[str, int | None]:
        return {
            "link": self.link.store_id if self.link else None,
            "product": self.product.store_id if self.product else None,
            "variant": self.variant.product.store_id if self.variant_id else None,
            "plan": self.plan.group.store_id if self.plan else None,
            "follow_up_on_accept": self.follow_up_on_accept.store_id if self.follow_up_on_accept else None,
            "follow_up_on_decline": self.follow_up_on_decline.store_id if self.follow_up_on_decline else None,
        }

    def _plan_fits(self, plan: SellingPlan) -> bool:
        uses = self.variant.product.plan_group_uses.filter(group=plan.group_id)
        return uses.filter(Q(variant=None) | Q(variant=self.variant_id)).exists()


class UpsellAttempt(models.Model):
    """One upsell made to one order, with everything as it was shown; moved by conditional updates alone.

    shown → declined, or shown → started → charged | refused | unclear → charged | refused.
    `started` is committed before the store is asked: whoever finds it later must look before saying or
    sending anything.
    """

    class Status(models.TextChoices):
        SHOWN = "shown", _("shown")
        DECLINED = "declined", _("no")
        STARTED = "started", _("being charged")
        CHARGED = "charged", _("yes")
        REFUSED = "refused", _("not charged")
        UNCLEAR = "unclear", _("unclear")

    # The store may have done it, or be about to.
    IN_DOUBT = (Status.STARTED, Status.UNCLEAR)

    id = IdField("upatt")
    order = models.ForeignKey(Order, models.PROTECT, related_name="upsell_attempts", verbose_name=_("order"))
    upsell = models.ForeignKey(Upsell, models.PROTECT, related_name="attempts", verbose_name=_("upsell"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.SHOWN)
    item = models.JSONField(default=dict)  # the fields of `OrderItem`
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)  # with tax: what is charged
    tax = models.DecimalField(_("tax"), max_digits=12, decimal_places=2, default=Decimal(0))
    currency = models.CharField(_("currency"), max_length=3)
    # The store's lines that were there before the call: none of them can be ours.
    line_ids_before = models.JSONField(default=list)
    next_line_id = models.PositiveBigIntegerField(null=True)
    message = models.CharField(_("said to the shopper"), max_length=300, blank=True)

    sent_at = models.DateTimeField(null=True)  # committed before the call is made
    settled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)  # null: nothing left to find out
    created_at = models.DateTimeField(_("shown at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("answer to an upsell")
        verbose_name_plural = _("answers to upsells")
        ordering = ["created_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["order", "upsell"], name="upsell_made_once_for_an_order"),
            models.UniqueConstraint(fields=["order", "next_line_id"], name="line_is_of_one_upsell"),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["next_check_at"],
                condition=Q(next_check_at__isnull=False),
                name="upsell_attempt_to_check",
            ),
            models.Index(fields=["upsell", "status"], name="upsell_answers"),
            models.Index(fields=["-created_at", "-id"], name="upsell_answers_newest"),
        ]

    def __str__(self) -> str:
        return self.id

    @property
    def is_in_doubt(self) -> bool:
        return self.status in self.IN_DOUBT

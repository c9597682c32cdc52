"""One-click upsells: items added to an order right after payment, charged to the same payment method."""

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
from wording.fields import SentenceField


class Upsell(models.Model):
    """An offer: the purchases that trigger it, what it sells, and what follows each answer."""

    class Trigger(models.TextChoices):
        ANY = "any", _("any order")
        AMOUNT = "amount", _("an order with a minimum total")
        PRODUCT = "product", _("an order with a product")
        LINK = "link", _("an order through a payment link")
        FOLLOWS = "follows", _("another upsell only")

    id = IdField("upsell")
    store = models.ForeignKey(Store, models.CASCADE, related_name="upsells", verbose_name=_("store"))
    name = models.CharField(_("name"), max_length=100, help_text=_("For staff only. Shoppers don't see it."))
    active = models.BooleanField(_("active"), default=True)

    trigger = models.CharField(_("show after"), max_length=8, choices=Trigger, default=Trigger.ANY)
    link = models.ForeignKey(
        PaymentLink, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("payment link")
    )
    product = models.ForeignKey(
        Product, models.CASCADE, null=True, blank=True, related_name="+", verbose_name=_("purchased product")
    )
    min_order_total = models.DecimalField(
        _("minimum order total"), max_digits=12, decimal_places=2, null=True, blank=True
    )

    variant = models.ForeignKey(
        Variant, models.PROTECT, related_name="upsells", verbose_name=_("offered variant")
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
        verbose_name=_("subscription plan"),
        help_text=_("A price or discount below applies to the first billing cycle."),
    )
    price = models.DecimalField(
        _("unit price"),
        max_digits=12,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    discount_percent = models.DecimalField(
        _("or percentage discount"),
        max_digits=4,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(0))],
    )
    headline = models.CharField(_("headline"), max_length=120, blank=True)
    text = models.TextField(_("text"), max_length=2000, blank=True)

    follow_up_on_accept = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("next upsell if accepted"),
    )
    follow_up_on_decline = models.ForeignKey(
        "self",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("next upsell if declined"),
    )
    starts_at = models.DateTimeField(_("starts at"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)
    usage_limit = models.PositiveIntegerField(
        _("usage limit"), null=True, blank=True, help_text=_("Leave blank for no limit.")
    )
    # Changed only by conditional updates, so that it never exceeds `usage_limit`.
    usage_count = models.PositiveIntegerField(_("times accepted"), default=0, editable=False)
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Lower numbers come first.")
    )
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
                violation_error_message=_("Set either a price or a discount, not both."),
            ),
            models.CheckConstraint(
                condition=Q(usage_limit=None) | Q(usage_count__lte=F("usage_limit")),
                name="upsell_not_taken_too_often",
                violation_error_message=_("It has already been accepted more often than this limit."),
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["store", "active", "position"], name="upsell_of_a_store")]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Reject objects of another store, and a trigger whose product, link, or amount is missing."""
        problems = self._find_trigger_problems() | self._find_foreign_objects()
        if self.price and self.store_id and not is_payable(self.price, self.store.currency):
            problems["price"] = _("This currency has no cents. Enter a whole amount.")
        if self.pk in {self.follow_up_on_accept_id, self.follow_up_on_decline_id}:
            problems["follow_up_on_decline"] = _("An upsell cannot follow itself.")
        if self.plan and self.variant_id and not self._plan_fits(self.plan):
            problems["plan"] = _("This plan isn't available for the offered variant.")
        if problems:
            raise ValidationError(problems)

    def _find_trigger_problems(self) -> dict[str, Any]:
        required_fields = {
            self.Trigger.LINK: "link",
            self.Trigger.PRODUCT: "product",
            self.Trigger.AMOUNT: "min_order_total",
        }
        name = required_fields.get(self.Trigger(self.trigger))
        if name and getattr(self, name) is None:
            return {name: _("Required for your choice under “show after”.")}
        return {}

    def _find_foreign_objects(self) -> dict[str, Any]:
        stores = {name: store_id for name, store_id in self._stores().items() if store_id is not None}
        message = _("This belongs to another store.")
        return {name: message for name, store_id in stores.items() if store_id != self.store_id}

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
    """One upsell shown for one order, with the item and amount as shown.

    shown → declined, or shown → started → charged | refused | unclear → charged | refused.
    Statuses change only by conditional updates. `started` is committed before the call to NEXT Commerce, so a
    process that finds it must read the NEXT order before it reports or sends anything.
    """

    class Status(models.TextChoices):
        SHOWN = "shown", _("shown")
        DECLINED = "declined", _("declined")
        STARTED = "started", _("charging")
        CHARGED = "charged", _("charged")
        REFUSED = "refused", _("not charged")
        UNCLEAR = "unclear", _("unclear")

    # NEXT Commerce may have charged it, or may be about to.
    IN_DOUBT = (Status.STARTED, Status.UNCLEAR)

    id = IdField("upatt")
    order = models.ForeignKey(Order, models.PROTECT, related_name="upsell_attempts", verbose_name=_("order"))
    upsell = models.ForeignKey(Upsell, models.PROTECT, related_name="attempts", verbose_name=_("upsell"))
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.SHOWN)
    item = models.JSONField(default=dict)  # the fields of `OrderItem`
    amount = models.DecimalField(_("amount"), max_digits=12, decimal_places=2)  # the charge, including tax
    tax = models.DecimalField(_("tax"), max_digits=12, decimal_places=2, default=Decimal(0))
    # The taxes as shown: {mode, status, lines: [{name, rate, amount, is_included}]}.
    shown_taxes = models.JSONField(default=dict)
    # False if NEXT may charge another tax than `tax`, or if it isn't known.
    is_total_final = models.BooleanField(default=True)
    currency = models.CharField(_("currency"), max_length=3)
    # The order's newest item before the call: later items may be of the added line, earlier ones are not.
    # An item's id, not a time: ids are given out under the order's lock, and clocks of two servers differ.
    last_item_before = models.PositiveBigIntegerField(default=0)
    next_line_id = models.PositiveBigIntegerField(null=True)
    message = SentenceField(_("message to the shopper"))

    sent_at = models.DateTimeField(null=True)  # committed before the call is made
    # What NEXT answered; null: nothing was heard. Neither ends the doubt (`nextcommerce.money_calls`).
    answer_status = models.PositiveSmallIntegerField(null=True)
    # From then on, a check that shows no line means that nothing was charged.
    doubt_ends_at = models.DateTimeField(null=True)
    # NEXT's version of the order before the call: an answer of the same version may be older than the call.
    next_updated_before = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True)  # null: the outcome is final
    created_at = models.DateTimeField(_("shown at"), auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = _("upsell attempt")
        verbose_name_plural = _("upsell attempts")
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

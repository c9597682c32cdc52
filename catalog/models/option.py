"""Options of products, such as Size, and their values."""

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from .media import Media
from .product import Product


class ProductOption(models.Model):
    """A choice that a product offers. See `catalog.options` for changes."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="options")
    name = models.CharField(_("option"), max_length=100)
    position = models.PositiveIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering = ["position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["product", "name"], name="option_name_once_in_a_product")
        ]

    def __str__(self) -> str:
        return self.name


class OptionValueManager(models.Manager["OptionValue"]):
    """Loads each value with its option, whose name and position everything needs."""

    def get_queryset(self) -> models.QuerySet["OptionValue"]:
        return super().get_queryset().select_related("option")


class OptionValue(models.Model):
    """A value of an option, such as Large, with a swatch if it has one."""

    class Swatch(models.TextChoices):
        NONE = "", _("none")
        COLOR = "color", _("color")
        IMAGE = "image", _("picture")
        TEXT = "text", _("text")

    option = models.ForeignKey(ProductOption, models.CASCADE, related_name="values")
    value = models.CharField(_("value"), max_length=100)
    position = models.PositiveIntegerField(_("order"), default=0)
    # Staff removed it, but variants with it were ordered and stay, hidden. It is offered again once one of
    # them is active.
    is_removed = models.BooleanField(default=False, editable=False)
    swatch_type = models.CharField(_("swatch"), max_length=5, choices=Swatch, blank=True)
    swatch_value = models.CharField(_("color"), max_length=100, blank=True)
    swatch_media = models.ForeignKey(
        Media, models.SET_NULL, null=True, blank=True, related_name="swatches", verbose_name=_("picture")
    )

    objects = OptionValueManager()

    class Meta:
        verbose_name = _("value")
        verbose_name_plural = _("values")
        ordering = ["option__position", "option_id", "position", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["option", "value"], name="value_once_in_an_option")
        ]

    def __str__(self) -> str:
        return self.value

    @property
    def swatch(self) -> dict[str, Any]:
        """The swatch as the API has it: `{type, value?, media_id?}`, or {} without one."""
        if not self.swatch_type:
            return {}
        details = {"value": self.swatch_value, "media_id": self.swatch_media_id}
        return {"type": self.swatch_type} | {name: text for name, text in details.items() if text}

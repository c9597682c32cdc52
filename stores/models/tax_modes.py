"""How tax relates to prices, and how NEXT rounds it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class TaxMode(models.TextChoices):
    """How the tax of a place relates to the prices shown."""

    INCLUDED = "included", _("included in prices")
    ADDED = "added", _("added to prices")
    NONE = "none", _("no tax")
    # By a tax service, or at rates that the shop doesn't know. Known rates make an estimate.
    AT_PAYMENT = "at_payment", _("calculated at payment")

    @classmethod
    def fixed_totals(cls) -> "set[TaxMode]":
        """Return the modes in which tax changes no total, whatever the address."""
        return {cls.INCLUDED, cls.NONE}


class TaxRounding(models.TextChoices):
    """What NEXT rounds to the cent."""

    LINE = "line", _("for each line")
    UNIT = "unit", _("for each unit")
    ORDER = "order", _("once for an order")

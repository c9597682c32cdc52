"""Figures of past days, added up. `orders.reports.summing` writes these rows, and no others are the truth."""

from decimal import Decimal
from typing import Any, ClassVar

from django.db import models

from stores.models import Store


def sum_of_money() -> "models.DecimalField[Any, Any]":
    # Wide enough for any quantities at any prices.
    return models.DecimalField(max_digits=26, decimal_places=2, default=Decimal(0))


class StoreFigures(models.Model):
    """When to add up the days of a store next. One row per store with orders."""

    store = models.OneToOneField(Store, models.CASCADE, related_name="figures")
    # The zone in which its days began and ended when they were added up.
    time_zone = models.CharField(max_length=64, blank=True)
    due_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"figures of {self.store_id}"


class SummedDay(models.Model):
    """A day whose figures were added up."""

    store = models.ForeignKey(Store, models.CASCADE, related_name="+")
    date = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["store", "date"], name="day_is_summed_once")]

    def __str__(self) -> str:
        return f"{self.date} of {self.store_id}"


class FigureChange(models.Model):
    """A moment whose day has other figures since its rows changed.

    Triggers add it in the transaction of the change (`orders.reports.triggers`), always: whether the day was
    added up before can't be known without waiting for others.
    """

    # Without a constraint: a check in the middle of a purchase would lock the store's row.
    store = models.ForeignKey(Store, models.CASCADE, db_constraint=False, db_index=False, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "at"], name="figure_change")]

    def __str__(self) -> str:
        return f"{self.at} of {self.store_id}"


class DailyFigures(models.Model):
    """The figures of one day, by what else they are told apart by."""

    store = models.ForeignKey(Store, models.CASCADE, db_index=False, related_name="+")
    date = models.DateField()
    is_test = models.BooleanField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.date} of {self.store_id}"


class DailySales(DailyFigures):
    """Orders of the day they were paid, and refunds of the day they were made, by where they are taxed."""

    country = models.CharField(max_length=2, blank=True)
    state = models.CharField(max_length=255, blank=True)
    orders = models.PositiveIntegerField(default=0)
    items = sum_of_money()
    discounts = sum_of_money()
    shipping = sum_of_money()
    tax = sum_of_money()
    included_tax = sum_of_money()
    total = sum_of_money()
    # Of the orders paid on this day, whenever it was refunded.
    refunded_since = sum_of_money()
    refunds = models.PositiveIntegerField(default=0)
    refunded = sum_of_money()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="daily_sales")]


class DailyProducts(DailyFigures):
    """What was sold on a day, variant by variant."""

    name = models.CharField(max_length=200)
    title = models.CharField(max_length=300, blank=True)
    sold = models.PositiveBigIntegerField(default=0)
    refunded = models.PositiveBigIntegerField(default=0)
    total = sum_of_money()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="daily_products")]


class DailyDiscounts(DailyFigures):
    """What codes and offers took off the orders paid on a day."""

    label = models.CharField(max_length=200, blank=True)
    is_code = models.BooleanField()
    orders = models.PositiveIntegerField(default=0)
    total = sum_of_money()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="daily_discounts")]


class DailyLinks(DailyFigures):
    """Checkouts that began on a day through a payment link, and what became of them."""

    link = models.CharField(max_length=40)
    started = models.PositiveIntegerField(default=0)
    paid = models.PositiveIntegerField(default=0)
    total = sum_of_money()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["store", "date"], name="daily_links")]

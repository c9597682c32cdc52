"""A variant change from the next charge on: NEXT's line is replaced, even if interrupted."""

import pytest
from django.utils import timezone

from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order
from stores.errors import Conflict, NotFound
from subscriptions.models import Subscription
from subscriptions.services import change_subscription, preview_change
from tests.factories import make_plan, make_product, make_store, variant_of
from tests.payments.helpers import stock_of
from tests.subscriptions.helpers import (
    charged_amounts,
    make_lamp_plan,
    renew_subscription,
    start_subscription,
)

CALLS = ("subscriptionsLinesCreate", "subscriptionsLinesDestroy", "subscriptionsLinesUpdate")


@pytest.fixture
def lamp(shop):
    return shop.products.get(name="Desk lamp")


@pytest.fixture
def white(lamp):
    make_lamp_plan(lamp.store)
    return variant_of(lamp, "White")


@pytest.fixture
def subscription(shop, lamp, white):
    return start_subscription(
        shop, lamp.plan_group_uses.get().group.selling_plans.get(), variant=variant_of(lamp)
    )


def next_lines(shop):
    """Return variant, quantity, and price of each of NEXT's lines."""
    (found,) = shop.sandbox.subscriptions()
    return [(line["variant_title"], line["quantity"], line["price"]) for line in found["lines"]]


def calls(shop):
    return [call["operation"] for call in shop.sandbox.requests() if call["operation"] in CALLS]


def sync_by_reconciler(subscription):
    Subscription.objects.filter(pk=subscription.pk).update(refresh_at=timezone.now())
    reconcile_due_rows()
    subscription.refresh_from_db()
    return subscription


def test_variant_change_is_previewed_then_charged_next_time(shop, subscription, white):
    shown = preview_change(subscription=subscription, variant_id=white.pk)
    assert (shown.main_line.title, next_lines(shop)) == ("White", [("Black", 1, "49.00")])

    subscription = change_subscription(
        subscription=Subscription.objects.get(), variant_id=white.pk, quantity=2
    )

    assert next_lines(shop) == [("White", 2, "59.00")]
    assert [line.title for line in subscription.lines.all()] == ["White"]
    assert calls(shop) == list(CALLS)
    assert charged_amounts(shop) == ["54.00"]
    renew_subscription(shop, subscription)
    assert charged_amounts(shop) == ["54.00", "123.00"]
    item = Order.objects.get(checkout_key__startswith="renewal").items.get()
    assert (item.title, item.variant_id, item.quantity) == ("White", white.pk, 2)
    assert (stock_of(shop, "Desk lamp", "Black"), stock_of(shop, "Desk lamp", "White")) == (9, 8)


def test_repeated_variant_change_is_made_once(shop, subscription, white):
    for _ in range(2):
        subscription = change_subscription(subscription=subscription, variant_id=white.pk)

    assert calls(shop) == list(CALLS)


@pytest.mark.parametrize("operation", CALLS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_interrupted_variant_change_is_finished_later(shop, subscription, white, operation, when):
    """S28: the response is lost, before or after the change was made."""
    shop.sandbox.plan_fault("close", operation=operation, when=when)

    change_subscription(subscription=subscription, variant_id=white.pk)
    assert len(next_lines(shop)) <= 2
    assert sum(price != "0.00" for _, _, price in next_lines(shop)) <= 1
    subscription = sync_by_reconciler(subscription)

    assert next_lines(shop) == [("White", 1, "59.00")]
    assert [line.title for line in subscription.lines.all()] == ["White"]


def test_renewal_during_a_variant_change_charges_one_variant(shop, subscription, white):
    shop.sandbox.plan_fault("status", operation="subscriptionsLinesDestroy", status=503, when="before")
    subscription = change_subscription(subscription=subscription, variant_id=white.pk)
    assert next_lines(shop) == [("Black", 1, "49.00"), ("White", 1, "0.00")]

    subscription = renew_subscription(shop, subscription)

    assert charged_amounts(shop) == ["54.00", "54.00"]
    assert next_lines(shop) == [("White", 1, "59.00")]


def test_duplicate_line_is_removed(shop, subscription, white):
    old = subscription.main_line.next_line_id
    body = {
        "product_id": white.next_variant_id,
        "quantity": 1,
        "price": "0.00",
        "metadata": {"replaces": old},
    }
    number = subscription.next_subscription_id
    shop.sandbox.plan_fault("close", operation="subscriptionsLinesCreate", when="after")
    change_subscription(subscription=subscription, variant_id=white.pk)
    shop.sandbox.call("POST", f"subscriptions/{number}/lines/", body | {"metadata": {"replaces": old}})

    sync_by_reconciler(subscription)

    assert next_lines(shop) == [("White", 1, "59.00")]


def test_variant_change_undone_before_sync_changes_nothing(shop, subscription, white, lamp):
    shop.sandbox.plan_fault("status", operation="*", status=503, when="before", times=4)
    subscription = change_subscription(subscription=subscription, variant_id=white.pk)
    subscription = change_subscription(subscription=subscription, variant_id=variant_of(lamp, "Black").pk)

    sync_by_reconciler(subscription)

    assert next_lines(shop) == [("Black", 1, "49.00")]


def test_refused_variant_change_is_rolled_back(shop, subscription, white):
    shop.sandbox.plan_fault("status", operation="subscriptionsLinesCreate", status=400, when="before")

    with pytest.raises(Conflict):
        change_subscription(subscription=subscription, variant_id=white.pk)

    subscription = sync_by_reconciler(subscription)
    assert next_lines(shop) == [("Black", 1, "49.00")]
    assert (subscription.main_line.title, subscription.main_line.terms["recurring_price"]) == (
        "Black",
        "49.00",
    )


def test_only_available_variants_of_the_product_can_be_chosen(shop, subscription, white):
    other = make_product(shop, name="Floor lamp")
    make_plan(other)
    elsewhere = make_product(make_store(host="other.example"))
    for variant in (variant_of(other), variant_of(elsewhere)):
        with pytest.raises(NotFound):
            change_subscription(subscription=subscription, variant_id=variant.pk)

    for row, field, value in (
        (white, "active", False),
        (white, "next_variant_id", None),
        (white.product, "active", False),
    ):
        was = getattr(row, field)
        type(row).objects.filter(pk=row.pk).update(**{field: value})
        with pytest.raises(NotFound):
            change_subscription(subscription=subscription, variant_id=white.pk)
        type(row).objects.filter(pk=row.pk).update(**{field: was})

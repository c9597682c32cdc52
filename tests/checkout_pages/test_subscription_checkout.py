"""What a shopper reads of a subscription before paying: today's charge, and every one after it."""

import datetime
from decimal import Decimal

import pytest
from django.utils import timezone

from catalog.models import PricingPolicy
from orders.models import Order
from stores.dates import format_store_day
from tests.factories import make_link, make_plan, variant_of
from tests.payments.helpers import order_create_calls


@pytest.fixture
def lamp(shop):
    """Return the desk lamp: 49.00, shipped for 5.00."""
    return shop.products.get(name="Desk lamp")


@pytest.fixture
def notes(shop):
    """Return the field notes, which cost 5.00 and aren't shipped."""
    return shop.products.get(name="Field notes")


def verify_with(shop, amount):
    shop.verification_amount = Decimal(amount)
    shop.save()


def checkout_of(shopper, product, plan, quantity=1):
    path = f"/checkout?variant={variant_of(product).pk}&plan={plan.pk}&quantity={quantity}"
    return path, shopper.get(path).text


def test_recurring_shipping_is_named_with_its_amount_before_the_button(shop, lamp, shopper):
    plan = make_plan(lamp, interval="week", interval_count=2)

    path, page = checkout_of(shopper, lamp, plan)

    summary = page.partition('id="checkout-summary"')[2]
    before_button, _button, _rest = summary.partition("data-pay")
    assert "Then $54.00 every 2 weeks ($49.00 + $5.00 shipping)" in before_button
    next_charge = format_store_day(timezone.now() + datetime.timedelta(weeks=2), shop)
    assert f"Next charge on {next_charge}" in before_button
    assert "renews automatically" in before_button
    assert "You can cancel anytime on your subscription page." in before_button
    assert shopper.check_out(path).status_code == 303
    assert Order.objects.get().total == Decimal("54.00")


def test_renewal_is_told_with_the_shipping_method_that_was_chosen(shop, lamp, shopper):
    plan = make_plan(lamp)
    path, _page = checkout_of(shopper, lamp, plan)

    page = shopper.check_out(path, shipping="express", update="shipping").text

    assert "Then $64.00 every month ($49.00 + $15.00 shipping)" in page


def test_two_plans_are_told_apart(shop, lamp, notes, shopper):
    shopper.add_to_cart(variant_of(lamp), plan=make_plan(lamp).pk)
    shopper.add_to_cart(variant_of(notes), quantity=2, plan=make_plan(notes, interval="week").pk)

    page = shopper.get("/checkout").text

    assert "<bdi>Desk lamp</bdi>" in page
    assert "Then $54.00 every month ($49.00 + $5.00 shipping)" in page
    assert "Then $10.00 every week" in page


def test_added_tax_is_named_for_what_recurs(shop, notes, shopper):
    shop.tax_mode = "added"
    shop.save()

    _path, page = checkout_of(shopper, notes, make_plan(notes))

    assert "Then $5.00 every month, plus tax" in page


def test_one_time_purchase_has_no_later_charge(shop, notes, shopper):
    page = shopper.get(f"/checkout?variant={variant_of(notes).pk}").text

    assert "data-renewal" not in page
    assert "Due today" not in page


def test_due_today_is_what_is_charged_with_a_verification(shop, notes, shopper):
    verify_with(shop, "1.00")
    plan = make_plan(notes, trial_period_days=7)
    link = make_link(notes)
    notes.requires_selling_plan = True
    notes.save()

    link_page = shopper.get(link.get_absolute_url()).text
    assert "Due today</span>" in link_page
    assert '<output class="price" data-total>$1.00</output>' in link_page
    shopper.add_to_cart(variant_of(notes), quantity=3, plan=plan.pk)
    cart_page = shopper.get("/cart").text
    assert "Due today" in cart_page
    assert "$1.02" in cart_page
    page = shopper.get("/checkout").text

    assert "Pay $1.02 with Link" in page
    assert "Then $15.00 every month" in page
    assert shopper.check_out("/checkout").status_code == 303
    assert Order.objects.get().total == Decimal("1.02")


def test_free_trial_of_shipped_goods_charges_shipping_and_no_verification(shop, lamp, shopper):
    verify_with(shop, "1.00")
    plan = make_plan(lamp, trial_period_days=7)
    lamp.requires_selling_plan = True
    lamp.save()

    page = shopper.get(lamp.get_absolute_url()).text
    assert "7 days free, then $49.00 every month, plus shipping" in page
    assert "Due today before shipping" in page
    assert "You pay only shipping today. If shipping is free, we charge $1.00 to verify" in page
    assert '<output class="price" data-total>$0.00</output>' in page
    path, checkout = checkout_of(shopper, lamp, plan)

    assert "Verification charge" not in checkout
    assert "Pay $5.00 with Link" in checkout
    assert "Then $54.00 every month ($49.00 + $5.00 shipping)" in checkout
    assert shopper.check_out(path).status_code == 303
    (line,) = order_create_calls(shop)[0]["body"]["lines"]
    assert (line["price"], Order.objects.get().total) == ("0.00", Decimal("5.00"))


def test_free_trial_with_free_shipping_is_verified_as_told(shop, lamp, shopper):
    verify_with(shop, "1.00")
    shop.shipping_methods.get(code="standard").prices.update(amount=0)
    plan = make_plan(lamp, trial_period_days=7)

    _path, page = checkout_of(shopper, lamp, plan)

    assert "Pay $1.00 with Link" in page
    assert "Then $49.00 every month" in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda plan: PricingPolicy.objects.filter(plan=plan).update(adjustment_value="80.00"),
            "Field notes is now 7 days free, then $80.00 every month.",
        ),
        (
            lambda plan: type(plan).objects.filter(pk=plan.pk).update(interval="week"),
            "Field notes is now 7 days free, then $8.00 every week.",
        ),
        (
            lambda plan: type(plan).objects.filter(pk=plan.pk).update(trial_period_days=3),
            "Field notes is now 3 days free, then $8.00 every month.",
        ),
        (
            lambda plan: PricingPolicy.objects.create(
                plan=plan,
                policy_type="RECURRING",
                adjustment_type="PRICE",
                adjustment_value="80.00",
                after_cycle=2,
                position=1,
            ),
            "then $8.00 every month for the first 2 months, then $80.00 every month.",
        ),
    ],
    ids=["price", "interval", "trial", "later step"],
)
def test_changed_later_charge_is_shown_before_payment_starts(shop, notes, shopper, change, told):
    """S7: the total of today is the same."""
    verify_with(shop, "1.00")
    price = {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "8.00"}
    plan = make_plan(notes, trial_period_days=7, pricing_policy=[price])
    path, _page = checkout_of(shopper, notes, plan)
    change(plan)

    answer = shopper.check_out(path)

    assert answer.status_code == 200
    assert "This changed while you were checking out:" in answer.text
    assert told in answer.text
    assert not Order.objects.exists()
    assert shopper.check_out(path).status_code == 303


def test_shipping_that_changed_beside_an_unchanged_total_is_shown(shop, lamp, shopper):
    """S7: one price went up by what the other went down."""
    path = f"/checkout?variant={variant_of(lamp).pk}"
    shopper.get(path)
    lamp.variants.update(price=Decimal("48.00"))
    shop.shipping_methods.get(code="standard").prices.update(amount=Decimal("6.00"))

    answer = shopper.check_out(path)

    assert "1 × Desk lamp – Black is now $48.00." in answer.text
    assert "Shipping (Standard) is now $6.00." in answer.text
    assert "The total is now" not in answer.text
    assert not Order.objects.exists()


@pytest.mark.parametrize("shown", ["", "total", "total=x", "line:=", "total=1 total=2 " * 9_999, "\x00=\x00"])
def test_forged_digest_only_shows_the_page_again(shop, notes, shopper, shown):
    path = f"/checkout?variant={variant_of(notes).pk}"

    answer = shopper.check_out(path, shown=shown)

    assert answer.status_code == 200
    assert "then confirm." in answer.text
    assert not Order.objects.exists()


def test_attempt_at_the_old_terms_is_not_resumed_for_the_new(shop, notes, shopper):
    """S7, S20: back from Link, the shopper confirms other terms than those already sent."""
    price = {"policy_type": "FIXED", "adjustment_type": "PRICE", "adjustment_value": "8.00"}
    plan = make_plan(notes, trial_period_days=7, trial_price=Decimal("2.00"), pricing_policy=[price])
    path, _page = checkout_of(shopper, notes, plan)
    assert shopper.check_out(path).status_code == 303
    PricingPolicy.objects.filter(plan=plan).update(adjustment_value="80.00")
    assert "$80.00 every month" in shopper.get(path).text

    assert shopper.check_out(path).status_code == 303

    recurring = [call["body"]["lines"][0]["subscription"]["price"] for call in order_create_calls(shop)]
    assert recurring == ["8.00", "80.00"]

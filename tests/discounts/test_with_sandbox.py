"""Codes and offers from the checkout to the paid order, against the sandbox's coupons and carts."""

import json

import pytest

from catalog.models import Variant
from checkout.models import OpenCart, PaymentIntent
from checkout.payments.reconcile import reconcile_due_rows
from orders.models import Order, PriceDifference
from tests.checkout_pages.conftest import latest_intent, shopper
from tests.factories import make_plan, sum_parts, variant_of
from tests.payments.helpers import net_charged, pay_at_link, post_return
from tests.taxes.helpers import read

__all__ = ["shopper"]


@pytest.fixture
def lamp(shop):
    for variant in Variant.objects.all():
        Variant.objects.filter(pk=variant.pk).update(next_price=variant.price)
    shop.sandbox.set_discounts(
        coupons=[
            {"code": "WELCOME10", "name": "Welcome", "kind": "percent", "value": "10"},
            {"code": "ONCE", "name": "Once", "kind": "amount", "value": "9.00", "once_per_customer": True},
            {"code": "SHIPFREE", "name": "Free shipping", "kind": "free_shipping"},
            {
                "code": "ENDED",
                "name": "Ended",
                "kind": "percent",
                "value": "10",
                "end": "2020-01-01T00:00:00Z",
            },
        ],
        offers=[{"id": 3, "name": "Spring sale", "kind": "percent", "value": "20"}],
    )
    return variant_of(shop.products.get(name="Desk lamp"), "Black")


@pytest.fixture
def checkout(lamp):
    return f"/checkout?variant={lamp.pk}"


def pay(shop):
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent))
    return Order.objects.latest("created_at")


@pytest.mark.parametrize(("quantity", "off", "total"), [(1, "4.90", "49.10"), (3, "14.70", "137.30")])
def test_shown_total_is_charged_to_the_cent(shop, shopper, checkout, quantity, off, total):
    address = f"{checkout}&quantity={quantity}&code=welcome10"
    assert f"−${off}" in shopper.get(address).text
    assert shopper.check_out(address, code="WELCOME10").status_code == 303

    order = pay(shop)

    assert (order.status, str(order.total), str(order.discount_total)) == ("Paid", total, off)
    assert [(row.code, str(row.amount)) for row in order.discounts.all()] == [("WELCOME10", off)]
    assert not order.is_in_review


def test_code_over_several_lines(shop, shopper, lamp):
    shopper.add_to_cart(lamp)
    shopper.add_to_cart(variant_of(shop.products.get(name="Light bulb")), 3)
    shopper.get("/cart")
    shopper.post("/cart", {"code": "WELCOME10", "use_code": ""})
    assert "−$7.15" in shopper.get("/checkout").text
    assert shopper.check_out(code="WELCOME10").status_code == 303

    assert str(pay(shop).total) == "69.35"


@pytest.mark.parametrize("code", ["UNKNOWN", "ENDED", "SHIPFREE"])
@pytest.mark.parametrize("answer", ["ignore", "refuse"])
def test_code_that_a_cart_does_not_name_is_refused(shop, shopper, checkout, code, answer):
    shop.sandbox.configure(discounts=shop.sandbox.settings["discounts"] | {"cart_codes": answer})
    shopper.get(checkout)

    assert "takes nothing off" in shopper.check_out(checkout, code=code, update="code").text
    assert shopper.check_out(checkout, code="").status_code == 303
    assert str(pay(shop).total) == "54.00"


def test_code_that_this_customer_already_used_is_dropped_at_the_order(shop, shopper, checkout):
    shopper.get(f"{checkout}&code=ONCE")
    shopper.check_out(f"{checkout}&code=ONCE", code="ONCE")
    assert str(pay(shop).total) == "45.00"

    assert "−$9.00" in shopper.get(f"{checkout}&code=ONCE").text
    page = shopper.check_out(f"{checkout}&code=ONCE", code="ONCE").text

    assert "“ONCE” is no longer valid or was already used" in page
    assert PaymentIntent.objects.latest("created_at").is_code_refused
    assert shopper.check_out(f"{checkout}&code=ONCE", code="").status_code == 303
    assert str(pay(shop).total) == "54.00"


def test_price_that_changed_in_next_is_noticed_before_the_payment(shop, shopper, checkout, lamp):
    Variant.objects.filter(pk=lamp.pk).update(price="45.00", next_price="45.00")  # not in NEXT
    page = shopper.get(f"{checkout}&code=WELCOME10").text

    assert "We couldn&#x27;t check" in page
    assert "Pay $50.00 with Link" in page


def test_offer_is_applied_by_next_at_payment(shop, shopper, checkout):
    shop.offers.create(next_offer_id=3, name="Spring sale")
    assert "Spring sale" in shopper.get(checkout).text
    shopper.check_out(checkout)

    intent = latest_intent(shop)
    answer = json.loads(pay_at_link(intent))

    assert answer["total_incl_tax"] == "44.20"
    assert [row["name"] for row in answer["offer_discounts"]] == ["Spring sale"]
    assert intent.order.is_total_final is False


@pytest.mark.parametrize(
    ("kind", "off", "total"), [("percent", "9.80", "44.20"), ("free_shipping", "5.00", "49.00")]
)
def test_order_paid_with_an_offer_shows_what_it_took_off(shop, shopper, checkout, kind, off, total):
    """As was to be expected, so that neither a review nor a price difference is opened."""
    shop.offers.create(next_offer_id=3, name="Spring sale")
    shop.sandbox.set_discounts(offers=[{"id": 3, "name": "Spring sale", "kind": kind, "value": "20"}])
    shopper.check_out(checkout)

    order = pay(shop)

    assert (order.status, str(order.total)) == ("Paid", total)
    assert order.total == sum_parts(order) == net_charged(shop)
    assert (order.is_total_final, order.is_in_review) == (True, False)
    assert [(row.name, str(row.amount)) for row in order.discounts.all()] == [("Spring sale", off)]
    page = shopper.get(order.get_absolute_url()).text
    for text in ("Spring sale", f"−${off}", f"${total}"):
        assert text in page
    assert "$54.00" not in page
    assert not PriceDifference.objects.exists()


def test_cart_is_deleted_from_next_after_the_purchase(shop, shopper, checkout):
    shopper.type_details(checkout)
    shopper.get(f"{checkout}&code=WELCOME10")
    shopper.check_out(f"{checkout}&code=WELCOME10", code="WELCOME10")
    cart_id = OpenCart.objects.get().next_cart_id

    reconcile_due_rows()

    assert not OpenCart.objects.exists()
    calls = [(row["method"], row["path"]) for row in shop.sandbox.requests()]
    assert any(method == "DELETE" and path.endswith(f"/carts/{cart_id}/") for method, path in calls)


# --- Codes that lower shipping


@pytest.fixture
def shipping_codes(shop, lamp):
    shop.shipping_codes = "SHIP5, ShipFree"
    shop.save()


def test_shipping_code_that_staff_listed_is_applied_at_payment(shop, shopper, checkout, shipping_codes):
    """NEXT prices shipping itself then, since it may not apply a code to a price of ours."""
    page = shopper.get(f"{checkout}&code=shipfree")
    assert "Discount shipfree Applied at payment" in read(page)
    assert "Estimated total USD $54.00" in read(page)
    assert "Continue to Link" in read(page)
    assert not any(call["operation"] == "cartsCreate" for call in shop.sandbox.requests())
    assert shopper.check_out(f"{checkout}&code=shipfree", code="shipfree").status_code == 303

    order = pay(shop)

    assert (order.status, str(order.total), str(order.shipping_total)) == ("Paid", "49.00", "5.00")
    assert [(row.code, str(row.amount)) for row in order.discounts.all()] == [("SHIPFREE", "5.00")]
    assert not order.is_in_review


def test_shipping_code_that_next_does_not_know_is_refused_with_the_order(
    shop, shopper, checkout, shipping_codes
):
    shopper.get(f"{checkout}&code=SHIP5")
    page = shopper.check_out(f"{checkout}&code=SHIP5", code="SHIP5")

    assert "“SHIP5” is no longer valid or was already used, so we removed it." in page.text
    assert shopper.check_out(f"{checkout}&code=SHIP5", code="").status_code == 303
    assert str(pay(shop).total) == "54.00"


def test_shipping_code_that_takes_nothing_off_leaves_the_order_paid(shop, shopper, checkout, shipping_codes):
    settings = shop.sandbox.settings["discounts"]
    shop.sandbox.configure(discounts=settings | {"order_codes": "ignore"})
    shopper.get(f"{checkout}&code=SHIP5")
    assert shopper.check_out(f"{checkout}&code=SHIP5", code="SHIP5").status_code == 303

    order = pay(shop)

    assert (order.status, str(order.total), order.is_in_review) == ("Paid", "54.00", False)


def test_shipping_code_is_refused_where_nothing_ships(shop, shopper, lamp, shipping_codes):
    shop.products.update(collect_shipping_address=False)
    page = shopper.get(f"/checkout?variant={lamp.pk}&code=SHIPFREE")
    assert "“SHIPFREE” takes nothing off this order." in page.text


def test_shipping_code_that_may_leave_nothing_to_pay_is_refused(shop, shopper, lamp, shipping_codes):
    plan = make_plan(shop.products.get(name="Desk lamp"), trial_period_days=14, trial_price=0)
    page = shopper.get(f"/checkout?variant={lamp.pk}&plan={plan.pk}&code=SHIPFREE")
    assert "“SHIPFREE” wasn’t applied" in page.text or "“SHIPFREE” wasn&#x27;t applied" in page.text

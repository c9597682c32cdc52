"""The choice of a payment method on the checkout page."""

import pytest

from checkout.models import PaymentIntent
from orders.models import Order
from stores.models import StoreHealth
from tests.checkout_pages.conftest import latest_intent
from tests.checkout_pages.test_checkout import create_requests
from tests.checkout_pages.test_payment_page import page_of
from tests.factories import make_link, make_plan
from tests.payments.helpers import pay_at_link, post_return


@pytest.fixture
def link(shop):
    return make_link(shop.products.get(name="Desk lamp"))


@pytest.fixture
def path(link):
    return f"/checkout?link={link.pk}"


def turn_on(shop, *codes):
    shop.payment_methods = [*codes]
    shop.save(update_fields=["payment_methods"])


def offered_on(page):
    return [method.code for method in page.context["payment"].methods]


def test_one_method_leaves_nothing_to_choose_and_several_cost_one_query(
    shop, path, shopper, django_assert_max_num_queries
):
    with django_assert_max_num_queries(40) as alone:
        page = shopper.get(path)
    assert "Pay with</h2>" not in page.text
    assert "Pay $54.00 with Link" in page.text
    assert "You'll go to Link to pay" in page.text

    turn_on(shop, "link", "klarna", "paypal")
    StoreHealth.record(shop, next_settings={"payment_methods": {"link": [], "klarna": []}})
    with django_assert_max_num_queries(len(alone) + 1):
        page = shopper.get(path)
    assert offered_on(page) == ["link", "klarna"]


def test_shopper_chooses_and_the_page_follows(shop, path, shopper):
    turn_on(shop, "link", "paypal", "klarna")
    page = shopper.get(path)
    assert offered_on(page) == ["link", "paypal", "klarna"]
    assert page.context["payment"].chosen.code == "link"

    page = shopper.post(path, {"email": "ada@", "payment_method": "paypal", "update": "script"})
    assert "Pay $54.00 with PayPal" in page.text
    assert "You'll pay with PayPal on the next page" in page.text
    assert shopper.get(path).context["payment"].chosen.code == "paypal"  # remembered
    shopper.check_out(path, payment_method="paypal")

    (call,) = create_requests(shop)
    assert call["body"]["payment_method"] == "paypal"
    # PayPal has an account of its own beside the gateways.
    assert "payment_gateway" not in call["body"]["payment_details"]
    assert Order.objects.get().payment_method == "paypal"
    intent = latest_intent(shop)
    post_return(intent, pay_at_link(intent), client=shopper.client)
    assert "Paid with PayPal on" in shopper.get(Order.objects.get().get_absolute_url()).text


def test_method_that_does_not_fit_is_refused_and_nothing_is_lost(shop, link, path, shopper):
    turn_on(shop, "affirm", "link")
    germany = {"country": "DE", "state": "", "postal_code": "10117"}
    bulb = f"/checkout?link={make_link(shop.products.get(name='Light bulb')).pk}"
    plan = make_plan(link.product)
    for query, code, changed, reason in (
        (path, "affirm", germany, "Affirm isn&#x27;t available in Germany. Choose another way to pay."),
        (path, "ideal", {}, "This payment method is no longer available. Choose another."),
        (path, "cash", {}, "This payment method is no longer available. Choose another."),
        (bulb, "affirm", {}, "Affirm is for orders of $50.00 or more. Choose another way to pay."),
        (
            f"{path}&quantity=2&plan={plan.pk}",
            "affirm",
            {},
            "Affirm can&#x27;t pay for subscriptions. Choose another way to pay.",
        ),
    ):
        shopper.get(query)
        page = shopper.check_out(query, payment_method=code, **changed)

        assert reason in page.text
        assert 'href="#id_payment_method"' in page.text
        assert 'value="12 Main Street"' in page.text
        assert page.context["payment"].chosen.code == ("affirm" if code in {"ideal", "cash"} else "link")
    assert not PaymentIntent.objects.exists()
    assert not create_requests(shop)


def test_shop_whose_only_method_does_not_fit_says_why(shop, shopper):
    turn_on(shop, "affirm")
    bulb = f"/checkout?link={make_link(shop.products.get(name='Light bulb')).pk}"

    page = shopper.check_out(bulb)

    assert "Affirm is for orders of $50.00 or more." in page.text
    assert not create_requests(shop)


def test_method_that_next_refuses_is_named_with_what_to_do(shop, path, shopper):
    turn_on(shop, "link", "klarna")
    shop.sandbox.configure(catalogue=shop.sandbox.settings["catalogue"] | {"payment_methods": ["link"]})
    shop.payment_gateway = None
    shop.save()

    page = shopper.check_out(path, payment_method="klarna")

    assert (
        "Klarna can&#x27;t be used for this order. Nothing was charged. Choose another way to pay."
        in page.text
    )
    assert shopper.check_out(path, payment_method="link").status_code == 303
    assert Order.objects.get().payment_method == "link"


def test_declined_payment_suggests_another_method(shop, path, shopper):
    turn_on(shop, "link", "klarna")
    shopper.check_out(path, payment_method="link")
    intent = latest_intent(shop)
    pay_at_link(intent, "decline")
    post_return(intent, {}, client=shopper.client)

    page = shopper.get(page_of(intent))

    assert "Pay with Klarna instead" in page.text
    again = shopper.get(f"{path}&pay=klarna")
    assert again.context["payment"].chosen.code == "klarna"
    assert 'value="12 Main Street"' in again.text


def test_attempt_with_another_method_pays_for_the_same_order_once(shop, path, shopper):
    """S6, S20: the first payment page stays open and is paid, too."""
    turn_on(shop, "link", "klarna")
    shopper.check_out(path, payment_method="link")
    first = latest_intent(shop)
    shopper.get(path)
    shopper.check_out(path, payment_method="klarna")
    second = latest_intent(shop)
    assert [call["body"]["payment_method"] for call in create_requests(shop)] == ["link", "klarna"]

    post_return(first, pay_at_link(first))
    post_return(second, pay_at_link(second))

    order = Order.objects.get()
    assert (order.status, order.payment_method) == ("Paid", "link")  # as it was paid at first
    assert [review.kind for review in order.reviews.all()] == ["duplicate_payment"]
    assert PaymentIntent.objects.get(pk=second.pk).status == "review"

"""The checkout page: its form, its errors, and the redirect to the sandbox's Link page."""

import datetime

import pytest
from django.utils import timezone

from catalog.models import PaymentLink
from checkout.models import PaymentIntent, ShippingMethod
from orders.models import Order
from stores.next_client import open_next_client
from tests.checkout_pages.conftest import ADDRESS, latest_intent
from tests.factories import make_link, make_plan, make_product, variant_of
from tests.payments.helpers import pay_at_link


@pytest.fixture
def lamp(shop):
    return shop.products.get(name="Desk lamp")


@pytest.fixture
def link(lamp):
    return make_link(lamp)


def create_requests(shop):
    return [call for call in shop.sandbox.requests() if call["operation"] == "ordersCreate"]


def test_payment_link_checkout_takes_one_page_and_one_post(shop, link, shopper):
    page = shopper.get(f"/checkout?link={link.pk}&quantity=2&utm_source=news")
    assert page.status_code == 200
    assert "$98.00" in page.text
    assert "$103.00" in page.text  # with the cheapest shipping method

    answer = shopper.check_out(f"/checkout?link={link.pk}&quantity=2&utm_source=news")

    assert answer.status_code == 303
    assert answer["Location"].startswith("http://127.0.0.1:")
    (call,) = create_requests(shop)
    sent = call["body"]
    assert sent["lines"][0]["quantity"] == 2
    assert sent["lines"][0]["price"] == "49.00"
    assert sent["shipping_address"] == {
        "first_name": "Ada",
        "last_name": "Lovelace",
        "line1": "12 Main Street",
        "line4": "Monsey",
        "state": "NY",
        "postcode": "10952",
        "country": "US",
    }
    assert sent["shipping_code"] == "standard"
    assert sent["shipping_price"] == "5.00"
    assert sent["attribution"]["utm_source"] == "news"
    assert Order.objects.get().total == 103


def test_only_the_checkout_form_may_redirect_to_another_site(shop, link, shopper):
    page = shopper.get(f"/checkout?link={link.pk}")

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "strict-origin"
    assert (
        "form-action 'self' https: http://localhost:* http://127.0.0.1:*" in page["Content-Security-Policy"]
    )
    assert "form-action 'self';" in shopper.get("/cart")["Content-Security-Policy"]


def test_prices_from_the_browser_are_ignored(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}&price=0.01")
    shopper.check_out(
        f"/checkout?link={link.pk}&price=0.01", price="0.01", shipping_price="0", unit_price="1"
    )

    assert Order.objects.get().total == 54


def test_changed_total_is_shown_before_payment_starts(shop, link, shopper):
    """S7: a price or, without JavaScript, the shipping method changed while the page was open."""
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", shipping="express")

    assert answer.status_code == 200
    assert "The total is now $64.00" in answer.text
    assert not create_requests(shop)
    assert shopper.check_out(f"/checkout?link={link.pk}", shipping="express").status_code == 303


def test_summary_links_to_terms_and_explains_renewal(shop, link, lamp, shopper):
    shop.footer_links.create(label="Terms", url="https://lamps.example/terms")
    plan = make_plan(lamp)
    path = f"/checkout?link={link.pk}"

    one_time = shopper.get(path).text
    subscription = shopper.get(f"{path}&plan={plan.pk}").text

    aside = one_time.partition('id="checkout-summary"')[2].partition("</form>")[0]
    assert 'href="https://lamps.example/terms"' in aside
    assert "https://lamps.example/terms" in one_time.partition("<footer")[2]
    assert "renews automatically" in subscription
    assert "renews automatically" not in one_time


def test_errors_appear_beside_fields_and_typed_values_stay(shop, link, shopper):
    answer = shopper.check_out(
        f"/checkout?link={link.pk}", email="ada@", postal_code="12", line1="", phone="123", city="Monsey"
    )

    assert answer.status_code == 200
    assert 'aria-describedby="id_email_error"' in answer.text
    assert "Enter a complete email address, such as name@example.com." in answer.text
    assert "Enter 5 digits, such as 95014." in answer.text
    assert "Enter a valid phone number with the country code" in answer.text
    assert answer.text.count("Please fill out this field.") == 2  # beside the field and in the list
    assert 'value="Monsey"' in answer.text
    assert 'value="ada@"' in answer.text
    assert answer.text.count("autofocus") == 1
    assert not Order.objects.exists()


def test_typed_values_are_prefilled_on_the_next_visit(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", email="ada@")

    page = shopper.get(f"/checkout?link={link.pk}")

    assert 'value="12 Main Street"' in page.text
    assert "Enter a valid email" not in page.text


def test_country_change_shows_its_fields_without_errors(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", country="DE", email="", update="country")

    assert answer.status_code == 200
    assert 'name="state"' not in answer.text
    assert answer.text.index('name="postal_code"') < answer.text.index('name="city"')
    assert "Please fill out this field" not in answer.text
    assert 'value="12 Main Street"' in answer.text
    assert "Express" not in answer.text  # ships to the US only
    assert not Order.objects.exists()


def test_phone_is_sent_as_e164(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", phone="(202) 555-0140")

    assert create_requests(shop)[0]["body"]["user"]["phone_number"] == "+12025550140"


def test_digital_product_needs_no_address(shop, shopper):
    notes = variant_of(shop.products.get(name="Field notes"))
    page = shopper.get(f"/checkout?variant={notes.pk}")
    assert 'name="line1"' not in page.text

    assert shopper.check_out(f"/checkout?variant={notes.pk}").status_code == 303

    sent = create_requests(shop)[0]["body"]
    assert "shipping_address" not in sent
    assert sent["user"]["first_name"] == "Ada"


def test_same_form_posted_four_times_is_one_attempt(shop, link, shopper):
    """S20, one after another. The payment tests cover simultaneous posts."""
    shopper.get(f"/checkout?link={link.pk}")
    data = {**ADDRESS, "key": shopper.hidden("key"), "shown": shopper.hidden("shown")}
    answers = [
        shopper.post(f"/checkout?link={link.pk}", {**data, "csrfmiddlewaretoken": token})
        for token in [shopper.hidden("csrfmiddlewaretoken")] * 4
    ]

    assert len({answer["Location"] for answer in answers}) == 1
    assert PaymentIntent.objects.count() == 1
    assert len(create_requests(shop)) == 1


def test_changed_details_start_another_attempt_for_the_same_order(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}")
    shopper.get(f"/checkout?link={link.pk}")
    shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street")

    assert Order.objects.count() == 1
    assert PaymentIntent.objects.count() == 2


def test_shopper_who_already_paid_cannot_pay_twice(shop, link, shopper):
    """S1, S6: the return was lost, the webhook has not arrived, and the form has changed."""
    shopper.check_out(f"/checkout?link={link.pk}")
    pay_at_link(latest_intent(shop))
    PaymentIntent.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=1))
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street")

    assert answer.status_code == 409
    assert "checkout/already_paid.html" in [template.name for template in answer.templates]
    assert Order.objects.get().status == "Paid"
    assert len(create_requests(shop)) == 1


def test_sold_out_item_is_shown_and_its_post_refused(shop, link, shopper, lamp):
    """S22: no call to NEXT Commerce is made."""
    lamp.variants.update(inventory_quantity=1)
    page = shopper.get(f"/checkout?link={link.pk}&quantity=2")
    assert "Desk lamp – Black: only 1 left in stock." in page.text

    answer = shopper.check_out(f"/checkout?link={link.pk}&quantity=2")

    assert answer.status_code == 409
    assert "enough Desk lamp – Black in stock" in answer.text
    assert not create_requests(shop)


def test_own_hold_does_not_count_as_sold_out(shop, link, shopper, lamp):
    lamp.variants.update(inventory_quantity=1)
    shopper.check_out(f"/checkout?link={link.pk}")

    page = shopper.get(f"/checkout?link={link.pk}")

    assert "sold out" not in page.text
    assert shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street").status_code == 303


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"active": False}, 410, "This link is closed"),
        ({"uses_left": 0}, 409, "This offer is no longer available"),
    ],
)
def test_link_that_ends_while_the_page_is_open_refuses_the_post(shop, link, shopper, change, status, words):
    """S24."""
    shopper.get(f"/checkout?link={link.pk}")
    PaymentLink.objects.update(**change)

    answer = shopper.check_out(f"/checkout?link={link.pk}")

    assert answer.status_code == status
    assert words in answer.text
    assert not Order.objects.exists()
    assert not create_requests(shop)


def test_missing_shipping_methods_are_loaded_once_then_reported(shop, link, shopper):
    ShippingMethod.objects.all().delete()
    page = shopper.get(f"/checkout?link={link.pk}")
    assert "3 to 5 days" in page.text
    assert ShippingMethod.objects.count() == 2

    ShippingMethod.objects.all().delete()
    page = shopper.get(f"/checkout?link={link.pk}")
    assert "We can't load shipping options right now." in page.text


def test_post_from_another_site_is_refused(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.post(f"/checkout?link={link.pk}", ADDRESS, Origin="https://elsewhere.example")

    assert answer.status_code == 403
    assert not Order.objects.exists()


def test_added_tax_depends_on_the_country(shop, link, shopper):
    shop.tax_mode = "added"
    shop.save()
    shop.tax_rates.create(country="US", name="Sales tax", rate=10, taxes_shipping=True)

    page = shopper.get(f"/checkout?link={link.pk}")

    assert "$5.40" in page.text  # 4.90 on the lamp and 0.50 on shipping
    assert "$59.40" in page.text
    assert "Sales tax</bdi> (10%)" in page.text
    assert "Prices include tax" not in page.text


def test_added_tax_depends_on_the_state_where_it_has_a_rate(shop, link, shopper):
    shop.tax_mode = "added"
    shop.save()
    shop.tax_rates.create(country="US", rate=0)
    shop.tax_rates.create(country="US", states="CA, NY", name="Sales tax", rate=10, taxes_shipping=True)
    path = f"/checkout?link={link.pk}"

    assert "$54.00" in shopper.get(path).text
    answer = shopper.check_out(path)  # to New York

    assert "The total is now $59.40." in answer.text
    assert not create_requests(shop)
    assert shopper.check_out(path).status_code == 303


def test_checkout_post_takes_at_most_20_queries(shop, link, shopper, django_assert_max_num_queries):
    """Transaction statements excluded, with an API token that was used within the last minute."""
    open_next_client(shop).retrieve_store()
    shopper.get(f"/checkout?link={link.pk}")
    with django_assert_max_num_queries(40) as counted:
        assert shopper.check_out(f"/checkout?link={link.pk}").status_code == 303

    statements = [
        query["sql"]
        for query in counted.captured_queries
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) <= 20, "\n".join(statements)


@pytest.mark.parametrize("changes", [{"next_variant_id": None}, {"price": "0.00"}, {"price": "0.49"}])
def test_what_cannot_be_bought_is_refused_before_the_form(shop, shopper, changes):
    odd = make_product(shop, name="Odd lamp")
    odd.variants.update(**changes)

    answer = shopper.get(f"/checkout?variant={variant_of(odd).pk}")

    assert answer.status_code == 410
    assert "Odd lamp isn&#x27;t available yet" in answer.text
    assert "data-pay" not in answer.text


def test_what_stops_being_for_sale_meanwhile_is_refused(shop, shopper):
    lamp = make_product(shop, name="Odd lamp")
    address = f"/checkout?variant={variant_of(lamp).pk}"
    shopper.get(address)
    form = shopper.get(address)
    lamp.variants.update(next_variant_id=None)

    answer = shopper.check_out(address)

    assert form.status_code == 200
    assert answer.status_code in {403, 410}
    assert not shop.orders.exists()

"""The checkout page: one page, one POST, paid at the sandbox's Link."""

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


def test_a_link_leads_through_one_page_and_one_post_to_link(shop, link, shopper):
    page = shopper.get(f"/checkout?link={link.pk}&quantity=2&utm_source=news")
    assert page.status_code == 200
    assert "$98.00" in page.text
    assert "$103.00" in page.text  # with the cheapest delivery

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


def test_the_page_is_private_and_its_form_alone_may_lead_elsewhere(shop, link, shopper):
    page = shopper.get(f"/checkout?link={link.pk}")

    assert page["Cache-Control"] == "no-store"
    assert page["Referrer-Policy"] == "strict-origin"
    assert (
        "form-action 'self' https: http://localhost:* http://127.0.0.1:*" in page["Content-Security-Policy"]
    )
    assert "form-action 'self';" in shopper.get("/cart")["Content-Security-Policy"]


def test_prices_and_totals_of_the_browser_are_not_believed(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}&price=0.01")
    shopper.check_out(
        f"/checkout?link={link.pk}&price=0.01", price="0.01", shipping_price="0", unit_price="1"
    )

    assert Order.objects.get().total == 54


def test_a_total_other_than_the_one_shown_is_shown_before_anything_is_asked(shop, link, shopper):
    """S7: a price changed while the page was open, or the delivery was changed without script."""
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", shipping="express")

    assert answer.status_code == 200
    assert "The total is now $64.00" in answer.text
    assert shopper.hidden("total") == "64.00"
    assert not create_requests(shop)
    assert shopper.check_out(f"/checkout?link={link.pk}", shipping="express").status_code == 303


def test_who_pays_has_the_terms_at_hand_and_knows_what_goes_on(shop, link, lamp, shopper):
    shop.footer_links = [{"name": "Terms", "url": "https://lamps.example/terms"}]
    shop.save()
    plan = make_plan(lamp)
    path = f"/checkout?link={link.pk}"

    once = shopper.get(path).text
    again = shopper.get(f"{path}&plan={plan.pk}").text

    aside = once.partition('id="checkout-summary"')[2].partition("</form>")[0]
    assert 'href="https://lamps.example/terms"' in aside
    assert "https://lamps.example/terms" in once.partition("<footer")[2]
    assert "goes on by itself" in again
    assert "goes on by itself" not in once


def test_errors_stand_beside_their_fields_and_what_was_typed_is_kept(shop, link, shopper):
    answer = shopper.check_out(
        f"/checkout?link={link.pk}", email="ada@", postal_code="12", line1="", phone="123", city="Monsey"
    )

    assert answer.status_code == 200
    assert 'aria-describedby="id_email_error"' in answer.text
    assert "Enter a valid email address, such as name@example.com." in answer.text
    assert "This does not look right. An example: 95014." in answer.text
    assert "This is not a phone number we can use." in answer.text
    assert answer.text.count("Please fill this in.") == 1
    assert 'value="Monsey"' in answer.text
    assert 'value="ada@"' in answer.text
    assert answer.text.count("autofocus") == 1
    assert not Order.objects.exists()


def test_what_was_typed_is_there_on_the_next_visit(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", email="ada@")

    page = shopper.get(f"/checkout?link={link.pk}")

    assert 'value="12 Main Street"' in page.text
    assert "Enter a valid email" not in page.text


def test_changing_the_country_shows_its_fields_without_complaint(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", country="DE", email="", update="country")

    assert answer.status_code == 200
    assert 'name="state"' not in answer.text
    assert answer.text.index('name="postal_code"') < answer.text.index('name="city"')
    assert "Please fill this in" not in answer.text
    assert 'value="12 Main Street"' in answer.text
    assert "Express" not in answer.text  # goes to the US alone
    assert not Order.objects.exists()


def test_the_phone_is_sent_as_e164(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}", phone="(202) 555-0140")

    assert create_requests(shop)[0]["body"]["user"]["phone_number"] == "+12025550140"


def test_what_needs_no_delivery_asks_no_address(shop, shopper):
    notes = variant_of(shop.products.get(name="Field notes"))
    page = shopper.get(f"/checkout?variant={notes.pk}")
    assert 'name="line1"' not in page.text

    assert shopper.check_out(f"/checkout?variant={notes.pk}").status_code == 303

    sent = create_requests(shop)[0]["body"]
    assert "shipping_address" not in sent
    assert sent["user"]["first_name"] == "Ada"


def test_the_same_form_four_times_is_one_attempt(shop, link, shopper):
    """S20, one after the other; at once it is tested with the payment."""
    shopper.get(f"/checkout?link={link.pk}")
    data = {**ADDRESS, "key": shopper.hidden("key"), "total": shopper.hidden("total")}
    answers = [
        shopper.post(f"/checkout?link={link.pk}", {**data, "csrfmiddlewaretoken": token})
        for token in [shopper.hidden("csrfmiddlewaretoken")] * 4
    ]

    assert len({answer["Location"] for answer in answers}) == 1
    assert PaymentIntent.objects.count() == 1
    assert len(create_requests(shop)) == 1


def test_changed_details_are_another_attempt_for_the_same_order(shop, link, shopper):
    shopper.check_out(f"/checkout?link={link.pk}")
    shopper.get(f"/checkout?link={link.pk}")
    shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street")

    assert Order.objects.count() == 1
    assert PaymentIntent.objects.count() == 2


def test_who_paid_and_came_back_by_another_way_is_told_so_instead_of_paying_again(shop, link, shopper):
    """S1, S6: the return was lost, the webhook is not here yet, and the form is no longer the same."""
    shopper.check_out(f"/checkout?link={link.pk}")
    pay_at_link(latest_intent(shop))
    PaymentIntent.objects.update(created_at=timezone.now() - datetime.timedelta(minutes=1))
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street")

    assert answer.status_code == 409
    assert "checkout/already_paid.html" in [template.name for template in answer.templates]
    assert Order.objects.get().status == "Paid"
    assert len(create_requests(shop)) == 1


def test_a_sold_out_item_is_said_on_the_page_and_refused_at_the_post(shop, link, shopper, lamp):
    """S22: nothing is asked of the store."""
    lamp.variants.update(inventory_quantity=1)
    page = shopper.get(f"/checkout?link={link.pk}&quantity=2")
    assert "Only 1 of Desk lamp – Black are left." in page.text

    answer = shopper.check_out(f"/checkout?link={link.pk}&quantity=2")

    assert answer.status_code == 409
    assert "sold out in this quantity" in answer.text
    assert not create_requests(shop)


def test_the_last_item_held_by_ones_own_attempt_is_not_sold_out(shop, link, shopper, lamp):
    lamp.variants.update(inventory_quantity=1)
    shopper.check_out(f"/checkout?link={link.pk}")

    page = shopper.get(f"/checkout?link={link.pk}")

    assert "sold out" not in page.text
    assert shopper.check_out(f"/checkout?link={link.pk}", line1="13 Main Street").status_code == 303


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"active": False}, 410, "This offer has ended"),
        ({"uses_left": 0}, 409, "This offer has been used up"),
    ],
)
def test_a_link_that_ends_while_the_page_is_open_is_refused_at_the_post(
    shop, link, shopper, change, status, words
):
    """S24."""
    shopper.get(f"/checkout?link={link.pk}")
    PaymentLink.objects.update(**change)

    answer = shopper.check_out(f"/checkout?link={link.pk}")

    assert answer.status_code == status
    assert words in answer.text
    assert not Order.objects.exists()
    assert not create_requests(shop)


def test_a_store_without_methods_asks_once_and_then_says_so(shop, link, shopper):
    ShippingMethod.objects.all().delete()
    page = shopper.get(f"/checkout?link={link.pk}")
    assert "3 to 5 days" in page.text
    assert ShippingMethod.objects.count() == 2

    ShippingMethod.objects.all().delete()
    page = shopper.get(f"/checkout?link={link.pk}")
    assert "The ways of delivery cannot be shown at the moment." in page.text


def test_a_form_without_its_token_or_from_another_site_is_refused(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}")

    answer = shopper.post(f"/checkout?link={link.pk}", ADDRESS, Origin="https://elsewhere.example")

    assert answer.status_code == 403
    assert not Order.objects.exists()


def test_tax_that_is_added_is_shown_by_country(shop, link, shopper):
    shop.prices_include_tax = False
    shop.tax_rates = {"US": "10"}
    shop.save()

    page = shopper.get(f"/checkout?link={link.pk}")

    assert "$5.40" in page.text  # 4.90 and 0.50
    assert "$59.40" in page.text
    assert "Prices include tax" not in page.text


def test_a_post_takes_at_most_15_queries(shop, link, shopper, django_assert_max_num_queries):
    """All of them but BEGIN and COMMIT, with a token that was used within the minute."""
    open_next_client(shop).retrieve_store()
    shopper.get(f"/checkout?link={link.pk}")
    with django_assert_max_num_queries(40) as counted:
        assert shopper.check_out(f"/checkout?link={link.pk}").status_code == 303

    statements = [
        query["sql"]
        for query in counted.captured_queries
        if not query["sql"].startswith(("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) <= 15, "\n".join(statements)


def test_a_product_without_the_stores_id_is_refused_in_words(shop, shopper):
    odd = make_product(shop, name="Odd lamp")
    odd.variants.update(next_variant_id=None)

    assert "cannot be bought yet" in shopper.get(f"/checkout?variant={variant_of(odd).pk}").text
    answer = shopper.check_out(f"/checkout?variant={variant_of(odd).pk}")

    assert answer.status_code == 400
    assert "cannot be bought yet" in answer.text

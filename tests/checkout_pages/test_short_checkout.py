"""A short checkout: fields checked when left, a list of problems, and nothing typed is lost."""

import re

import pytest

from catalog.models import PaymentLink
from checkout.models import ShippingMethod
from orders.models import Order, OrderAddress
from tests.checkout_pages.conftest import ADDRESS
from tests.checkout_pages.test_checkout import create_requests, lamp, link
from tests.factories import make_plan, variant_of

__all__ = ["lamp", "link"]

pytestmark = pytest.mark.django_db

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}


def check_field(client, name, value, **more):
    data = {"field": name, name: value, "country": "US", **more}
    return client.post("/checkout/field", data, headers=SAME_ORIGIN)


# --- Checks ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("email", "ada@", "Enter a complete email address, such as name@example.com."),
        ("email", "ada@gmial.com", "Did you mean <bdi>ada@gmail.com</bdi>?"),
        ("phone", "123", "Enter a valid phone number with the country code"),
        ("postal_code", "1234", "Enter 5 digits, such as 95014."),
        ("name", "", "Please fill out this field."),
        ("postal_code", "１０９５２", 'value="10952"'),
    ],
)
def test_field_is_checked_when_it_is_left(client, django_assert_num_queries, name, value, said):
    with django_assert_num_queries(0):
        answer = check_field(client, name, value)

    assert said in answer.text
    assert answer.text.count('<div class="field') == 1 + answer.text.count('<div class="field__')
    assert answer["Cache-Control"] == "no-store"
    assert not client.cookies


@pytest.mark.parametrize(("name", "value"), [("name", "Ada"), ("email", "ada@gmail.com"), ("line2", "")])
def test_right_field_gets_no_remark(client, name, value):
    assert not re.search("field__error|field__suggestion|aria-invalid", check_field(client, name, value).text)


def test_unusual_postal_code_is_asked_about_with_the_whole_form_only(client):
    assert "field__error" not in check_field(client, "postal_code", "73949", state="TX").text


def test_billing_address_is_checked_by_its_own_country(client):
    answer = check_field(client, "billing-postal_code", "1", country="DE")

    assert "Enter 5 digits, such as 26133." in answer.text
    assert 'id="id_billing-postal_code_error"' in answer.text


@pytest.mark.parametrize("name", ["", "country", "answer_1", "csrfmiddlewaretoken", "billing-", "x" * 500])
def test_what_is_no_typed_field_is_not_checked(client, name):
    assert check_field(client, name, "x").status_code == 204


def test_other_sites_cannot_ask_for_a_check(client):
    answer = client.post("/checkout/field", {"field": "name"}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403


def test_problems_are_listed_first_with_links_to_their_fields(shop, link, shopper):
    answer = shopper.check_out(f"/checkout?link={link.pk}", email="ada@", postal_code="12")

    assert "<title>Error: Checkout" in " ".join(answer.text.split())
    problems = answer.text.partition("data-problems")[2].partition("</ul>")[0]
    assert re.findall(r'<a href="#(\w+)">([^<]*)</a>', problems) == [
        ("id_email", "Email: Enter a complete email address, such as name@example.com."),
        ("id_postal_code", "ZIP code: Enter 5 digits, such as 95014."),
    ]
    assert "Error:" not in shopper.get(f"/checkout?link={link.pk}").text


def test_hint_about_the_email_never_refuses_and_is_taken_by_a_button(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)
    shown = shopper.post(page, {**ADDRESS, "email": "ada@gmial.com", "update": "country"})
    assert "Did you mean <bdi>ada@gmail.com</bdi>?" in shown.text

    taken = shopper.post(page, {**ADDRESS, "email": "ada@gmial.com", "update": "email"})
    assert 'value="ada@gmail.com"' in taken.text
    assert "Did you mean" not in taken.text

    assert shopper.check_out(page, email="ada@gmial.com").status_code == 303
    assert Order.objects.get().email == "ada@gmial.com"


# --- The bar on phones --------------------------------------------------------


def read_bar(page):
    return " ".join(page.text.partition('id="checkout-bar"')[2].partition("</div>")[0].split())


def test_bar_has_the_total_and_pays(shop, link, shopper):
    bar = read_bar(shopper.get(f"/checkout?link={link.pk}"))

    assert "$54.00" in bar
    assert "data-pay-bar" in bar


def test_bar_leads_to_the_summary_where_the_law_wants_it_beside_the_button(shop, link, lamp, shopper):
    plan = make_plan(lamp)
    renewing = read_bar(shopper.get(f"/checkout?link={link.pk}&plan={plan.pk}"))
    ShippingMethod.objects.update(countries=[])
    european = read_bar(shopper.check_out(f"/checkout?link={link.pk}", country="DE", update="country"))

    for bar in (renewing, european):
        assert '<a class="button" href="#checkout-summary">Review order</a>' in bar
        assert "<button" not in bar


# --- Nothing typed is lost ------------------------------------------------------


def test_language_is_switched_with_what_was_typed(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)

    answer = shopper.post(page, {**ADDRESS, "name": "Ada Half", "email": "ada@", "language": "de"})

    assert (answer.status_code, answer["Location"]) == (303, page)
    german = shopper.get(page)
    assert 'lang="de"' in german.text
    assert 'value="Ada Half"' in german.text
    assert 'value="ada@"' in german.text
    assert not Order.objects.exists()


def test_unknown_language_shows_the_form_again(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)

    answer = shopper.post(page, {**ADDRESS, "language": "xx"})

    assert 'value="Ada Lovelace"' in answer.text
    assert not Order.objects.exists()


def test_box_that_is_unticked_stays_unticked(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)
    ticked = shopper.post(page, {**ADDRESS, "accepts_marketing": "on", "update": "country"})
    unticked = shopper.post(page, {**ADDRESS, "update": "country"})

    boxes = [re.search(r'id="id_accepts_marketing"( checked)?>', seen.text)[1] for seen in (ticked, unticked)]
    assert boxes == [" checked", None]
    assert 'id="id_accepts_marketing">' in shopper.get(page).text


@pytest.mark.parametrize("headers", [{}, SAME_ORIGIN])
def test_form_comes_back_after_cookies_were_cleared(shop, link, shopper, headers):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)
    shopper.client.cookies.clear()

    answer = shopper.check_out(page, line1="12 Lost Lane", **headers)

    assert answer.status_code == 403
    assert "lost this shop&#x27;s cookies while the page was open. Nothing was charged." in answer.text
    assert 'value="12 Lost Lane"' in answer.text
    assert answer["Referrer-Policy"] == "strict-origin"
    assert not Order.objects.exists()
    assert not create_requests(shop)
    assert shopper.check_out(page, line1="12 Lost Lane").status_code == 303
    assert Order.objects.get().shipping_address.line1 == "12 Lost Lane"


def test_form_from_another_site_is_not_shown_again(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    shopper.get(page)

    answer = shopper.post(page, ADDRESS, Origin="https://elsewhere.example")

    assert answer.status_code == 403
    assert "Ada Lovelace" not in answer.text


def test_cart_that_is_lost_with_the_cookies_is_said_and_the_details_stay(shop, lamp, shopper):
    shopper.add_to_cart(variant_of(lamp))
    shopper.get("/checkout")
    shopper.client.cookies.clear()

    answer = shopper.check_out("/checkout", line1="12 Lost Lane")

    assert (answer.status_code, answer["Location"]) == (303, "/cart")
    assert "and your cart with them. Nothing was charged." in shopper.get("/cart").text
    shopper.add_to_cart(variant_of(lamp))
    assert 'value="12 Lost Lane"' in shopper.get("/checkout").text
    assert not Order.objects.exists()


def test_closed_link_is_said_after_cookies_were_cleared(shop, link, shopper):
    shopper.get(f"/checkout?link={link.pk}")
    shopper.client.cookies.clear()
    PaymentLink.objects.update(active=False)

    answer = shopper.check_out(f"/checkout?link={link.pk}")

    assert answer.status_code == 410
    assert not Order.objects.exists()


# --- Billing address and note ------------------------------------------------------

BILLING = {
    "bills_elsewhere": "on",
    "billing-country": "DE",
    "billing-name": "Ada Books",
    "billing-line1": "Torstraße 1",
    "billing-postal_code": "D-10115",
    "billing-city": "Berlin",
}


def test_billing_address_may_be_another(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    assert 'name="billing-line1"' not in shopper.get(page).text
    shown = shopper.post(
        page, {**ADDRESS, "bills_elsewhere": "on", "billing-country": "DE", "update": "billing"}
    )
    assert 'autocomplete="billing address-line1"' in shown.text
    assert 'autocomplete="shipping address-line1"' in shown.text

    assert shopper.check_out(page, **BILLING).status_code == 303

    sent = create_requests(shop)[0]["body"]
    assert sent["billing_address"] == {
        "first_name": "Ada",
        "last_name": "Books",
        "line1": "Torstraße 1",
        "line4": "Berlin",
        "postcode": "10115",
        "country": "DE",
    }
    assert sent["shipping_address"]["line1"] == "12 Main Street"
    assert sent["user"]["last_name"] == "Lovelace"
    order = Order.objects.get()
    assert order.billing_address.name == "Ada Books"
    assert (order.tax_country, order.name) == ("US", "Ada Lovelace")


def test_mistakes_in_the_billing_address_are_listed_and_start_nothing(shop, link, shopper):
    answer = shopper.check_out(f"/checkout?link={link.pk}", **BILLING | {"billing-postal_code": "1"})

    assert 'href="#id_billing-postal_code"' in answer.text
    assert "<title>Error:" in answer.text
    assert 'value="Ada Books"' in answer.text
    assert not Order.objects.exists()


def test_billing_fields_without_their_box_count_for_nothing(shop, link, shopper):
    assert (
        shopper.check_out(f"/checkout?link={link.pk}", **BILLING | {"bills_elsewhere": ""}).status_code == 303
    )

    assert create_requests(shop)[0]["body"]["billing_same_as_shipping_address"] is True
    assert OrderAddress.objects.filter(line1="Torstraße 1").count() == 0


def test_note_is_asked_for_if_the_store_wants_one_and_sent_with_the_address(shop, link, shopper):
    page = f"/checkout?link={link.pk}"
    assert 'name="note"' not in shopper.get(page).text
    shop.asks_order_note = True
    shop.save(update_fields=["asks_order_note"])
    assert 'name="note"' in shopper.get(page).text

    assert shopper.check_out(page, note="Ring twice").status_code == 303

    assert create_requests(shop)[0]["body"]["shipping_address"]["notes"] == "Ring twice"
    assert Order.objects.get().answers == [{"question": "", "kind": "note", "answer": "Ring twice"}]


def test_note_of_a_store_that_asks_for_none_is_ignored(shop, link, shopper):
    assert shopper.check_out(f"/checkout?link={link.pk}", note="Ring twice").status_code == 303

    assert "notes" not in create_requests(shop)[0]["body"]["shipping_address"]
    assert Order.objects.get().answers == []


# --- Addresses of links ------------------------------------------------------------


@pytest.mark.parametrize("spell", [str.lower, str.upper])
@pytest.mark.parametrize("path", ["/link/", "/"])
def test_link_is_found_in_any_case(client, link, spell, path):
    answer = client.get(f"{path}{spell(link.pk)}?utm_source=news", follow=True)

    assert answer.status_code == 200
    assert answer.request["PATH_INFO"] == f"/link/{link.pk}"
    assert answer.request["QUERY_STRING"] == "utm_source=news"


def test_link_that_is_spelled_like_two_others_is_not_guessed(client, link):
    same = {"store": link.store, "product": link.product, "default_variant": link.default_variant}
    twins = [PaymentLink(pk=pk, updated_at=link.updated_at, **same) for pk in ("plink_AB", "plink_Ab")]
    PaymentLink.objects.bulk_create(twins)

    assert client.get("/link/plink_ab").status_code == 404
    assert client.get("/link/plink_zz").status_code == 404

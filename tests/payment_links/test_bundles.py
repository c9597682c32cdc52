"""Links with several products: what is shown, chosen, held, sent to NEXT, and charged."""

from decimal import Decimal

import pytest
from django.http import QueryDict

from catalog.link_validation import AddOnDraft
from catalog.models import PaymentLink
from catalog.payment_links import LinkTerms, create_payment_link
from checkout.payments.settle import check_payment_intent
from checkout.selection_query import read_selection
from orders.models import Order, OrderEvent
from stores.errors import Problem
from tests.api_client import ApiClient, success_data
from tests.factories import make_link, make_plan, make_product, make_store, variant_of
from tests.payments.helpers import (
    net_charged,
    order_create_calls,
    pay_at_link,
    post_return,
    stock_of,
    submit_checkout,
)

pytestmark = pytest.mark.any_database


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def lamp(store):
    return make_product(store, name="Desk lamp", options={"Color": ["Black", "White"]})


@pytest.fixture
def shade(store):
    return make_product(store, name="Shade", price="12.00", options={"Size": ["S", "M"]})


@pytest.fixture
def bulb(store):
    return make_product(store, name="Bulb", price="7.50")


@pytest.fixture
def bundle(lamp, shade, bulb):
    """One lamp at 40.00, two bulbs at 5.00, and a shade, S or M, at its own 12.00."""
    small, medium = shade.variants.all()
    return make_link(
        lamp,
        price="40.00",
        fixed_quantity=1,
        included=[
            {"variant": variant_of(bulb), "quantity": 2, "price": Decimal("5.00")},
            {"variant": small, "choice": 2},
            {"variant": medium, "choice": 2},
        ],
    )


def choose(link, **query):
    fields = QueryDict(mutable=True)
    fields.update({"link": link.pk} | query)
    return read_selection(store=link.store, query=fields)


def describe(selection):
    return [(str(line.variant), line.quantity, line.own_price) for line in selection.lines]


def test_page_lists_what_is_in_the_bundle_with_its_total(client, bundle):
    page = client.get(bundle.get_absolute_url()).text

    assert "What you get" in page
    for text in ("1 × Desk lamp", "$40.00", "2 × Bulb", "$10.00", "1 × Shade", "$12.00"):
        assert text in page
    assert '<output class="price" data-total>$62.00</output>' in page
    assert "$49.00" not in page  # the lamp's own price, which the link doesn't charge
    assert "$7.50" not in page
    assert 'id="quantity"' not in page
    assert "Goes well with this" not in page


def test_shopper_gets_everything_in_the_chosen_variants(bundle, shade):
    _small, medium = shade.variants.all()

    assert describe(choose(bundle, option_Color="White", choice_2=medium.pk)) == [
        ("Desk lamp – White", 1, Decimal("40.00")),
        ("Bulb", 2, Decimal("5.00")),
        ("Shade – M", 1, None),
    ]
    # What the page preselects, for an address that says nothing.
    assert [str(line.variant) for line in choose(bundle).lines] == ["Desk lamp – Black", "Bulb", "Shade – S"]


def test_nobody_can_take_less_more_or_something_else(bundle, bulb):
    assert choose(bundle, quantity="7").lines[0].quantity == 1
    for query in ({f"addon_{variant_of(bulb).pk}": "1"}, {"choice_2": variant_of(bulb).pk}, {"plan": "sp_x"}):
        with pytest.raises(Problem):
            choose(bundle, **query)


def test_next_charges_the_bundles_prices_and_holds_all_of_it(shop):
    """Every line with its own price, to the cent, and the order has what was sold."""
    lamp, bulb = (shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    link = make_link(
        lamp,
        variants=[variant_of(lamp, "Black")],
        price="40.00",
        fixed_quantity=2,
        included=[{"variant": variant_of(bulb), "quantity": 3, "price": Decimal("5.00")}],
    )
    link = PaymentLink.objects.select_related("store").get(pk=link.pk)
    link.store.sandbox = shop.sandbox

    intent = submit_checkout(shop, choose(link))
    assert (stock_of(shop), stock_of(shop, "Light bulb", "")) == (8, 97)
    pay_at_link(intent)
    check_payment_intent(intent=intent, source=OrderEvent.Source.SHOPPER)

    lines = order_create_calls(shop)[0]["body"]["lines"]
    assert [(line["price"], line["quantity"]) for line in lines] == [("40.00", 2), ("5.00", 3)]
    order = Order.objects.get()
    assert (order.items_total, order.total, net_charged(shop)) == (Decimal(95), Decimal(100), Decimal(100))
    assert not order.is_in_review


def test_unpaid_bundle_gives_all_of_it_back(shop):
    lamp, bulb = (shop.products.get(name=name) for name in ("Desk lamp", "Light bulb"))
    link = make_link(
        lamp, variants=[variant_of(lamp, "Black")], included=[{"variant": variant_of(bulb), "quantity": 3}]
    )
    intent = submit_checkout(shop, choose(PaymentLink.objects.select_related("store").get(pk=link.pk)))
    intent.store = shop
    pay_at_link(intent, "decline")
    post_return(intent, {})

    assert (stock_of(shop), stock_of(shop, "Light bulb", "")) == (10, 100)


def test_bundle_is_sold_out_with_its_scarcest_product(client, bundle, bulb):
    bulb.variants.update(inventory_quantity=1)  # it takes two

    page = client.get(bundle.get_absolute_url()).text

    assert '<button class="button button--wide" data-buy disabled>Sold out</button>' in page
    with pytest.raises(Problem):
        submit_checkout(bundle.store, choose(bundle))


def test_bundle_of_several_units_is_sold_out_before_the_last_unit(client, lamp, bulb):
    link = make_link(lamp, fixed_quantity=3, included=[{"variant": variant_of(bulb)}])
    lamp.variants.update(inventory_quantity=2)

    assert "data-buy disabled>Sold out<" in client.get(link.get_absolute_url()).text


def test_choice_that_is_sold_out_is_left_out_while_another_is_there(client, bundle, shade):
    small, medium = shade.variants.all()
    shade.variants.filter(pk=small.pk).update(inventory_quantity=0)

    page = client.get(bundle.get_absolute_url()).text

    assert f'<option value="{medium.pk}"' not in page  # no choice is left: it is simply included
    assert "<bdi>M</bdi>" in page
    assert str(choose(bundle).lines[-1].variant) == "Shade – M"
    with pytest.raises(Problem):
        choose(bundle, choice_2=small.pk)


@pytest.mark.parametrize("off", ["bulb", "shade"])
def test_bundle_closes_with_a_product_that_staff_took_off_sale(client, bundle, off, request):
    product = request.getfixturevalue(off)
    product.variants.update(active=False)

    page = client.get(bundle.get_absolute_url())

    assert page.status_code == 410
    assert "This link is closed." in page.text


def test_required_add_on_with_a_range_is_still_chosen_by_the_shopper(client, lamp, bulb):
    link = make_link(lamp, add_ons=[(variant_of(bulb), 1, 3)])

    page = client.get(link.get_absolute_url()).text

    assert "Goes well with this" in page
    assert "What you get" not in page


def test_api_shows_a_bundle_as_included_add_ons_and_other_links_as_ever(store, bundle, lamp):
    plain = make_link(lamp)
    client = ApiClient(store)

    shown = success_data(client.get(f"/v1/payment_links/{bundle.pk}"))
    rows = shown["addon_variants"]
    assert [(row["quantity"], row["min_quantity"], row["max_quantity"]) for row in rows] == [
        (2, 2, 2),
        (1, 1, 1),
        (1, 1, 1),
    ]
    assert rows[0]["link_price"] == {"amount": 5.0, "asset_id": "USD"}
    assert [row.get("choice") for row in rows] == [None, 2, 2]
    assert shown["fixed_quantity"] == 1
    assert shown["price_range"]["min"] == {"amount": 40.0, "asset_id": "USD"}
    shown = success_data(client.get(f"/v1/payment_links/{plain.pk}"))
    assert not {"fixed_quantity", "link_price", "choice"} & {*shown, *shown["primary_variants"][0]}


def test_bundle_is_created_through_the_api(store, lamp, shade):
    sizes = [variant.pk for variant in shade.variants.all()]
    body = {
        "product_id": lamp.pk,
        "default_variant_id": variant_of(lamp).pk,
        "primary_variant_ids": [variant_of(lamp).pk],
        "fixed_quantity": 2,
        "link_price": {"amount": "40.00"},
        "addon_variants": [
            {
                "variant_id": size,
                "min_quantity": 1,
                "max_quantity": 1,
                "choice": 3,
                "link_price": {"amount": "4.50", "asset_id": "USD"},
            }
            for size in sizes
        ],
    }
    client = ApiClient(store)

    shown = success_data(client.post("/v1/payment_links", body))

    assert shown["fixed_quantity"] == 2
    assert [row["link_price"] for row in shown["primary_variants"]] == [{"amount": 40.0, "asset_id": "USD"}]
    assert [
        (row["variant_id"], row["choice"], row["link_price"]["amount"]) for row in shown["addon_variants"]
    ] == [(size, 3, 4.5) for size in sizes]
    for wrong in (
        {"fixed_quantity": 0},
        {"link_price": {"amount": "0.10"}},
        {"link_price": {"amount": "40.00", "asset_id": "EUR"}},
        {"addon_variants": [{"variant_id": sizes[0], "min_quantity": 1, "choice": 1}]},
        {"addon_variants": [{"variant_id": sizes[0], "link_price": {"amount": "1.00", "asset_id": "EUR"}}]},
    ):
        assert client.post("/v1/payment_links", body | wrong).status_code == 400, wrong


@pytest.mark.parametrize(
    ("terms", "add_on", "reason"),
    [
        ({"fixed_quantity": 0}, {}, "from 1 to 999"),
        ({"price": "0.10"}, {}, "smallest amount"),
        ({"fixed_quantity": 1, "min_amount": Decimal("1.00")}, {}, "Shoppers enter the price"),
        ({}, {"min_quantity": 1, "max_quantity": 2, "choice": 1}, "must have the same quantity"),
        ({}, {"min_quantity": 1, "max_quantity": 1, "price": Decimal("-1.00")}, "smallest amount"),
    ],
)
def test_bundle_that_could_not_be_charged_is_refused(store, lamp, bulb, terms, add_on, reason):
    variants = [variant.pk for variant in lamp.variants.all()]
    price = terms.pop("price", None)
    if price:
        terms["prices"] = dict.fromkeys(variants, Decimal(price))

    with pytest.raises(Problem, match=reason):
        create_payment_link(
            store=store,
            product_id=lamp.pk,
            default_variant_id=variants[0],
            primary_variant_ids=variants,
            add_ons=[AddOnDraft(variant_of(bulb).pk, **add_on)] if add_on else [],
            terms=LinkTerms(**terms),
        )


def test_own_price_and_a_plan_do_not_go_together(store, lamp):
    plan = make_plan(lamp)
    link = make_link(lamp, price="40.00")

    with pytest.raises(Problem, match="no longer available"):
        choose(link, plan=plan.pk)


def test_page_starts_with_a_variant_that_is_there_in_the_bundles_quantity(client, lamp):
    black, white = lamp.variants.all()
    link = make_link(lamp, fixed_quantity=3)
    lamp.variants.filter(pk=black.pk).update(inventory_quantity=2)

    page = client.get(link.get_absolute_url())

    assert page.context["product_page"].chosen == white

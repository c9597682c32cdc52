"""The search behind all lists: case, accents, composition, and word order make no difference."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.link_validation import LinkExtras
from catalog.models import PaymentLink, Product, Variant
from catalog.payment_links import create_payment_link
from catalog.product_edits import update_variant
from catalog.product_lists import list_product_cards
from catalog.search import find_variants, search_payment_links, search_products
from catalog.variants import set_options
from orders.models import Customer, Order
from orders.search import search_orders
from stores.search import contains_word, fold_text
from tests.factories import make_link, make_order, make_product, make_store, variant_of
from tests.orders_api.test_order_list import explain_without_seqscan


@pytest.mark.any_database
@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Öfchen", "ofchen"),
        ("O\u0308fchen", "ofchen"),
        ("CRÈME brûlée", "creme brulee"),
        ("Straße STRASSE", "strasse strasse"),
        ("Ærø Łódź Đà Nẵng", "aero lodz da nang"),
        ("İstanbul ISPARTA ılık", "istanbul isparta ilik"),
        ("ＬＡＭＰ　９", "lamp 9"),
        ("Σίσυφος", "σισυφοσ"),
        ("Levi’s – 501", "levi's - 501"),
        ("Kaffee\u00adtasse", "kaffeetasse"),
        ("がか", "がか"),
        ("한국", "한국"),
        ("हिन्दी", "हिन्दी"),
        ("ﬁne ½", "fine 1⁄2"),
    ],
)
def test_text_is_folded(text, folded):
    assert fold_text(text) == folded


@pytest.mark.any_database
@given(st.text())
def test_folding_twice_changes_nothing(text):
    assert fold_text(fold_text(text)) == fold_text(text)


@pytest.fixture
def store(db):
    return make_store()


@pytest.fixture
def oven(store):
    make_product(store, name="Desk lamp", description="Shines.")
    return make_product(
        store,
        name="Öfchen Crème",
        description="Wärmt die Stube.",
        options={"Farbe": ["Grün", "Weiß"]},
    )


FOUND = (
    *("öfchen", "Ofchen", "O\u0308FCHEN", "creme", "crème öfchen", "creme OFCHEN", "warmt", "stube ofchen"),
    *("weiss", "GRÜN creme", "ofchen-creme"),
)


@pytest.fixture(params=[500, 0], ids=["few", "many"])
def most(request, monkeypatch):
    """This many rows are looked up at once; more are read one after the other."""
    monkeypatch.setattr("stores.search.MAX_FEW", request.param)


@pytest.mark.usefixtures("most")
def test_shop_and_admin_find_the_same_product(store, oven):
    link = make_link(oven)

    for text in FOUND:
        assert [card.product for card in list_product_cards(store=store, search=text)] == [oven], text
        assert list(search_products(Product.objects.all(), text)) == [oven], text
        assert list(search_payment_links(type(link).objects.all(), text)) == [link], text


@pytest.mark.usefixtures("most")
def test_what_no_product_has_is_not_found(store, oven):
    for text in ("ofen", "lamp creme", "%", "_", "\\", "´", "\u0301"):
        assert list(search_products(Product.objects.all(), text)) == [], text


@pytest.mark.usefixtures("most")
def test_link_is_found_by_its_add_ons_and_variant_by_its_sku(store, oven):
    lamp = Product.objects.get(name="Desk lamp")
    link = make_link(lamp, add_ons=[(variant_of(oven, "Grün"), None, None)])
    sku = variant_of(oven, "Weiß").sku

    assert list(search_payment_links(type(link).objects.all(), "ofchen")) == [link]
    assert list(search_payment_links(type(link).objects.all(), link.pk)) == [link]
    assert list(find_variants(Variant.objects.all(), sku.lower()).rows) == [variant_of(oven, "Weiß")]
    assert list(search_products(Product.objects.all(), sku.lower())) == [oven]
    assert list(search_products(Product.objects.all(), oven.pk)) == [oven]


@pytest.mark.usefixtures("most")
def test_link_is_found_by_its_own_words_and_those_of_its_product_together(store, oven):
    link = create_payment_link(
        store=store,
        product_id=oven.pk,
        default_variant_id=variant_of(oven).pk,
        primary_variant_ids=[variant_of(oven).pk],
        extras=LinkExtras(name="Été à Genève", slug="sommer-2026"),
        tags=["Münster"],
    )

    for text in ("ete", "GENEVE öfchen", "munster creme", "sommer-2026"):
        assert list(search_payment_links(type(link).objects.all(), text)) == [link], text
    assert list(search_payment_links(type(link).objects.all(), "geneve lamp")) == []


@pytest.mark.usefixtures("most")
def test_one_or_two_letters_find_the_start_of_a_word(store):
    """The index has no shorter ones, and nobody looks for what is inside of a word by two letters."""
    found = make_product(store, name="T-Shirt/Öl XL", description="(W3) wide-BK 木椅子")
    make_product(store, name="Matt", description="Fresh polish, hexagonal.")

    for text in ("t", "sh", "xl", "XL öl", "ol", "bk", "w3", "椅", "椅子"):
        assert list(search_products(Product.objects.all(), text)) == [found], text


@pytest.mark.usefixtures("most")
def test_three_letters_are_found_anywhere(store):
    found = make_product(store, name="T-Shirt")

    assert list(search_products(Product.objects.all(), "irt")) == [found]
    assert list(search_products(Product.objects.all(), "ir")) == []


def test_search_of_many_variants_finds_those_of_products_and_all_in_order(store, monkeypatch):
    lamps = [make_product(store, name=f"Lamp {number}") for number in range(3)]
    variants = Variant.objects.order_by("product__name")

    few = find_variants(variants, "lamp")
    monkeypatch.setattr("stores.search.MAX_FEW", 2)
    many = find_variants(variants, "lamp")

    assert (few.are_many, many.are_many) == (False, True)
    assert list(few.rows) == list(many.rows) == [variant_of(lamp) for lamp in lamps]
    assert list(find_variants(variants, variant_of(lamps[1]).pk).rows) == [variant_of(lamps[1])]


def test_changed_sku_and_option_are_found_at_once(store, oven):
    update_variant(variant=variant_of(oven, "Grün"), changes={"sku": "NEU-77"})
    option = oven.options.get()
    values = [{"id": value.pk, "value": f"{value.value} matt"} for value in option.values.all()]

    set_options(product=oven, options=[{"id": option.pk, "name": "Farbe", "values": values}])

    assert list(search_products(Product.objects.all(), "neu-77 weiss matt")) == [oven]


def test_people_are_found_whatever_their_accents(store):
    order = make_order(store, name="Zoë Müller-Łukasz", email="zoe@example.com")
    make_order(store, name="John Smith", email="john@example.com")
    customer = Customer.objects.create(store=store, name="Zoë Müller", email="zoe@example.com")

    for text in ("muller zoe", "ZOË", "MU\u0308LLER", "lukasz zoe@", f"zoë {order.number.lower()}"):
        assert list(search_orders(orders=Order.objects.all(), text=text)) == [order], text
    order.name = ""
    order.email = ""
    order.save()
    assert list(search_orders(orders=Order.objects.all(), text="zoe")) == []
    assert customer.search_text == "zoe muller\nzoe@example.com"


def test_name_that_grows_when_folded_can_still_order(store):
    """One character may become eighteen: PostgreSQL's index could not hold them."""
    order = make_order(store, name="\ufdfa" * 250, email="a@example.com")

    assert list(search_orders(orders=Order.objects.all(), text=order.number)) == [order]


@pytest.mark.concurrent
def test_products_are_found_by_the_trigram_index(store, oven):
    make_link(oven)
    for rows, word, index in (
        (Product.objects.order_by(), "ofchen", "product_search"),
        (Product.objects.order_by(), "of", "product_search"),
        (PaymentLink.objects.order_by(), "ofchen", "link_search"),
    ):
        found = rows.filter(contains_word(word))

        assert index in explain_without_seqscan(found, without=["indexscan", "indexonlyscan"])

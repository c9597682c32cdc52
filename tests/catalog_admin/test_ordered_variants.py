"""Variants that were ordered stay, hidden, when staff remove them: orders and subscriptions refer to them."""

import pytest

from subscriptions.models import SubscriptionLine
from tests.catalog_admin.product_pages import option_page_of, page_of, titles
from tests.factories import make_invoice, make_link, make_order, make_product, variant_of


def sell(variant):
    order = make_order(variant.product.store)
    order.items.update(product_id=variant.product_id, variant_id=variant.pk)


@pytest.mark.parametrize("way", ["option", "value page", "row"])
def test_removed_variant_that_was_ordered_is_hidden(staff, store, way):
    product = make_product(store, options={"Size": ["S", "M", "L"]})
    sold = variant_of(product, "L")
    sell(sold)

    if way == "option":
        response = staff.save(page_of(product), **{"options-0-value_line": "S"})
    elif way == "value page":
        changes = {"values-1-DELETE": "on", "values-2-DELETE": "on"}
        response = staff.save(option_page_of(product, "Size"), **changes)
    else:
        changes = {"variants-1-DELETE": "on", "variants-2-DELETE": "on"}
        response = staff.save(page_of(product), **changes)

    sold.refresh_from_db()
    assert titles(product) == ["S", "L"]
    assert (sold.active, sold.title, sold.version) == (False, "L", 2)
    assert "L was ordered before, so it's off sale instead of deleted." in staff.messages(response)


def test_value_of_a_hidden_variant_is_offered_no_more_until_it_is_typed_again(staff, store):
    product = make_product(store, options={"Size": ["S", "L"], "Color": ["Black", "White"]})
    sold = variant_of(product, "L / Black")
    sell(sold)
    staff.save(page_of(product), **{"options-0-value_line": "S"})

    assert staff.fields(page_of(product))["options-0-value_line"] == "S"
    staff.save(page_of(product), make_variants="on", new_price="60", name="Shirt")
    assert titles(product) == ["S / Black", "S / White", "L / Black"]

    staff.save(page_of(product), **{"options-0-value_line": "S, L", "make_variants": "on", "new_price": "60"})
    assert titles(product) == ["S / Black", "S / White", "L / Black", "L / White"]
    sold.refresh_from_db()
    assert not sold.active


def test_new_option_is_added_to_hidden_variants_too(staff, store):
    product = make_product(store, options={"Size": ["S", "L"]})
    sell(variant_of(product, "L"))

    staff.save(
        page_of(product),
        **{"options-0-value_line": "S", "options-1-name": "Color", "options-1-value_line": "Black, White"},
    )

    assert titles(product) == ["S / Black", "L / Black"]


def test_option_that_sets_ordered_variants_apart_stays(staff, store):
    product = make_product(store, options={"Size": ["S", "L"]})
    for variant in product.variants.all():
        sell(variant)

    response = staff.save(page_of(product), **{"options-0-DELETE": "on"})

    assert "was ordered before, so the option that sets it apart can&#x27;t be removed." in response.text
    assert titles(product) == ["S", "L"]


def test_of_two_variants_that_become_one_the_ordered_one_stays(staff, store):
    product = make_product(store, options={"Size": ["S", "L"]})
    sold = variant_of(product, "L")
    sell(sold)

    staff.save(page_of(product), **{"options-0-DELETE": "on"})

    assert [variant.pk for variant in product.variants.all()] == [sold.pk]


def test_variant_of_a_subscription_is_hidden_before_its_first_renewal(staff, store):
    product = make_product(store, options={"Size": ["S", "L"]})
    subscription = make_invoice(make_order(store)).subscription
    SubscriptionLine.objects.create(
        subscription=subscription,
        next_line_id=5,
        product_id=product.pk,
        variant_id=variant_of(product, "L").pk,
    )

    staff.save(page_of(product), **{"options-0-value_line": "S"})

    assert [(variant.title, variant.active) for variant in product.variants.all()] == [
        ("S", True),
        ("L", False),
    ]


def test_ordered_variant_on_a_link_is_hidden_without_an_error(staff, store):
    product = make_product(store, options={"Size": ["S", "L"]})
    make_link(product)
    sell(variant_of(product, "L"))

    staff.save(page_of(product), **{"options-0-value_line": "S"})

    assert not variant_of(product, "L").active

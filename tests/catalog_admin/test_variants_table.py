"""Staff edit a product's variants in a table: one row each, rows for new combinations, pages for many."""

import json
from decimal import Decimal

import pytest

from catalog.admin import product_variant_forms
from catalog.models import OptionValue, Product
from catalog.options import serialize_options
from tests.catalog_admin.product_pages import ADD, new_options, page_of, titles
from tests.factories import make_plan, make_product

EAN = "4006381333931"


def new_rows(*rows):
    """Form data as the page's script sends it: a combination and its cells."""
    data = {"new_variants-TOTAL_FORMS": len(rows)}
    for place, (combination, cells) in enumerate(rows):
        cells = {"active": "on", **cells, "combination": json.dumps(list(combination.items()))}
        data |= {f"new_variants-{place}-{name}": cell for name, cell in cells.items()}
    return data


# --- New products


def test_each_combination_is_created_as_its_row_says(staff, store):
    rows = new_rows(
        ({"Size": "S"}, {"price": "20", "sku": "TEE-S", "gtin": "4006381-333931", "inventory_quantity": "3"}),
        ({"Size": "M"}, {"price": "22.50", "retail_price": "30", "next_variant_id": "77", "active": ""}),
    )

    response = staff.save(
        ADD, store=store.pk, name="Tee", slug="tee", new_price="20", **new_options(("Size", "S", "M")), **rows
    )

    small, medium = Product.objects.get().variants.all()
    assert (small.title, small.price, small.sku, small.gtin) == ("S", Decimal("20.00"), "TEE-S", EAN)
    assert (small.inventory_quantity, small.active) == (3, True)
    assert (medium.retail_price, medium.next_variant_id, medium.active) == (Decimal("30.00"), 77, False)
    assert "2 variants created." in staff.messages(response)


def test_combination_without_a_row_gets_the_price_of_new_variants(staff, store):
    rows = new_rows(({"Size": "S"}, {"price": "20"}))

    staff.save(
        ADD, store=store.pk, name="Tee", slug="tee", new_price="25", **new_options(("Size", "S", "M")), **rows
    )

    assert [str(each.price) for each in Product.objects.get().variants.all()] == ["20.00", "25.00"]


def test_row_of_a_combination_that_is_gone_is_refused_and_stays_on_the_page(staff, store):
    rows = new_rows(({"Size": "XL"}, {"price": "20", "sku": "TEE-XL"}))

    response = staff.save(
        ADD, store=store.pk, name="Tee", slug="tee", new_price="25", **new_options(("Size", "S")), **rows
    )

    assert "XL is no longer one of the combinations." in response.text
    assert 'value="TEE-XL"' in response.text
    assert not Product.objects.exists()


def test_wrong_cells_are_all_told_and_nothing_is_created(staff, store):
    rows = new_rows(
        ({"Size": "S"}, {"price": ""}),
        ({"Size": "M"}, {"price": "20", "inventory_quantity": "-1"}),
        ({"Size": "L"}, {"price": "20", "gtin": "4006381333932"}),
        ({"Size": "XL"}, {"price": "20"}),
    ) | {"new_variants-3-combination": "nonsense"}

    page = staff.save(
        ADD,
        store=store.pk,
        name="Tee",
        slug="tee",
        new_price="25",
        **new_options(("Size", "S", "M", "L")),
        **rows,
    ).text

    assert "This field is required." in page
    assert "greater than or equal to 0" in page
    assert "This isn&#x27;t a GTIN." in page
    assert not Product.objects.exists()


def test_incomplete_product_of_a_store_with_plans_is_shown_again(staff, store):
    make_plan(make_product(store))

    response = staff.save(ADD, store=store.pk, name="", slug="", new_price="")

    assert response.text.count("This field is required.") == 2


def test_price_that_cannot_be_charged_is_told(staff, store):
    rows = new_rows(({}, {"price": "0.01"}))

    response = staff.save(ADD, store=store.pk, name="Tee", slug="tee", new_price="25", **rows)

    assert "Prices must be at least" in response.text
    assert not Product.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", "null", "[1]", '[["Size"]]', "[[[],[]],1]", "9" * 2_000])
def test_combination_that_is_none_has_no_values(text):
    form = product_variant_forms.NewVariantForm({"combination": text, "price": "20"})
    form.is_valid()

    assert form.title == ""
    assert not form.cleaned_data.get("combination")


def test_only_the_new_combinations_of_a_product_are_created(staff, store):
    product = make_product(store, options={"Color": ["Black", "White"], "Size": ["S", "M"]})
    product.variants.filter(values__value="White").filter(values__option__name="Color").first().delete()
    rows = new_rows(({"Color": "Black", "Size": "L"}, {"price": "60"}))

    staff.save(page_of(product), **{"options-1-value_line": "S, M, L"}, **rows)

    assert titles(product) == ["Black / S", "Black / M", "White / M", "Black / L"]


# --- Options in one line


@pytest.mark.any_database
def test_values_are_separated_by_commas_and_quoted_if_they_have_one(staff, store):
    product = make_product(store, options={"Volume": ["0,5 l", "1 l"], "Color": ["Black"]})
    OptionValue.objects.filter(value="Black").update(swatch_type="color", swatch_value="#101010")

    shown = staff.fields(page_of(product))
    staff.save(
        page_of(product),
        **{"options-0-value_line": '1 l, "0,5 l" ,, "2,5 l"', "options-1-value_line": "Black #1a1a1a, Red"},
    )

    assert [shown[f"options-{place}-value_line"] for place in (0, 1)] == ['"0,5 l", 1 l', "Black #101010"]
    volume, color = serialize_options(product)
    assert [value["value"] for value in volume["values"]] == ["1 l", "0,5 l", "2,5 l"]
    assert color["values"][0]["swatch"] == {"type": "color", "value": "#1a1a1a"}
    assert titles(product) == ["0,5 l / Black", "1 l / Black"]


# --- Cells


def test_gtin_and_retail_price_are_edited(staff, store):
    product = make_product(store)
    product.variants.update(retail_price="60.00", gtin="of the maker")

    staff.save(page_of(product), **{"variants-0-retail_price": "65", "variants-0-sku": "LAMP"})
    variant = product.variants.get()
    assert (variant.retail_price, variant.gtin, variant.sku) == (Decimal("65.00"), "of the maker", "LAMP")

    staff.save(page_of(product), **{"variants-0-gtin": "4 006381 333931", "variants-0-retail_price": ""})
    variant.refresh_from_db()
    assert (variant.gtin, variant.retail_price) == (EAN, None)


def test_next_ids_are_swapped(staff, store):
    product = make_product(store, options={"Size": ["S", "M"]})
    small, medium = product.variants.values_list("next_variant_id", flat=True)

    staff.save(
        page_of(product), **{"variants-0-next_variant_id": medium, "variants-1-next_variant_id": small}
    )

    assert list(product.variants.values_list("next_variant_id", flat=True)) == [medium, small]


def test_row_of_another_product_is_left_alone(staff, store):
    other, product = make_product(store, name="Other"), make_product(store)
    foreign = {"variants-0-id": other.variants.get().pk, "variants-0-price": "1.00"}

    response = staff.save(page_of(product), name="Renamed", **foreign)

    assert response.status_code == 200
    assert str(other.variants.get().price) == "49.00"


def test_two_rows_cannot_have_one_next_id(staff, store):
    product = make_product(store, options={"Size": ["S", "M"]})

    response = staff.save(
        page_of(product), **{"variants-0-next_variant_id": "7", "variants-1-next_variant_id": "7"}
    )

    assert "Two variants have the NEXT Commerce ID 7." in response.text
    assert not product.variants.filter(next_variant_id=7).exists()


# --- Many variants


@pytest.fixture
def big(store, monkeypatch):
    """A product with 24 variants, of which a page shows 10."""
    monkeypatch.setattr(product_variant_forms, "VARIANTS_PER_PAGE", 10)
    sizes = {"Width": [f"{number} cm" for number in range(12)], "Color": ["Oak", "Fir"]}
    return make_product(store, options=sizes)


def test_many_variants_are_edited_page_by_page(staff, big):
    first = staff.open(page_of(big)).content.decode()

    assert first.count('class="variant-row') == 11  # with the pattern of new rows
    assert "1 to 10 of 24 variants." in first
    assert "data-is-complete" not in first

    staff.save(f"{page_of(big)}?variants=3", **{"variants-3-price": "7.00"})
    assert str(big.variants.last().price) == "7.00"
    assert big.variants.filter(price="49.00").count() == 23


def test_page_of_variants_takes_constant_queries(staff, store, django_assert_max_num_queries):
    product = make_product(store, options={"Size": [str(number) for number in range(20)]})

    with django_assert_max_num_queries(23):
        staff.open(page_of(product))
    data = staff.fields(page_of(product))
    with django_assert_max_num_queries(50):
        staff.client.post(page_of(product), data | {"name": "Shelf"})

    product.refresh_from_db()
    assert product.name == "Shelf"


def test_table_is_filtered_by_a_value(staff, big):
    fir = OptionValue.objects.get(value="Fir")

    page = f"{page_of(big)}?value={fir.pk}&variants=2"
    assert "11 to 12 of 12 variants." in staff.open(page).content.decode()
    staff.save(page, **{"variants-1-price": "7.00"})

    assert big.variants.get(price="7.00").title == "11 cm / Fir"


def test_nonsense_in_the_address_shows_the_first_page(staff, big):
    page = staff.open(f"{page_of(big)}?variants=0x2&value=²{'9' * 19}").content.decode()

    assert "1 to 10 of 24 variants." in page

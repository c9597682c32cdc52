"""CSV export and import of the catalog: dry runs, changes, and rejected rows."""

import io

import pytest
from django.core.management import CommandError, call_command

from catalog.csv_export import generate_catalog_csv
from catalog.csv_import import import_catalog_csv
from catalog.models import OptionValue, Product, Variant
from catalog.options import serialize_options
from stores.errors import Problem
from stores.table_export import escape_formula, unescape_formula
from tests.factories import make_link, make_plan, make_product, variant_of


@pytest.fixture
def shirt(store):
    shirt = make_product(store, name="Shirt", options={"Color": ["Black", "White"], "Size": ["S", "M"]})
    OptionValue.objects.filter(value="Black").update(swatch_type="color", swatch_value="#101010")
    shirt.description = "Two lines,\nand a “quote”."
    shirt.save()
    return shirt


def export_csv(store):
    return "".join(generate_catalog_csv(Product.objects.filter(store=store)))


def import_csv(store, text, *, dry_run=False):
    return import_catalog_csv(store=store, content=text.encode(), dry_run=dry_run)


def snapshot():
    return list(Product.objects.order_by("pk").values()), list(Variant.objects.order_by("pk").values())


def test_importing_an_export_changes_nothing(store, shirt):
    make_product(store, name="Download", stock=None)
    make_plan(shirt)
    make_link(shirt)
    before = snapshot()

    results = import_csv(store, export_csv(store))

    assert {result.kind for result in results} == {"unchanged"}
    assert snapshot() == before


def test_dry_run_reports_the_changes_of_the_import(store, shirt):
    header = "slug,option1_name,option1_value,option2_name,option2_value,price,stock\n"
    text = header + "shirt,Color,Black,Size,M,55.00,4\n"

    dry = import_csv(store, text, dry_run=True)
    assert str(variant_of(shirt, "Black / M").price) == "49.00"
    done = import_csv(store, text)

    assert dry == done
    assert done[0].kind == "changed"
    changes = [str(change) for change in done[0].changes]
    assert changes == ["Black / M price: 49.00 → 55.00", "Black / M stock: 10 → 4"]
    black = variant_of(shirt, "Black / M")
    assert (str(black.price), black.inventory_quantity) == ("55.00", 4)
    assert shirt.variants.count() == 4


def test_new_product_gets_its_options(store):
    text = (
        "slug;name;option1_name;option1_value;price;stock;sku\n"
        "mug;Mug;Color;Green;19.00;5;MUG-G\n"
        "mug;;Color;Blue;21.50;;MUG-B\n"
    )

    (result,) = import_csv(store, text)

    assert result.kind == "new"
    assert [str(change) for change in result.changes] == [
        "new variant Green: $19.00, stock 5, SKU MUG-G",
        "new variant Blue: $21.50, stock not counted, SKU MUG-B",
    ]
    mug = Product.objects.get()
    assert (mug.name, mug.default_currency, mug.listed) == ("Mug", "USD", True)
    assert [(v.title, v.sku, str(v.price), v.inventory_quantity) for v in mug.variants.all()] == [
        ("Green", "MUG-G", "19.00", 5),
        ("Blue", "MUG-B", "21.50", None),
    ]


def test_new_option_value_keeps_existing_swatches(store, shirt):
    row = "shirt,Color,Red,Size,S,60\n"
    import_csv(store, "slug,option1_name,option1_value,option2_name,option2_value,price\n" + row)

    shirt.refresh_from_db()
    values = serialize_options(shirt)[0]["values"]
    assert [value["value"] for value in values] == ["Black", "White", "Red"]
    assert values[0]["swatch"] == {"type": "color", "value": "#101010"}


def test_empty_stock_is_untracked_and_missing_column_stays_unchanged(store):
    product = make_product(store, name="Mug", stock=5, description="Green")

    import_csv(store, "slug,price,stock\nmug,12.00,\n")

    product.refresh_from_db()
    variant = product.variants.get()
    assert (product.description, str(variant.price), variant.inventory_quantity) == ("Green", "12.00", None)


@pytest.mark.parametrize(
    ("text", "row", "message"),
    [
        ("slug,name,price\nmug,Mug,cheap\n", 2, "the price must be a number"),
        ("slug,name,price\nmug,Mug,-1\n", 2, "the price must be a number"),
        ("slug,name,price\nmug,Mug,1.999\n", 2, "the price must be a number"),
        ("slug,name,price\nmug,Mug,NaN\n", 2, "the price must be a number"),
        ("slug,name,price\nmug,Mug,\n", 2, "a new variant needs a price"),
        ("slug,name,price\n,Mug,1\n", 2, "the slug is empty"),
        ("slug,name,price\na mug,Mug,1\n", 2, "the slug may contain only letters"),
        ("slug,name,price\nmug,,1\n", 2, "the name is empty"),
        ("slug,name,price,stock\nmug,Mug,1,-4\n", 2, "stock must be a whole number"),
        ("slug,name,price,stock\nmug,Mug,1,٣\n", 2, "stock must be a whole number"),
        ("slug,name,price,active\nmug,Mug,1,maybe\n", 2, "active must be yes or no"),
        ("slug,name,price,currency\nmug,Mug,1,EUR\n", 2, "prices must be in USD, not EUR"),
        ("slug,name,price\nmug,Mug,1\nmug,Mug,2\n", 3, "another row has the same options"),
        (
            "slug,name,price,option1_name,option1_value\nmug,Mug,1,S,1\nmug,Cup,1,S,2\n",
            3,
            "name differs from row 2",
        ),
        ("slug,name,price,option1_name,option1_value\nmug,Mug,1,S,1\nmug,,1,T,2\n", 2, "the same options"),
        ("slug,name,price,option1_name,option1_value\nmug,Mug,1,S,\n", 2, "an option has no value"),
        ("slug,name,price\nmug,M\0g,1\n", 2, "a cell contains a null character"),
        ("slug,price,name\nmug,1,Mug, big\n", 2, "more cells than the header"),
    ],
)
def test_invalid_row_is_rejected_with_a_reason(store, text, row, message):
    (result,) = import_csv(store, text)

    assert result.kind == "refused"
    assert [number for number, reason in result.refused if message in str(reason)] == [row]
    assert not Product.objects.exists()


def test_empty_spreadsheet_columns_are_ignored(store):
    (result,) = import_csv(store, "slug;name;price;;\nmug;Mug;1;;\n")

    assert result.kind == "new"


def test_rejected_product_does_not_stop_the_others(store):
    results = import_csv(store, "slug,name,price\nmug,Mug,cheap\ncup,Cup,3\n")

    assert [(result.slug, result.kind) for result in results] == [("mug", "refused"), ("cup", "new")]
    assert Product.objects.get().slug == "cup"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "“slug” is missing"),
        ("name,price\nMug,1\n", "“slug” is missing"),
        ("slug,name,color\n", "Unknown column “color”"),
        ("slug,name,name\n", "The same column appears more than once"),
    ],
)
def test_invalid_file_is_rejected_as_a_whole(store, text, message):
    with pytest.raises(Problem, match=message):
        import_csv(store, text)


@pytest.mark.parametrize(
    "name",
    ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "'=1", "''=1", " =1", "＝1", "'tis", "plain", "a=b"],
)
def test_formulas_are_escaped_and_restored(name):
    cell = escape_formula(name)

    assert cell.lstrip(" ")[:1] not in ("=", "+", "-", "@", "\t", "＝")
    assert unescape_formula(cell) == name


def test_export_escapes_formulas(store):
    make_product(store, name="Mug", description='=HYPERLINK("https://evil.example","Prize")')

    assert "'=HYPERLINK" in export_csv(store)
    (result,) = import_csv(store, export_csv(store))
    assert result.kind == "unchanged"


def test_commands_export_and_import_a_file(store, shirt, tmp_path):
    path = tmp_path / "catalog.csv"
    call_command("export_catalog", store.slug, path)
    path.write_text(path.read_text(encoding="utf-8").replace("49.00", "50.00"), encoding="utf-8")
    out = io.StringIO()

    call_command("import_catalog", store.slug, path, "--dry-run", stdout=out)
    assert "shirt (changed): Black / S price: 49.00 → 50.00" in out.getvalue()
    assert "Dry run: 0 new, 1 changed, 0 unchanged, 0 refused" in out.getvalue()
    assert str(variant_of(shirt).price) == "49.00"

    call_command("import_catalog", store.slug, path, stdout=out)
    assert str(variant_of(shirt).price) == "50.00"


def test_command_fails_if_a_product_is_rejected(store, tmp_path):
    path = tmp_path / "catalog.csv"
    path.write_text("slug,name,price\nmug,Mug,cheap\n")
    out = io.StringIO()

    with pytest.raises(CommandError, match="refused"):
        call_command("import_catalog", store.slug, path, stdout=out)
    assert "mug (refused), row 2: the price must be a number such as 49.90, not “cheap”" in out.getvalue()


@pytest.mark.parametrize(
    ("text", "price"),
    [
        ("49,90", "49.90"),
        ("1.249,50", "1249.50"),
        ("1,249.50", "1249.50"),
        ("1’249.50", "1249.50"),
        ("1 249,50", "1249.50"),
        ("1\u202f249,5", "1249.50"),
        ("1.234.567", "1234567.00"),
        ("12,–", "12.00"),
        ("$12", "12.00"),
        ("12.50 USD", "12.50"),
        ("0,999", None),
        ("1,999", None),
        ("1.24,50", None),
        ("1,2,3", None),
        ("12 EUR", None),
        ("€ 12", None),
        ("1e3", None),
        ("1_0", None),
        ("٣", None),
        (",", None),
    ],
)
def test_price_is_read_or_refused_but_never_guessed(store, text, price):
    (result,) = import_csv(store, f"slug\tname\tprice\nmug\tMug\t{text}\n")

    assert result.kind == ("new" if price else "refused")
    assert [str(variant.price) for variant in Variant.objects.all()] == ([price] if price else [])


@pytest.mark.parametrize(("other", "price"), [("5,50", "1299.00"), ("5.50", None)])
def test_thousands_are_told_from_decimals_by_the_other_prices(store, other, price):
    import_csv(store, f"slug;name;price\nmug;Mug;1.299\ncup;Cup;{other}\n")

    found = Variant.objects.filter(product__slug="mug").values_list("price", flat=True)
    assert [str(each) for each in found] == ([price] if price else [])


@pytest.mark.parametrize(
    ("word", "active"),
    [
        ("WAHR", True),
        ("VRAI", True),
        ("ja", True),
        ("Sí", True),
        ("x", True),
        ("FALSCH", False),
        ("Não", False),
    ],
)
def test_true_and_false_are_read_in_the_languages_of_spreadsheets(store, word, active):
    import_csv(store, f"slug;name;price;active\nmug;Mug;1;{word}\n")

    assert Product.objects.get().active is active


def test_columns_are_found_by_the_names_people_give_them(store):
    text = "Handle;Title;Body (HTML);Option1 Name;Option1 Value;Variant SKU;Variant Price;Bestand\n"

    (result,) = import_csv(store, text + "mug;Mug;Green;Size;L;M-1;5;1.200\n")

    variant = Variant.objects.get()
    assert result.kind == "new"
    assert (variant.product.description, variant.title, variant.sku) == ("Green", "L", "M-1")
    assert variant.inventory_quantity == 1200


@pytest.mark.parametrize("cell", ["#NAME?", "#REF!", "#NV"])
def test_spreadsheet_error_is_not_imported(store, cell):
    (result,) = import_csv(store, f"slug,name,price\nmug,{cell},1\n")

    assert [(row, str(reason)) for row, reason in result.refused] == [
        (2, f"“{cell}” is a formula error from the spreadsheet")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252", "mac_roman"])
def test_export_saved_again_by_a_spreadsheet_changes_nothing(store, encoding):
    make_product(store, name="Öfchen", description="Für die Größe: “süß”.", price="1234.50")
    text = export_csv(store).removeprefix("\ufeff").replace(",", ";").replace("1234.50", "1.234,50")

    results = import_catalog_csv(store=store, content=text.encode(encoding), dry_run=False)

    assert [result.kind for result in results] == ["unchanged"]

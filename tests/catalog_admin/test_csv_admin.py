"""CSV export and import in the admin."""

import pytest
from django.contrib.admin.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.translation import override

from accounts.staff_log import describe_log_entry
from catalog import staged_import
from catalog.admin import csv_import
from catalog.models import CatalogImport, Product
from tests.factories import make_product, make_store

LIST = reverse("admin:catalog_product_changelist")
IMPORT = reverse("admin:catalog_product_import")
MUG_AND_CUP = "slug,name,price,stock,sku\nmug,Mug,12,5,MUG-1\ncup,Cup,cheap,,\n"


def upload(text):
    content = text if isinstance(text, bytes) else text.encode()
    return SimpleUploadedFile("catalog.csv", content, "text/csv")


def preview(staff, store, text):
    """Upload a file and take steps until it is checked. Return the address of its page."""
    answer = staff.client.post(IMPORT, {"store": store.pk, "file": upload(text)})
    return finish_steps(staff, answer["Location"])


def finish_steps(staff, address):
    while "data-submit-at-once" in staff.open(address).text:
        staff.client.post(address)
    return address


def test_selected_products_are_exported(staff, store):
    lamp = make_product(store, name="Lamp")
    make_product(store, name="Bulb")

    response = staff.client.post(LIST, {"action": "export_csv", "_selected_action": [lamp.pk]})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["slug", "lamp"]
    assert "attachment" in response["Content-Disposition"]


def test_export_of_two_stores_is_rejected(staff, store):
    products = [make_product(store), make_product(make_store(host="other.example"), name="Other")]
    data = {"action": "export_csv", "_selected_action": [product.pk for product in products]}

    response = staff.client.post(LIST, data, follow=True)

    assert staff.messages(response) == ["A file holds the products of one store. Filter by store first."]


def test_import_is_previewed_then_confirmed(staff, store):
    address = preview(staff, store, MUG_AND_CUP)
    page = staff.open(address).text
    assert "UTF-8, separated by commas" in page
    assert "new variant: <ins>$12.00, stock 5, SKU MUG-1</ins>" in page
    assert "Row 3 rejected:" in page
    assert "the price must be a number such as 49.90, not “cheap”" in page
    assert "Import 1 product" in page
    assert not Product.objects.exists()

    staff.client.post(address, {"confirm": "1"})
    finish_steps(staff, address)

    assert Product.objects.get().name == "Mug"
    assert "<strong>1</strong> New" in staff.open(address).text
    logged = "Imported “catalog.csv”: 1 new, 0 changed, 1 refused."
    assert [describe_log_entry(entry) for entry in LogEntry.objects.all()] == [logged]


def test_change_is_shown_with_its_old_value(staff, store):
    make_product(store, name="Mug", price="9.00", stock=3, description="A " * 60 + "green mug.")

    address = preview(staff, store, f"slug,price,stock,description\nmug,12.5,,{'A ' * 60}blue mug.\n")
    page = staff.open(address).text

    assert "price: <del>9.00</del> → <ins>12.50</ins>" in page
    assert "stock: <del>3</del> → <ins>not counted</ins>" in page
    assert "A green mug.</del> → <ins>…" in page


def test_confirming_twice_imports_once(staff, store):
    address = preview(staff, store, MUG_AND_CUP)
    for _time in range(2):
        staff.client.post(address, {"confirm": "1"})

    assert Product.objects.count() == 1
    assert LogEntry.objects.filter(change_message__contains="file_imported").count() == 1


def test_import_goes_on_after_a_cut(staff, store, monkeypatch):
    """Each step does at least one product, and what is done isn't done again."""
    monkeypatch.setattr(csv_import, "STEP_SECONDS", 0)
    lines = "".join(f"mug-{number},Mug {number},1\n" for number in range(3))
    address = preview(staff, store, "slug,name,price\n" + lines)
    staff.client.post(address, {"confirm": "1"})
    assert Product.objects.count() == 1
    assert "1 of 3 products" in staff.open(address).text
    Product.objects.update(name="Changed by staff")

    finish_steps(staff, address)

    assert sorted(Product.objects.values_list("name", flat=True)) == ["Changed by staff", "Mug 1", "Mug 2"]


def test_unchecked_file_cannot_be_confirmed(staff, store):
    catalog_import = staged_import.start_import(
        store=store, content=MUG_AND_CUP.encode(), file_name="catalog.csv", actor=None
    )

    assert staged_import.confirm_import(catalog_import) is False
    staged_import.run_step(catalog_import, seconds=5)
    assert not Product.objects.exists()


def test_refused_rows_come_back_with_the_reason_and_can_be_imported_again(staff, store):
    address = preview(staff, store, "Slug;Name;Preis\ncup;=1+1;cheap\nmug;Mug;2\n")

    text = staff.client.get(f"{address}refused/").getvalue().decode()

    assert text.removeprefix("\ufeff").splitlines() == [
        "slug,name,price,problem",
        'cup,\'=1+1,cheap,"the price must be a number such as 49.90, not “cheap”"',
    ]
    corrected = preview(staff, store, text.replace(",cheap,", ",5,"))
    staff.client.post(corrected, {"confirm": "1"})
    assert Product.objects.get().name == "=1+1"


def test_each_reads_an_import_in_their_own_language(staff, store):
    make_product(store, name="Mug")
    address = preview(staff, store, "slug;name;price;stock\nmug;Mug;12;5\ncup;Cup;1;many\n")

    english = staff.open(address).text
    with override("de"):  # and not the rest of the thread
        german = staff.client.get(address, headers={"accept-language": "de"}).text
        rows = staff.client.get(f"{address}refused/", headers={"accept-language": "de"}).getvalue().decode()

    assert "stock must be a whole number, not “many”" in english
    assert "price: <del>49.00</del>" in english
    assert "UTF-8, separated by semicolons" in english
    assert "stock muss eine ganze Zahl sein, nicht „many“" in german
    assert "Preis: <del>49.00</del>" in german
    assert "separated" not in german
    assert "muss eine ganze Zahl sein" in rows


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a\0b\xff", "Save it as CSV UTF-8 or as .xlsx and try again."),
        ("name\nMug\n", "“slug” is missing"),
        (b"x" * 20_000_001, "The file is larger than 20 MB."),
    ],
)
def test_invalid_upload_is_rejected_next_to_the_field(staff, store, text, message):
    answer = staff.client.post(IMPORT, {"store": store.pk, "file": upload(text)})

    assert message in answer.text
    assert not CatalogImport.objects.exists()


def test_row_that_a_database_cannot_hold_is_refused_alone(staff, store):
    address = preview(staff, store, "slug,name,price\nmug,M\0g,1\ncup,Cup,1\n")

    page = staff.open(address).text

    assert "a cell contains a null character" in page
    assert "Import 1 product" in page


def test_import_requires_permission_to_change_products(client, django_user_model, store):
    user = django_user_model.objects.create(username="guest", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    started = staged_import.start_import(
        store=store, content=MUG_AND_CUP.encode(), file_name="catalog.csv", actor=user
    )

    for address in (IMPORT, f"{IMPORT}{started.pk}/", f"{IMPORT}{started.pk}/refused/"):
        assert client.get(address).status_code == 403

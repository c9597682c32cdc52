"""CSV export and import in the admin."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from catalog.models import Product
from tests.factories import make_product, make_store

LIST = reverse("admin:catalog_product_changelist")
IMPORT = reverse("admin:catalog_product_import")


def upload(text):
    content = text if isinstance(text, bytes) else text.encode()
    return SimpleUploadedFile("catalog.csv", content, "text/csv")


def preview(staff, store, text):
    return staff.client.post(IMPORT, {"store": store.pk, "file": upload(text)})


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

    assert staff.messages(response) == ["A CSV file holds the products of one store. Filter by store first."]


def test_import_is_previewed_then_confirmed(staff, store):
    page = preview(staff, store, "slug,name,price\nmug,Mug,12\ncup,Cup,cheap\n").content.decode()
    assert "1 new" in page
    assert "Row 3 rejected:" in page
    assert "the price must be a number such as 49.90, not “cheap”" in page
    assert not Product.objects.exists()

    done = staff.client.post(IMPORT, {"confirm": "1"}, follow=True)

    assert Product.objects.get().name == "Mug"
    assert staff.messages(done) == ["Imported: 1 new, 0 changed, 0 unchanged, 1 rejected."]


def test_confirming_twice_imports_once(staff, store):
    preview(staff, store, "slug,name,price\nmug,Mug,12\n")
    staff.client.post(IMPORT, {"confirm": "1"})

    again = staff.client.post(IMPORT, {"confirm": "1"}, follow=True)

    assert staff.messages(again)[-1] == "Nothing to import. Choose the file again."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"a\0b\xff", "Save it as CSV UTF-8 or as .xlsx and try again."),
        ("name\nMug\n", "“slug” is missing"),
        ("slug\n" + "a\n" * 3001, "For a larger file, run manage.py import_catalog."),
    ],
)
def test_invalid_upload_is_rejected_next_to_the_field(staff, store, text, message):
    assert message in preview(staff, store, text).content.decode()


def test_import_requires_permission_to_change_products(client, django_user_model, store):
    user = django_user_model.objects.create(username="guest", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(IMPORT).status_code == 403

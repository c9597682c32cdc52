"""CSV out of and into the admin."""

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


def look(staff, store, text):
    return staff.client.post(IMPORT, {"store": store.pk, "file": upload(text)})


def test_chosen_products_are_exported(staff, store):
    lamp = make_product(store, name="Lamp")
    make_product(store, name="Bulb")

    response = staff.client.post(LIST, {"action": "export_csv", "_selected_action": [lamp.pk]})

    text = b"".join(response.streaming_content).decode("utf-8-sig")
    assert [line.split(",")[0] for line in text.splitlines()] == ["slug", "lamp"]
    assert "attachment" in response["Content-Disposition"]


def test_products_of_two_stores_are_no_one_file(staff, store):
    products = [make_product(store), make_product(make_store(host="other.example"), name="Other")]
    chosen = {"action": "export_csv", "_selected_action": [product.pk for product in products]}

    response = staff.client.post(LIST, chosen, follow=True)

    assert staff.words(response) == ["A CSV file holds the products of one store. Filter by store first."]


def test_a_file_is_looked_at_first_and_brought_in_when_confirmed(staff, store):
    page = look(staff, store, "slug,name,price\nmug,Mug,12\ncup,Cup,cheap\n").content.decode()
    assert "1 new" in page
    assert "Row 3 rejected:" in page
    assert "the price is a number such as 49.90, not “cheap”" in page
    assert not Product.objects.exists()

    done = staff.client.post(IMPORT, {"confirm": "1"}, follow=True)

    assert Product.objects.get().name == "Mug"
    assert staff.words(done) == ["Imported: 1 new, 0 changed, 0 unchanged, 1 rejected."]


def test_confirming_twice_brings_it_in_once(staff, store):
    look(staff, store, "slug,name,price\nmug,Mug,12\n")
    staff.client.post(IMPORT, {"confirm": "1"})

    again = staff.client.post(IMPORT, {"confirm": "1"}, follow=True)

    assert staff.words(again)[-1] == "Nothing to import. Choose the file again."


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"\xff\xfe", "Save the file as UTF-8 and try again."),
        ("name\nMug\n", "“slug” is missing"),
        ("slug\n" + "a\n" * 3001, "For a larger file, run manage.py import_catalog."),
    ],
)
def test_a_file_that_is_none_is_refused_beside_it(staff, store, text, words):
    assert words in look(staff, store, text).content.decode()


def test_who_may_not_change_products_may_not_import(client, django_user_model, store):
    user = django_user_model.objects.create(username="guest", is_staff=True)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")

    assert client.get(IMPORT).status_code == 403

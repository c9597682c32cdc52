"""Staff export the chosen products for Excel, and the import reads the file back."""

import io

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from catalog.csv_import import import_catalog_csv
from tests.factories import make_product, make_store

pytestmark = pytest.mark.any_database
LIST = reverse("admin:catalog_product_changelist")


def export(staff, *products):
    data = {"action": "export_xlsx", "_selected_action": [product.pk for product in products]}
    return staff.client.post(LIST, data)


def test_chosen_products_are_exported_as_a_workbook(staff, store):
    lamp = make_product(store, name="Lamp", options={"Color": ["Black", "=White"]})
    make_product(store, name="Mug")

    response = export(staff, lamp)

    assert response["Content-Disposition"] == 'attachment; filename="catalog.xlsx"'
    content = response.getvalue()
    header, *rows = load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
    cells = [dict(zip(header, row, strict=True)) for row in rows]
    assert [(each["slug"], each["option1_value"]) for each in cells] == [
        ("lamp", "Black"),
        ("lamp", "'=White"),
    ]
    results = import_catalog_csv(store=store, content=content, dry_run=True)
    assert [result.kind for result in results] == ["unchanged"]


def test_workbook_holds_the_products_of_one_store(staff, store):
    other = make_product(make_store(host="other.example"), name="Mug")

    response = export(staff, make_product(store, name="Lamp"), other)

    assert response.status_code == 302

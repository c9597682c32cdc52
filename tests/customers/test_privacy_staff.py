"""Export and erasure by staff: management commands and admin actions."""

import json
from io import StringIO

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import CommandError, call_command

from accounts.models import User
from orders.models import Customer, OrderEvent, PaymentRequest


def test_command_exports_a_customer(customer):
    out = StringIO()
    call_command("export_customer", "ADA@example.com", stdout=out)

    assert json.loads(out.getvalue())["customer"]["id"] == customer.pk


def test_command_erases_a_customer(customer):
    out = StringIO()
    call_command("erase_customer", customer.pk, "--yes", stdout=out)

    assert out.getvalue().startswith(f"Erased {customer.pk}. Orders that keep their numbers and amounts: 2.")
    with pytest.raises(CommandError, match="Customer not found"):
        call_command("erase_customer", "ada@example.com", "--yes")


def test_command_asks_for_confirmation(customer, monkeypatch):
    monkeypatch.setattr("builtins.input", lambda _question: "no")

    with pytest.raises(CommandError, match="Nothing was erased"):
        call_command("erase_customer", customer.pk)

    customer.refresh_from_db()
    assert customer.erased_at is None


def test_email_in_two_stores_needs_the_store_option(customer, other_store):
    Customer.objects.create(store=other_store, email="ada@example.com")

    with pytest.raises(CommandError, match="Specify the store"):
        call_command("export_customer", "ada@example.com")
    out = StringIO()
    call_command("export_customer", "ada@example.com", "--store", other_store.slug, stdout=out)
    assert json.loads(out.getvalue())["customer"]["id"] != customer.pk


@pytest.fixture
def staff(client, db):
    user = User.objects.create_superuser("mia", password="x")
    client.force_login(user)
    return client


def run_action(client, action, *customers, **more):
    """Run an admin action on the customers, and return the page that follows."""
    selected = [customer.pk for customer in customers]
    path = "/admin/orders/customer/"
    return client.post(path, {"action": action, "_selected_action": selected, **more}, follow=True)


def test_staff_export_one_customer(customer, staff):
    answer = run_action(staff, "export_as_json", customer)

    assert answer["Content-Disposition"] == f'attachment; filename="{customer.pk}.json"'
    assert "no-store" in answer["Cache-Control"]
    assert answer.json()["customer"]["email"] == "ada@example.com"


def test_staff_confirm_before_erasing(customer, staff):
    page = run_action(staff, "erase_personal_data", customer)
    assert "This permanently erases" in page.text
    customer.refresh_from_db()
    assert customer.erased_at is None

    run_action(staff, "export_as_json", customer)

    page = run_action(staff, "erase_personal_data", customer, confirmed="1")

    assert f"Erased {customer.pk}." in page.text
    customer.refresh_from_db()
    assert customer.email == ""
    assert OrderEvent.objects.filter(kind="erased", actor="mia").count() == 2
    names = LogEntry.objects.values_list("object_repr", flat=True)
    assert set(names) == {customer.pk, PaymentRequest.objects.get().pk}


def test_customer_page_shows_totals(customer, staff):
    page = staff.get(f"/admin/orders/customer/{customer.pk}/change/")

    assert "$54.00" in page.text
    assert staff.get("/admin/orders/customer/?q=lovelace").status_code == 200

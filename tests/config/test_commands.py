"""Management commands answer wrong arguments with one sentence and no traceback."""

import pytest
from django.core.management import CommandError, call_command

from demo.environment import DemoError, DemoPorts
from orders.models import Customer
from tests.factories import make_store

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

COMMANDS_WITH_A_STORE = [
    ("refresh_shipping", "--store", "nowhere"),
    ("register_webhooks", "--store", "nowhere"),
    ("sync_catalog", "nowhere"),
    ("export_catalog", "nowhere"),
    ("import_catalog", "nowhere", "products.csv"),
    ("export_orders", "-", "--store", "nowhere"),
]


@pytest.mark.parametrize("command", COMMANDS_WITH_A_STORE, ids=" ".join)
def test_unknown_store_error_lists_the_available_stores(command):
    with pytest.raises(CommandError, match=r"^There is no store yet\. Add one in the admin, under Stores\.$"):
        call_command(*command)
    make_store(slug="lamps")
    make_store(slug="shirts", host="shirts.test")

    with pytest.raises(CommandError, match=r"^Unknown store: nowhere\. Available stores: lamps, shirts\.$"):
        call_command(*command)


@pytest.mark.parametrize("command", ["refresh_shipping", "register_webhooks", "sync_catalog"])
def test_command_fails_if_there_are_no_stores(command):
    with pytest.raises(CommandError, match="There is no store yet"):
        call_command(command)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("export_orders", "-", "--since", "2026-13-45"), "'2026-13-45' is not a date"),
        (("export_orders", "/nowhere/orders.csv"), "Cannot write /nowhere/orders.csv: No such file"),
        (
            ("export_catalog", "lamps", "/nowhere/products.csv"),
            "Cannot write /nowhere/products.csv: No such",
        ),
        (("reconcile", "--limit", "-1"), "argument --limit: must be 1 or more"),
        (("reconcile", "--limit", "few"), "argument --limit: invalid whole number value: 'few'"),
    ],
)
def test_invalid_argument_is_explained(command, sentence):
    make_store(slug="lamps")

    with pytest.raises(CommandError, match=sentence):
        call_command(*command)


def test_customer_is_not_erased_without_confirmation(monkeypatch):
    customer = Customer.objects.create(store=make_store(), email="ada@example.com", name="Ada")

    def input_without_terminal(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", input_without_terminal)
    with pytest.raises(CommandError, match=r"Nothing was erased\."):
        call_command("erase_customer", customer.pk)
    customer.refresh_from_db()
    assert customer.name == "Ada"


@pytest.mark.parametrize(
    ("shop", "sandbox", "sentence"),
    [
        ("shop", "8001", "PORT=shop is not a port number. Choose one from 1 to 65535."),
        ("8000", "70000", "SANDBOX_PORT=70000 is not a port number"),
        ("8000", "8000", "PORT and SANDBOX_PORT are both 8000. Choose two different ports."),
    ],
)
def test_demo_explains_invalid_ports(monkeypatch, shop, sandbox, sentence):
    monkeypatch.setenv("PORT", shop)
    monkeypatch.setenv("SANDBOX_PORT", sandbox)

    with pytest.raises(DemoError, match=sentence):
        DemoPorts.from_environment()

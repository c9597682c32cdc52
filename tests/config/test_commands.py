"""What the commands say to arguments that are wrong: a sentence, and no traceback."""

import pytest
from django.core.management import CommandError, call_command

from demo.environment import DemoPorts
from orders.models import Customer
from tests.factories import make_store

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]

NAMING_A_STORE = [
    ("refresh_shipping", "--store", "nowhere"),
    ("register_webhooks", "--store", "nowhere"),
    ("sync_catalog", "nowhere"),
    ("export_catalog", "nowhere"),
    ("import_catalog", "nowhere", "goods.csv"),
    ("export_orders", "-", "--store", "nowhere"),
]


@pytest.mark.parametrize("command", NAMING_A_STORE, ids=" ".join)
def test_an_unknown_store_is_told_with_those_there_are(command):
    with pytest.raises(CommandError, match=r"^There is no store yet\. Add one in the admin, under Stores\.$"):
        call_command(*command)
    make_store(slug="lamps")
    make_store(slug="shirts", host="shirts.test")

    with pytest.raises(CommandError, match=r"^There is no store nowhere; there is lamps, shirts\.$"):
        call_command(*command)


@pytest.mark.parametrize("command", ["refresh_shipping", "register_webhooks", "sync_catalog"])
def test_without_any_store_nothing_passes_for_done(command):
    with pytest.raises(CommandError, match="There is no store yet"):
        call_command(command)


@pytest.mark.parametrize(
    ("command", "sentence"),
    [
        (("export_orders", "-", "--since", "2026-13-45"), "'2026-13-45' is not a date"),
        (("export_orders", "/nowhere/orders.csv"), "Cannot write /nowhere/orders.csv: No such file"),
        (("export_catalog", "lamps", "/nowhere/goods.csv"), "/nowhere/goods.csv cannot be written: No such"),
        (("reconcile", "--limit", "-1"), "argument --limit: 1 or more"),
        (("reconcile", "--limit", "few"), "argument --limit: invalid whole number value: 'few'"),
    ],
)
def test_what_cannot_be_done_is_said(command, sentence):
    make_store(slug="lamps")

    with pytest.raises(CommandError, match=sentence):
        call_command(*command)


def test_where_nobody_can_confirm_nobody_is_erased(monkeypatch):
    customer = Customer.objects.create(store=make_store(), email="ada@example.com", name="Ada")

    def nobody(prompt):
        raise EOFError

    monkeypatch.setattr("builtins.input", nobody)
    with pytest.raises(CommandError, match=r"Nothing was erased\."):
        call_command("erase_customer", customer.pk)
    customer.refresh_from_db()
    assert customer.name == "Ada"


@pytest.mark.parametrize(
    ("shop", "sandbox", "sentence"),
    [
        ("shop", "8001", "PORT=shop is no port: choose one from 1 to 65535."),
        ("8000", "70000", "SANDBOX_PORT=70000 is no port"),
        ("8000", "8000", "PORT and SANDBOX_PORT are both 8000."),
    ],
)
def test_the_demo_says_what_is_wrong_with_its_ports(monkeypatch, shop, sandbox, sentence):
    monkeypatch.setenv("PORT", shop)
    monkeypatch.setenv("SANDBOX_PORT", sandbox)

    with pytest.raises(CommandError, match=sentence):
        DemoPorts.from_environment()

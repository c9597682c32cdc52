"""The setup page of a store: each step is done only if a purchase gets past it."""

import datetime
from urllib.parse import urlsplit

import pytest
import requests
from django.contrib.auth.models import Permission
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from catalog.import_worker import work_due_imports
from catalog.models import Product, Variant
from checkout import webhook_test
from checkout.models import WebhookEvent
from checkout.onboarding import actions, list_onboarding_steps
from checkout.sentences import NO_WEBHOOK
from nextcommerce.sentences import NO_RESPONSE, TIMEOUT
from outbound.session import PrivateAddressRefused
from stores.models import Store, StoreHealth
from tests.factories import make_link, make_order, make_product, make_store
from tests.shop_fixture import SHIPPING_METHODS, make_shipping_methods

STRIPE = {
    "id": 7,
    "name": "Stripe",
    "is_group": False,
    "methods": {"link": ["EUR", "USD"], "klarna": ["USD"]},
}
ADYEN = {"id": 8, "name": "Adyen", "is_group": False, "methods": {"apple_pay": ["USD"]}}
EURO = {"id": 9, "name": "Euro", "is_group": False, "methods": {"link": ["EUR"]}}
GROUP = {"id": 7, "name": "All cards", "is_group": True, "methods": {"link": [], "paypal": ["EUR"]}}
STANDARD = SHIPPING_METHODS[0]
SETTINGS = {
    "name": "Lamp House",
    "domain": "lamps.29next.store",
    "currencies": ["USD", "EUR"],
    "missing_scopes": [],
    "routes": [STRIPE, ADYEN, EURO, GROUP],
}


@pytest.fixture
def store(db):
    """A store that is ready to sell, as far as nobody needs to buy something."""
    store = make_store(payment_gateway=7, support_email="help@example.com")
    StoreHealth.record(store, next_settings=SETTINGS, read_at=timezone.now())
    return store


def find(store, code):
    """Return (state, text) of a step. The store is read anew, as a page would."""
    steps = list_onboarding_steps(Store.objects.get(pk=store.pk))
    (step,) = [step for step in steps if step.code == code]
    return step.finding.state.value, str(step.finding.text)


def change(store, **values):
    Store.objects.filter(pk=store.pk).update(**values)


def change_settings(store, **values):
    StoreHealth.record(store, next_settings=SETTINGS | values)


def test_new_store_has_everything_to_do(db):
    store = make_store(tax_mode="at_payment", webhook_secret="")

    states = {step.code.value: step.finding.state.value for step in list_onboarding_steps(store)}

    assert states == dict.fromkeys(
        ("connection", "details", "payment", "webhook", "shipping", "products"), "todo"
    ) | dict.fromkeys(("tax", "policies", "email", "purchase"), "todo")


def test_connection_is_done_once_next_answered_and_the_token_may_do_everything(store):
    assert find(store, "connection") == (
        "done",
        "Connected to Lamp House (lamps.29next.store). The token has every permission it needs.",
    )


def test_connection_names_the_permissions_that_the_token_lacks(store):
    change_settings(store, missing_scopes=["orders:write", "carts:write"])

    assert find(store, "connection") == (
        "problem",
        "The access token lacks permissions: orders:write, carts:write.",
    )


def test_connection_is_a_problem_while_next_is_silent(store):
    StoreHealth.record(store, failed_at=timezone.now(), failure=NO_RESPONSE.fill(reason=TIMEOUT))

    state, text = find(store, "connection")
    assert state == "problem"
    assert text.endswith("NEXT Commerce did not respond (timeout).")


def test_currency_that_next_does_not_sell_in_is_a_problem(store):
    change(store, currency="GBP")

    assert find(store, "details") == ("problem", "NEXT Commerce doesn't sell in GBP. It has USD, EUR.")


@pytest.mark.parametrize(
    ("values", "state", "text"),
    [
        ({}, "done", "Shoppers pay with Link through Stripe."),
        (
            {"payment_gateway": None, "payment_gateway_group": 7},
            "done",
            "Shoppers pay with Link through All cards.",
        ),
        ({"payment_gateway": None}, "todo", "Choose the gateway that takes payments."),
        ({"payment_gateway": 77}, "problem", "NEXT Commerce has no gateway 77."),
        (
            {"payment_gateway": None, "payment_gateway_group": 77},
            "problem",
            "NEXT Commerce has no gateway 77.",
        ),
        ({"payment_gateway": 8}, "problem", "Adyen doesn't take Link. It must be Stripe, and active."),
        ({"payment_gateway": 9}, "problem", "Euro doesn't take Link in USD."),
        (
            {"payment_gateway": None, "payment_methods": ["test_3ds_card"]},
            "done",
            "Shoppers pay with NEXT Commerce's test card, which charges nothing.",
        ),
        (
            {"payment_methods": ["klarna", "link", "test_3ds_card"]},
            "done",
            "Shoppers pay with Klarna, Link through Stripe.",
        ),
        ({"payment_methods": ["affirm"]}, "problem", "Stripe doesn't take Affirm."),
    ],
)
def test_payment_is_done_if_the_gateway_takes_it(store, values, state, text):
    change(store, **values)

    assert find(store, "payment") == (state, text)


def test_payment_without_any_gateway_for_link_says_what_to_do_in_next(store):
    change(store, payment_gateway=None)
    change_settings(store, routes=[ADYEN, EURO])

    assert find(store, "payment") == (
        "problem",
        "No gateway takes Link in USD. Connect Stripe in NEXT Commerce, then check again.",
    )


def test_gateways_that_the_token_may_not_read_are_a_problem(store):
    change_settings(store, missing_scopes=["gateways:read"], routes=[])

    assert find(store, "payment")[0] == "problem"


def test_delivery_needs_a_price_in_the_currency(store):
    assert find(store, "shipping") == ("todo", "Load the shipping methods from NEXT Commerce.")

    make_shipping_methods(store, SHIPPING_METHODS)
    assert find(store, "shipping") == ("done", "Standard, Express: priced in USD.")

    change(store, currency="EUR")
    assert find(store, "shipping") == (
        "problem",
        "No shipping method has a price in EUR. Add one in NEXT Commerce, then load them again.",
    )


def test_delivery_must_go_to_where_the_store_sells(store):
    make_shipping_methods(store, [STANDARD | {"countries": ["US", "DE"]}])

    change(store, countries="FR,IT")
    assert find(store, "shipping") == (
        "problem",
        "No shipping method with a price in USD goes to FR, IT.",
    )

    change(store, countries="US,FR")
    assert find(store, "shipping")[0] == "done"


def test_delivery_is_no_matter_for_downloads(store):
    make_product(store, collect_shipping_address=False)

    assert find(store, "shipping") == ("done", "Nothing you sell is shipped.")


def test_hidden_shipping_methods_are_a_problem(store):
    make_shipping_methods(store, SHIPPING_METHODS)
    store.shipping_methods.update(is_public=False)

    assert find(store, "shipping")[0] == "problem"


@pytest.mark.parametrize(
    ("product", "state", "text"),
    [
        ({}, "done", "1 product is on sale."),
        ({"stock": 0}, "problem", "Everything is sold out."),
        ({"active": False}, "problem", "All products are hidden. Put at least one on sale."),
        (
            {"default_currency": "EUR"},
            "problem",
            "No product can be bought. Desk lamp: Enter its price in USD.",
        ),
    ],
)
def test_products_are_done_if_one_can_be_bought(store, product, state, text):
    make_product(store, **product)

    assert find(store, "products") == (state, text)


def test_products_without_a_next_id_cannot_be_bought(store):
    make_product(store)
    Variant.objects.update(next_variant_id=None)

    assert find(store, "products")[0] == "problem"


def test_tax_is_done_once_somebody_chose_it(store):
    change(store, tax_mode="at_payment")
    assert find(store, "tax") == (
        "todo",
        "Choose how your prices relate to tax, as it is set in NEXT Commerce.",
    )

    StoreHealth.record(store, tax_chosen_at=timezone.now())
    assert find(store, "tax") == ("done", "Chosen: calculated at payment.")


def test_email_is_done_once_a_test_email_was_sent(store, settings):
    assert find(store, "email") == ("todo", "Send yourself a test email.")

    assert actions.send_test_email(store=store, address="ada@example.com")

    assert mail.outbox[0].subject == "Test email from Lamp House"
    assert mail.outbox[0].to == ["ada@example.com"]
    assert find(store, "email")[0] == "done"

    settings.EMAIL_BACKEND = "django.core.mail.backends.console.EmailBackend"
    assert find(store, "email")[0] == "problem"


def test_email_that_the_server_refuses_is_a_problem(store, monkeypatch):
    monkeypatch.setattr("django.core.mail.EmailMessage.send", lambda message: 1 / 0)

    assert not actions.send_test_email(store=store, address="ada@example.com")

    assert find(store, "email") == (
        "problem",
        "The mail server didn't take the test email to ada@example.com: ZeroDivisionError",
    )


def test_test_purchase_is_done_once_an_order_is_paid_and_next_told_of_it(store):
    paid_at = timezone.now() - datetime.timedelta(hours=1)
    StoreHealth.record(store, webhook_registered_at=paid_at - datetime.timedelta(hours=1))
    assert find(store, "purchase") == ("todo", "Buy something in your shop. This is the last step.")

    order = make_order(store, paid_at=paid_at)
    assert find(store, "purchase") == (
        "problem",
        f"Order {order.number} was paid. "
        "But NEXT Commerce sent no event about it. Register the webhook again.",
    )

    WebhookEvent.objects.create(store=store, event_id="e1", event_type="order.created", data={})
    assert find(store, "purchase") == ("done", f"Order {order.number} was paid.")


def test_order_that_was_just_paid_waits_for_its_event(store):
    make_order(store, paid_at=timezone.now())

    assert find(store, "purchase")[0] == "done"


def test_order_from_before_the_webhook_was_registered_is_no_problem(store):
    paid_at = timezone.now() - datetime.timedelta(hours=1)
    StoreHealth.record(store, webhook_registered_at=paid_at + datetime.timedelta(minutes=5))
    make_order(store, paid_at=paid_at)

    assert find(store, "purchase")[0] == "done"


def test_old_order_whose_events_were_deleted_is_no_problem(store):
    registered_at = timezone.now() - datetime.timedelta(days=90)
    StoreHealth.record(store, webhook_registered_at=registered_at)
    make_order(store, paid_at=timezone.now() - datetime.timedelta(days=60))

    assert find(store, "purchase")[0] == "done"


# --- The test event


@pytest.fixture
def deliver(monkeypatch):
    """Deliver test events to this process, and not over the network."""

    def post(address, body, headers):
        path = urlsplit(address).path
        return Client().generic("POST", path, body, "application/json", headers=headers).status_code

    monkeypatch.setattr(webhook_test, "_post", post)


@pytest.fixture
def registered(store):
    change(store, webhook_checked_at=timezone.now())
    return store


def test_events_are_done_once_a_test_event_arrived(registered, deliver):
    assert find(registered, "webhook") == ("todo", "Send a test event.")

    assert not webhook_test.send_test_event(store=registered)

    assert find(registered, "webhook")[0] == "done"
    assert WebhookEvent.objects.count() == 0


def test_event_from_next_says_more_than_a_failed_test(registered):
    StoreHealth.record(registered, webhook_tested_at=timezone.now(), webhook_test_error="unreachable")
    assert find(registered, "webhook")[0] == "problem"

    WebhookEvent.objects.create(store=registered, event_id="e1", event_type="order.created", data={})
    assert find(registered, "webhook")[0] == "done"


@pytest.mark.parametrize(
    ("outcome", "text"),
    [
        (200, "reached another server"),
        (404, "was refused"),
        (requests.ConnectionError(), "didn't arrive"),
        (PrivateAddressRefused(), "leads into a private network"),
    ],
)
def test_test_event_that_does_not_arrive_says_why(registered, monkeypatch, outcome, text):
    def post(address, body, headers):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(webhook_test, "_post", post)

    webhook_test.send_test_event(store=registered)

    state, found = find(registered, "webhook")
    assert state == "problem"
    assert text in found
    assert f"http://testserver/webhooks/{registered.slug}/" in found


def test_webhook_that_points_elsewhere_is_a_problem(registered):
    change(registered, webhook_error=NO_WEBHOOK.fill(url="https://here.example/"))

    assert find(registered, "webhook") == ("problem", "No webhook points to https://here.example/.")


# --- The page


@pytest.fixture
def page(admin_client, store):
    address = reverse("admin:stores_store_setup", args=[store.pk])
    return lambda: admin_client.get(address)


@pytest.fixture
def submit(admin_client, store):
    def submit(code, **values):
        address = reverse("admin:stores_store_onboarding_step", args=[store.pk, code])
        return admin_client.post(address, values, follow=True)

    return submit


def test_page_calls_nobody(page, monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("the page made a call")

    monkeypatch.setattr("nextcommerce.base_client.BaseClient._request", refuse)
    monkeypatch.setattr(webhook_test, "_post", refuse)

    assert page().status_code == 200


def test_page_opens_for_staff_who_only_view_without_any_button(client, store, django_user_model):
    user = django_user_model.objects.create_user("grace", is_staff=True)
    user.user_permissions.add(*Permission.objects.filter(codename="view_store"))
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    address = reverse("admin:stores_store_setup", args=[store.pk])

    assert '<form method="post" action="/admin/stores' not in client.get(address).text
    step = reverse("admin:stores_store_onboarding_step", args=[store.pk, "webhook"])
    assert client.post(step).status_code == 403


def test_currency_is_chosen_from_those_of_next(submit, store):
    values = {"save": "1", "name": "Lamps", "time_zone": "Europe/Berlin", "support_email": ""}

    page = submit("details", **values, currency="GBP")
    assert "Select a valid choice" in page.text
    assert Store.objects.get().currency == "USD"

    submit("details", **values, currency="EUR")
    found = Store.objects.get()
    assert (found.name, found.currency, found.time_zone) == ("Lamps", "EUR", "Europe/Berlin")
    assert found.payment_gateway == 7


def test_currency_of_a_store_with_orders_stays(submit, store):
    make_order(store)

    submit("details", save="1", name="Lamps", time_zone="UTC", currency="EUR")

    found = Store.objects.get()
    assert (found.name, found.currency) == ("Lamps", "USD")


def test_gateway_is_chosen_from_those_that_take_link(submit, store):
    submit("payment", save="1", payment_methods=["link"], route="group-7")
    assert (Store.objects.get().payment_gateway, Store.objects.get().payment_gateway_group) == (None, 7)

    for route in ("gateway-8", "gateway-9", "gateway-77", ""):
        submit("payment", save="1", payment_methods=["link"], route=route)
    assert Store.objects.get().payment_gateway_group == 7


def test_live_store_cannot_choose_the_test_card(submit, store):
    change(store, is_live=True)

    submit("payment", save="1", payment_methods=["test_3ds_card"], route="")

    assert Store.objects.get().payment_methods == ["link"]


def test_countries_are_chosen_from_those_that_a_method_goes_to(submit, store):
    make_shipping_methods(store, [STANDARD | {"countries": ["US", "DE"]}])
    change(store, countries="DE")

    submit("shipping", save="1", countries=["US", "DE"])
    assert Store.objects.get().countries == ["DE", "US"]

    submit("shipping", save="1", countries=["FR"])
    assert Store.objects.get().countries == ["DE", "US"]


def test_chosen_tax_is_saved_even_if_it_is_the_default(submit, store):
    change(store, tax_mode="at_payment")

    submit("tax", save="1", tax_mode="at_payment")

    assert find(store, "tax")[0] == "done"


def test_policies_become_footer_links_once(submit, store):
    for path in ("terms", "new-terms"):
        submit(
            "policies", save="1", terms=f"https://example.com/{path}", privacy="https://example.com/privacy"
        )

    links = [(link.label, link.url) for link in store.footer_links.all()]
    assert links == [("Terms", "https://example.com/new-terms"), ("Privacy", "https://example.com/privacy")]
    assert find(store, "policies") == ("done", "The shop links to Terms, Privacy.")


def test_test_email_goes_to_the_person_who_is_signed_in(page, submit):
    form = next(step.form for step in page().context["steps"] if step.code == "email")
    assert form["email"].value() == "admin@example.com"

    submit("email", save="1", email="admin@example.com")

    assert [message.to for message in mail.outbox] == [["admin@example.com"]]


def test_test_purchase_leads_to_a_link_that_is_open_or_else_to_a_product(page, store):
    assert page().context["purchase_url"] == ""

    product = make_product(store)
    assert page().context["purchase_url"] == f"http://testserver{product.get_absolute_url()}"

    make_link(product, expires_at=timezone.now() - datetime.timedelta(days=1))
    assert page().context["purchase_url"] == f"http://testserver{product.get_absolute_url()}"

    link = make_link(product)
    assert page().context["purchase_url"] == link.url


# --- With NEXT


@pytest.fixture
def connected(transactional_db, sandbox_store, settings, deliver):
    """A store whose token is valid, and that nobody checked yet."""
    settings.NEXT_API_CALLS_PER_SECOND = 1000
    settings.PUBLIC_SCHEME = "https"
    return make_store(
        host="lamps.example.com", next_api_url=sandbox_store.next_api_url, access_token=sandbox_store.token
    )


@pytest.fixture
def press(connected, admin_client):
    def press(code):
        """Press a step's button; return the messages."""
        address = reverse("admin:stores_store_onboarding_step", args=[connected.pk, code])
        return [str(message) for message in admin_client.post(address, follow=True).context["messages"]]

    return press


def test_steps_are_done_by_their_buttons(press, connected):
    assert press("webhook") == ["Webhook registered. A test event arrived."]
    assert press("connection") == ["Checked."]

    codes = ("connection", "details", "webhook", "shipping")
    assert {find(connected, code)[0] for code in codes} == {"done"}


def test_products_are_imported_in_the_background(admin_client, connected, sandbox_store):
    page = admin_client.get(reverse("admin:stores_store_setup", args=[connected.pk])).content.decode()
    address = reverse("admin:catalog_product_store_import", args=[connected.pk])
    assert f'action="{address}"' in page

    admin_client.post(address, {"action": "start"})
    assert Product.objects.count() == 0
    work_due_imports()

    assert Product.objects.count() == len(sandbox_store.settings["catalogue"]["products"])
    assert find(connected, "products")[0] == "done"


def test_check_that_fails_says_why_and_keeps_what_was_known(press, connected, sandbox_store):
    press("connection")
    sandbox_store.plan_fault("status", operation="storeDetail", status=503)

    assert press("connection") == [
        "NEXT Commerce couldn't be reached: NEXT Commerce returned an error (503)."
    ]

    assert find(connected, "connection")[0] == "problem"
    assert find(connected, "details")[0] == "done"
    press("connection")
    assert find(connected, "connection")[0] == "done"


def test_check_finds_the_gateway_that_was_turned_off(press, connected, sandbox_store):
    change(connected, payment_gateway=7)
    press("connection")
    assert find(connected, "payment")[0] == "done"

    gateways = [{"id": 7, "name": "Stripe", "active": False}]
    sandbox_store.configure(catalogue=sandbox_store.settings["catalogue"] | {"gateways": gateways})
    press("connection")

    assert find(connected, "payment")[0] == "problem"


def test_empty_dashboard_links_to_adding_a_store(admin_client):
    before, text, _after = admin_client.get("/admin/").text.partition("Start here.")

    assert text
    assert reverse("admin:stores_store_add") in before

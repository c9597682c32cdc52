"""Each act of staff has a permission of its own, and leaves a log line with who and what."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.urls import reverse

from accounts.models import User
from accounts.staff_log import describe_log_entry
from checkout.models import PaymentIntent
from orders.models import ContractNotice, Customer, Order
from stores.models import ApiKey, Store
from subscriptions.models import Subscription
from tests.accounts.admin_pages import make_samples
from tests.admin_forms import read_admin_form
from tests.factories import make_store

pytestmark = pytest.mark.django_db

# What staff do: the permission for it, the page and what is posted to it, and the log line.
ACTS = {
    "note": ("note_order", "orders_order_note", {"text": "Call her"}, "Note added."),
    "refund": (
        "refund_order",
        "orders_order_refund",
        {"what": "everything", "amount": "54.00", "refunded_before": "0"},
        "Refund of $54.00 requested.",
    ),
    "refund of a verification charge": (
        "refund_order",
        "orders_order_retry-verification",
        {},
        "Refund of the verification charge requested.",
    ),
    "refund of a payment in review": (
        "refund_order",
        "checkout_paymentintent_refund",
        {},
        "Requested: refund.",
    ),
    "acceptance of a payment": (
        "change_order",
        "checkout_paymentintent_accept",
        {},
        "Requested: accept.",
    ),
    "cancellation": (
        "cancel_order",
        "orders_order_cancel",
        {"reason": "Changed her mind"},
        "Cancellation requested.",
    ),
    "export of orders": (
        "export_order",
        "orders_order_export",
        {"rows": "order", "format": "csv"},
        "Exported 1 order.",
    ),
    "export of a customer": (
        "export_customer",
        "orders_customer_changelist",
        {"action": "export_as_json"},
        "Personal data exported.",
    ),
    "erasure": (
        "erase_customer",
        "orders_customer_changelist",
        {"action": "erase_personal_data", "confirmed": "yes", "even_if_unsent": "on"},
        "Personal data erased.",
    ),
    "withdrawal": (
        "handle_contractnotice",
        "orders_contractnotice_handle",
        {},
        "Marked as handled.",
    ),
    "subscription": (
        "change_subscription",
        "subscriptions_subscription_act",
        {"action": "cancel", "reason": "price"},
        "Requested: cancel.",
    ),
    "setup step": (
        "change_store",
        "stores_store_onboarding_step",
        {},
        "Setup step “Connection” run.",
    ),
    "revoked key": (
        "change_apikey",
        "stores_apikey_changelist",
        {"action": "revoke", "confirmed": "yes"},
        "Revoked.",
    ),
}


@pytest.fixture
def samples():
    samples = make_samples()
    Subscription.objects.update(status="canceled")
    Order.objects.update(verification_amount="1.00")
    LogEntry.objects.all().delete()
    return samples


@pytest.fixture
def sign_in(client):
    def signed_in(permissions):
        user = User.objects.create_user("kim", is_staff=True)
        user.user_permissions.set(permissions)
        client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
        return user

    return signed_in


def perform(client, samples, act):
    _permission, name, data, _line = ACTS[act]
    model = {
        "orders_order": Order,
        "orders_customer": Customer,
        "orders_contractnotice": ContractNotice,
        "checkout_paymentintent": PaymentIntent,
        "stores_apikey": ApiKey,
        "stores_store": Store,
        "subscriptions_subscription": Subscription,
    }["_".join(name.split("_")[:2])]
    row = samples[model]
    if name.endswith("changelist"):
        return client.post(reverse(f"admin:{name}"), data | {"_selected_action": [row.pk]})
    if name.endswith("export"):
        return client.get(reverse(f"admin:{name}"), data)
    args = [row.pk, "connection"] if name.endswith("step") else [row.pk]
    return client.post(reverse(f"admin:{name}", args=args), data)


def view_permissions():
    return list(Permission.objects.filter(codename__startswith="view_"))


@pytest.mark.parametrize("act", ACTS)
def test_one_permission_is_enough_for_its_act_and_leaves_a_log_line(client, samples, sign_in, act):
    codename, _name, _data, line = ACTS[act]
    user = sign_in([*view_permissions(), Permission.objects.get(codename=codename)])

    if act == "erasure":  # nobody with an open payment is erased
        PaymentIntent.objects.update(status="succeeded")
    if act == "subscription":  # a customer with one that runs can't be erased
        Subscription.objects.update(status="active", next_renewal_at="2027-01-01T00:00:00Z")

    response = perform(client, samples, act)

    assert response.status_code in {200, 302}
    assert [(entry.user, describe_log_entry(entry)) for entry in LogEntry.objects.all()] == [(user, line)]


@pytest.mark.parametrize("act", ACTS)
def test_every_other_permission_together_does_not_allow_an_act(client, samples, sign_in, act):
    codename = ACTS[act][0]
    sign_in(Permission.objects.exclude(codename=codename))

    response = perform(client, samples, act)

    # A list ignores an action that it doesn't offer.
    assert response.status_code in ({200, 302} if ACTS[act][1].endswith("changelist") else {403})
    assert not LogEntry.objects.exists()


def test_canceling_with_a_refund_needs_the_permission_to_refund(client, samples, sign_in):
    order = samples[Order]
    address = reverse("admin:orders_order_cancel", args=[order.pk])
    sign_in([*view_permissions(), Permission.objects.get(codename="cancel_order")])

    response = client.post(address, {"reason": "Changed her mind", "full_refund": "on"})

    assert response.status_code == 403
    assert 'name="full_refund"' not in client.get(f"/admin/orders/order/{order.pk}/change/").text


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("orders_order_customer-page", "http://testserver/orders/"),
        ("orders_order_next-status-page", "https://next.example/secret-status/"),
        ("subscriptions_subscription_customer_page", "http://testserver/subscriptions/"),
    ],
)
def test_customers_page_opens_with_its_permission_and_leaves_a_log_line(
    client, samples, sign_in, name, target
):
    row = samples[Subscription if "subscription" in name else Order]
    address = reverse(f"admin:{name}", args=[row.pk])
    user = sign_in(view_permissions())
    assert client.get(address).status_code == 403
    assert not LogEntry.objects.exists()

    user.user_permissions.add(Permission.objects.get(codename="open_customer_page"))
    response = client.get(address)

    assert response["Location"].startswith(target)
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id, describe_log_entry(entry)) == (
        user,
        str(row.pk),
        "Customer's page opened.",
    )


def test_no_address_leads_to_any_rows_own_page(client, samples, sign_in):
    """Django's `view_on_site` would, for any of the staff."""
    sign_in(Permission.objects.all())
    kind = ContentType.objects.get_for_model(Order).pk

    assert client.get(f"/admin/r/{kind}/{samples[Order].pk}/").status_code == 404


# --- Keys


@pytest.mark.parametrize("codenames", [["view_store"], ["view_store", "change_store"]])
def test_settings_do_not_include_keys(client, sign_in, codenames):
    store = make_store(access_token="tok-secret-1", webhook_secret="whsec-secret-2")
    address = reverse("admin:stores_store_change", args=[store.pk])
    sign_in(Permission.objects.filter(codename__in=codenames))

    page = client.get(address)
    client.post(
        address,
        read_admin_form(page)
        | {
            "name": "Renamed",
            "next_api_url": "http://evil.example/",
            "access_token": "stolen",
            "webhook_secret": "stolen",
        },
    )

    assert "tok-secret-1" not in page.text
    assert "whsec-secret-2" not in page.text
    store.refresh_from_db()
    assert store.name == ("Renamed" if "change_store" in codenames else "Lamp House")
    assert store.next_api_url == "http://127.0.0.1:9/api/admin/"
    assert (store.access_token, store.webhook_secret) == ("tok-secret-1", "whsec-secret-2")


def test_keys_are_changed_with_their_own_permission_and_leave_a_log_line(client, sign_in):
    store = make_store(access_token="tok")
    address = reverse("admin:stores_store_change", args=[store.pk])
    user = sign_in(
        Permission.objects.filter(codename__in=["view_store", "change_store", "change_store_keys"])
    )

    client.post(address, read_admin_form(client.get(address)) | {"access_token": "tok-2"})

    store.refresh_from_db()
    assert store.access_token == "tok-2"
    entry = LogEntry.objects.get()
    assert entry.user == user
    assert "Access token" in describe_log_entry(entry)
    assert "tok-2" not in entry.change_message


def test_issued_key_leaves_a_log_line_without_the_secret(client, samples, sign_in):
    user = sign_in(Permission.objects.filter(codename__in=["add_apikey", "view_apikey"]))

    data = {"store": samples[Store].pk, "name": "App"}
    page = client.post(reverse("admin:stores_apikey_add"), data, follow=True)

    entry = LogEntry.objects.get()
    assert (entry.user, describe_log_entry(entry)) == (user, "Added.")
    assert page.context["secret"] not in entry.object_repr


def test_log_is_read_only_also_for_superusers(admin_client, samples):
    admin_client.post(reverse("admin:orders_order_note", args=[samples[Order].pk]), {"text": "Call her"})
    entry = LogEntry.objects.get()

    assert "Note added." in admin_client.get(reverse("admin:admin_logentry_changelist")).text
    for name in ("change", "delete"):
        page = reverse(f"admin:admin_logentry_{name}", args=[entry.pk])
        assert admin_client.post(page, {"post": "yes"}).status_code == 403
    assert LogEntry.objects.count() == 1

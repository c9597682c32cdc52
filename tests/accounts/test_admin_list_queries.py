"""Each list of the admin takes as many queries for 40 rows as for one, and for many pages of rows."""

import pytest
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from catalog.models import Category
from checkout.models import PaymentIntent, ShippingMethod, Upsell, UpsellAttempt, WebhookEvent
from orders.models import Customer, Notification, Order, PriceDifference
from stores.models import ApiKey
from tests.accounts.admin_pages import make_samples
from tests.factories import (
    make_invoice,
    make_link,
    make_order,
    make_payment_request,
    make_plan,
    make_product,
    make_refund,
    make_review,
    make_withdrawal,
)

pytestmark = pytest.mark.any_database
ROWS = 40
# Of a few rows, or without a list.
SKIPPED = {
    "accounts.User",
    "accounts.Invitation",
    "auth.Group",
    "stores.Store",
    "catalog.Variant",
    "catalog.ProductOption",
}
# Session, user, stores, the count, and the rows; then what the columns and filters of each list show.
QUERIES = {
    "admin.LogEntry": 5,
    "catalog.Category": 7,
    "catalog.PaymentLink": 7,
    "catalog.Product": 8,
    "catalog.SellingPlan": 7,
    "catalog.SellingPlanGroup": 6,
    "checkout.PaymentIntent": 6,
    "checkout.ShippingMethod": 5,
    "checkout.Upsell": 9,
    "checkout.UpsellAttempt": 5,
    "checkout.WebhookEvent": 5,
    "orders.Customer": 6,
    "orders.Notification": 5,
    "orders.Order": 11,
    "orders.OrderReview": 5,
    "orders.PriceDifference": 5,
    "orders.PaymentRequest": 5,
    "orders.ContractNotice": 5,
    "stores.ApiKey": 6,
    "subscriptions.Invoice": 5,
    "subscriptions.Subscription": 6,
}


def make_rows(store, user, upsell, number):
    """Make one row of each list, with related rows of its own."""
    product = make_product(store, name=f"Lamp {number}")
    make_plan(product)
    link = make_link(product)
    link.tags.create(name=f"tag {number}")
    customer = Customer.objects.create(store=store, email=f"c{number}@example.com", name=f"Ada {number}")
    order = make_order(store, customer=customer, payment_link_id=link.pk, items=[{}, {}])
    make_refund(order, amount="1.00")
    intent = PaymentIntent.objects.create(
        store=store, order=order, fingerprint="f", amount="54.00", currency="USD", snapshot={}
    )
    make_invoice(order)
    Notification.objects.create(order=order, kind="confirmation", key="confirmation")
    make_review(order, kind="payment", payment_intent_id=intent.pk)
    make_withdrawal(store, order=order)
    make_payment_request(product)
    UpsellAttempt.objects.create(order=order, upsell=upsell, amount="9.00", currency="USD")
    Upsell.objects.create(store=store, name=f"Bulb {number}", variant=product.variants.first())
    Category.objects.create(store=store, name=f"Lamps {number}", slug=f"lamps-{number}")
    PriceDifference.objects.create(store=store, kind="tax", cause=f"US-{number}", charged="4.00", order=order)
    WebhookEvent.objects.create(store=store, event_id=f"w{number}", event_type="order.created", data={})
    ShippingMethod.objects.create(
        store=store, code=f"code-{number}", name="Standard", refreshed_at=timezone.now()
    )
    ApiKey.objects.issue(store=store, name=f"Key {number}")
    LogEntry.objects.create(
        user=user,
        content_type=ContentType.objects.get_for_model(Order),
        object_id=order.pk,
        object_repr=order.number,
        action_flag=CHANGE,
    )


# Besides those: which products, and which links by their own words, products, and add-ons, are found.
SEARCH_QUERIES = {"catalog.Product": 9, "catalog.PaymentLink": 10}


def count_queries(client, query=""):
    """Return the number of rows and of queries of each list."""
    counts = {}
    for model in admin.site._registry:
        if model._meta.label in SKIPPED or model._meta.app_label == "axes":
            continue
        url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
        cache.clear()
        with CaptureQueriesContext(connection) as queries:
            page = client.get(f"{url}{query}")
        assert page.status_code == 200, url
        counts[model._meta.label] = (len(page.context["cl"].result_list), len(queries))
    return counts


@pytest.mark.django_db
def test_lists_take_the_same_queries_however_many_rows_there_are(admin_client, admin_user, monkeypatch):
    samples = make_samples()
    store, upsell = next(iter(samples.values())), samples[Upsell]
    make_rows(store, admin_user, upsell, 0)
    admin_client.get("/admin/")  # what Django remembers from then on
    few = count_queries(admin_client)
    for number in range(1, ROWS):
        make_rows(store, admin_user, upsell, number)
    many = count_queries(admin_client)

    assert {label for label, (rows, _queries) in many.items() if rows < ROWS} == set()
    assert {label: queries for label, (_rows, queries) in many.items()} == QUERIES
    assert {label: queries for label, (_rows, queries) in few.items()} == QUERIES
    for model_admin in admin.site._registry.values():
        monkeypatch.setattr(model_admin, "list_per_page", 10)
    paged = count_queries(admin_client, "?p=3")
    assert {rows for rows, _queries in paged.values()} == {10}
    assert {label: queries for label, (_rows, queries) in paged.items()} == QUERIES
    found = count_queries(admin_client, "?q=lamp")
    assert {label: found[label][1] for label in SEARCH_QUERIES} == SEARCH_QUERIES
    monkeypatch.setattr("stores.search.MAX_FEW", 30)
    found = count_queries(admin_client, "?q=lamp")
    assert {label: found[label] for label in SEARCH_QUERIES} == {
        "catalog.Product": (10, 8),
        "catalog.PaymentLink": (10, 8),
    }

"""All pages of the admin, found from its addresses, with a row of each model to fill them in."""

from collections.abc import Iterator
from typing import Any

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.apps import apps
from django.contrib import admin
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.urls import URLPattern, URLResolver, reverse
from django.utils import timezone

from accounts.invitations import make_invitation_token
from accounts.models import Invitation, User
from catalog.models import CatalogImport, Category, Media, Product, SellingPlanGroup, Variant
from catalog.staged_import import start_import
from checkout.models import PaymentIntent, ShippingMethod, Upsell, UpsellAttempt, WebhookEvent
from checkout.onboarding import OnboardingCode
from orders.models import Customer, Notification, Order, PriceDifference
from stores.models import ApiKey, Store
from tests.factories import (
    make_invoice,
    make_link,
    make_order,
    make_payment_request,
    make_plan,
    make_product,
    make_review,
    make_store,
    make_withdrawal,
)


def make_samples() -> dict[type, Any]:
    """Create one row of each model that the admin has pages for, in a store that can call nobody."""
    store = make_store(access_token="")
    product = make_product(store, options={"Size": ["S", "M"]}, active=False)
    on_sale = make_product(store, name="Shade")
    plan = make_plan(product)
    link = make_link(on_sale)
    customer = Customer.objects.create(store=store, email="ada@example.com", name="Ada Lovelace")
    order = make_order(
        store,
        customer=customer,
        next_order_number="1001",
        order_status_url="https://next.example/secret-status/",
        payment_link_id=link.pk,
    )
    intent = PaymentIntent.objects.create(
        store=store, order=order, fingerprint="f", amount="54.00", currency="USD", snapshot={}
    )
    invoice = make_invoice(order)
    request = make_payment_request(on_sale)
    upsell = Upsell.objects.create(store=store, name="Bulb", variant=on_sale.variants.first())
    user = User.objects.create_user("root", is_staff=True, is_superuser=True)
    role = Group.objects.create(name="Helpers")
    sign_in = {"username": "root", "ip_address": "127.0.0.1", "user_agent": "", "path_info": "/admin/login/"}
    rows: list[Any] = [
        *(store, product, plan, plan.group, link, customer, order, intent, upsell, user, request),
        *(product.options.first(), on_sale.variants.first(), invoice, invoice.subscription),
        ApiKey.objects.issue(store=store, name="Shop app")[0],
        Notification.objects.create(order=order, kind="confirmation", key="confirmation"),
        Media.objects.create(product=product, alt_text="Front"),
        Category.objects.create(store=store, name="Lamps", slug="lamps"),
        start_import(store=store, content=b"slug,name\nlamp,Lamp\n", file_name="a.csv", actor=user),
        make_withdrawal(store, order=order),
        make_review(order, kind="payment", payment_intent_id=intent.pk),
        PriceDifference.objects.create(store=store, kind="tax", cause="US-NY", charged="4.00", order=order),
        WebhookEvent.objects.create(store=store, event_id="e1", event_type="order.created", data={}),
        ShippingMethod.objects.create(
            store=store, code="standard", name="Standard", refreshed_at=timezone.now()
        ),
        UpsellAttempt.objects.create(order=order, upsell=upsell, amount="9.00", currency="USD"),
        role,
        Invitation.objects.create(email="lee@example.com", role=role, invited_by=user),
        AccessAttempt.objects.create(**sign_in, failures_since_start=1, get_data="", post_data=""),
        AccessFailureLog.objects.create(**sign_in),
        AccessLog.objects.create(**sign_in),
        LogEntry.objects.create(
            user=user,
            content_type=ContentType.objects.get_for_model(Order),
            object_id=order.pk,
            object_repr=order.number,
            action_flag=CHANGE,
            change_message="Note added.",
        ),
    ]
    return {type(row): row for row in rows}


def list_admin_pages(samples: dict[type, Any]) -> list[str]:
    """Return the address of each page, filled in with the samples."""
    pages = [
        reverse(f"admin:{pattern.name}", kwargs=kwargs)
        for pattern, route in _iter_patterns(admin.site.get_urls())
        if pattern.name not in {None, "logout"}
        for kwargs in _list_kwargs(pattern, route, samples)
    ]
    product, group = samples[Product], samples[SellingPlanGroup]
    on_sale = samples[Variant].product
    return [
        *pages,
        *[f"{reverse('admin:autocomplete')}?{query}" for query in _list_autocomplete_queries()],
        f"{reverse('admin:catalog_paymentlink_add')}?product={on_sale.pk}",
        f"{reverse('admin:catalog_sellingplan_add')}?group={group.pk}",
        f"{reverse('admin:catalog_product_changelist')}?q={product.name}",
    ]


def _iter_patterns(patterns: Any, prefix: str = "") -> Iterator[tuple[URLPattern, str]]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from _iter_patterns(pattern.url_patterns, prefix + str(pattern.pattern))
        else:
            yield pattern, prefix + str(pattern.pattern)


def _find_model_admin(route: str) -> Any:
    for model, model_admin in admin.site._registry.items():
        if route.startswith(f"{model._meta.app_label}/{model._meta.model_name}/"):
            return model_admin
    return None


def _list_kwargs(pattern: URLPattern, route: str, samples: dict[type, Any]) -> list[dict[str, Any]]:
    """Return the arguments to try. A page with a parameter that isn't known here fails the walk."""
    names = set(pattern.pattern.regex.groupindex)
    if names == {"app_label"}:
        return [{"app_label": label} for label in ("orders", "stores", "accounts")]
    model_admin = _find_model_admin(route)
    values = {
        "code": OnboardingCode.CONNECTION.value,
        "token": make_invitation_token(samples[Invitation]),
        "store_id": samples[Store].pk,
    }
    if model_admin is not None:
        # Raises KeyError for a model without a sample.
        pk = samples[model_admin.model].pk
        values |= {"import_id": samples[CatalogImport].pk, "media_id": samples[Media].pk}
        values |= dict.fromkeys(("object_id", "pk", "id", "order_id", "intent_id"), pk)
    unknown = names - set(values)
    assert not unknown, f"{route}: no value known for {unknown}. Add one above."
    return [{name: values[name] for name in names}]


def _list_autocomplete_queries() -> list[str]:
    """Return a query for each model that can be searched for in a field of another."""
    fields = {
        field.related_model: field
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if field.many_to_one and field.concrete and admin.site._registry.get(field.related_model)
    }
    return [
        f"app_label={field.model._meta.app_label}&model_name={field.model._meta.model_name}"
        f"&field_name={field.name}&term=a"
        for related_model, field in fields.items()
        if admin.site._registry[related_model].search_fields
    ]
